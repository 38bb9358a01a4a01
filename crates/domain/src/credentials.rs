//! Finds and removes passwords in texts that are not secrets, such as a pasted URL or command, and private keys with
//! them ([`crate::key_material`]).
//!
//! [`crate::jdbc`] and [`crate::paste`] interpret the rest of the text.

use std::borrow::Cow;

use crate::key_material;

/// Words that name a password among the options of a URL, in lower case.
const PASSWORD_PARAMETERS: [&str; 6] = ["password", "passwd", "passphrase", "passwort", "pwd", "secret"];

/// `text` without its passwords and private keys: `user:password@` before a host, everything from an option of a URL or
/// of a command that names a password on, and blocks of keys. It may remove too much: a password may contain every
/// character that ends one elsewhere.
#[must_use]
pub fn strip_credentials(text: &str) -> Cow<'_, str> {
    let text = key_material::strip_private_keys(text);
    if text.contains("-----BEGIN ") {
        // Blocks of certificates are long and resemble options in places; only the text around them is checked.
        let kept: Vec<Cow<'_, str>> =
            text.split('\n').map(|line| if is_of_pem(line) { line.into() } else { strip_line(line.into()) }).collect();
        let kept = kept.join("\n");
        return if kept == *text { text } else { Cow::Owned(kept) };
    }
    strip_line(text)
}

/// Whether a line is a marker or data of PEM, which contain no password.
fn is_of_pem(line: &str) -> bool {
    let line = line.trim();
    let is_data = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let is_marker = line.strip_prefix("-----").and_then(|rest| rest.strip_suffix("-----"));
    is_marker.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' '))
        || line.trim_end_matches('=').bytes().all(is_data)
}

fn strip_line(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = match command_password(&text) {
        Some(start) => Cow::Owned(text.get(..start).unwrap_or_default().trim_end().to_owned()),
        None => text,
    };
    let text = match without_login(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(stripped) => Cow::Owned(stripped),
    };
    match option(&text) {
        Some(start) => {
            let kept = text.get(..start).unwrap_or_default();
            Cow::Owned(kept.trim_end_matches(['?', '&', ';', ',', '(', ' ', '"', '\'', '{']).to_owned())
        }
        None => text,
    }
}

/// Like [`strip_credentials`], word by word: for sentences, in which `ask: bob@example.com` is not a login.
#[must_use]
pub fn strip_credentials_in_sentence(text: &str) -> String {
    let text = key_material::strip_private_keys(text);
    let text = match command_password(&text) {
        Some(start) => text.get(..start).unwrap_or_default().trim_end(),
        None => &text,
    };
    text.split(' ').map(|word| strip_line(word.into())).collect::<Vec<_>>().join(" ")
}

/// Programs that take a password in their arguments: how their names begin, the option, and whether the option is
/// followed by the password as a separate word. MySQL asks for the password if no text follows `-p` directly.
const PASSWORD_COMMANDS: [(&str, &str, bool); 5] = [
    ("mysql", "-p", false),
    ("mariadb", "-p", false),
    ("sshpass", "-p", true),
    ("ldap", "-w", true),
    ("curl", "-u", true),
];
/// Options of any program that are followed by a password.
const PASSWORD_OPTIONS: [&str; 4] = ["--password", "-password", "--passwd", "--pass"];

/// The start of a command's option with a password: `-pSECRET` after `mysql`, `--password SECRET`.
fn command_password(text: &str) -> Option<usize> {
    let mut known: Option<(&str, bool)> = None;
    let mut words = words(text).peekable();
    while let Some((at, word)) = words.next() {
        let word = word.trim_start_matches(['"', '\'', '`', '(', '$']);
        let next = words.peek().map(|(_, next)| *next);
        if next.is_some() && PASSWORD_OPTIONS.iter().any(|option| word.eq_ignore_ascii_case(option)) {
            return Some(at);
        }
        if let Some((option, takes_next)) = known
            && let Some(value) = word.strip_prefix(option)
        {
            // `curl -u bob` has only a name.
            let is_password = |value: &str| !value.is_empty() && (option != "-u" || value.contains(':'));
            if is_password(value) || (value.is_empty() && takes_next && next.is_some_and(is_password)) {
                return Some(at);
            }
        }
        let program = word.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let is_name = program.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let command = PASSWORD_COMMANDS.iter().find(|(name, ..)| is_name && program.starts_with(name));
        known = command.map(|(_, option, takes_next)| (*option, *takes_next)).or(known);
    }
    None
}

