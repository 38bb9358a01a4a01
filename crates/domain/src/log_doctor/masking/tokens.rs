//! Secrets that are recognised by their own form: private keys, JSON web tokens, and long texts in base64.

use super::names::MASK;

/// How long a text in base64 or hexadecimal is that is no name, in characters: a line of a PEM file has 64 or 76.
const MIN_ENCODED_CHARS: usize = 48;

/// Masks what follows the first line of a private key: line ends may be written as `\n` or blanks.
pub(super) fn mask_private_keys(line: &str) -> String {
    let Some(at) = line.find("-----BEGIN ").filter(|at| line[*at..].contains("PRIVATE KEY")) else {
        return line.to_owned();
    };
    let (before, key) = line.split_at(at);
    let rest = key.find("-----END ").and_then(|end| {
        let end = end + "-----END ".len();
        let stop = key[end..].find("-----").map_or(key.len(), |stop| end + stop + 5);
        key.get(stop..)
    });
    format!("{before}{MASK}{}", mask_private_keys(rest.unwrap_or_default()))
}

/// Parts of the names of URL parameters.
const PARAMETERS: [&str; 16] = [
    "ssl",
    "reconnect",
    "timezone",
    "encoding",
    "unicode",
    "timeout",
    "store",
    "key",
    "schema",
    "prepstmts",
    "batched",
    "datetime",
    "alive",
    "charset",
    "collation",
    "cache",
];

/// Masks the name after `&` in a message about an XML entity: what is no parameter of a URL may be the rest of a password.
pub(super) fn mask_entity(line: &str) -> String {
    let Some((before, name, after)) = line.split_once("entity \"").and_then(|(before, rest)| {
        let (name, after) = rest.split_once('"')?;
        Some((before, name, after))
    }) else {
        return line.to_owned();
    };
    let lower = name.to_ascii_lowercase();
    let shown = if PARAMETERS.iter().any(|parameter| lower.contains(parameter)) { name } else { MASK };
    format!("{before}entity \"{shown}\"{after}")
}

/// Masks JSON web tokens, and runs of base64 that are too random for a name or path.
pub(super) fn mask_tokens(line: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+/=._-~".contains(letter);
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(begin) = rest.find(is_part) {
        shown.push_str(&rest[..begin]);
        let end = rest[begin..].find(|letter| !is_part(letter)).map_or(rest.len(), |end| begin + end);
        let run = &rest[begin..end];
        match run.find("eyJ") {
            Some(at) if run.len() - at > 20 => {
                shown.push_str(&run[..at]);
                shown.push_str(MASK);
            }
            _ if is_encoded(run) => shown.push_str(MASK),
            _ => shown.push_str(run),
        }
        rest = &rest[end..];
    }
    shown.push_str(rest);
    shown
}

/// Whether a run of letters is a key or its line in a PEM file: names and paths have few digits, or points.
fn is_encoded(run: &str) -> bool {
    let count = |is_one: fn(&u8) -> bool| run.bytes().filter(is_one).count();
    let digits = count(u8::is_ascii_digit);
    let is_hex = run.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_base64 =
        !run.contains(['.', '~']) && count(u8::is_ascii_uppercase) >= 8 && count(u8::is_ascii_lowercase) >= 8;
    run.len() >= MIN_ENCODED_CHARS && digits >= 5 && (is_hex || is_base64)
}
