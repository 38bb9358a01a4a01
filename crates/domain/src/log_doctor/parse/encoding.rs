//! From bytes to lines of printable text: encodings, colours of terminals, control characters, and the maximum length.

use super::super::entry::cut;

/// Maximum length of a line, in bytes; the rest is left out. The longest lines of IS are URLs in access errors.
const MAX_LINE_BYTES: usize = 8_000;

/// The text of a log. UTF-16, which Windows writes when output is redirected, is recognised by its byte order mark.
pub(in super::super) fn decode(bytes: &[u8]) -> String {
    let unit = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => unit(u16::from_le_bytes),
        [0xfe, 0xff, ..] => unit(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A line without its end, without terminal escapes and control characters, and not too long.
pub(super) fn clean_line(line: &str) -> String {
    let line = cut(line, MAX_LINE_BYTES);
    if line.bytes().all(|byte| byte == b'\t' || (0x20..0x7f).contains(&byte)) {
        return line.to_owned();
    }
    let mut clean = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' && letters.next_if_eq(&'[').is_some() {
            // An escape ends with a letter: `ESC [ 31 m`.
            while letters.next_if(|letter| !letter.is_ascii_alphabetic()).is_some() {}
            letters.next();
        } else if letter == '\t' || !crate::values::is_unprintable(letter) {
            clean.push(letter);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "TID: [] ä";
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        let mark = [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat();
        for bytes in [little, big, mark, text.as_bytes().to_vec()] {
            assert_eq!(decode(&bytes), text);
        }
        assert_eq!(decode(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn colours_and_control_characters_are_removed() {
        assert_eq!(clean_line("\u{1b}[1;31mERROR\u{1b}[0m\tä\u{0}\r"), "ERROR\tä");
        assert_eq!(clean_line("\u{1b}[31"), "");
        assert_eq!(clean_line(&"ä".repeat(MAX_LINE_BYTES)).len(), MAX_LINE_BYTES);
    }
}