/// The words of a text with their positions.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(char::is_whitespace)
        .map(move |word| {
            let start = at;
            // The separator may have several bytes; the next word is found from the end of this one.
            at += word.len();
            at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            (start, word)
        })
        .filter(|(_, word)| !word.is_empty())
}

/// The end of the login, as the position of its `@` in `rest`, the text after `//`. An `@` within the value of an
/// option does not end a login.
#[must_use]
pub(crate) fn find_userinfo_end(rest: &str) -> Option<usize> {
    let options = rest.find(['?', ';', '(']).unwrap_or(rest.len());
    let (mut end, mut in_value) = (None, false);
    for (at, letter) in rest.char_indices() {
        match letter {
            '?' | '&' | ';' | '(' | ',' => in_value = false,
            '=' => in_value = true,
            '@' if at < options || !in_value => end = Some(at),
            _ => {}
        }
    }
    end
}

/// The account of a login such as `bob:password`; `None` if it is not clearly a name and may be a password.
#[must_use]
pub(crate) fn userinfo_account(login: &str) -> Option<&str> {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-');
    login.split(':').next().filter(|name| !name.is_empty() && name.chars().all(plain))
}

fn without_login(text: &str) -> Cow<'_, str> {
    let (start, is_url) = match text.find("//") {
        Some(slashes) if !text.get(..slashes).is_some_and(|before| before.contains('@')) => (slashes + 2, true),
        found => (0, found.is_some()),
    };
    let (before, rest) = text.split_at_checked(start).unwrap_or(("", text));
    let Some((login, host)) = find_userinfo_end(rest).and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?)))
    else {
        return Cow::Borrowed(text);
    };
    // Either the option's name or the `@` is part of a password: everything after the first of both is removed.
    if option(rest).is_some_and(|start| start < login.len()) {
        let sure = login.split(':').next().unwrap_or_default();
        return Cow::Owned(format!("{before}{sure}"));
    }
    match userinfo_account(login) {
        // `bob@host` contains no password.
        Some(name) if name == login => Cow::Borrowed(text),
        Some(name) if start > 0 => Cow::Owned(format!("{before}{name}@{host}")),
        // Without `//`, only a colon distinguishes a login from a name such as a mail address.
        _ if !is_url && !login.contains(':') => Cow::Borrowed(text),
        _ => Cow::Owned(format!("{before}{host}")),
    }
}

