//! SHA-256 of texts, in the encodings that tokens and ids need.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// In hexadecimal. Keys of caches and records are made of it, so that they are short and have no special characters.
pub(crate) fn hex_sha256(text: &str) -> String {
    hex::encode(digest(&SHA256, text.as_bytes()))
}

/// In base64url without padding, as PKCE's S256 (RFC 7636 section 4.2).
pub(crate) fn base64url_sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}
