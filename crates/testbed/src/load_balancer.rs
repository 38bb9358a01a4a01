//! The readers of what we write for load balancers, `nginx -t` and `haproxy -c`, and both at work.

use std::path::Path;
use std::process::{Command, Output};
use std::{fs, io};

use crate::absent::Unavailable;
use crate::program::{HAPROXY, Installation, NGINX_1_22, NGINX_1_30, PackageSet, SOCAT};
use crate::server::{self, ReadyCondition, RunningServer};

/// A load balancer's program that reads configurations.
#[derive(Clone, Debug)]
pub struct LoadBalancerProgram {
    title: &'static str,
    installation: Installation,
}

/// NGINX in one of the two versions that Debian has: `1.22` or `1.30`.
///
/// # Errors
/// When this machine does not have it.
pub fn nginx(version: &str) -> Result<LoadBalancerProgram, Unavailable> {
    match version {
        "1.22" => find(NGINX_1_22),
        "1.30" => find(NGINX_1_30),
        other => Err(Unavailable::new(format!("nginx {other}"), "the testbed has 1.22 and 1.30")),
    }
}

/// `HAProxy` 2.6.
///
/// # Errors
/// When this machine does not have it.
pub fn haproxy() -> Result<LoadBalancerProgram, Unavailable> {
    find(HAPROXY)
}

/// The program that connects to the socket of `HAProxy`; the caller adds the arguments.
///
/// # Errors
/// When this machine does not have it.
pub fn socat() -> Result<Command, Unavailable> {
    Ok(SOCAT.find()?.command("socat"))
}

fn find(bundle: PackageSet) -> Result<LoadBalancerProgram, Unavailable> {
    Ok(LoadBalancerProgram { title: bundle.title, installation: bundle.find()? })
}

/// NGINX or `HAProxy` at work, stopped when this is dropped.
#[derive(Debug)]
pub struct RunningBalancer {
    port: u16,
    running: RunningServer,
}

impl RunningBalancer {
    /// The port it listens on, at 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its files, as passed to the function that wrote the configuration.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.running.folder()
    }
}

impl LoadBalancerProgram {
    /// What people call it, with its version.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// `nginx` or `haproxy`, to be given arguments.
    #[must_use]
    pub fn command(&self) -> Command {
        self.installation.command(if self.title.starts_with("nginx") { "nginx" } else { "haproxy" })
    }

    /// A file of the packages, such as `etc/nginx/mime.types`.
    #[must_use]
    pub fn file(&self, path: &str) -> std::path::PathBuf {
        self.installation.file(path)
    }

    /// Gives a configuration to its reader. For nginx a folder: its `nginx.conf`, or all of its `*.conf` (in that
    /// folder only) inside an `http` block as a distribution's own nginx.conf includes them. Relative paths start
    /// there. For `HAProxy` a file.
    ///
    /// # Errors
    /// All that the program wrote, when it refuses the configuration.
    pub fn test(&self, configuration: impl AsRef<Path>) -> io::Result<()> {
        let configuration = configuration.as_ref();
        let output = if self.title.starts_with("nginx") {
            self.nginx_test(configuration)
        } else {
            self.haproxy_check(configuration)
        }?;
        if output.status.success() {
            return Ok(());
        }
        let told = [output.stdout, output.stderr].concat();
        Err(io::Error::other(format!(
            "{} refuses {}:\n{}",
            self.title,
            configuration.display(),
            String::from_utf8_lossy(&told)
        )))
    }

    /// Runs NGINX with the text that `http` returns in its `http` block. `http` receives the folder, which holds `files`,
    /// and a free port of 127.0.0.1 to listen on.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run_nginx(
        &self,
        files: &[(&str, &str)],
        http: impl Fn(&Path, u16) -> String,
    ) -> Result<RunningBalancer, Unavailable> {
        self.run_nginx_as("master_process off;", files, http)
    }

    /// The same with a master process, which alone takes a new configuration into use (SIGHUP to the process of the file
    /// `pid`) and loses no connection. Who starts it ends it by SIGTERM to that process: its workers outlive SIGKILL.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run_nginx_with_master(&self, http: impl Fn(&Path, u16) -> String) -> Result<RunningBalancer, Unavailable> {
        self.run_nginx_as("user root;", &[], http)
    }

    fn run_nginx_as(
        &self,
        processes: &str,
        files: &[(&str, &str)],
        http: impl Fn(&Path, u16) -> String,
    ) -> Result<RunningBalancer, Unavailable> {
        let prepare = |folder: &Path| files.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text));
        let command = |folder: &Path, port: u16| {
            let (temporary, http) = (temporary(folder), http(folder, port));
            let text = format!("events {{}}\nhttp {{\n    access_log off;\n{temporary}{http}\n}}\n");
            // If the file cannot be written, NGINX reports the error.
            let _ = fs::write(folder.join("nginx.conf"), text);
            let mut command = self.command();
            command.args(["-e", "stderr", "-g"]);
            command.arg(format!("daemon off; {processes} pid {}/pid;", folder.display()));
            command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
            command
        };
        let (running, port) = server::start(prepare, command, ReadyCondition::Accepts)
            .map_err(|error| Unavailable::new(self.title, error))?;
        Ok(RunningBalancer { port, running })
    }

    /// Runs `HAProxy` with what `configuration` gives when it is asked with a folder and a free port of 127.0.0.1 to
    /// listen on.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run_haproxy(&self, configuration: impl Fn(&Path, u16) -> String) -> Result<RunningBalancer, Unavailable> {
        let command = |folder: &Path, port: u16| {
            let file = folder.join("haproxy.cfg");
            // If the file cannot be written, HAProxy reports the error.
            let _ = fs::write(&file, configuration(folder, port));
            let mut command = self.command();
            command.args(["-db", "-f"]).arg(file);
            command
        };
        let (running, port) = server::start(|_| Ok(()), command, ReadyCondition::Accepts)
            .map_err(|error| Unavailable::new(self.title, error))?;
        Ok(RunningBalancer { port, running })
    }

    fn nginx_test(&self, folder: &Path) -> io::Result<Output> {
        // Absolute: nginx takes relative paths from its prefix.
        let folder = folder.canonicalize()?;
        let scratch = tempfile::tempdir()?;
        let mut main = folder.join("nginx.conf");
        if !main.exists() {
            main = scratch.path().join("nginx.conf");
            let temporary = temporary(scratch.path());
            let text = format!(
                "events {{}}\nhttp {{\n    access_log off;\n{temporary}    include {}/*.conf;\n}}\n",
                folder.display()
            );
            fs::write(&main, text)?;
        }
        let mut command = self.command();
        command.args(["-t", "-q", "-e", "stderr", "-g"]).arg(format!("pid {}/pid;", scratch.path().display()));
        command.arg("-p").arg(&folder).arg("-c").arg(main).output()
    }

    fn haproxy_check(&self, file: &Path) -> io::Result<Output> {
        self.command().args(["-c", "-f"]).arg(file).output()
    }
}

/// Where NGINX puts its temporary files, as lines of an `http` block: its own place exists only where it is installed.
fn temporary(folder: &Path) -> String {
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {}/{kind};\n", folder.display()))
        .concat()
}
