//! The parts of an address in a field for a host.

use crate::{credentials, jdbc};

/// A URL that was pasted into a host field.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct PastedAddress<'a> {
    pub(super) host: &'a str,
    pub(super) port: Option<&'a str>,
    /// The text after the host, such as `/auth?x`; empty for none or a single slash.
    pub(super) path: &'a str,
    had_scheme: bool,
}

impl<'a> PastedAddress<'a> {
    /// Splits a host field's text. `None` if it is a plain host or not understood.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let rest = text.split_once("://").filter(|(scheme, _)| {
            ["https", "http", "tcp", "ldap", "ldaps"].into_iter().any(|known| scheme.eq_ignore_ascii_case(known))
        });
        let (had_scheme, rest) = rest.map_or((false, text), |(_, rest)| (true, rest));
        let rest = if had_scheme {
            credentials::find_userinfo_end(rest).and_then(|at| rest.get(at + 1..)).unwrap_or(rest)
        } else {
            rest
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let (host, port) = jdbc::split_port(authority);
        let is_host = !host.is_empty() && !host.contains(['<', '>', '(', ')', '"', '\'', ' ', '=']);
        (is_host && host != text).then_some(Self { host, port, path: if path == "/" { "" } else { path }, had_scheme })
    }

    /// What was removed, as part of a sentence.
    pub(super) fn without(&self) -> &'static str {
        match (self.had_scheme, self.path.is_empty()) {
            (true, true) => "without its scheme",
            (true, false) => "without its scheme and its path",
            (false, _) => "without its path",
        }
    }
}

/// Paths that IS serves: a URL with one is a page of IS, not a path prefix of IS.
pub(super) const IS_PATHS: [&str; 10] = [
    "/carbon",
    "/console",
    "/myaccount",
    "/oauth2",
    "/samlsso",
    "/authenticationendpoint",
    "/accountrecoveryendpoint",
    "/commonauth",
    "/scim2",
    "/api/",
];
