//! The ID of a plan: 128 random bits, written so that it can be read out over the telephone.
//!
//! Crockford's base 32 (without i, l, o and u) in lower case: 26 characters, safe in URLs and file names. The caller
//! provides the random bytes.

use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 26 × 5 = 130 bits: the first character carries only 3.
const LENGTH: usize = 26;

/// The ID of a plan. Where the server requires no sign-in, knowing the ID is enough to open the plan.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(u128);

/// The text is not the ID of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a plan's ID has 26 letters and digits, without i, l, o and u")]
pub struct PlanIdError;

impl PlanId {
    /// Creates an ID from `bytes`, which must come from the system's random number generator.
    #[must_use]
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for position in (0..LENGTH).rev() {
            let digit = (self.0 >> (5 * position)) & 31;
            formatter.write_char(char::from(ALPHABET[digit as usize]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for PlanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PlanId({self})")
    }
}

impl FromStr for PlanId {
    type Err = PlanIdError;

    /// Parses what [`fmt::Display`] writes, also in upper case. Each plan has exactly one lower-case text.
    fn from_str(text: &str) -> Result<Self, PlanIdError> {
        if text.len() != LENGTH {
            return Err(PlanIdError);
        }
        let mut value: u128 = 0;
        for (position, character) in text.bytes().enumerate() {
            let lower = character.to_ascii_lowercase();
            let digit = ALPHABET.iter().position(|letter| *letter == lower).ok_or(PlanIdError)?;
            if position == 0 && digit > 7 {
                return Err(PlanIdError);
            }
            value = (value << 5) | digit as u128;
        }
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_minimum_and_the_maximum_id_have_26_characters() {
        assert_eq!(PlanId::from_random([0; 16]).to_string(), "00000000000000000000000000");
        assert_eq!(PlanId::from_random([255; 16]).to_string(), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in [
            "",
            "abc",
            "8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "0000000000000000000000000u",
            "000000000000000000000000é",
            "../../../../../../../../../",
        ] {
            assert_eq!(text.parse::<PlanId>(), Err(PlanIdError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_id_is_parsed_in_either_case(bytes: [u8; 16]) {
            let id = PlanId::from_random(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        }

        #[test]
        fn parsing_any_text_never_panics(text in ".{0,40}") {
            if let Ok(id) = text.parse::<PlanId>() {
                prop_assert_eq!(id.to_string(), text.to_ascii_lowercase());
            }
        }
    }
}
