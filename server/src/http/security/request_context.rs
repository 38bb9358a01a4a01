//! How a request reached the server: under which name, encrypted or not, from whose address. Pure: the headers say it,
//! and whose headers are believed is the configuration's.
//!
//! Only a trusted proxy is believed about what came before it. Everything that could be read in two ways is refused:
//! proxies and browsers differ in which of two they take.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};

use crate::config::{Access, Networks};
use crate::net::peer::Peer;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// How a request reached the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestContext {
    /// The browser's address, as far as proxies are believed.
    pub client: IpAddr,
    /// Host, and port if it is not the usual one, as the browser has them; in small letters.
    pub host: String,
    /// Whether the browser came by https.
    pub secure: bool,
    /// Whether the request came from this machine under one of the machine's names, as far as the server can determine.
    pub is_local: bool,
}

impl RequestContext {
    /// The scheme and authority of the browser's address, such as `https://wizard.internal`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }

    /// Whether it came under a name that resolves to each machine itself: no other machine can open such an address.
    #[must_use]
    pub fn names_this_machine(&self) -> bool {
        let host = host_of(&self.host).unwrap_or_default();
        host == "localhost" || host.starts_with("127.") || host == "[::1]"
    }

    /// Whether the browser came by https: as the server knows it, or as the browser reports where an undeclared proxy
    /// terminates TLS. Only browsers send `Origin`, and pages cannot change it.
    #[must_use]
    pub fn by_https(&self, headers: &HeaderMap) -> bool {
        self.secure || headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
    }
}

/// Why a request is not answered: status, and what to do.
pub(crate) type RequestRejection = (StatusCode, &'static str);

const UNKNOWN_HOST: RequestRejection = (
    StatusCode::MISDIRECTED_REQUEST,
    "Clusterwright accepts only the host names of this machine and those in allowed_hosts. Use one of them, or add this name to allowed_hosts.\n",
);
const AMBIGUOUS_HOST: RequestRejection = (
    StatusCode::BAD_REQUEST,
    "The request contains a Host or forwarding header more than once. Send each header once.\n",
);
const NOT_ENCRYPTED: RequestRejection = (
    StatusCode::FORBIDDEN,
    "This connection is not encrypted. Use the https:// URL of the proxy, and configure the proxy to send X-Forwarded-Proto.\n",
);

/// Under which names the server answers, and whom it believes.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    /// The names of this machine, without a proxy.
    own: Vec<String>,
    /// Those of the configuration, which may be a proxy's that speaks TLS.
    more: Vec<String>,
    /// Whether other machines reach the port itself.
    wide: bool,
    trusted_proxies: Networks,
}

impl AllowedHosts {
    /// The names of this machine, and `more` from the configuration.
    #[must_use]
    pub fn new(more: &[String]) -> Self {
        Self::of(&Access { allowed_hosts: more.to_vec(), ..Access::default() })
    }

    /// The names and proxies of the configuration.
    #[must_use]
    pub fn of(access: &Access) -> Self {
        let mut own = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        // 127.0.0.2 is this machine too, where it was asked for.
        if access.listen.is_loopback() {
            own.push(access.listen.to_string());
        }
        Self {
            own,
            more: access.allowed_hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            wide: access.is_reachable_from_elsewhere(),
            trusted_proxies: access.trusted_proxies.clone(),
        }
    }

