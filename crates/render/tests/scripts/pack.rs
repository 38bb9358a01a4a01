//! The stand-in for an unpacked pack, and the scripts run against it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::scenario::{Scenario, other_authority, scenario};
use crate::world::{Unpacked, has};

pub(crate) const DRIVER: &str = "repository/components/lib/mysql-connector-j-9.3.0.jar";

/// What the scripts inspect in a driver's jar, without its code: the beginning and the end of a zip, and a name in it.
pub(crate) const JAR: &str =
    "PK\u{3}\u{4}\u{0}a stand-in for Connector/J: com/mysql/cj/jdbc/Driver.class PK\u{5}\u{6}\u{0}\u{0}";

/// A folder with an unpacked bundle and a stand-in for one node's pack.
pub(crate) struct Pack {
    folder: TempDir,
    node: String,
    pub(crate) truststore: String,
}

/// The state of a file: its bytes, mode and time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct State(Vec<u8>, u32, SystemTime);

impl Pack {
    /// The pack of any scenario's first node, as [`Self::of`].
    pub(crate) fn of_scenario(scenario: &Scenario) -> Option<Self> {
        has("keytool").then(|| Self::new(scenario, 0))
    }

    /// The pack of the scenario's first node; `None`, after a line that reports it, without keytool.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::of_node(&scenario(name), 0)
    }

    /// The pack of the node in `row`; `None`, after a line that reports it, without keytool.
    pub(crate) fn of_node(scenario: &Scenario, row: usize) -> Option<Self> {
        has("keytool").then(|| Self::new(scenario, row))
    }

    fn new(scenario: &Scenario, row: usize) -> Self {
        let plan = scenario.plan();
        let folder = tempfile::tempdir().unwrap();
        Unpacked::of(scenario).write(&folder.path().join("bundle"));
        let pack = Self {
            folder,
            node: plan.nodes[row].name.clone(),
            truststore: format!("repository/resources/security/{}", plan.key_stores.truststore_file),
        };
        pack.write("STAND-IN", "This is a stand-in for an unpacked IS, made by a test. No IS is in it.\n");
        pack.write("bin/version.txt", &format!("WSO2 Identity Server v{}\n", plan.product.version));
        pack.write("bin/wso2carbon-version.txt", "WSO2 Carbon Framework v4.10.101\n");
        pack.write("repository/conf/deployment.toml", "# the pack's own\n");
        pack.write(DRIVER, JAR);
        fs::create_dir_all(pack.home().join("repository/components/dropins")).unwrap();
        // The pack's truststore already contains a public CA, which must remain.
        fs::create_dir_all(pack.home().join("repository/resources/security")).unwrap();
        fs::write(pack.home().join(&pack.truststore), stock_truststore(plan.key_stores.kind.name())).unwrap();
        pack
    }

    /// Adds a certificate to the pack's truststore, as an operator would.
    pub(crate) fn import(&self, alias: &str, certificate: &Path, kind: &str) {
        let store = self.home().join(&self.truststore);
        import(&store, alias, certificate, kind);
    }

    pub(crate) fn home(&self) -> PathBuf {
        // A space, a quote and a letter beyond ASCII: paths of operators contain them.
        self.folder.path().join("pack with blank's é")
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle/nodes").join(&self.node)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.home().join(path)).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.home().join(path)).unwrap()
    }

    /// Everything in the pack.
    pub(crate) fn state(&self) -> BTreeMap<PathBuf, State> {
        fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, State>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, files);
                } else {
                    let about = fs::metadata(&path).unwrap();
                    let state = State(fs::read(&path).unwrap(), about.permissions().mode(), about.modified().unwrap());
                    files.insert(path, state);
                }
            }
        }
        let mut files = BTreeMap::new();
        collect(&self.home(), &mut files);
        files
    }

    /// The aliases of the truststore.
    pub(crate) fn aliases(&self) -> Vec<String> {
        let store = self.home().join(&self.truststore);
        let said = keytool(&["-list", "-keystore", store.to_str().unwrap(), "-storepass", "wso2carbon"]);
        let mut aliases: Vec<String> = (said.lines())
            .filter(|line| line.contains("trustedCertEntry"))
            .map(|line| line.split(',').next().unwrap().to_owned())
            .collect();
        aliases.sort();
        aliases
    }

    /// Runs a script of the node with `--home`; returns whether it succeeded, and its output.
    pub(crate) fn run(&self, script: &str, arguments: &[&str]) -> (bool, String) {
        self.run_in(&["sh"], script, arguments, &[])
    }

    /// The same in a chosen shell and with additional environment variables.
    pub(crate) fn run_in(
        &self,
        shell: &[&str],
        script: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> (bool, String) {
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(self.bundle().join(script)).arg("--home").arg(self.home()).args(arguments);
        command.env_remove("JAVA_HOME").envs(environment.iter().copied());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    }

    /// A JDK that prints only its version; its keytool is the real one.
    pub(crate) fn jdk(&self, version_line: &str) -> String {
        let home = self.folder.path().join("jdk");
        fs::create_dir_all(home.join("bin")).unwrap();
        for (name, text) in [
            ("java", format!("#!/bin/sh\n# A stand-in for java\necho '{version_line}' >&2\n")),
            ("keytool", "#!/bin/sh\nexec keytool \"$@\"\n".to_owned()),
        ] {
            let path = home.join("bin").join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        home.to_str().unwrap().to_owned()
    }
}

fn import(store: &Path, alias: &str, certificate: &Path, kind: &str) {
    let (store, certificate) = (store.to_str().unwrap(), certificate.to_str().unwrap());
    let arguments = ["-importcert", "-noprompt", "-alias", alias, "-file", certificate, "-storetype", kind];
    keytool(&[&arguments[..], &["-keystore", store, "-storepass", "wso2carbon"]].concat());
}

/// A truststore as packs contain it, with a public CA, created by keytool once for all tests because Java is slow.
fn stock_truststore(kind: &str) -> Vec<u8> {
    static MADE: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("truststore");
        let certificate = folder.path().join("public.crt");
        fs::write(&certificate, other_authority(42)).unwrap();
        import(&store, "publicca", &certificate, kind);
        fs::read(store).unwrap()
    };
    made.entry(kind.to_owned()).or_insert_with(make).clone()
}

fn keytool(arguments: &[&str]) -> String {
    let output = Command::new("keytool").args(arguments).env("LC_ALL", "C.UTF-8").output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{arguments:?}\n{said}");
    said
}
