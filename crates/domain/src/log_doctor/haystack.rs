//! A text that is searched for many short texts: a set of its letter pairs excludes most of them at once, so that a large
//! log takes no longer than reading it.

/// Bits of the set of letter pairs.
const SET_BITS: usize = 4096;

/// A text in lower case, with the set of its letter pairs.
#[derive(Debug)]
pub(super) struct Haystack {
    text: String,
    pairs: [u64; SET_BITS / 64],
}

/// The place of a letter pair in the set.
const fn bit(first: u8, second: u8) -> usize {
    ((first as usize) * 67 + (second as usize) * 131 + (first as usize & 0x1f) * 1031) % SET_BITS
}

impl Haystack {
    pub(super) fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let mut pairs = [0; SET_BITS / 64];
        for pair in text.as_bytes().windows(2) {
            let place = bit(pair[0], pair[1]);
            pairs[place / 64] |= 1 << (place % 64);
        }
        Self { text, pairs }
    }

    /// The text in lower case.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the text contains `needle`, which is in lower case.
    pub(super) fn has(&self, needle: &str) -> bool {
        self.may_have(needle) && self.text.contains(needle)
    }

    /// Whether the text contains `needle` as a whole word: neither a letter nor a digit is next to it.
    pub(super) fn has_word(&self, needle: &str) -> bool {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        self.may_have(needle)
            && self.text.match_indices(needle).any(|(at, found)| {
                !self.text[..at].ends_with(is_part) && !self.text[at + found.len()..].starts_with(is_part)
            })
    }

    /// Whether all letter pairs of `needle` are in the text; `false` excludes it.
    fn may_have(&self, needle: &str) -> bool {
        needle.as_bytes().windows(2).all(|pair| {
            let place = bit(pair[0], pair[1]);
            self.pairs[place / 64] & (1 << (place % 64)) != 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_words_are_found_in_any_case() {
        let text = Haystack::new("ORA-00942: Table or VIEW, error 49");
        assert!(text.has("ora-00942") && text.has("view") && text.has("") && text.has("9"));
        assert!(text.has_word("error 49") && text.has_word("ora-00942") && !text.has_word("error 4"));
        assert!(!text.has("ora-00943") && !text.has("views"));
    }
}
