//! A QR code of an address, as one path to be drawn.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};
use thiserror::Error;

/// The text is longer than a code can hold.
#[derive(Debug, Error)]
#[error("the address is too long for a QR code")]
pub(crate) struct QrError;

/// The dark squares of the code of `text` as an SVG path in units of one square, with how many squares the code is wide.
/// Four squares around it must stay light.
///
/// # Errors
/// When `text` has more than some thousand letters.
pub(crate) fn svg_path(text: &str) -> Result<(String, u32), QrError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| QrError)?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let from = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > from {
                // Writing to a String does not fail.
                let _ = write!(path, "M{from} {y}h{0}v1h-{0}z", x - from);
            }
            x += 1;
        }
    }
    Ok((path, u32::try_from(code.size()).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners() {
        let (path, size) = svg_path("http://localhost:3000/s/0123456789abcdefghijkl").unwrap();
        assert_eq!(size, 33, "version 4, which phones read from a screen");
        assert!(path.starts_with("M0 0h7v1h-7z"), "the corner at the top left");
        assert!(path.contains("M26 0h7v1h-7z") && path.contains("M0 32h7v1h-7z"));
        assert!(svg_path(&"x".repeat(5000)).is_err());
    }
}
