//! The path prefix of a process.

use std::fmt::Display;
use std::sync::OnceLock;

/// The attribute of the root element with the path prefix for the islands; missing if there is no prefix.
pub const PREFIX_ATTRIBUTE: &str = "data-prefix";

static PREFIX: OnceLock<String> = OnceLock::new();

/// Sets the path prefix of every URL of this process: empty, or with a slash before and none after it. After the first
/// call of this function or of [`prefix`], it cannot be changed.
pub fn set_prefix(prefix: &str) {
    let _ = PREFIX.set(prefix.to_owned());
}

/// The path prefix of every URL; often empty.
#[must_use]
pub fn prefix() -> &'static str {
    PREFIX.get_or_init(prefix_of_page)
}

#[cfg(target_arch = "wasm32")]
fn prefix_of_page() -> String {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
    root.and_then(|root| root.get_attribute(PREFIX_ATTRIBUTE)).unwrap_or_default()
}

#[cfg(not(target_arch = "wasm32"))]
const fn prefix_of_page() -> String {
    String::new()
}

/// A URL from its path without the prefix, such as that of a file that pages load.
#[must_use]
pub fn with_prefix(path: impl Display) -> String {
    format!("{}{path}", prefix())
}

/// Removes the prefix from the path of a browser; `None` if the path is not one of the product.
#[must_use]
pub fn strip_prefix(path: &str) -> Option<&str> {
    path.strip_prefix(prefix()).filter(|rest| rest.starts_with('/'))
}
