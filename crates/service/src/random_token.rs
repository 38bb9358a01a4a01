//! Tokens: what cookies and share links are known by. They are random, and kept only as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::server_credential::ServerCredential;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::random;

/// 128 bits from the system's generator, as 22 letters that need no escaping in an address or a cookie. A token is shown
/// once and not kept.
///
/// # Errors
/// When the system gives no random numbers.
pub fn generate() -> Result<ServerCredential, getrandom::Error> {
    let mut random = Zeroizing::new([0; 16]);
    random::fill(random.as_mut())?;
    Ok(ServerCredential::new(URL_SAFE_NO_PAD.encode(*random)))
}

/// The value by which a presented token is compared. Tokens are random enough to need no slow hash.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The same of a token that this server has.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a hash of the token is kept, and the token is not")]
pub fn hash_of(token: &ServerCredential) -> [u8; 32] {
    hash(token.reveal())
}

/// The stored form of a presented token. The store looks tokens up by it, so that the response time reveals nothing about
/// them.
#[must_use]
pub fn digest(token: &str) -> String {
    hex::encode(hash(token))
}

/// The same of a token that this server has.
#[must_use]
pub fn digest_of(token: &ServerCredential) -> String {
    hex::encode(hash_of(token))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test reads the token")]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_not_printed() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(one.reveal().len(), 22);
        assert_eq!(digest_of(&one), digest(one.reveal()));
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
