//! The path prefix of a process.

use std::fmt::Display;
use std::sync::OnceLock;

/// The attribute of the root element that tells the islands the prefix; absent where there is none.
pub const PREFIX_ATTRIBUTE: &str = "data-prefix";

static PREFIX: OnceLock<String> = OnceLock::new();

/// Puts every address of this process under `prefix`: empty, or with a slash before and none after it. Once it was
/// asked for or said, it stays.
pub fn set_prefix(prefix: &str) {
    let _ = PREFIX.set(prefix.to_owned());
}

/// What stands before every address; empty at most places.
#[must_use]
pub fn prefix() -> &'static str {
    PREFIX.get_or_init(of_the_page)
}

#[cfg(target_arch = "wasm32")]
fn of_the_page() -> String {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
    root.and_then(|root| root.get_attribute(PREFIX_ATTRIBUTE)).unwrap_or_default()
}

#[cfg(not(target_arch = "wasm32"))]
const fn of_the_page() -> String {
    String::new()
}

/// An address from its path within the program, such as that of a file that pages load.
#[must_use]
pub fn with_prefix(path: impl Display) -> String {
    format!("{}{path}", prefix())
}

/// The path within the program of a path that a browser shows; `None` where it is not the program's.
#[must_use]
pub fn strip_prefix(path: &str) -> Option<&str> {
    path.strip_prefix(prefix()).filter(|rest| rest.starts_with('/'))
}
