//! One request, read completely: its path in parts, its parameters, its credentials.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, COOKIE, HOST};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use serde_json::Value;

/// How many parameters of a query or form are read.
const MAX_PARAMETERS: usize = 256;

/// What a client proves its identity with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Credentials {
    Basic { user: String, password: String },
    Bearer(String),
}

/// Names and values of a query or a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(text: &[u8]) -> Self {
        Self(
            form_urlencoded::parse(text)
                .take(MAX_PARAMETERS)
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// The first value with this name, unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(candidate, _)| candidate == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The same, as text of its own; empty if it is absent.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }
}

/// A request.
pub(crate) struct HttpCall {
    pub(crate) method: Method,
    /// The path as it was sent.
    pub(crate) path: String,
    pub(crate) query: Parameters,
    headers: HeaderMap,
    body: Bytes,
    peer: IpAddr,
}

impl HttpCall {
    pub(crate) fn new(head: Parts, body: Bytes, peer: IpAddr) -> Self {
        let query = Parameters::parse(head.uri.query().unwrap_or_default().as_bytes());
        Self { method: head.method, path: head.uri.path().to_owned(), query, headers: head.headers, body, peer }
    }

    /// The parts of the path, without the prefix of the default tenant.
    pub(crate) fn segments(&self) -> Vec<&str> {
        let segments: Vec<&str> = self.path.split('/').filter(|part| !part.is_empty()).collect();
        match segments.as_slice() {
            ["t", "carbon.super", rest @ ..] => rest.to_vec(),
            _ => segments,
        }
    }

    /// The parameters of a form in the body.
    pub(crate) fn form(&self) -> Parameters {
        Parameters::parse(&self.body)
    }

    /// The parameters of the form of a POST, and of the query otherwise.
    pub(crate) fn parameters(&self) -> Parameters {
        if self.method == Method::POST { self.form() } else { self.query.clone() }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first header with this name that is text.
    pub(crate) fn header(&self, name: impl hyper::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The host that was requested, without its port.
    pub(crate) fn host(&self) -> String {
        let host = self.header(HOST).unwrap_or_default();
        let without_port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        without_port.map_or(host, |(host, _)| host).to_ascii_lowercase()
    }

    /// The credentials of the Authorization header.
    pub(crate) fn credentials(&self) -> Option<Credentials> {
        let (scheme, value) = self.header(AUTHORIZATION)?.split_once(' ')?;
        let value = value.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Credentials::Bearer(value.to_owned()));
        }
        let decoded = STANDARD.decode(value).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        Some(Credentials::Basic { user: user.to_owned(), password: password.to_owned() })
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// The address of the browser as IS takes it: the first value of X-Forwarded-For, or the other end of the connection.
    pub(crate) fn client_address(&self) -> String {
        let forwarded = self.header("x-forwarded-for").and_then(|value| value.split(',').next());
        forwarded.map_or_else(|| self.peer.to_string(), |first| first.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn call(path: &str, headers: &[(&str, &str)], body: &'static str) -> HttpCall {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        HttpCall::new(head, Bytes::from_static(body.as_bytes()), [10, 77, 0, 5].into())
    }

    #[test]
    fn paths_of_the_default_tenant_are_the_same() {
        assert_eq!(call("/t/carbon.super/scim2/Users/", &[], "").segments(), ["scim2", "Users"]);
        assert_eq!(call("/scim2/Users", &[], "").segments(), ["scim2", "Users"]);
        assert!(call("/", &[], "").segments().is_empty());
    }

    #[test]
    fn credentials_are_basic_or_a_bearer_token() {
        let credentials = |value| call("/", &[("authorization", value)], "").credentials();
        let basic = |user: &str, password: &str| {
            Some(Credentials::Basic { user: user.to_owned(), password: password.to_owned() })
        };
        assert_eq!(credentials("Basic YTpiOmM="), basic("a", "b:c"));
        assert_eq!(credentials("bearer x"), Some(Credentials::Bearer("x".to_owned())));
        for unreadable in ["", "Basic", "Basic =", "Basic YQ==", "Digest YTpi"] {
            assert_eq!(credentials(unreadable), None, "{unreadable:?}");
        }
    }

    #[test]
    fn the_first_forwarded_address_is_the_browser() {
        assert_eq!(call("/", &[], "").client_address(), "10.77.0.5");
        let forwarded = [("x-forwarded-for", "198.51.100.1, 10.77.0.1")];
        assert_eq!(call("/", &forwarded, "").client_address(), "198.51.100.1");
    }

    #[test]
    fn cookies_parameters_and_hosts_are_read() {
        let headers = [("cookie", "a=1; commonAuthId=x"), ("host", "Login.Example.test:443")];
        let call = call("/p?q=a+b", &headers, "f=%2F&e=");
        assert_eq!((call.cookie("commonAuthId"), call.cookie("b")), (Some("x"), None));
        assert_eq!((call.query.get("q"), call.form().get("f"), call.form().get("e")), (Some("a b"), Some("/"), None));
        assert_eq!(call.host(), "login.example.test");
    }
}
