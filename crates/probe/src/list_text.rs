//! Lists in sentences.

use domain::product::Version;

/// Number of names that a list shows.
const MAX_SHOWN: usize = 5;

/// The first names, and the number of the others. Names come from a server: control characters are escaped.
pub(crate) fn first_few<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let short = |name: &&str| name.chars().take(120).flat_map(char::escape_debug).collect::<String>();
    let mut text = names.iter().take(MAX_SHOWN).map(short).collect::<Vec<_>>().join(", ");
    if names.len() > MAX_SHOWN {
        text = format!("{text} and {} more", names.len() - MAX_SHOWN);
    }
    text
}

/// Versions in a sentence: `7.2.0 or 7.3.0`.
pub(crate) fn versions(versions: &[Version]) -> String {
    versions.iter().map(|version| version.value()).collect::<Vec<_>>().join(" or ")
}
