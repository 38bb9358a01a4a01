//! The id of a plan: 128 random bits, written so that it can be read out over the telephone.
//!
//! Written in Crockford's base 32 (no i, l, o, u), in lower case: 26 characters, safe in addresses and file names.
//! It makes no randomness: the caller brings the bytes.

use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 26 × 5 = 130 bits: the first character carries only 3.
const LENGTH: usize = 26;

/// Names one plan. Knowing it is what lets a person on this machine open the plan.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(u128);

/// The text is not the id of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a plan's id has 26 letters and digits, without i, l, o and u")]
pub struct PlanIdError;

impl PlanId {
    /// Makes an id of `bytes`, which must come from the system's random generator.
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

    /// Reads what [`fmt::Display`] writes, also in upper case. Exactly one lower-case text names each plan.
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
    fn is_26_characters_at_both_ends() {
        assert_eq!(PlanId::from_random([0; 16]).to_string(), "00000000000000000000000000");
        assert_eq!(PlanId::from_random([255; 16]).to_string(), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }

    #[test]
    fn refuses_what_is_no_id() {
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
        fn is_read_back_in_either_case(bytes: [u8; 16]) {
            let id = PlanId::from_random(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        }

        #[test]
        fn reading_any_text_never_panics(text in ".{0,40}") {
            if let Ok(id) = text.parse::<PlanId>() {
                prop_assert_eq!(id.to_string(), text.to_ascii_lowercase());
            }
        }
    }
}
