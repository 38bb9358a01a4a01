//! Programs that judge what we write for load balancers: gixy reads NGINX's files, testssl.sh asks a running server.

use std::path::PathBuf;
use std::process::Command;

use crate::absent::Unavailable;
use crate::program;

/// A program of the Python Package Index that `cargo xtask test` installs into a virtual environment of the cache.
#[derive(Clone, Copy, Debug)]
pub struct PythonTool {
    /// The program, and the name of its folder in the cache.
    pub name: &'static str,
    /// The package with its version: a later one may find more, which is then a change of ours to make.
    pub requirement: &'static str,
}

/// gixy-ng, the maintained successor of Yandex's gixy.
pub const GIXY: PythonTool = PythonTool { name: "gixy", requirement: "gixy-ng==0.2.59" };

impl PythonTool {
    /// The folder of its virtual environment.
    ///
    /// # Errors
    /// When the environment names no home folder.
    pub fn folder(&self) -> Result<PathBuf, &'static str> {
        Ok(program::cache()?.join("python").join(self.requirement.replace("==", "-")))
    }

    /// The program, to be given arguments.
    ///
    /// # Errors
    /// When `cargo xtask test` has not brought it.
    pub fn find(&self) -> Result<Command, Unavailable> {
        let folder = self.folder().map_err(|why| Unavailable::new(self.requirement, why))?;
        let program = folder.join("bin").join(self.name);
        let starts = Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success());
        if starts {
            Ok(Command::new(program))
        } else {
            Err(Unavailable::new(self.requirement, "`cargo xtask test` has not brought it"))
        }
    }
}

/// Looks for weaknesses in configurations of NGINX.
///
/// # Errors
/// When this machine does not have it.
pub fn gixy() -> Result<Command, Unavailable> {
    GIXY.find()
}

/// Asks a server for its protocols, ciphers and known weaknesses of TLS.
///
/// # Errors
/// When this machine does not have it.
pub fn testssl() -> Result<Command, Unavailable> {
    let starts = Command::new("testssl").arg("--version").output().is_ok_and(|output| output.status.success());
    if starts {
        Ok(Command::new("testssl"))
    } else {
        Err(Unavailable::new("testssl.sh", "`cargo xtask test` installs it on Debian"))
    }
}
