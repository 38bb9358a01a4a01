//! The types of single answers. Once one is built, nobody asks again whether it is right.
//!
//! What several answers mean together is not decided here but in [`crate::rules`].

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

/// What WSO2's configuration mapper would take for its own: it resolves placeholders and renders values twice with
/// Jinjava, so such a value changes silently or stops the start (config-mapper 1.0.22; FatalTemplateErrorsException).
pub(crate) const MAPPER_TRAPS: [&str; 9] = ["$ref{", "$env{", "$sys{", "$secret{", "${", "{{", "{%", "{#", "}}"];

/// The first trap of the mapper in `text`.
pub(crate) fn mapper_trap(text: &str) -> Option<&'static str> {
    MAPPER_TRAPS.into_iter().find(|trap| text.contains(trap))
}

/// Whether a letter can be carried by no configuration file: control characters and Unicode's direction marks, which
/// make a text read differently from what it is.
pub(crate) fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || matches!(letter, '\u{e000}'..='\u{f8ff}')
}

/// The checks that every text of one line goes through; `what` is what should be entered, such as `a host name`.
pub(crate) fn one_line(text: &str, longest: usize, what: &str) -> Result<(), ValueError> {
    let remedy = || format!("Enter {what}.");
    if text.chars().count() > longest {
        return Err(ValueError::new(
            format!("The text has {} characters.", text.chars().count()),
            format!("Enter {what} of at most {longest} characters."),
        ));
    }
    if text.chars().any(is_unprintable) {
        return Err(ValueError::new("The text holds a line break or a character that cannot be seen.", remedy()));
    }
    if let Some(trap) = mapper_trap(text) {
        return Err(ValueError::new(
            format!("IS reads {trap} as a command in its configuration and changes the value or does not start."),
            format!("Enter {what} without {trap}."),
        ));
    }
    Ok(())
}
