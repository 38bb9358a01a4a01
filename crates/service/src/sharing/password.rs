//! Passwords of links: hashed slowly and with a salt of their own, so that a stolen database does not tell them.
//!
//! Each hash takes 19 MiB. The buffers are two, made when they are first needed and used again: freed ones would go to the
//! allocator's arenas, one for each thread, and never back to the system.

use argon2::{ARGON2ID_IDENT, Argon2, Block, Params, PasswordHash};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parking_lot::Mutex;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::random;

/// The longest password that is hashed, in bytes.
pub const MAX_PASSWORD_BYTES: usize = 200;

/// How many are hashed at once: each takes a buffer and the better part of a core while it lasts.
const MAX_AT_ONCE: usize = 2;
static HASH_SLOTS: Semaphore = Semaphore::const_new(MAX_AT_ONCE);
/// The buffers that are not in use now.
static BUFFERS: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Bytes of a hash.
const HASH_BYTES: usize = Params::DEFAULT_OUTPUT_LEN;

/// Why cannot hash a password.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// No random bytes.
    #[error("the system does not provide random numbers")]
    Random(#[source] getrandom::Error),
    /// The hash function refuses.
    #[error("cannot hash a password")]
    Hash,
    /// A background task ended early.
    #[error("a background task ended unexpectedly")]
    Background(#[source] tokio::task::JoinError),
}

/// The hash of a password as a PHC string: argon2id, 19 MiB, 2 passes, 1 lane (OWASP's first choice, and the crate's
/// default).
///
/// # Errors
/// When there are no random numbers, or the machine gives no memory.
pub async fn hash(password: &str) -> Result<String, PasswordError> {
    let salt = random::bytes::<16>().map_err(PasswordError::Random)?;
    let password = Zeroizing::new(password.as_bytes().to_vec());
    let output = run_blocking_limited(move || compute(&password, &salt)).await?.ok_or(PasswordError::Hash)?;
    let parameters = format!("m={},t={},p={}", Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST);
    let [salt, output] = [&salt[..], &output[..]].map(|bytes| STANDARD_NO_PAD.encode(bytes));
    Ok(format!("$argon2id$v=19${parameters}${salt}${output}"))
}

/// Whether this is the password with that hash. The hashes are compared in constant time.
///
/// # Errors
/// When the work broke off.
pub async fn verify(password: &str, hash: &str) -> Result<bool, PasswordError> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Ok(false);
    }
    let Some((salt, expected)) = parse(hash) else { return Ok(false) };
    let password = Zeroizing::new(password.as_bytes().to_vec());
    let output = run_blocking_limited(move || compute(&password, &salt)).await?.ok_or(PasswordError::Hash)?;
    Ok(output.ct_eq(&expected).into())
}

/// Salt and hash of a PHC string with the parameters that [`hash`] takes; others would take other buffers.
fn parse(hash: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let parsed = PasswordHash::new(hash).ok()?;
    let parameters = Params::try_from(&parsed).ok()?;
    let is_ours = parsed.algorithm == ARGON2ID_IDENT
        && parsed.version == Some(19)
        && (parameters.m_cost(), parameters.t_cost(), parameters.p_cost())
            == (Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST);
    let salt = parsed.salt.as_ref()?.as_ref().to_vec();
    let output = parsed.hash.as_ref()?.as_bytes().to_vec();
    (is_ours && output.len() == HASH_BYTES).then_some((salt, output))
}

/// The hash, in a buffer that is used again; `None` where the function refuses.
fn compute(password: &[u8], salt: &[u8]) -> Option<Vec<u8>> {
    let kept = BUFFERS.lock().pop();
    let mut buffer = kept.unwrap_or_else(|| vec![Block::new(); Params::default().block_count()]);
    let mut output = vec![0; HASH_BYTES];
    let done = Argon2::default().hash_password_into_with_memory(password, salt, &mut output, &mut buffer[..]);
    // What it was computed from is not left lying about.
    buffer.fill(Block::new());
    BUFFERS.lock().push(buffer);
    done.ok().map(|()| output)
}

/// Hashing takes tens of milliseconds: not on the threads that answer others, and not many at once.
async fn run_blocking_limited<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PasswordError> {
    let turn = HASH_SLOTS.acquire().await.map_err(|_| PasswordError::Hash)?;
    // Even after the client has disconnected, the turn lasts as long as the work does.
    tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
    .map_err(PasswordError::Background)
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier as _;

    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let kept = hash("Kandy rain").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(Argon2::default().verify_password(b"Kandy rain", kept.as_str()).is_ok(), "as the crate reads it");
        assert!(verify("Kandy rain", &kept).await.unwrap());
        assert!(!verify("kandy rain", &kept).await.unwrap());
        assert!(!verify("", &kept).await.unwrap());
        assert_ne!(hash("Kandy rain").await.unwrap(), kept, "each has its own salt");
        assert!(!verify("Kandy rain", "no hash").await.unwrap());
        let costly = kept.replace("m=19456", "m=4194304");
        assert!(!verify("Kandy rain", &costly).await.unwrap(), "a hash that asks for 4 GiB");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_tries_at_once_take_two_buffers() {
        let kept = hash("Kandy rain").await.unwrap();
        let tries: Vec<_> = (0..12)
            .map(|_| {
                let kept = kept.clone();
                tokio::spawn(async move { verify("wrong", &kept).await })
            })
            .collect();
        for tried in tries {
            assert!(!tried.await.unwrap().unwrap());
        }
        let kept = BUFFERS.lock().len();
        assert!((1..=MAX_AT_ONCE).contains(&kept), "{kept}");
    }
}
