//! Masks passwords and tokens in the lines that are shown.

/// What stands for a secret.
const MASK: &str = "••••";
/// Maximum length of a shown line, in bytes.
const MAX_SHOWN_BYTES: usize = 700;

/// Names whose value is a secret, in lower case; longer names may end with them, as `connection_password` does.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "api_key",
    "apikey",
    "token",
    "token_hint",
    "samlresponse",
    "otp",
    "encryption_key",
];

/// A line as it is shown: cut to a readable length, with masked secrets.
pub(crate) fn shown(line: &str) -> String {
    let line = super::entry::cut(line, MAX_SHOWN_BYTES);
    mask_tokens(&mask_credentials(&mask_values(line)))
}

/// Masks `password=value`, `"password": "value"`, `<password>value` and the like.
fn mask_values(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let mut shown = String::with_capacity(line.len());
    let mut from = 0;
    while let Some(at) = lower[from..].find(['=', ':', '>']).map(|at| from + at) {
        let before = &lower[from..at];
        let name = before.trim_end_matches([' ', '"', '\'', '\\', ']']);
        // `Token : text` is a sentence.
        let is_sentence = lower.as_bytes()[at] == b':' && before.ends_with(' ');
        shown.push_str(&line[from..=at]);
        from = at + 1;
        if is_sentence || !is_secret_name(name) {
            continue;
        }
        let value = line[from..].trim_start_matches([' ', '"', '\'', '\\', '[']);
        let blanks = &line[from..line.len() - value.len()];
        let end = match blanks.contains(['"', '\'']) {
            true => value.find(['"', '\'', '\\']),
            false => value.find([' ', '&', ';', ',', ')', ']', '"', '\'', '}', '<']),
        };
        let end = end.unwrap_or(value.len());
        // MySQL states only whether there was a password.
        if end > 0 && !["YES", "NO"].contains(&&value[..end]) && !value.starts_with(':') {
            shown.push_str(blanks);
            shown.push_str(MASK);
            from += blanks.len() + end;
        }
    }
    shown.push_str(&line[from..]);
    shown
}

/// Whether a text ends with the name of a secret. An authorization code is one only in a URL: other codes are errors.
fn is_secret_name(text: &str) -> bool {
    text.ends_with("?code")
        || text.ends_with("&code")
        || NAMES.iter().any(|name| {
            text.strip_suffix(name).is_some_and(|before| match *name {
                "password" | "secret" => true,
                _ => !before.ends_with(|letter: char| letter.is_ascii_alphabetic()),
            })
        })
}

/// Masks `user:password@` in URLs, and what follows `Basic` and `Bearer`.
fn mask_credentials(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find([' ', '/', '?', '"', '\'', ',', ')', ']']).unwrap_or(after.len());
        rest = after;
        if let Some((account, _)) = after[..end].rsplit_once('@')
            && let Some((user, _)) = account.split_once(':')
        {
            shown.push_str(user);
            shown.push(':');
            shown.push_str(MASK);
            rest = &after[account.len()..];
        }
    }
    shown.push_str(rest);
    for scheme in ["Basic ", "Bearer "].into_iter().filter(|_| line.to_ascii_lowercase().contains("authorization")) {
        if let Some(at) = shown.find(scheme).map(|at| at + scheme.len()) {
            let end = shown[at..].find([' ', '"', '\'', ',', ']']).map_or(shown.len(), |end| at + end);
            if end - at >= 12 {
                shown.replace_range(at..end, MASK);
            }
        }
    }
    shown
}

/// Masks JSON web tokens.
fn mask_tokens(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("eyJ") {
        let (before, token) = rest.split_at(at);
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        let end = token.find(|letter| !is_part(letter)).unwrap_or(token.len());
        shown.push_str(before);
        shown.push_str(if end > 20 { MASK } else { &token[..end] });
        rest = &token[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_every_spelling() {
        const SECRET: &str = "S3cr3t-canary";
        for line in [
            "url jdbc:mysql://db.example.com:3306/shared_db?user=carbon&password=S3cr3t-canary&useSSL=false refused",
            "jdbc:sqlserver://db.example.com;databaseName=a;password=S3cr3t-canary;encrypt=true",
            "connection_password = \"S3cr3t-canary\"",
            "{\"password\":\"S3cr3t-canary\",\"user\":\"a\"}",
            "{\\\"client_secret\\\":\\\"S3cr3t-canary\\\"}",
            "<Property name=\"ConnectionPassword\">S3cr3t-canary</Property>",
            "keystorePassword: S3cr3t-canary, next",
            "jdbc:postgresql://carbon:S3cr3t-canary@db.example.com/shared_db",
            "Authorization: Basic YWRtaW46S3cr3t-canary",
            "Authorization: Bearer S3cr3t-canary-0b9f4a61",
            "GET /oauth2/token?code=S3cr3t-canary&state=1",
            "token eyJhbGciOiJS3cr3t-canary.eyJzdWIiOiJS3cr3t-canary.sig rejected",
        ] {
            let shown = shown(line);
            assert!(!shown.contains(SECRET) && shown.contains(MASK), "{line}: {shown}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "Access denied for user 'carbon'@'192.0.2.1' (using password: YES)",
            "Keystore was tampered with, or password was incorrect",
            "The password of the account has expired: see DB-05",
            "TID: [-1234] [] [2025-01-02 03:04:05,678] [] ERROR {a.Password} - text https://login.example.com:443/a@b",
            "error code: 49 zipcode=8000",
            "OAuth Token : Access Token is not active",
            "Basic authentication header is missing",
            "",
        ] {
            assert_eq!(shown(line), line);
        }
        assert!(shown(&"ä".repeat(2000)).len() <= MAX_SHOWN_BYTES);
    }
}