/// The start of an option that names a password and has a value.
fn option(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let named = |name: &&str| {
        let mut places = lower.match_indices(*name).map(|(place, _)| place);
        places.find(|place| has_value(lower.get(place + name.len()..).unwrap_or_default()))
    };
    let place = PASSWORD_PARAMETERS.iter().filter_map(named).min()?;
    // The whole name, as in trustCertificateKeyStorePassword.
    let before = lower.get(..place)?;
    Some(before.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_').len())
}

/// Whether the text after a password's name is a value: `=x`, `2=x`, `": "x"`, `%3Dx`.
fn has_value(rest: &str) -> bool {
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, ' ' | '"' | '\''));
    let value = rest.strip_prefix(['=', ':']).or_else(|| rest.strip_prefix("%3d"));
    value.is_some_and(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn passwords_are_taken_out_and_the_rest_stays() {
        for (text, left) in [
            ("jdbc:mysql://h/db?user=u&password=pw", "jdbc:mysql://h/db?user=u"),
            ("jdbc:mysql://h/db?user=u&amp;Password=pw&x=1", "jdbc:mysql://h/db?user=u&amp"),
            ("//u:pw@h", "//u@h"),
            ("https://bob:pw@host/path", "https://bob@host/path"),
            ("https://bob:p@/?w@host", "https://bob@host"),
            ("ldap://cn=admin,dc=x:pw@host:389", "ldap://host:389"),
            ("https://bob%3Apw@host", "https://host"),
            ("root:pw@db1:3306", "db1:3306"),
            ("jdbc:oracle:thin:scott/pw@//h:1521/x", "//h:1521/x"),
            ("jdbc:mysql://address=(host=h)(password=pw)/db", "jdbc:mysql://address=(host=h)"),
            ("jdbc:sqlserver://h:1433;user=u;pwd=p@w", "jdbc:sqlserver://h:1433;user=u"),
            ("{\"password\": \"pw\"}", ""),
            ("mysql -h h -u root -pSECRET", "mysql -h h -u root"),
            ("/usr/bin/mysqldump -uroot '-pSECRET'", "/usr/bin/mysqldump -uroot"),
            ("mariadb -pa b", "mariadb"),
            ("mysqladmin --password SECRET status", "mysqladmin"),
            ("ldapsearch -x -D cn=admin -w SECRET", "ldapsearch -x -D cn=admin"),
            ("curl -u bob:pw https://h", "curl"),
            ("-----BEGIN \njdbc:mysql://u:pw@h", "-----BEGIN \njdbc:mysql://u@h"),
            (
                "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\npwd=x\n",
                "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n\n",
            ),
        ] {
            assert_eq!(strip_credentials(text), left, "{text}");
            assert_eq!(strip_credentials(left), left, "stripping twice changes nothing");
        }
    }

    #[test]
    fn what_holds_no_password_stays() {
        for text in [
            "",
            "db1.example.com:3306",
            "::1",
            "bob@example.com",
            "cn=admin,dc=example,dc=com",
            "https://bob@host/x",
            "jdbc:mysql://h:3306/db?user=a@b&useSSL=false",
            "password",
            "ldaps://ad.example.com:636",
            "-----BEGIN CERTIFICATE-----\nMIIpwd==\n-----END CERTIFICATE-----\n",
            "subject=CN = db@example\n-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n",
            "mysql -h db -p",
            "mysql.example.com",
            "curl -u bob https://h",
            "𝒳é//ß",
        ] {
            assert_eq!(strip_credentials(text), text);
        }
        assert_eq!(
            strip_credentials_in_sentence("Password of bob: ask bob@example.com"),
            "Password of bob: ask bob@example.com"
        );
        assert_eq!(strip_credentials_in_sentence("see https://bob:pw@host now"), "see https://bob@host now");
    }

    proptest! {
        #[test]
        fn no_password_of_a_url_survives(
            scheme in "(jdbc:)?(mysql|MYSQL:loadbalance|mysqlx|postgresql|https|ldaps|[a-z]{1,8}):",
            user in "[a-z0-9._%+-]{0,8}",
            // Marked, so that it is found again; with all characters of a password except an option's equals sign.
            before in "[^=\\p{C}]{0,8}",
            after in "[^=\\p{C}]{0,8}",
            host in "[a-z0-9.-]{1,12}(:[0-9]{1,5})?",
            path in "(/[a-z_]{0,8})?",
            option in "(password|PASSWORD|pwd|password2|trustCertificateKeyStorePassword|passphrase)",
        ) {
            let password = format!("{before}CANARY{after}");
            for text in [
                format!("{scheme}//{user}:{password}@{host}{path}"),
                format!("//{user}:{password}@{host}{path}"),
                format!("{scheme}//{host}{path}?user={user}&{option}={password}"),
                format!("{scheme}//{host}{path}?{option}={password}&user={user}"),
                format!("{scheme}//{host};user={user};{option}={password};x=1"),
                format!("{scheme}//address=(host={host})({option}={password})(user={user}){path}"),
                format!("{host}:{option}={password}"),
            ] {
                let left = strip_credentials(&text);
                prop_assert!(!left.contains("CANARY"), "{text} → {left}");
                prop_assert_eq!(&strip_credentials(&left), &left, "stripping twice changes nothing");
            }
        }
    }
}
