//! The files of the load balancer in the folder of a rehearsal, and its start.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use domain::steps::LoadBalancerKind;
use render::BundleFiles;

use crate::balancer_file::{ShiftedAddresses, ShiftedFile};
use crate::balancer_process::BalancerProcess;
use crate::error::RehearsalError;
use crate::log::{LOAD_BALANCER_SOURCE, RehearsalLog};
use crate::plan_facts::PlanFacts;
use crate::program::LoadBalancerProgram;
use crate::state_folder::StateFolder;

/// How often ports are chosen again when another program has taken them.
const MAX_PORT_CHOICES: u32 = 3;

/// What the load balancer is started with.
pub(crate) struct BalancerSetup<'a> {
    pub(crate) files: &'a BundleFiles,
    pub(crate) plan: &'a PlanFacts<'a>,
    pub(crate) program: &'a LoadBalancerProgram,
    pub(crate) folder: &'a StateFolder,
    /// The address of each node in the file, and its port here.
    pub(crate) nodes: &'a [(String, u16)],
}

impl BalancerSetup<'_> {
    /// Starts it on free ports, and returns the one of HTTPS.
    pub(crate) async fn start(&self, log: &RehearsalLog) -> Result<(BalancerProcess, u16), RehearsalError> {
        let mut choices = 0;
        loop {
            choices += 1;
            let failed = |source| RehearsalError::Run { program: self.program.path.clone(), source };
            let (http_port, https_port) = free_ports().map_err(failed)?;
            let (configuration, path) = self.write_files(http_port, https_port, log)?;
            let folder = self.folder.path();
            match BalancerProcess::start(self.program, folder, &configuration, https_port, &path, log).await {
                Err(RehearsalError::BalancerStart { output, .. })
                    if choices < MAX_PORT_CHOICES && output.contains("Address already in use") => {}
                started => return started.map(|process| (process, https_port)),
            }
        }
    }

    /// Writes the configuration and what it reads; returns its path, and the path in the bundle.
    fn write_files(
        &self,
        http_port: u16,
        https_port: u16,
        log: &RehearsalLog,
    ) -> Result<(PathBuf, String), RehearsalError> {
        let kind = self.plan.balancer.kind;
        let below = format!("load-balancer/{}", kind.value());
        let path = match kind {
            LoadBalancerKind::Nginx => format!("{below}/{}.conf", self.plan.balancer.hostname.as_str()),
            LoadBalancerKind::HaProxy => format!("{below}/haproxy.cfg"),
        };
        let wrong = |reason: String| RehearsalError::File { path: path.clone(), reason };
        let file =
            |path: &str| self.files.get(path).ok_or_else(|| RehearsalError::FileMissing { path: path.to_owned() });
        let text = std::str::from_utf8(file(&path)?).map_err(|_| wrong("it is not UTF-8 text.".to_owned()))?;
        let folder = self.folder.path();
        let tls = folder.join("tls");
        let shifted = ShiftedAddresses { http_port, https_port, nodes: self.nodes, tls: &tls, sockets: folder };
        let shifted = ShiftedFile::new(text, kind, &shifted).map_err(wrong)?;
        for name in &shifted.tls_files {
            self.folder.write(&format!("tls/{name}"), file(&format!("{below}/tls/{name}"))?)?;
        }
        for server in &shifted.unknown_servers {
            log.write(LOAD_BALANCER_SOURCE, &format!("{path}: no node of the bundle listens on {server}."));
        }
        let configuration = self.folder.write("load-balancer.conf", shifted.text.as_bytes())?;
        let configuration = match kind {
            LoadBalancerKind::HaProxy => configuration,
            LoadBalancerKind::Nginx => {
                self.folder.write("nginx.conf", nginx_main(folder, &configuration).as_bytes())?
            }
        };
        Ok((configuration, path))
    }
}

/// The main file of NGINX, which a distribution brings with the package: one process in the foreground, all files in `folder`.
fn nginx_main(folder: &Path, included: &Path) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n\
         {temporary}    log_format rehearsal '$request_method $uri $status $upstream_addr';\n    access_log /dev/stdout rehearsal;\n    \
         include {};\n}}\n",
        included.display()
    )
}

/// Two free ports of 127.0.0.1. Another program may take one before it is used.
fn free_ports() -> io::Result<(u16, u16)> {
    let open = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (one, other) = (open()?, open()?);
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}
