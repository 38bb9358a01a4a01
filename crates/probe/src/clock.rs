//! The only module of the probe that reads the wall clock: whether a certificate is valid depends on the day.

use rustls::pki_types::UnixTime;

/// The time of day now.
#[expect(clippy::disallowed_methods, reason = "this is the one place of the probe that reads the time of day")]
pub(crate) fn now() -> UnixTime {
    UnixTime::now()
}
