//! The types of single answers: a value of such a type is validated.
//!
//! [`crate::rules`] validates several answers together.

mod host;
mod ldap;
mod name;
mod number;
mod platform;
mod text;

pub(crate) use host::url_product;
pub use host::{DatabaseHost, LoadBalancerHost, NodeHost, PublicHostname};
pub use ldap::{LdapUrl, LdapUrls};
pub use name::{AccountHost, AccountName, AdminName, ClusterDomain, DatabaseName, DirectoryTerm, FolderPath, NodeName};
pub use number::{HazelcastPort, HeartbeatTimeout, LoadBalancerVersion, PoolSize, Port, PortOffset};
pub use platform::{KubernetesNamespace, KubernetesServices, VpcRange};
pub use text::{AdminPassword, CertificatePem, DirectoryName, Password, PrivateKeyPem, SingleLine};

use crate::value::ValueError;

/// What WSO2's config mapper interprets: it resolves placeholders and renders values twice with Jinjava, so such a
/// value changes silently or stops the start (config-mapper 1.0.22; FatalTemplateErrorsException).
pub(crate) const MAPPER_TRAPS: [&str; 9] = ["$ref{", "$env{", "$sys{", "$secret{", "${", "{{", "{%", "{#", "}}"];

/// The first trap of the mapper in `text`.
pub(crate) fn mapper_trap(text: &str) -> Option<&'static str> {
    MAPPER_TRAPS.into_iter().find(|trap| text.contains(trap))
}

/// Whether no configuration file can contain a character: control characters and Unicode's direction marks, which make
/// a text display differently from its content.
pub(crate) fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || matches!(letter, '\u{e000}'..='\u{f8ff}')
}

/// Validates a text of one line; `what` is the expected value, such as `a host name`.
pub(crate) fn one_line(text: &str, max_length: usize, what: &str) -> Result<(), ValueError> {
    let remedy = || format!("Enter {what}.");
    if text.chars().count() > max_length {
        return Err(ValueError::new(
            format!("The text is too long: {} characters.", text.chars().count()),
            format!("Enter {what} of at most {max_length} characters."),
        ));
    }
    if text.chars().any(is_unprintable) {
        return Err(ValueError::new("The text contains a line break or an invisible character.", remedy()));
    }
    if let Some(trap) = mapper_trap(text) {
        return Err(ValueError::new(
            format!("IS interprets {trap} in its configuration: it changes the value or does not start."),
            format!("Enter {what} without {trap}."),
        ));
    }
    Ok(())
}