    /// How a request came; `peer` is `None` where it came by no connection, as in tests.
    pub(crate) fn request_context(
        &self,
        peer: Option<Peer>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<RequestContext, RequestRejection> {
        let peer = peer.unwrap_or(Peer { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), tls: false });
        let direct = one(headers, header::HOST)?.ok_or(UNKNOWN_HOST)?;
        // A request line with a whole address goes before the header (RFC 9112 section 3.2.2): both must say the same.
        if uri.authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(direct)) {
            return Err(AMBIGUOUS_HOST);
        }
        let from = peer.address.ip().to_canonical();
        let through_proxy = self.trusted_proxies.hold(from)
            && [FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PROTO].iter().any(|name| headers.contains_key(name));
        let visit = if through_proxy {
            let host = one(headers, FORWARDED_HOST)?.unwrap_or(direct);
            let secure = match one(headers, FORWARDED_PROTO)? {
                Some(scheme) if scheme.eq_ignore_ascii_case("https") => true,
                Some(scheme) if scheme.eq_ignore_ascii_case("http") => false,
                Some(_) => return Err(AMBIGUOUS_HOST),
                None => peer.tls,
            };
            let client = self.client(from, headers);
            RequestContext { client, host: host.to_ascii_lowercase(), secure, is_local: false }
        } else {
            let host = direct.to_ascii_lowercase();
            let forwarded = [FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PROTO, header::FORWARDED];
            // A proxy on this machine that is not trusted still passes on what others send.
            let is_local = from.is_loopback()
                && host_of(&host).is_some_and(|host| self.own.contains(&host))
                && !forwarded.iter().any(|name| headers.contains_key(name));
            RequestContext { client: from, host, secure: peer.tls, is_local }
        };
        if !self.has(&visit.host) {
            return Err(UNKNOWN_HOST);
        }
        // What comes by a proxy crossed a network too, whatever address this program listens on, but from this machine.
        let is_from_here =
            visit.client.is_loopback() && host_of(&visit.host).is_some_and(|host| self.own.contains(&host));
        let crossed = if through_proxy { self.wide || !is_from_here } else { self.wide && !visit.is_local };
        if crossed && !visit.secure {
            return Err(NOT_ENCRYPTED);
        }
        Ok(visit)
    }

    /// The last address that no trusted proxy added: whatever stands before it, its sender may have made up.
    fn client(&self, proxy: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = proxy;
        let lines: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
        for text in lines.iter().flat_map(|line| line.split(',')).rev() {
            let Ok(address) = text.trim().trim_matches(['[', ']']).parse::<IpAddr>() else { break };
            client = address.to_canonical();
            if !self.trusted_proxies.hold(client) {
                break;
            }
        }
        client
    }

    /// Whether a `Host` header, with or without port, names this server.
    #[must_use]
    pub fn has(&self, authority: &str) -> bool {
        let Some(host) = host_of(authority) else { return false };
        self.own.contains(&host) || self.more.contains(&host) || (self.wide && is_address(&host))
    }

    /// Whether a page of this origin is one of ours, for a visit that came under `host`.
    pub(crate) fn is_origin(&self, origin: &str, visit: &RequestContext) -> bool {
        origin.split_once("://").is_some_and(|(scheme, from)| {
            let spoken = match scheme {
                "https" => visit.secure || self.may_be_tunnelled(&visit.host),
                "http" => !visit.secure,
                _ => false,
            };
            spoken && from.eq_ignore_ascii_case(&visit.host)
        })
    }

    /// Under a name of the configuration, where no proxy is trusted to say it, something before us may speak TLS.
    fn may_be_tunnelled(&self, host: &str) -> bool {
        self.trusted_proxies.is_empty() && host_of(host).is_some_and(|host| self.more.contains(&host))
    }
}

/// A header that may stand there once, with one value.
fn one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, RequestRejection> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| AMBIGUOUS_HOST)?.trim();
    if values.next().is_some() || text.contains(',') {
        return Err(AMBIGUOUS_HOST);
    }
    Ok(Some(text))
}

/// The name in small letters, without its port; `None` where the port is none.
fn host_of(authority: &str) -> Option<String> {
    let end_of_address = authority.rfind(']').map_or(0, |end| end + 1);
    let (name, rest) = authority.split_at(end_of_address);
    let host = match rest.rsplit_once(':') {
        Some((more, port)) => {
            let is_port = (1..=5).contains(&port.len())
                && port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port != 0);
            if !is_port {
                return None;
            }
            format!("{name}{more}")
        }
        None => authority.to_owned(),
    };
    Some(host.to_ascii_lowercase())
}

