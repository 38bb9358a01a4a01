//! Shared by the tests of bundles: a key ring with one fixed RSA key, and unpacked bundles.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use domain::error_text::error_chain;
use domain::secret::Secret;
use render::Bundle;
use render::keyring::KeyRing;
use testbed::bundle::unzip_with_modes;

use crate::scenario::Scenario;

/// 2026-01-01 00:00:00 UTC.
pub(crate) const MADE_AT: i64 = 1_767_225_600;

/// The RSA key of all test bundles, as hexadecimal digits of its PKCS#8 form. It protects nothing: with one fixed key, the golden
/// files show every byte that changes.
const TEST_KEY: &str = include_str!("test_key.hex");

static RSA: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let digits: Vec<char> = TEST_KEY.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
});

/// A ring with the test key; equal seeds are equal rings.
pub(crate) fn ring(seed: u8) -> KeyRing {
    KeyRing::from_parts(MADE_AT, [seed; 32], &RSA).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the test compares the secret with the one that a reader received")]
pub(crate) fn reveal(secret: &Secret) -> String {
    secret.expose().to_owned()
}

/// An unpacked bundle: path, mode and bytes of each file.
pub(crate) struct Unpacked(pub(crate) BTreeMap<String, (u32, Vec<u8>)>);

impl Unpacked {
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let bundle = Bundle::build(&scenario.plan(), &ring(1), &scenario.secrets)
            .unwrap_or_else(|error| panic!("{}: {}", scenario.name, error_chain(&error)));
        Self::zip(&bundle.zip().unwrap())
    }

    pub(crate) fn zip(bytes: &[u8]) -> Self {
        Self(unzip_with_modes(bytes))
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        let (_, content) = self.0.get(path).unwrap_or_else(|| panic!("{path} is not in the bundle"));
        std::str::from_utf8(content).unwrap()
    }

    /// All text files with this ending.
    pub(crate) fn ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        (self.0.iter())
            .filter(move |(path, _)| path.ends_with(ending))
            .map(|(path, (_, content))| (path.as_str(), std::str::from_utf8(content).unwrap()))
    }

    /// Writes everything below `folder`, with modes, as unzip does.
    pub(crate) fn write(&self, folder: &Path) {
        for (path, (mode, content)) in &self.0 {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode & 0o777)).unwrap();
        }
    }
}

/// The folder of facts next to the checkout, or `None` after one line that reports that the test did not run.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wso2");
    if folder.is_dir() {
        return Some(folder);
    }
    testbed::report_not_run("../shared is not beside the checkout");
    None
}

/// Whether a program is installed; reports it if it is not.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap().status.success();
    if !found {
        testbed::report_not_run(format!("{program} is not installed"));
    }
    found
}
