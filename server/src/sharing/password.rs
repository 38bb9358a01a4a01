//! Passwords of links: hashed slowly and with a salt of their own, so that a stolen database does not tell them.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// The longest password that is hashed, in bytes.
pub const LONGEST: usize = 200;

/// How many are hashed at once: each takes 19 MiB and the better part of a core while it lasts.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Why a password could not be hashed.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// No random bytes.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    /// The hash function refuses.
    #[error("a password could not be hashed")]
    Hash,
    /// A background task ended early.
    #[error("work in the background ended early")]
    Background(#[source] tokio::task::JoinError),
}

/// The hash of a password as a PHC string: argon2id, 19 MiB, 2 passes, 1 lane (OWASP's first choice, and the crate's
/// default).
///
/// # Errors
/// When there are no random numbers, or the machine gives no memory.
pub async fn hash(password: &str) -> Result<String, PasswordError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(PasswordError::Random)?;
    let password = Zeroizing::new(password.as_bytes().to_vec());
    aside(move || {
        Argon2::default()
            .hash_password_with_salt(&password, &salt)
            .map(|hash| hash.to_string())
            .map_err(|_| PasswordError::Hash)
    })
    .await?
}

/// Whether this is the password with that hash. The hashes are compared in constant time.
///
/// # Errors
/// When the work broke off.
pub async fn verify(password: &str, hash: &str) -> Result<bool, PasswordError> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let (password, hash) = (Zeroizing::new(password.as_bytes().to_vec()), hash.to_owned());
    aside(move || Argon2::default().verify_password(&password, hash.as_str()).is_ok()).await
}

/// Hashing takes tens of milliseconds: not on the threads that answer others, and not many at once.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
    let _turn = AT_ONCE.acquire().await.map_err(|_| PasswordError::Hash)?;
    tokio::task::spawn_blocking(work).await.map_err(PasswordError::Background)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let kept = hash("Kandy rain").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("Kandy rain", &kept).await.unwrap());
        assert!(!verify("kandy rain", &kept).await.unwrap());
        assert!(!verify("", &kept).await.unwrap());
        assert_ne!(hash("Kandy rain").await.unwrap(), kept, "each has its own salt");
        assert!(!verify("Kandy rain", "no hash").await.unwrap());
    }
}
