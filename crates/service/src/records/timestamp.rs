//! Points in time, to the second, as the store has them.

use crate::clock;

/// A point in time, in unix seconds. The store's numbers are signed, and 0 stands for "never" there; no other module
/// converts them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The current time.
    #[must_use]
    pub fn now() -> Self {
        Self(clock::now())
    }

    /// From unix seconds, such as those of [`crate::clock::now`].
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// In unix seconds.
    #[must_use]
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// Later by a number of seconds.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// As the store writes it; the year 292 billion is the last one that it can write.
    #[must_use]
    pub fn to_stored(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// As the store has it: times before 1970 do not occur, and count as 1970.
    #[must_use]
    pub fn from_stored(seconds: i64) -> Self {
        Self(u64::try_from(seconds).unwrap_or_default())
    }

    /// An expiry as the store writes it.
    #[must_use]
    pub fn to_stored_expiry(expires_at: Option<Self>) -> i64 {
        expires_at.map_or(0, Self::to_stored)
    }

    /// An expiry as the store has it.
    #[must_use]
    pub fn from_stored_expiry(expires_at: i64) -> Option<Self> {
        (expires_at != 0).then(|| Self::from_stored(expires_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_times_are_converted_back() {
        let at = Timestamp::from_unix(1_700_000_000);
        assert_eq!(Timestamp::from_stored(at.to_stored()), at);
        assert_eq!((at.plus(60).unix(), Timestamp::from_unix(u64::MAX).plus(1).to_stored()), (1_700_000_060, i64::MAX));
        assert_eq!(Timestamp::from_stored(-5).unix(), 0);
        for expiry in [None, Some(at)] {
            assert_eq!(Timestamp::from_stored_expiry(Timestamp::to_stored_expiry(expiry)), expiry);
        }
        assert_eq!(Timestamp::to_stored_expiry(None), 0);
    }
}
