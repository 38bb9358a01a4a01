//! How values get through IS's mapper.

/// Escapes a value that IS's mapper copies unchanged into a .properties file, which IS reads with
/// `Properties.load(InputStream)`: a backslash escapes, a leading space is dropped, and non-ASCII characters are read
/// as ISO 8859-1.
#[must_use]
pub fn escape_properties(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            ' ' if escaped.is_empty() => escaped.push_str("\\ "),
            _ if letter.is_ascii() && !letter.is_ascii_control() => escaped.push(letter),
            _ => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    // Writing to a String does not fail.
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
        }
    }
    escaped
}

/// The inverse of [`escape_mapper`]: the value that IS reads.
#[must_use]
pub fn unescape_mapper(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Escapes a value that IS's mapper copies unchanged into XML: `&`, `<` and `>` (product-is#28431).
#[must_use]
pub fn escape_mapper(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `Properties.load(InputStream)` for one value, after its specification: ISO 8859-1, escapes, no leading spaces.
    fn loaded(bytes: &[u8]) -> String {
        let mut letters =
            bytes.iter().map(|byte| char::from(*byte)).skip_while(|letter| matches!(letter, ' ' | '\t' | '\u{c}'));
        let mut units: Vec<u16> = Vec::new();
        while let Some(letter) = letters.next() {
            let unit = match letter {
                '\\' => match letters.next().expect("a continued line") {
                    'u' => {
                        let digits: String = letters.by_ref().take(4).collect();
                        u16::from_str_radix(&digits, 16).expect("four hexadecimal digits")
                    }
                    't' => 9,
                    'n' => 10,
                    'f' => 12,
                    'r' => 13,
                    other => u32::from(other) as u16,
                },
                '\n' | '\r' => panic!("the value ends here"),
                other => u32::from(other) as u16,
            };
            units.push(unit);
        }
        String::from_utf16(&units).expect("whole characters")
    }

    proptest! {
        #[test]
        fn a_properties_reader_gets_every_text_back(text in "\\PC{0,40}|[\\x00-\\x7f]{0,20}") {
            let written = escape_properties(&text);
            prop_assert!(written.is_ascii());
            prop_assert_eq!(loaded(written.as_bytes()), text);
        }

        #[test]
        fn the_mapper_and_back(text in "\\PC{0,40}|[&;<>a-z]{0,20}") {
            prop_assert_eq!(unescape_mapper(&escape_mapper(&text)), text);
        }
    }
}
