//! Programs of the system that the build and the tests start: looks for them, and on Debian installs what is missing.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// A program and the Debian package that brings it.
pub(crate) struct SystemProgram {
    /// A command to be found on the search path, or a file that must exist.
    pub(crate) provides: &'static str,
    /// The Debian package.
    pub(crate) package: &'static str,
    /// How to get it elsewhere than on Debian.
    pub(crate) elsewhere: &'static str,
}

/// Whether this machine has apt and is a Debian (or derived from one).
pub(crate) fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && find("apt-get").is_some()
}

/// Looks a command up on the search path and in the folders of system programs.
pub(crate) fn find(command: &str) -> Option<PathBuf> {
    if command.starts_with('/') {
        return Some(PathBuf::from(command)).filter(|path| path.exists());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(system).map(|folder| folder.join(command)).find(|file| file.is_file())
}

/// Makes sure that all of the tools are installed.
///
/// # Errors
/// Names every missing tool with the command that installs it, when it cannot be installed from here.
pub(crate) fn ensure(tools: &[SystemProgram]) -> Result<()> {
    let missing: Vec<&SystemProgram> = tools.iter().filter(|tool| find(tool.provides).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_debian() {
        let lines: Vec<_> = missing
            .iter()
            .map(|tool| format!("  {} is missing. Install it: {}", tool.provides, tool.elsewhere))
            .collect();
        bail!("this machine lacks tools that the command needs:\n{}", lines.join("\n"));
    }
    install(&missing.iter().map(|tool| tool.package).collect::<Vec<_>>())
}

/// Installs Debian packages. The lists are brought up to date only when the first try fails: that is the slow part.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get update && apt-get install --no-install-recommends {}", packages.join(" "));
    println!("installing {}", packages.join(", "));
    let install = || {
        let mut command = apt_get()?;
        command.args(["install", "--yes", "--no-install-recommends", "-qq"]).args(packages);
        process::run(&mut command)
    };
    install()
        .or_else(|_| update_lists().and_then(|()| install()))
        .with_context(|| format!("cannot install the missing packages; install them as root with `{by_hand}`"))
}

/// Brings apt's lists of packages up to date.
///
/// # Errors
/// When we may not, or a mirror is out of reach.
pub(crate) fn update_lists() -> Result<()> {
    process::run(apt_get()?.args(["update", "-qq"]))
}

/// `apt-get`, as root: directly, or by `sudo`.
fn apt_get() -> Result<Command> {
    let mut command = if process::read(Command::new("id").arg("-u"))?.trim() == "0" {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    } else if find("sudo").is_some() {
        let mut command = Command::new("sudo");
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    } else {
        bail!("this command needs root or sudo to install packages");
    };
    command.args(["-o", "Dpkg::Use-Pty=0"]);
    Ok(command)
}
