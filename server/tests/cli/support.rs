//! A folder to run the binary in, and a server that runs until its test ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use domain::plan_file;
use domain::secret::Secrets;
use tempfile::TempDir;
use testbed::http::{HttpClient, TcpTransport};
use testbed::plan::{ADMIN_PASSWORD, DATABASE_PASSWORD, TestPlan, borrowed};

/// The binary.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_clusterwright");
/// `clusterwright serve` with a data folder in the folder of the test.
pub(crate) const SERVE: [&str; 5] = ["serve", "--port", "0", "--data-dir", "data"];
/// The variables that `plan example` names.
pub(crate) const SECRETS: [(&str, &str); 2] =
    [("CLUSTERWRIGHT_DB_PASSWORD", DATABASE_PASSWORD), ("CLUSTERWRIGHT_ADMIN_PASSWORD", ADMIN_PASSWORD)];

/// The result of a run: exit code and output.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A folder of one test. Programs run in it, with an environment that the test gives.
pub(crate) struct World {
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A world with the example of the program in `plan.toml`.
    pub(crate) fn with_example() -> Self {
        let world = Self::new();
        let example = world.run(&["plan", "example"], &[]);
        assert_eq!((example.code, example.stderr.as_str()), (0, ""));
        world.write("plan.toml", &example.stdout);
        world
    }

    /// A world with this plan in `plan.toml`, whose secrets are the variables of the example.
    pub(crate) fn with_plan(plan: &TestPlan) -> Self {
        let world = Self::new();
        let text = plan_file::write(&plan.draft(), &Secrets::new());
        let settings = [("# password: missing", "password"), ("# admin_password: missing", "admin_password")];
        let text = settings.into_iter().zip(SECRETS).fold(text, |text, ((missing, name), (variable, _))| {
            assert!(text.contains(missing), "{missing} is in {text}");
            text.replace(missing, &format!("{name} = {{ env = \"{variable}\" }}"))
        });
        world.write("plan.toml", text);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Replaces a part that the file must contain.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{from} is in {text}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// The number, from 1, of the first line of a file that contains `part`.
    pub(crate) fn line(&self, name: &str, part: &str) -> usize {
        let text = fs::read_to_string(self.path(name)).unwrap();
        text.lines().position(|line| line.contains(part)).unwrap() + 1
    }

    /// The names in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = (fs::read_dir(self.folder.path()).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(BINARY);
        self.prepare(&mut command);
        command.args(arguments).envs(environment.iter().copied());
        command
    }

    /// The folder, the environment and the pipes of a program that runs here.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    }

    pub(crate) fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        Ran::of(self.command(arguments, environment).output().unwrap())
    }

    /// A server over the data folder of this world.
    pub(crate) fn serve(&self) -> Serving {
        self.serve_over(None, &[])
    }

    /// A server over `store`, or over the file in the data folder, with this environment.
    pub(crate) fn serve_over(&self, store: Option<&str>, environment: &[(&str, &str)]) -> Serving {
        let store = store.iter().flat_map(|store| ["--store", *store]);
        let arguments: Vec<&str> = SERVE.into_iter().chain(store).collect();
        Serving::start(self.command(&arguments, environment))
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts the exit code; the output explains another one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that one line of the error output contains each of `parts`.
    #[track_caller]
    pub(crate) fn complains(&self, parts: &[&str]) {
        let found = self.stderr.lines().any(|line| parts.iter().all(|part| line.contains(part)));
        assert!(found, "{parts:?} in one line of:\n{}", self.stderr);
    }
}

/// The permissions of a file, as `0o600`.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A server that is ready. It is killed when its test ends before it does.
pub(crate) struct Serving {
    child: Child,
    client: HttpClient<TcpTransport>,
    pub(crate) port: u16,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

/// Requests are sent with the client.
impl Deref for Serving {
    type Target = HttpClient<TcpTransport>;

    fn deref(&self) -> &Self::Target {
        &self.client
    }
}

impl Serving {
    /// Starts a command and waits for the line with its address.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut errors = child.stderr.take().unwrap();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let (sender, ready) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            for line in output.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("Clusterwright is ready at http") {
                    let port = address.rsplit_once(':').unwrap().1.split('/').next().unwrap();
                    let _ = sender.send(port.parse::<u16>().unwrap());
                }
                text += &format!("{line}\n");
            }
            text
        });
        let Ok(port) = ready.recv_timeout(Duration::from_secs(60)) else {
            let _ = child.kill();
            panic!("the server did not print its address:\n{}", stderr.join().unwrap());
        };
        Self { child, client: HttpClient::of_port(port), port, stdout, stderr }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGKILL and waits.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and waits; returns exit code, output and duration.
    pub(crate) fn stop(mut self) -> (Ran, Duration) {
        let started = Instant::now();
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
        let status = self.child.wait().unwrap();
        let took = started.elapsed();
        let (stdout, stderr) = self.take_output();
        (Ran { code: status.code().unwrap_or(-1), stdout, stderr }, took)
    }

    /// The log of a server that has ended.
    pub(crate) fn output(&mut self) -> String {
        self.take_output().1
    }

    fn take_output(&mut self) -> (String, String) {
        let nothing = || thread::spawn(String::new);
        let stdout = std::mem::replace(&mut self.stdout, nothing());
        let stderr = std::mem::replace(&mut self.stderr, nothing());
        (stdout.join().unwrap(), stderr.join().unwrap())
    }

    /// A new plan of two nodes on this machine; returns its path, such as `/plans/abc`.
    pub(crate) fn plan(&self) -> String {
        let created = self.post("/plans", &[("preset", "one-machine"), ("title", "Command line")]);
        assert_eq!(created.status, 303, "{}", created.text());
        created.plan()
    }

    /// A new plan whose database is at this port of 127.0.0.1, with a password; returns its path.
    pub(crate) fn plan_with_database(&self, port: u16) -> String {
        let plan = self.plan();
        self.save(&plan, "database", &[("database.port", &port.to_string()), ("database.password", DATABASE_PASSWORD)]);
        plan
    }

    /// Saves some answers of a step.
    #[track_caller]
    pub(crate) fn save(&self, plan: &str, step: &str, fields: &[(&str, &str)]) {
        let saved = self.post(&format!("{plan}/{step}"), &[fields, &[("action", "save")]].concat());
        assert_eq!(saved.status, 303, "{}", saved.text());
    }

    /// Enters the answers of these steps of the plan at `path`, each as a person who selects Continue.
    #[track_caller]
    pub(crate) fn enter(&self, path: &str, plan: &TestPlan, steps: &[&str]) {
        self.enter_as("", path, plan, steps);
    }

    /// [`Self::enter`] by a person with a cookie.
    #[track_caller]
    pub(crate) fn enter_as(&self, cookie: &str, path: &str, plan: &TestPlan, steps: &[&str]) {
        for (step, fields) in plan.forms().into_iter().filter(|(step, _)| steps.contains(step)) {
            let saved = self.post_as(cookie, &format!("{path}/{step}"), &borrowed(&fields));
            assert_eq!(saved.status, 303, "{step}: {}", saved.text());
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
