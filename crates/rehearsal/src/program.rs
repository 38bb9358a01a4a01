//! The program of the load balancer on this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::steps::LoadBalancerKind;
use domain::value::Value as _;
use domain::values::LoadBalancerVersion;

use crate::error::RehearsalError;

/// NGINX accepts `-e` from this version on.
const MIN_NGINX_ERROR_LOG_FLAG: LoadBalancerVersion = LoadBalancerVersion { major: 1, minor: 19, patch: 5 };

/// An installed NGINX or HAProxy.
pub(crate) struct LoadBalancerProgram {
    pub(crate) kind: LoadBalancerKind,
    pub(crate) path: PathBuf,
    /// `None` if the program does not report it.
    version: Option<LoadBalancerVersion>,
}

impl LoadBalancerProgram {
    /// Looks for the program in the folders of `search_path`, and where packages put programs of administrators.
    pub(crate) fn find(kind: LoadBalancerKind, search_path: Option<&OsStr>) -> Result<Self, RehearsalError> {
        let name = match kind {
            LoadBalancerKind::Nginx => "nginx",
            LoadBalancerKind::HaProxy => "haproxy",
        };
        let listed = search_path.into_iter().flat_map(std::env::split_paths);
        let mut candidates = listed.chain([PathBuf::from("/usr/sbin")]).map(|folder| folder.join(name));
        let found = candidates.find(|candidate| is_program(candidate));
        let path = found.ok_or(RehearsalError::ProgramMissing { title: kind.label(), package: name })?;
        let output = Command::new(&path).arg("-v").output();
        let output = output.map_err(|source| RehearsalError::Run { program: path.clone(), source })?;
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let version = text.lines().find_map(|line| LoadBalancerVersion::parse(line.trim()).ok());
        Ok(Self { kind, path, version })
    }

    /// The product's name with its version.
    pub(crate) fn title(&self) -> String {
        let version = self.version.map(|version| format!(" {}.{}.{}", version.major, version.minor, version.patch));
        format!("{}{}", self.kind.label(), version.unwrap_or_default())
    }

    /// The arguments with which it runs in the foreground with a configuration in `folder`.
    pub(crate) fn arguments(&self, folder: &Path, configuration: &Path) -> Vec<String> {
        let (folder, configuration) = (folder.display().to_string(), configuration.display().to_string());
        match self.kind {
            LoadBalancerKind::HaProxy => vec!["-db".to_owned(), "-f".to_owned(), configuration],
            LoadBalancerKind::Nginx => {
                let has_flag = self.version.is_none_or(|version| version >= MIN_NGINX_ERROR_LOG_FLAG);
                let error_log = if has_flag { ["-e", "stderr"].as_slice() } else { &[] };
                let error_log = error_log.iter().map(|word| (*word).to_owned());
                error_log.chain(["-p".to_owned(), folder, "-c".to_owned(), configuration]).collect()
            }
        }
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
