//! The only module that asks the system for random bytes; `render::keyring` draws the seed of a cluster's keys itself.

use getrandom::Error;

/// Fills `bytes`, for keys whose memory is wiped.
///
/// # Errors
/// When the system provides no random numbers.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for random bytes")]
pub fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes)
}

/// `N` random bytes.
///
/// # Errors
/// When the system provides no random numbers.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// `N` random bytes in hexadecimal.
///
/// # Errors
/// When the system provides no random numbers.
pub fn hex<const N: usize>() -> Result<String, Error> {
    bytes::<N>().map(hex::encode)
}
