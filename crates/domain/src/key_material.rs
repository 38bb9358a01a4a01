//! Finds and removes private keys in texts that are not secrets, such as a combined PEM file in the field of a
//! certificate, also in broken PEM.
//!
//! A saved text is shown, exported and stored in the journal, so it must not contain a key. Passwords are found in
//! [`crate::credentials`].

use std::borrow::Cow;

/// `text` without its private keys. A block ends with its own end line, otherwise where another block begins or the
/// text ends: in doubt, more is removed.
#[must_use]
pub fn strip_private_keys(text: &str) -> Cow<'_, str> {
    let blocks = blocks(text);
    if blocks.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in blocks {
        kept.push_str(text.get(from..start).unwrap_or_default());
        from = end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    // The text on both sides of a removed block may form a new one.
    match strip_private_keys(&kept) {
        Cow::Borrowed(_) => Cow::Owned(kept),
        Cow::Owned(further) => Cow::Owned(further),
    }
}

/// The line that begins or ends a private key.
struct PemMarker {
    start: usize,
    end: usize,
    begins: bool,
}

/// The byte ranges of private keys, in order, without overlaps.
fn blocks(text: &str) -> Vec<(usize, usize)> {
    let mut blocks: Vec<(usize, usize)> = Vec::new();
    let mut markers = markers(text).into_iter().peekable();
    while let Some(marker) = markers.next() {
        let done = blocks.last().map_or(0, |(_, end)| *end);
        if marker.end <= done {
            continue;
        }
        let (start, end) = if marker.begins {
            let end = match markers.peek() {
                Some(next) if !next.begins => next.end,
                Some(next) => next.start,
                None => text.len(),
            };
            // Another kind of block ends one without an end line.
            let other = text.get(marker.end..end).and_then(|body| body.find("-----BEGIN ")).map(|at| marker.end + at);
            (marker.start, other.unwrap_or(end))
        } else {
            // The first line is missing: everything since the last other block counts as key.
            let before = text.get(done..marker.start).unwrap_or_default();
            let other = before.rfind("-----END ").and_then(|at| Some(at + before.get(at..)?.find('\n')? + 1));
            (done + other.unwrap_or(0), marker.end)
        };
        blocks.push((start.max(done), end));
    }
    if blocks.is_empty() { find_unmarked_key(text).into_iter().collect() } else { blocks }
}

/// Maximum distance between `BEGIN` and `PRIVATE KEY`, in bytes: the longest name of an algorithm.
const MAX_ALGORITHM_BYTES: usize = 40;

fn markers(text: &str) -> Vec<PemMarker> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("private").filter_map(|(at, word)| marker(text, &lower, at, at + word.len())).collect()
}

/// The marker around the word `private` from `at` to `end`.
fn marker(text: &str, lower: &str, at: usize, end: usize) -> Option<PemMarker> {
    let after = lower.get(end..)?;
    let key = after.trim_start_matches(char::is_whitespace).strip_prefix("key")?;
    // No tool writes `PRIVATEKEY`, but mail programs join words.
    let mut end = lower.len() - key.len();
    if let Some(rest) = key.strip_prefix(" block") {
        end = lower.len() - rest.len();
    }
    let dashes = |letter: char| letter == '-' || letter == ' ';
    end = lower.len() - lower.get(end..)?.trim_start_matches(dashes).len();
    let head = lower.get(..at)?;
    let from = (at.saturating_sub(MAX_ALGORITHM_BYTES)..=at).find(|place| lower.is_char_boundary(*place))?;
    let near = lower.get(from..at)?;
    let (word, begins) = match (near.rfind("begin"), near.rfind("end")) {
        (Some(begin), end) if end.is_none_or(|end| end < begin) => (begin, true),
        (_, Some(end)) => (end, false),
        _ => return None,
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter.is_whitespace() || letter == '-';
    if !near.get(word..)?.chars().all(is_name) {
        return None;
    }
    let word = from + word;
    let start = head.get(..word)?.trim_end_matches(dashes).len();
    // A sentence may mention a private key; a marker has dashes, or is in capitals at the start of a line.
    let has_dashes = lower.get(start..word)?.contains('-') || lower.get(at..end)?.contains('-');
    let capitals = text.get(word..word + 3).is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_uppercase()));
    let starts_line = lower.get(..start)?.chars().next_back().is_none_or(|letter| letter.is_control());
    (has_dashes || (capitals && starts_line)).then_some(PemMarker { start, end, begins })
}