/// An attacker can make a name resolve to this machine (DNS rebinding), but cannot redirect an IP address.
fn is_address(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A visit by these headers (`name: value` lines) from a peer, at a server that is set up so.
    fn visit(access: &Access, from: &str, tls: bool, lines: &str) -> Result<RequestContext, StatusCode> {
        let mut headers = HeaderMap::new();
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) = line.trim().split_once(": ").unwrap();
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let peer = Peer { address: SocketAddr::new(from.parse().unwrap(), 50000), tls };
        AllowedHosts::of(access)
            .request_context(Some(peer), &Uri::from_static("/"), &headers)
            .map_err(|(status, _)| status)
    }

    fn wide() -> Access {
        Access {
            listen: "0.0.0.0".parse().unwrap(),
            allowed_hosts: vec!["wizard.internal".to_owned()],
            ..Access::default()
        }
    }

    fn behind_proxy() -> Access {
        Access { trusted_proxies: Networks(vec!["10.0.0.0/24".parse().unwrap()]), ..wide() }
    }

    #[test]
    fn another_address_of_this_machine_is_answered_where_it_listens_there() {
        let access = Access { listen: "127.0.0.2".parse().unwrap(), ..Access::default() };
        assert!(AllowedHosts::of(&access).has("127.0.0.2:3000"));
        assert!(!AllowedHosts::of(&Access::default()).has("127.0.0.2:3000"));
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let hosts = AllowedHosts::new(&["wizard.internal".to_owned()]);
        for host in ["localhost:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST", "wizard.internal:80"] {
            assert!(hosts.has(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:3000",
            "127.0.0.1.nip.io",
            "",
            "localhost:x",
            "localhost:",
            "localhost:0",
            "localhost:99999",
            "localhost:-1",
            "localhost:003000",
            "localhost:80:80",
            "localhost.",
            "localhost.:3000",
            "user@localhost",
            "localhost@evil.example",
            "localhost:3000@evil.example",
            "localhost#.evil.example",
            "localhost/evil.example",
            "[::1",
            "[::1]x",
            "::1",
            "10.0.0.5",
            "[fd12::1]",
        ] {
            assert!(!hosts.has(host), "{host}");
        }
        let wide = AllowedHosts::of(&wide());
        for host in ["10.0.0.5:3000", "[fd12::1]:3000", "wizard.internal"] {
            assert!(wide.has(host), "{host}");
        }
        for host in ["evil.example", "10.0.0.5.nip.io", "0x7f.1", "[evil]", "010.0.0.5"] {
            assert!(!wide.has(host), "{host}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let forged =
            "host: wizard.internal\nx-forwarded-host: evil.example\nx-forwarded-proto: https\nx-forwarded-for: 1.2.3.4";
        let seen = visit(&wide(), "10.9.9.9", true, forged).unwrap();
        assert_eq!((seen.host.as_str(), seen.client.to_string().as_str()), ("wizard.internal", "10.9.9.9"));
        assert_eq!(
            visit(&behind_proxy(), "10.9.9.9", false, forged),
            Err(StatusCode::FORBIDDEN),
            "not its proxy, in clear"
        );
        assert_eq!(visit(&behind_proxy(), "10.0.0.7", false, forged), Err(StatusCode::MISDIRECTED_REQUEST));
        let right = "host: 10.0.0.2:3000\nx-forwarded-host: Wizard.internal\nx-forwarded-proto: https\nx-forwarded-for: 6.6.6.6, 1.2.3.4, 10.0.0.9";
        let seen = visit(&behind_proxy(), "::ffff:10.0.0.7", false, right).unwrap();
        assert_eq!(seen.origin(), "https://wizard.internal");
        assert_eq!(seen.client.to_string(), "1.2.3.4", "the last that no trusted proxy added");
        assert!(seen.secure && !seen.is_local);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for lines in [
            "host: wizard.internal\nhost: evil.example",
            "host: wizard.internal, evil.example",
            "host: wizard.internal\nx-forwarded-host: wizard.internal, evil.example\nx-forwarded-proto: https",
            "host: wizard.internal\nx-forwarded-host: wizard.internal\nx-forwarded-host: a\nx-forwarded-proto: https",
            "host: wizard.internal\nx-forwarded-proto: https, http",
            "host: wizard.internal\nx-forwarded-proto: spdy",
        ] {
            assert_eq!(visit(&behind_proxy(), "10.0.0.7", false, lines), Err(StatusCode::BAD_REQUEST), "{lines}");
        }
        assert_eq!(visit(&behind_proxy(), "10.0.0.7", false, ""), Err(StatusCode::MISDIRECTED_REQUEST));
        let headers = HeaderMap::from_iter([(header::HOST, "localhost".parse().unwrap())]);
        let absolute = Uri::from_static("http://evil.example/");
        let seen = AllowedHosts::new(&[]).request_context(None, &absolute, &headers);
        assert_eq!(seen.map_err(|(status, _)| status), Err(StatusCode::BAD_REQUEST));
        assert!(AllowedHosts::new(&[]).request_context(None, &Uri::from_static("http://localhost/"), &headers).is_ok());
    }

    #[test]
    fn a_line_that_others_could_read_is_refused() {
        let host = "host: wizard.internal";
        let in_clear = "host: wizard.internal\nx-forwarded-proto: http";
        assert_eq!(visit(&behind_proxy(), "10.0.0.7", false, host), Err(StatusCode::FORBIDDEN));
        assert_eq!(visit(&behind_proxy(), "10.0.0.7", false, in_clear), Err(StatusCode::FORBIDDEN));
        assert!(visit(&wide(), "10.0.0.7", true, host).unwrap().secure);
        // A proxy on the same machine still passes on what crossed a network.
        let beside = Access {
            listen: "127.0.0.1".parse().unwrap(),
            trusted_proxies: Networks(vec!["127.0.0.1/32".parse().unwrap()]),
            ..behind_proxy()
        };
        assert_eq!(visit(&beside, "127.0.0.1", false, in_clear), Err(StatusCode::FORBIDDEN));
        assert!(visit(&behind_proxy(), "127.0.0.1", false, "host: localhost:3000").unwrap().is_local);
        for lines in
            ["host: wizard.internal", "host: localhost\nx-forwarded-for: 10.0.0.1", "host: localhost\nforwarded: for=x"]
        {
            assert_eq!(visit(&wide(), "127.0.0.1", false, lines), Err(StatusCode::FORBIDDEN), "{lines}");
        }
    }

    #[test]
    fn a_page_is_ours_under_its_whole_origin() {
        let ours = |access: &Access, secure: bool, host: &str, origin: &str| {
            let visit = RequestContext {
                client: IpAddr::V4(Ipv4Addr::LOCALHOST),
                host: host.to_owned(),
                secure,
                is_local: true,
            };
            AllowedHosts::of(access).is_origin(origin, &visit)
        };
        let plain = Access { allowed_hosts: vec!["wizard.internal".to_owned()], ..Access::default() };
        assert!(ours(&plain, false, "wizard.internal", "https://wizard.internal"), "behind a tunnel that speaks TLS");
        assert!(ours(&plain, false, "localhost:3000", "http://localhost:3000"));
        assert!(!ours(&plain, false, "localhost:3000", "https://localhost:3000"), "another scheme is another origin");
        for origin in
            ["ftp://localhost:3000", "http://localhost:4000", "https://evil.example", "null", "http://localhost"]
        {
            assert!(!ours(&plain, false, "localhost:3000", origin), "{origin}");
        }
        assert!(ours(&behind_proxy(), true, "wizard.internal", "https://wizard.internal"));
        assert!(!ours(&behind_proxy(), true, "wizard.internal", "http://wizard.internal"));
        assert!(!ours(&behind_proxy(), false, "wizard.internal", "https://wizard.internal"));
    }
}
