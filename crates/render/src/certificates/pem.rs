//! PEM text (RFC 7468): writes blocks, and reads what people paste, telling exactly what is wrong with it.
//!
//! Text before and between blocks is allowed, as `openssl` and browsers write it there. It knows nothing of what the
//! blocks hold.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::certificate::PemDefect;
use zeroize::Zeroizing;

/// One block as read.
pub(super) struct PemBlock {
    /// Counts from 1.
    pub(super) number: usize,
    /// The word between BEGIN and the dashes.
    pub(super) label: String,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// Writes one block with lines of 64 characters.
pub(crate) fn write(label: &str, der: &[u8]) -> String {
    let text = Zeroizing::new(BASE64_STANDARD.encode(der));
    let mut out = String::with_capacity(text.len() + text.len() / 64 + 2 * label.len() + 40);
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// Reads all blocks of `text`, or the first fault.
pub(super) fn read(text: &str) -> Result<Vec<PemBlock>, PemDefect> {
    let mut blocks: Vec<PemBlock> = Vec::new();
    let mut open: Option<(String, Zeroizing<String>)> = None;
    let mut text_after = None;
    for (line_number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        let block = blocks.len() + 1;
        let unreadable = |because: String| PemDefect::Unreadable { block, because };
        if let Some(label) = boundary(line, "BEGIN") {
            if let Some((label, _)) = open {
                return Err(unreadable(format!("its END {label} line is missing")));
            }
            open = Some((label.to_owned(), Zeroizing::new(String::with_capacity(text.len()))));
            text_after = None;
        } else if let Some(end) = boundary(line, "END") {
            let Some((label, body)) = open.take() else {
                return Err(unreadable(format!("line {line_number} ends a block that has no BEGIN line")));
            };
            if label != end {
                return Err(unreadable(format!("it begins as {label} and ends as {end}")));
            }
            let der = BASE64_STANDARD
                .decode(body.as_bytes())
                .map_err(|_| unreadable("it is not complete base64: characters are missing or wrong".into()))?;
            blocks.push(PemBlock { number: block, label, der: Zeroizing::new(der) });
        } else if line.starts_with("-----") {
            return Err(unreadable(format!("line {line_number} is neither a complete BEGIN nor a complete END line")));
        } else if let Some((_, body)) = &mut open {
            if line.starts_with("Proc-Type:") && line.contains("ENCRYPTED") {
                return Err(PemDefect::EncryptedKey);
            }
            // Headers such as `DEK-Info: …` hold a colon, base64 never does.
            if !line.contains(':') {
                body.extend(line.chars().filter(|character| !character.is_whitespace()));
            }
        } else if !line.is_empty() && text_after.is_none() {
            text_after = Some(line_number);
        }
    }
    if let Some((label, _)) = open {
        let because = format!("its END {label} line is missing");
        return Err(PemDefect::Unreadable { block: blocks.len() + 1, because });
    }
    match text_after {
        _ if blocks.is_empty() => Err(PemDefect::NothingFound),
        Some(line) => Err(PemDefect::TrailingText { line }),
        None => Ok(blocks),
    }
}

fn boundary<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let label = line.strip_prefix("-----")?.strip_prefix(word)?.strip_prefix(' ')?.strip_suffix("-----")?;
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(der in proptest::collection::vec(any::<u8>(), 1..400), crlf: bool) {
            let mut text = format!("subject=CN = x\n{}\n{}", write("CERTIFICATE", &der), write("OTHER", &der));
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            let blocks = read(&text).unwrap();
            prop_assert_eq!(blocks.len(), 2);
            prop_assert_eq!(&*blocks[1].der, &der);
            prop_assert_eq!(&blocks[0].label, "CERTIFICATE");
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(-----BEGIN A-----|-----END A-----|AAAA|:|-|\n| |é|\u{feff}){0,20}") {
            let _ = read(&text);
        }
    }
}
