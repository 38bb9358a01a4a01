//! Which names stand for a secret, and what is shown in place of it. All names are in lower case.

/// What stands for a secret.
pub(super) const MASK: &str = "••••";

/// Parts of names whose value is a secret.
const SECRET_PARTS: [&str; 34] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "pwd",
    "secret",
    "credential",
    "privatekey",
    "private_key",
    "private-key",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "encryptionkey",
    "encryption_key",
    "storepass",
    "keypass",
    "samlresponse",
    "client_assertion",
    "sessiondatakey",
    "commonauthid",
    "jsessionid",
    "code_verifier",
    "recoverycode",
    "backupcode",
    "device_code",
    "user_code",
    "auth_code",
    "authorization_code",
    "accountkey",
];

/// Names whose value is one only in a URL or a form: elsewhere, a code is an error or a country.
const PARAMETERS: [&str; 6] = ["code", "confirmation", "sig", "signature", "assertion", "key"];

/// What a part of a secret's name may precede so that the value is none: `passwordPolicy`, `secret_type`, `CredentialException`.
const OTHER_MEANINGS: [&str; 62] = [
    "policy",
    "pattern",
    "regex",
    "url",
    "uri",
    "endpoint",
    "type",
    "length",
    "expir",
    "enable",
    "disable",
    "count",
    "provider",
    "name",
    "alias",
    "algorithm",
    "history",
    "recover",
    "reset",
    "manager",
    "validat",
    "callback",
    "handler",
    "exception",
    "error",
    "fault",
    "util",
    "java",
    "service",
    "component",
    "dao",
    "impl",
    "listener",
    "generator",
    "grant",
    "format",
    "encoder",
    "size",
    "minimum",
    "maximum",
    "file",
    "path",
    "location",
    "request",
    "flow",
    "page",
    "jsp",
    "event",
    "filter",
    "factory",
    "mgt",
    "question",
    "strength",
    "attempt",
    "lock",
    "change",
    "update",
    "scope",
    "method",
    "retrieval",
    "issuer",
    "mechanism",
];

/// How much a name tells about its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SecretName {
    /// The value is a secret.
    Certain,
    /// The value is a secret if it does not look like a sentence: `token`, `otp`.
    Likely,
    /// The value is one if it looks random: `key`.
    IfRandom,
}

/// What a name tells. `before` is the text in front of it, and `is_assigned` whether `=` follows.
pub(super) fn classify(name: &str, before: &str, is_assigned: bool) -> Option<SecretName> {
    let name = name.trim_matches(['-', '.', '_']);
    // `org.example.password.Handler: text` is a class; `password.admin=…` is a setting.
    let tested = if is_assigned { name } else { name.rsplit('.').next().unwrap_or(name) };
    let is_parameter = before.is_empty()
        || before.ends_with(['?', '&', ';', '('])
        || before.ends_with("%3f")
        || before.ends_with("%26");
    if PARAMETERS.contains(&name) {
        return match name {
            "key"
                if ["api ", "access ", "secret ", "private ", "encryption "]
                    .iter()
                    .any(|word| before.ends_with(word)) =>
            {
                Some(SecretName::Likely)
            }
            "key" => Some(SecretName::IfRandom),
            _ if is_parameter && is_assigned => Some(SecretName::Certain),
            _ => None,
        };
    }
    if ["by", "as"].contains(&name) && before.contains("identified ") {
        return Some(SecretName::Certain);
    }
    let certain = SECRET_PARTS.iter().find_map(|part| {
        let (_, tail) = tested.rsplit_once(part)?;
        let is_other = OTHER_MEANINGS.iter().any(|meaning| tail.contains(meaning)) || ends_with_word(tail, "id");
        (!is_other).then_some(SecretName::Certain)
    });
    let last = tested.rsplit(['.', '-']).next().unwrap_or(tested);
    certain
        .or_else(|| {
            let is_token = last.ends_with("token")
                || last.ends_with("tokens")
                || last.ends_with("token_hint")
                || last.ends_with("jwt");
            let is_pass = last.ends_with("pass") && !last.ends_with("bypass") && !last.ends_with("compass")
                || last.ends_with("pw");
            let is_code =
                ["otp", "totp", "pin"].iter().any(|code| ends_with_word(last, code)) || last.ends_with("otpcode");
            (is_token || is_pass || is_code).then_some(SecretName::Likely)
        })
        .or_else(|| (is_assigned && name.ends_with(".key")).then_some(SecretName::IfRandom))
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with(['_', '-', '.']))
}

/// Whether a text looks like a key: long, without blanks, with letters and digits.
pub(super) fn is_random(text: &str) -> bool {
    let is_key = |letter: char| letter.is_ascii_alphanumeric() || "+/=_-".contains(letter);
    text.len() >= 20
        && text.chars().all(is_key)
        && text.bytes().filter(u8::is_ascii_digit).count() >= 4
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}
