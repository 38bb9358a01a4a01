//! How the server prints members of a cluster: their addresses and IDs.

use super::entry::cut;
use super::failure::between;
use super::masking::shown;

/// `Host:192.0.2.11, Remote Host:null, Port: 4000, …` as `192.0.2.11:4000`.
pub(super) fn address_of(text: &str) -> String {
    let field = |name| between(text, name, ",").or_else(|| between(text, name, "")).map(str::trim);
    match (field("host:"), field("port:")) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        _ => shown(cut(text.trim(), 100)),
    }
}

/// The ID in the first brackets.
pub(super) fn member_id(message: &str) -> String {
    between(message, "[", "]").unwrap_or_default().to_owned()
}

/// `Member joined [id]: /192.0.2.12:4000`, and `Member left: [UUID] id, [Address] /192.0.2.12:4000`.
pub(super) fn member_of(message: &str) -> String {
    let place = message.rsplit_once('/').map(|(_, place)| place.trim());
    place.or_else(|| between(message, "[", "]")).unwrap_or_default().to_owned()
}
