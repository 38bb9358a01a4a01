//! The load balancer's file of the bundle with other addresses, ports and paths. Everything else stays as it is.

use std::ops::Range;
use std::path::Path;

use domain::audit::Directive;
use domain::steps::LoadBalancerKind;

/// What replaces the addresses and paths of a load balancer's machine. Listeners and nodes are at 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct ShiftedAddresses<'a> {
    /// The port that redirects to HTTPS.
    pub http_port: u16,
    /// The port of HTTPS.
    pub https_port: u16,
    /// The address of each node as the file writes it, and the port that it has now.
    pub nodes: &'a [(String, u16)],
    /// The folder of certificates and keys.
    pub tls: &'a Path,
    /// The folder of sockets.
    pub sockets: &'a Path,
}

/// A port at which nothing answers, for an address where no node of the bundle listens.
pub(crate) const CLOSED_PORT: u16 = 1;

/// A file with other addresses.
#[derive(Debug)]
pub struct ShiftedFile {
    /// Its text.
    pub text: String,
    /// The names of the certificates and keys that it reads from the TLS folder.
    pub tls_files: Vec<String>,
    /// The servers that are no nodes; a closed port of this machine replaces them.
    pub unknown_servers: Vec<String>,
}

impl ShiftedFile {
    /// Replaces addresses and paths in `text`.
    ///
    /// # Errors
    /// The syntax error, as a sentence.
    pub fn new(text: &str, kind: LoadBalancerKind, shifted: &ShiftedAddresses<'_>) -> Result<Self, String> {
        let directives = Directive::read(text, kind).map_err(|error| format!("{error}."))?;
        let mut file = Self { text: String::new(), tls_files: Vec::new(), unknown_servers: Vec::new() };
        let mut replaced: Vec<(Range<usize>, String)> = Vec::new();
        for directive in &directives {
            replaced.extend(match kind {
                LoadBalancerKind::Nginx => file.nginx(directive, shifted),
                LoadBalancerKind::HaProxy => file.haproxy(directive, shifted),
            });
        }
        let mut end = 0;
        for (place, new) in replaced {
            file.text += text.get(end..place.start).unwrap_or_default();
            file.text += &new;
            end = place.end;
        }
        file.text += text.get(end..).unwrap_or_default();
        Ok(file)
    }

    fn nginx(&mut self, directive: &Directive, shifted: &ShiftedAddresses<'_>) -> Vec<(Range<usize>, String)> {
        let new = match directive.name.as_str() {
            "listen" => shifted.listener(directive.arguments.iter().any(|word| word == "ssl")),
            "server" if directive.is_in("upstream") => self.server(directive.argument(0), shifted),
            "ssl_certificate" | "ssl_certificate_key" | "proxy_ssl_trusted_certificate" => {
                self.tls_file(directive.argument(0), shifted)
            }
            _ => return Vec::new(),
        };
        argument(directive, 0, new)
    }

    fn haproxy(&mut self, directive: &Directive, shifted: &ShiftedAddresses<'_>) -> Vec<(Range<usize>, String)> {
        let mut replaced = match directive.name.as_str() {
            "bind" => {
                let is_tls = directive.arguments.iter().any(|word| word == "ssl");
                argument(directive, 0, shifted.listener(is_tls))
            }
            "server" => {
                let server = self.server(directive.argument(1), shifted);
                argument(directive, 1, server)
            }
            "stats" if directive.argument(0) == "socket" => {
                argument(directive, 1, quoted(&shifted.sockets.join(file_name(directive.argument(1)))))
            }
            // The system's log socket: its lines belong to the log of the rehearsal.
            "log" if directive.argument(0).starts_with('/') => argument(directive, 0, "stderr format raw".to_owned()),
            // It runs as the user of the rehearsal.
            "user" | "group" | "chroot" => whole(directive),
            _ => Vec::new(),
        };
        for (place, word) in directive.arguments.iter().enumerate() {
            if matches!(word.as_str(), "crt" | "ca-file") {
                let new = self.tls_file(directive.argument(place + 1), shifted);
                replaced.extend(argument(directive, place + 1, new));
            }
        }
        replaced
    }

    /// The new address of a node.
    fn server(&mut self, address: &str, shifted: &ShiftedAddresses<'_>) -> String {
        let known = shifted.nodes.iter().find(|(given, _)| given == address);
        let port = known.map_or(CLOSED_PORT, |(_, port)| *port);
        if known.is_none() {
            self.unknown_servers.push(address.to_owned());
        }
        format!("\"127.0.0.1:{port}\"")
    }

