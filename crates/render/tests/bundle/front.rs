//! Generated load balancers at work, in front of stand-ins for IS, which identify themselves and return the request.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, thread};

use render::certificates::{CertificateRequests, LeafRequest, SigningAuthority, issue};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use testbed::{LoadBalancerProgram, RunningBalancer, Unavailable};

use crate::balancers::{LocalPorts, shifted};
use crate::scenario::Scenario;
use crate::world::{Unpacked, reveal, ring};

/// The program for the file of a scenario; `None` after a line that reports that it is not installed.
pub(crate) fn program(scenario: &Scenario) -> Option<LoadBalancerProgram> {
    testbed::or_report(match scenario.draft.text("load_balancer.kind") {
        "nginx" => testbed::nginx(scenario.draft.text("load_balancer.version")),
        _ => testbed::haproxy(),
    })
}

/// A load balancer with the file of a scenario, whose nodes are stand-ins.
pub(crate) struct StartedBalancer {
    pub(crate) running: RunningBalancer,
    /// The port that redirects.
    pub(crate) http_port: u16,
    /// The ports of the stand-ins, in the order of the nodes.
    pub(crate) nodes: Vec<u16>,
}

impl StartedBalancer {
    /// Starts it with the file of the bundle, except for addresses, ports and the CA of the nodes.
    pub(crate) fn start(program: &LoadBalancerProgram, scenario: &Scenario) -> Option<Self> {
        Self::start_by(program, scenario, |program, text| program.run_nginx(&[], text))
    }

    /// The same, for an NGINX that can be reloaded: see [`LoadBalancerProgram::run_nginx_with_master`].
    pub(crate) fn start_reloadable(program: &LoadBalancerProgram, scenario: &Scenario) -> Option<Self> {
        Self::start_by(program, scenario, |program, text| program.run_nginx_with_master(text))
    }

    fn start_by(
        program: &LoadBalancerProgram,
        scenario: &Scenario,
        run_nginx: impl Fn(&LoadBalancerProgram, &dyn Fn(&Path, u16) -> String) -> Result<RunningBalancer, Unavailable>,
    ) -> Option<Self> {
        let plan = scenario.plan();
        let balancer = &plan.load_balancer;
        let bundle = Unpacked::of(scenario);
        let node = Node::new(&balancer.hostname);
        let nodes: Vec<u16> = balancer.servers.iter().map(|_| node.serve()).collect();
        let http_port = testbed::port::free().unwrap();
        let configuration = |folder: &Path, port: u16| {
            let ports = LocalPorts { http: http_port, https: port, nodes: nodes.clone() };
            let control = within(folder, balancer.paths.control);
            let text = shifted(&bundle, scenario, &ports, folder, control.parent().unwrap());
            let authority = Path::new(&balancer.paths.nodes_ca).file_name().unwrap();
            fs::write(folder.join("tls").join(authority), &node.authority).unwrap();
            if balancer.kind.value() != "nginx" {
                return text;
            }
            let file = within(folder, &balancer.paths.configuration);
            fs::write(&file, text).unwrap();
            format!("include {};", file.display())
        };
        let running = testbed::or_report(match balancer.kind.value() {
            "nginx" => run_nginx(program, &configuration),
            _ => program.run_haproxy(configuration),
        })?;
        Some(Self { running, http_port, nodes })
    }
}

/// Where a file of the load balancer's machine is: below the folder of the running program.
pub(crate) fn within(folder: &Path, path: &str) -> PathBuf {
    let file = folder.join(path.trim_start_matches('/'));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    file
}

/// A stand-in for a node of IS: TLS with a certificate of the hostname; each answer is the request.
struct Node {
    authority: String,
    config: Arc<ServerConfig>,
}

impl Node {
    fn new(hostname: &str) -> Self {
        let requests = CertificateRequests {
            trust: SigningAuthority::PrivateAuthority,
            load_balancer: LeafRequest::load_balancer(hostname),
            hostname: hostname.to_owned(),
            nodes: Vec::new(),
        };
        let issued = issue(&ring(7), &requests).unwrap();
        let identity = issued.load_balancer.unwrap();
        let chain = CertificateDer::pem_slice_iter(identity.chain_pem().as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(reveal(&identity.key_pem()).as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self { authority: issued.authority.unwrap().certificate_pem(), config: Arc::new(config) }
    }

    /// Answers on a separate port until the test ends.
    fn serve(&self) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = Arc::clone(&self.config);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                thread::spawn(move || answer(StreamOwned::new(connection, stream)));
            }
        });
        port
    }
}

fn answer(mut stream: StreamOwned<ServerConnection, std::net::TcpStream>) -> Option<()> {
    loop {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut buffer = [0; 4096];
            match stream.read(&mut buffer) {
                Ok(count @ 1..) if request.len() < 1 << 16 => request.extend_from_slice(&buffer[..count]),
                _ => return None,
            }
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\nServer: a stand-in for IS\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            request.len()
        );
        stream.write_all(&[head.as_bytes(), &request].concat()).ok()?;
    }
}

/// The headers of a request that a stand-in received, by their names in lower case, with all values of each.
pub(crate) fn headers(request: &str) -> BTreeMap<String, Vec<String>> {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in request.lines().skip(1).filter_map(|line| line.split_once(':')) {
        headers.entry(name.to_ascii_lowercase()).or_default().push(value.trim().to_owned());
    }
    headers
}
