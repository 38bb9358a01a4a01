//! The author of a change or a comment, as records store it and pages name it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sharing::LinkId;

/// A name that is shown to other people; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DisplayName(String);

impl DisplayName {
    /// The entered name; `None` for an empty text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Option<Self> {
        Some(text.into()).filter(|text| !text.is_empty()).map(Self)
    }

    /// Whether it is a name of the owner, the program or a probe, in any spelling. No visitor may use it.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        let letters: String = self.0.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
        ["owner", "clusterwright", "someonewithalink"].contains(&letters.as_str())
            || letters.starts_with("probeof")
            || letters.starts_with("theowner")
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The stored form of an optional name: a text, which is empty where there is no name.
pub mod optional_name {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::DisplayName;

    /// Writes the name; fails as `serializer` does.
    pub fn serialize<S: Serializer>(name: &Option<DisplayName>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(name.as_ref().map_or("", |name| &name.0))
    }

    /// Reads the name; fails if the value is not a text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DisplayName>, D::Error> {
        String::deserialize(deserializer).map(DisplayName::new)
    }
}

/// The author of a change or a comment. The default is an owner without a name.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Author {
    /// The name; `None` for a person who entered none.
    #[serde(rename = "by", with = "optional_name")]
    pub name: Option<DisplayName>,
    /// The share link of a visitor; `None` for the owner, the program and probes.
    #[serde(rename = "via", default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
}

impl Author {
    /// The program itself.
    #[must_use]
    pub fn program() -> Self {
        Self { name: DisplayName::new("Clusterwright"), link: None }
    }

    /// The probe of the node with this name.
    #[must_use]
    pub fn probe(node: &str) -> Self {
        Self { name: DisplayName::new(format!("Probe of {node}")), link: None }
    }

    /// The name, or what is shown in its place. A visitor may have the name of another person: pages show the link next to
    /// it, or use [`Self::name_with_link_mark`].
    #[must_use]
    pub fn display_name(&self) -> String {
        match (&self.name, &self.link) {
            (Some(name), _) => name.to_string(),
            (None, None) => "Owner".to_owned(),
            (None, Some(_)) => "Someone with a link".to_owned(),
        }
    }

    /// The name with a mark if it is a visitor's, which is never mistaken for the owner or the program.
    #[must_use]
    pub fn name_with_link_mark(&self) -> String {
        match self {
            Self { name: Some(name), link: Some(_) } => format!("{name} (by link)"),
            _ => self.display_name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(name: &str, link: Option<&str>) -> Author {
        Author { name: DisplayName::new(name), link: link.map(|id| LinkId(id.to_owned())) }
    }

    #[test]
    fn a_visitor_is_marked_and_takes_no_name_of_others() {
        for (author, shown, marked) in [
            (author("", None), "Owner", "Owner"),
            (author("Kasun", None), "Kasun", "Kasun"),
            (author("", Some("7f3k")), "Someone with a link", "Someone with a link"),
            (author("Owner", Some("7f3k")), "Owner", "Owner (by link)"),
            (Author::probe("is-1"), "Probe of is-1", "Probe of is-1"),
        ] {
            assert_eq!((author.display_name().as_str(), author.name_with_link_mark().as_str()), (shown, marked));
        }
        let reserved = |name: &str| DisplayName::new(name).is_some_and(|name| name.is_reserved());
        for name in ["Owner", " OWNER ", "o.w.n.e.r", "cluster wright", "The owner", "Someone with a link"] {
            assert!(reserved(name), "{name}");
        }
        for author in [author("", None), author("", Some("7f3k")), Author::program(), Author::probe("is-1")] {
            assert!(reserved(&author.display_name()), "{author:?}");
        }
        for name in ["", "Ruwan", "Owen", "Product owner", "Downer"] {
            assert!(!reserved(name), "{name}");
        }
    }

    #[test]
    fn the_stored_form_has_an_empty_text_for_no_name_and_no_member_for_no_link() {
        for (author, stored) in [
            (author("", None), r#"{"by":""}"#),
            (author("Kasun", None), r#"{"by":"Kasun"}"#),
            (author("", Some("7f3k")), r#"{"by":"","via":"7f3k"}"#),
            (author("Ruwan", Some("7f3k")), r#"{"by":"Ruwan","via":"7f3k"}"#),
        ] {
            assert_eq!(serde_json::to_string(&author).unwrap(), stored);
            assert_eq!(serde_json::from_str::<Author>(stored).unwrap(), author);
        }
    }
}