    fn tls_file(&mut self, path: &str, shifted: &ShiftedAddresses<'_>) -> String {
        let name = file_name(path);
        self.tls_files.push(name.to_owned());
        quoted(&shifted.tls.join(name))
    }
}

impl ShiftedAddresses<'_> {
    fn listener(&self, is_tls: bool) -> String {
        format!("127.0.0.1:{}", if is_tls { self.https_port } else { self.http_port })
    }
}

fn argument(directive: &Directive, number: usize, new: String) -> Vec<(Range<usize>, String)> {
    // The name is the first place.
    directive.places.get(number + 1).map(|place| (place.clone(), new)).into_iter().collect()
}

fn whole(directive: &Directive) -> Vec<(Range<usize>, String)> {
    let (Some(first), Some(last)) = (directive.places.first(), directive.places.last()) else { return Vec::new() };
    vec![(first.start..last.end, String::new())]
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(text: &str, kind: LoadBalancerKind) -> ShiftedFile {
        let shifted = ShiftedAddresses {
            http_port: 18080,
            https_port: 18443,
            nodes: &[("10.0.0.1:9443".to_owned(), 4001), ("10.0.0.2:9444".to_owned(), 4002)],
            tls: Path::new("/t/tls"),
            sockets: Path::new("/t"),
        };
        ShiftedFile::new(text, kind, &shifted).unwrap()
    }

    #[test]
    fn only_addresses_ports_and_paths_of_nginx_change() {
        let text = "upstream a { server \"10.0.0.1:9443\" max_fails=3; # is-1 10.0.0.2:9444\n server 10.0.0.2:9444; server 10.0.0.3:9443; }\n\
                    server { listen 80; }\nserver { listen [::]:443 ssl http2; ssl_certificate \"/etc/nginx/tls/a.crt\";\n\
                    proxy_set_header X-Forwarded-Port 443; proxy_ssl_trusted_certificate /etc/ca.crt; }";
        let file = shift(text, LoadBalancerKind::Nginx);
        let expected = "upstream a { server \"127.0.0.1:4001\" max_fails=3; # is-1 10.0.0.2:9444\n server \"127.0.0.1:4002\"; server \"127.0.0.1:1\"; }\n\
                    server { listen 127.0.0.1:18080; }\nserver { listen 127.0.0.1:18443 ssl http2; ssl_certificate \"/t/tls/a.crt\";\n\
                    proxy_set_header X-Forwarded-Port 443; proxy_ssl_trusted_certificate \"/t/tls/ca.crt\"; }";
        assert_eq!(file.text, expected);
        assert_eq!(file.tls_files, ["a.crt", "ca.crt"]);
        assert_eq!(file.unknown_servers, ["10.0.0.3:9443"]);
    }

    #[test]
    fn only_addresses_ports_and_paths_of_haproxy_change() {
        let text = "global\n    log /dev/log local0\n    user haproxy\n    stats socket \"/run/haproxy.sock\" mode 600\n\
                    frontend a\n    bind \":80\"\n    bind \":443\" ssl crt \"/etc/h/a.pem\" alpn h2\n\
                    backend b\n    default-server ssl ca-file \"/etc/h/ca.crt\" verifyhost \"x\"\n    server \"is-1\" \"10.0.0.1:9443\" check\n";
        let file = shift(text, LoadBalancerKind::HaProxy);
        let expected = "global\n    log stderr format raw local0\n    \n    stats socket \"/t/haproxy.sock\" mode 600\n\
                    frontend a\n    bind 127.0.0.1:18080\n    bind 127.0.0.1:18443 ssl crt \"/t/tls/a.pem\" alpn h2\n\
                    backend b\n    default-server ssl ca-file \"/t/tls/ca.crt\" verifyhost \"x\"\n    server \"is-1\" \"127.0.0.1:4001\" check\n";
        assert_eq!(file.text, expected);
        assert_eq!(file.tls_files, ["a.pem", "ca.crt"]);
    }

    #[test]
    fn a_file_with_a_syntax_error_is_refused() {
        let shifted =
            ShiftedAddresses { http_port: 1, https_port: 2, nodes: &[], tls: Path::new("/"), sockets: Path::new("/") };
        let error = ShiftedFile::new("server { listen 80;", LoadBalancerKind::Nginx, &shifted).err().unwrap();
        assert_eq!(error, "the block server is not closed.");
    }
}
