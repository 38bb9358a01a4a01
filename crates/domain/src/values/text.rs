//! Texts and secrets: directory names, passwords, PEM texts.

use super::{is_unprintable, mapper_trap, one_line};
use crate::field_of_value;
use crate::secret::Secret;
use crate::value::{Control, SettingType, Value, ValueError, quoted};

/// One line of free text that reaches XML through IS's mapper, such as an LDAP filter or a tag.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SingleLine(String);

impl SingleLine {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for SingleLine {
    const CONTROL: Control = Control::Text(40);

    fn parse(text: &str) -> Result<Self, ValueError> {
        one_line(text, 255, "one line of text")?;
        Ok(Self(text.to_owned()))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// A distinguished name of a directory, such as `ou=users,dc=example,dc=com` (RFC 4514; checked for its outline only).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DirectoryName(String);

impl DirectoryName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DirectoryName {
    /// The value of its first part: `is` of `cn=is,dc=example,dc=com`.
    #[must_use]
    pub fn first_value(&self) -> &str {
        let first = self.0.split(',').next().unwrap_or_default();
        first.split_once('=').map_or("", |(_, value)| value.trim())
    }
}

impl DirectoryName {
    /// The text after the first part, or `None`. An escaped comma is part of a value (RFC 4514).
    #[must_use]
    pub fn parent(&self) -> Option<&str> {
        let ends = self.0.match_indices(',').map(|(at, _)| at);
        let mut ends = ends.filter(|at| !self.0.get(..*at).is_some_and(|before| before.ends_with('\\')));
        ends.next().and_then(|at| self.0.get(at + 1..)).map(str::trim_start)
    }

    /// Whether the first part equals `part`, such as `ou=Users`, without regard to case and spaces.
    #[must_use]
    pub fn begins_with(&self, part: &str) -> bool {
        let Some((key, value)) = part.split_once('=') else { return false };
        let first = self
            .parent()
            .map_or(self.0.as_str(), |parent| self.0.get(..self.0.len() - parent.len()).unwrap_or_default());
        let first = first.trim_end().trim_end_matches(',');
        first.split_once('=').is_some_and(|(own_key, own_value)| {
            own_key.trim().eq_ignore_ascii_case(key) && own_value.trim().eq_ignore_ascii_case(value)
        })
    }
}

impl Value for DirectoryName {
    const CONTROL: Control = Control::Text(48);

    fn parse(text: &str) -> Result<Self, ValueError> {
        let what = "a distinguished name such as dc=example,dc=com";
        one_line(text, 255, what)?;
        let part_fits = |part: &str| {
            part.split_once('=').is_some_and(|(kind, value)| {
                let kind = kind.trim();
                !value.trim().is_empty()
                    && !kind.is_empty()
                    && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
            })
        };
        // An escaped comma is part of a value (RFC 4514, section 2.4).
        if !text.replace("\\,", "").split(',').all(part_fits) {
            return Err(ValueError::new(
                format!("{} is not a distinguished name.", quoted(text)),
                format!("Enter {what}."),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// Certificates in PEM. Only the PEM frame is parsed here; [`crate::rules`] validates the content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificatePem(String);

impl CertificatePem {
    /// The PEM text, with Unix line ends and one at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Maximum size of a PEM text, in bytes: a chain of ten large certificates.
const MAX_PEM_BYTES: usize = 64 * 1024;

/// Unix line ends, no spaces at line ends, one line end at the end.
fn normalize_pem(text: &str) -> String {
    let mut tidy: String = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    tidy.push('\n');
    tidy
}

impl Value for CertificatePem {
    const CONTROL: Control = Control::Pem;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let remedy = "Paste the certificate in PEM: it starts with -----BEGIN CERTIFICATE-----.";
        // MySQL's own ca.pem ends with a NUL.
        let text = text.trim_end_matches('\0');
        if text.len() > MAX_PEM_BYTES {
            return Err(ValueError::new("The text is longer than 64 KB.", remedy));
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(ValueError::new(
                "The text contains a private key.",
                "Paste the certificate here and the key in its own field.",
            ));
        }
        if !text.contains("-----BEGIN CERTIFICATE-----") || !text.contains("-----END CERTIFICATE-----") {
            return Err(ValueError::new("The text contains no PEM certificate.", remedy));
        }
        if text.chars().any(|letter| !letter.is_ascii() || (letter.is_control() && !letter.is_whitespace())) {
            return Err(ValueError::new("The text contains characters that PEM does not allow.", remedy));
        }
        Ok(Self(normalize_pem(text)))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

field_of_value!(SingleLine, DirectoryName, CertificatePem);

/// Why IS's files cannot contain a password.
fn password_problem(text: &str, what: &str) -> Option<ValueError> {
    let remedy = format!("Enter {what}.");
    if text.chars().any(is_unprintable) {
        return Some(ValueError::new("The password contains a line break or an invisible character.", remedy));
    }
    if text.chars().count() > 128 {
        return Some(ValueError::new("The password is longer than 128 characters.", remedy));
    }
    mapper_trap(text).map(|trap| {
        ValueError::new(
            format!("The password contains {trap}, which IS interprets in its configuration: it would not start."),
            format!("Choose a password without {trap}."),
        )
    })
}

/// Declares a secret that can be a field.
macro_rules! secret_field {
    ($(#[$meta:meta])* $name:ident, $control:expr, $problem:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name(Secret);

        impl $name {
            /// The secret, still closed.
            #[must_use]
            pub const fn secret(&self) -> &Secret { &self.0 }
        }

        impl SettingType for $name {
            const CONTROL: Control = $control;
            fn absent() -> Option<Self> { None }
            fn read(_: &str) -> Result<Self, ValueError> {
                Err(ValueError::new("This setting is a secret.", "Enter it in its own field."))
            }
            fn take(secret: &Secret) -> Result<Self, ValueError> {
                let mut found = None;
                let find_problem: fn(&str) -> Option<ValueError> = $problem;
                secret.satisfies(|text| { found = find_problem(text); true });
                found.map_or_else(|| Ok(Self(secret.clone())), Err)
            }
            fn canonical(&self) -> String { String::new() }
        }

        impl SettingType for Option<$name> {
            const CONTROL: Control = $control;
            fn absent() -> Option<Self> { Some(None) }
            fn read(text: &str) -> Result<Self, ValueError> { <$name as SettingType>::read(text).map(Some) }
            fn take(secret: &Secret) -> Result<Self, ValueError> { <$name as SettingType>::take(secret).map(Some) }
            fn canonical(&self) -> String { String::new() }
        }
    };
}

secret_field!(
    /// A password that exists elsewhere: the only requirement is that IS's files can contain it.
    Password, Control::Password, |text| password_problem(text, "the password")
);
secret_field!(
    /// The super admin's password: IS's pattern requires 5 to 30 characters without spaces; this type requires one that
    /// is hard to guess, because it gives access to all accounts.
    AdminPassword, Control::Password, |text| {
        let what = "a password of 10 to 30 characters with upper and lower case letters, digits and a special character";
        if let Some(problem) = password_problem(text, what) {
            return Some(problem);
        }
        let length = text.chars().count();
        let has = |test: fn(char) -> bool| text.chars().any(test);
        let lower = text.to_lowercase();
        if text.chars().any(char::is_whitespace) {
            Some(ValueError::new("Passwords cannot contain spaces.", format!("Enter {what}.")))
        } else if ["admin", "wso2carbon", "dashboard", "password", "changeit", "root"].contains(&lower.as_str()) {
            Some(ValueError::new("This is a well-known default password.", format!("Enter {what}.")))
        } else if !(10..=30).contains(&length) {
            Some(ValueError::new("The password is too short, or longer than IS accepts.", format!("Enter {what}.")))
        } else if !(has(char::is_lowercase)
            && has(char::is_uppercase)
            && has(|letter| letter.is_ascii_digit())
            && has(|letter| !letter.is_alphanumeric()))
        {
            Some(ValueError::new("The password is too easy to guess.", format!("Enter {what}.")))
        } else {
            None
        }
    }
);
secret_field!(
    /// A private key in PEM, not encrypted: IS and the load balancer start without a person.
    PrivateKeyPem, Control::SecretPem, |text| {
        let remedy = "Paste the private key in PEM: it starts with -----BEGIN PRIVATE KEY-----.";
        if text.len() > MAX_PEM_BYTES {
            Some(ValueError::new("The text is longer than 64 KB.", remedy))
        } else if text.contains("ENCRYPTED") {
            Some(ValueError::new(
                "The key is encrypted: the load balancer would ask for its passphrase at each start.",
                "Decrypt it with: openssl pkey -in encrypted.key -out plain.key",
            ))
        } else if !text.contains("PRIVATE KEY-----") {
            Some(ValueError::new("The text contains no PEM private key.", remedy))
        } else {
            None
        }
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    fn admin(text: &str) -> Result<AdminPassword, ValueError> {
        AdminPassword::take(&Secret::new(text))
    }

    #[test]
    fn weak_and_default_admin_passwords_are_refused() {
        for weak in [
            "admin",
            "wso2carbon",
            "Dashboard",
            "Short1!",
            "nouppercase1!",
            "NoDigits!!!!",
            "NoSigns12345",
            "With blank1!",
            "Aa1!{{7*7}}xx",
            "Aa1!$ref{server.x}",
        ] {
            assert!(admin(weak).is_err(), "{weak}");
        }
        assert!(admin("Adm1n!changeMe").is_ok());
        assert!(admin("Pa$$w0rd\"'\\#").is_ok());
    }

    #[test]
    fn a_problem_never_holds_the_secret() {
        let problem = admin("canary{{secret").unwrap_err();
        assert!(!format!("{problem:?}").contains("canary"));
    }

    #[test]
    fn directory_names_keep_their_outline() {
        assert!(DirectoryName::parse("ou=Users,dc=example,dc=com").is_ok());
        assert!(DirectoryName::parse("cn=Doe\\, John,dc=example").is_ok());
        assert!(DirectoryName::parse("example.com").is_err());
        let name = |text: &str| DirectoryName::parse(text).unwrap();
        for text in
            ["CN=Users,DC=example,DC=local", "cn = users , DC=example,DC=local", "cn=users,  DC=example,DC=local"]
        {
            assert!(name(text).begins_with("cn=Users"), "{text}");
            assert_eq!(name(text).parent(), Some("DC=example,DC=local"), "{text}");
        }
        assert_eq!(name("cn=Doe\\, John,dc=example").parent(), Some("dc=example"));
        assert!(!name("ou=Users,dc=example").begins_with("cn=Users"));
        assert!(!name("ou=Users2,dc=example").begins_with("ou=Users"));
        assert!(name("ou=Users").begins_with("ou=Users") && name("ou=Users").parent().is_none());
    }
}
