//! Where the programs of real servers are: installed on this machine in the wanted version, or unpacked by
//! `cargo xtask test` into a private folder of the cache. Nothing is downloaded here.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::absent::Unavailable;

/// Names another folder than `~/.cache/clusterwright` for what is kept between runs.
pub const CACHE_VARIABLE: &str = "CLUSTERWRIGHT_CACHE";

/// A set of programs that `cargo xtask test` unpacks together.
#[derive(Clone, Copy, Debug)]
pub struct PackageSet {
    /// The folder in the cache.
    pub name: &'static str,
    /// What people call it, with its version.
    pub title: &'static str,
    /// Debian's suite, by its code name.
    pub suite: &'static str,
    /// Debian's packages, which come with all that they depend on.
    pub packages: &'static [&'static str],
    /// Packages that come alone, for single files in them, and those files by their paths below the root.
    pub alone: (&'static [&'static str], &'static [&'static str]),
    /// The program that tells the version of all, how it is asked, and what its answer holds when the version is right.
    pub version: (&'static str, &'static str, &'static str),
}

const fn debian(
    suite: &'static str,
    name: &'static str,
    title: &'static str,
    packages: &'static [&'static str],
    version: (&'static str, &'static str, &'static str),
) -> PackageSet {
    PackageSet { name, title, suite, packages, alone: (&[], &[]), version }
}

/// MariaDB as in Debian 12, with its plug-in for PAM, which the core package lacks. Change the name with the packages:
/// caches keep what they have under a name.
pub const MARIADB: PackageSet = PackageSet {
    alone: (&["mariadb-server"], &["usr/lib/mysql/plugin/auth_pam.so"]),
    ..debian(
        "bookworm",
        "mariadb-10.11-pam",
        "MariaDB 10.11",
        &["mariadb-server-core", "mariadb-client-core", "libpam0g"],
        ("mariadbd", "--version", " 10.11."),
    )
};
/// The library that turns [`MARIADB`] into a Galera cluster, and the program next to it that reports its version.
pub const GALERA: PackageSet = debian(
    "bookworm",
    "galera-4",
    "Galera 4",
    &["galera-4", "galera-arbitrator-4"],
    ("garbd", "--version", "INFO: 4."),
);
/// MySQL as in Debian's unstable suite, the only one that has it.
pub const MYSQL: PackageSet =
    debian("sid", "mysql-9", "MySQL 9", &["mysql-server-core", "mysql-client-core"], ("mysqld", "--version", "Ver 9."));
/// PostgreSQL as in Debian 12.
pub const POSTGRES: PackageSet = debian(
    "bookworm",
    "postgresql-15",
    "PostgreSQL 15",
    &["postgresql-15"],
    ("postgres", "--version", "(PostgreSQL) 15."),
);
/// Where the files lie that PostgreSQL's programs read, below the root of an installation.
pub(crate) const POSTGRES_SHARE_PATH: &str = "usr/share/postgresql/15";
/// Folders of programs that are not on the search path because several versions of them may lie beside each other.
pub const VERSIONED_PROGRAMS: [&str; 1] = ["usr/lib/postgresql/15/bin"];
/// NGINX as in Debian 12.
pub const NGINX_1_22: PackageSet =
    debian("bookworm", "nginx-1.22", "nginx 1.22", &["nginx"], ("nginx", "-v", "nginx/1.22."));
/// NGINX as in Debian's unstable suite.
pub const NGINX_1_30: PackageSet =
    debian("sid", "nginx-1.30", "nginx 1.30", &["nginx"], ("nginx", "-v", "nginx/1.30."));
/// `HAProxy` as in Debian 12.
pub const HAPROXY: PackageSet =
    debian("bookworm", "haproxy-2.6", "HAProxy 2.6", &["haproxy"], ("haproxy", "-v", "version 2.6."));
/// OpenLDAP's server as in Debian 12.
pub const SLAPD: PackageSet =
    debian("bookworm", "slapd-2.5", "OpenLDAP 2.5", &["slapd"], ("slapd", "-VV", "slapd 2.5."));
/// The program with which the runbook connects to `HAProxy`, as in Debian 12.
pub const SOCAT: PackageSet =
    debian("bookworm", "socat-1.7", "socat 1.7", &["socat"], ("socat", "-V", "socat version 1.7."));
/// All package sets, for the command that downloads them.
pub const PACKAGE_SETS: [PackageSet; 9] =
    [MARIADB, GALERA, MYSQL, POSTGRES, NGINX_1_22, NGINX_1_30, HAPROXY, SLAPD, SOCAT];

/// A bundle on this machine.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The folder below which `usr/` lies: `/`, or a folder of the cache.
    root: PathBuf,
    /// The folder of commands, when they are not on the search path.
    commands: Option<PathBuf>,
}

impl PackageSet {
    /// Finds the bundle.
    ///
    /// # Errors
    /// When neither this machine nor the cache has it.
    pub fn find(&self) -> Result<Installation, Unavailable> {
        let installed = Installation { root: PathBuf::from("/"), commands: None };
        let folder = self.folder().map_err(|why| Unavailable::new(self.title, why))?;
        let unpacked = Installation { root: folder.join("files"), commands: Some(folder.join("run")) };
        [installed, unpacked]
            .into_iter()
            .find(|candidate| self.is_in(candidate))
            .ok_or_else(|| Unavailable::new(self.title, "`cargo xtask test` has not brought it"))
    }

    /// The folder of the cache that the bundle is unpacked into: `files/` and `run/`.
    ///
    /// # Errors
    /// When the environment names no home folder.
    pub fn folder(&self) -> Result<PathBuf, &'static str> {
        Ok(cache()?.join("programs").join(self.name))
    }

    /// Whether the installation has this bundle in the right version.
    fn is_in(&self, installation: &Installation) -> bool {
        let (program, question, answer) = self.version;
        if !self.alone.1.iter().all(|file| installation.file(file).is_file()) {
            return false;
        }
        installation.command(program).arg(question).output().is_ok_and(|output| {
            // Some programs tell their version on the error output.
            let text = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&text).contains(answer)
        })
    }
}

impl Installation {
    /// One of the programs, to be given its arguments.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        match &self.commands {
            Some(folder) => Command::new(folder.join(program)),
            None => {
                // Servers lie in folders that only root has on its search path.
                let folders = ["usr/sbin", "usr/bin"].into_iter().chain(VERSIONED_PROGRAMS);
                let mut system = folders.map(|folder| Path::new("/").join(folder).join(program));
                Command::new(system.find(|file| file.is_file()).unwrap_or_else(|| PathBuf::from(program)))
            }
        }
    }

    /// A file or folder of the packages by its path without the leading `/`, e.g. `usr/share/mysql`.
    #[must_use]
    pub fn file(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// The folder for what is kept between runs.
///
/// # Errors
/// When the environment names no home folder.
pub fn cache() -> Result<PathBuf, &'static str> {
    let named = env::var_os(CACHE_VARIABLE).map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".cache/clusterwright"));
    named.or_else(home).ok_or("the environment has neither CLUSTERWRIGHT_CACHE nor HOME")
}
