//! Tokens: what cookies and share links are known by. They are random, and kept only as a hash.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A token that has just been made. It is told once and not kept.
pub struct RandomToken(Zeroizing<String>);

impl RandomToken {
    /// 128 bits from the system's generator, as 22 letters that need no escaping in an address or a cookie.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut random = Zeroizing::new([0; 16]);
        getrandom::fill(random.as_mut())?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*random))))
    }

    /// The token itself, for the one place that tells it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.0)
    }
}

impl fmt::Debug for RandomToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(••••)")
    }
}

/// What is kept of a token that somebody shows. Tokens are looked up by it, so that the time that takes tells nothing about
/// them; they are random enough to need no slow hash.
#[must_use]
pub fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_not_printed() {
        let (one, other) = (RandomToken::generate().unwrap(), RandomToken::generate().unwrap());
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(one.reveal().len(), 22);
        assert_eq!(one.digest(), digest(one.reveal()));
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
