//! Masks passwords, tokens and keys in the lines that are shown. A line is untrusted text in any form: a URL, a setting, XML,
//! JSON, a header, SQL, a command. What may be a secret is masked; a word too many is better than a secret too few.

mod names;
mod tokens;
mod urls;
mod values;

/// Maximum length of a shown line, in bytes.
const MAX_SHOWN_BYTES: usize = 700;

/// A line as it is shown: cut to a readable length, with masked secrets.
pub(crate) fn shown(line: &str) -> String {
    let line = super::entry::cut(line, MAX_SHOWN_BYTES);
    let line = tokens::mask_private_keys(line);
    let line = tokens::mask_entity(&line);
    let line = urls::mask_accounts(&line);
    let line = values::mask_headers(&line);
    let line = values::mask_values(&line);
    super::entry::cut(&tokens::mask_tokens(&line), MAX_SHOWN_BYTES).to_owned()
}

#[cfg(test)]
mod tests;