/// A key without any marker, by the start of every DER encoding of a key (RFC 5208, 8017 and 5915: a sequence whose
/// first element is the version), from its line to the next marker.
fn find_unmarked_key(text: &str) -> Option<(usize, usize)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if is_key_start(line.trim()) {
            let rest = text.get(start..)?;
            return Some((start, rest.find("-----").map_or(text.len(), |at| start + at)));
        }
        start += line.len();
    }
    None
}

fn is_key_start(line: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if line.len() < 40 || !line.bytes().all(is_base64) {
        return false;
    }
    // Two bytes of length: `MII…gIBA`; one byte or none: `MIG…AgE`, `MC4CAQ`, `MHcCAQ`.
    let long =
        line.get(6..).is_some_and(|rest| ["IBAA", "IBAD", "IBAT"].into_iter().any(|version| rest.starts_with(version)));
    (line.starts_with("MII") && long)
        || (line.starts_with("MI")
            && line.get(4..).is_some_and(|rest| rest.starts_with("AgEA") || rest.starts_with("AgEB")))
        || (line.starts_with('M')
            && line.get(2..).is_some_and(|rest| rest.starts_with("4CAQAw") || rest.starts_with("cCAQEE")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ29sb3Vy\n-----END CERTIFICATE-----\n";

    #[test]
    fn keys_are_taken_out_and_certificates_stay() {
        for key in [
            "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nCANARY\n-----END RSA PRIVATE KEY-----\r\n",
            "-----BEGIN EC PRIVATE KEY-----CANARY-----END EC PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nCANARY\n-----END PGP PRIVATE KEY BLOCK-----",
            "-----begin private key-----\nCANARY\n-----end private key-----\n",
            "---BEGIN PRIVATE KEY---\nCANARY\n",
            "----- BEGIN PRIVATE KEY -----\nCANARY\n",
            "BEGIN PRIVATE KEY\nCANARY\nEND PRIVATE KEY\n",
            "-----BEGIN PRIVATE\nKEY-----\nCANARY\n",
            "-----BEGIN PRIVATE KEY-----\\nCANARY\\n-----END PRIVATE KEY-----\\n",
            "-----BEGIN PRIVATE KEY-----\nCANARY",
            "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIV",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\nCANARY\n",
            "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\nCANARY\n",
        ] {
            for text in [key.to_owned(), format!("{CERTIFICATE}{key}"), format!("{key}{CERTIFICATE}")] {
                let left = strip_private_keys(&text);
                assert!(!left.contains("CANARY"), "{text} → {left}");
                assert_eq!(left.contains("-----END CERTIFICATE-----"), text.contains("CERTIFICATE"), "{text} → {left}");
            }
        }
        let lower_half = format!("{CERTIFICATE}CANARY\n-----END PRIVATE KEY-----\n{CERTIFICATE}");
        assert_eq!(strip_private_keys(&lower_half), format!("{CERTIFICATE}\n{CERTIFICATE}"));
    }

    #[test]
    fn what_holds_no_key_stays() {
        for text in [
            "",
            CERTIFICATE,
            "Begin with the private key of the old cluster",
            "Private key of Bob",
            "the end: private keys",
        ] {
            assert_eq!(strip_private_keys(text), text);
        }
        // The time is linear in the length of the text.
        let long = "private key end begin ".repeat(20_000);
        assert_eq!(strip_private_keys(&long).len(), long.len());
    }

    proptest! {
        #[test]
        fn no_private_key_survives(
            before in "[ -~\n]{0,60}",
            algorithm in "(RSA |EC |DSA |ENCRYPTED |OPENSSH )?",
            body in "[A-Za-z0-9+/\n]{0,120}",
            end in any::<bool>(),
            after in "[A-Za-z0-9 .\n]{0,40}",
        ) {
            let marker = |word: &str| format!("-----{word} {algorithm}PRIVATE KEY-----");
            let end = if end { format!("\n{}\n", marker("END")) } else { String::new() };
            let text = format!("{before}{CERTIFICATE}{}\nCANARY{body}CANARY{end}{after}", marker("BEGIN"));
            let left = strip_private_keys(&text);
            prop_assert!(!left.contains("CANARY"), "{text} → {left}");
            prop_assert!(left.contains(CERTIFICATE), "{text} → {left}");
            prop_assert_eq!(&strip_private_keys(&left), &left, "stripping twice changes nothing");
        }
    }
}
