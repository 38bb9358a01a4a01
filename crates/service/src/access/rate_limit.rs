//! Rate limits in memory: of one client among many, and of attempts with the access token, by address and in total. Each
//! replica counts for itself; the token has 128 bits, so this spares the machine rather than the token.
//!
//! governor 0.10 does not fit: its keyed limiters cannot forget one key, as is done here after a correct token, and do not
//! bound the number of keys.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use domain::rate_limit::{RateLimit, RateWindow};
use parking_lot::Mutex;

/// Attempts of one address.
const PER_ADDRESS_LIMIT: RateLimit = RateLimit::burst(10, 30);
/// Attempts of all addresses.
const TOTAL_LIMIT: RateLimit = RateLimit::burst(300, 1);
/// Addresses that are remembered.
const MAX_ADDRESSES: usize = 4096;

/// What limits count as one client: one customer of a provider has a whole /64 of IPv6.
#[must_use]
pub fn client_network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// One limit for each of many keys, in bounded memory.
pub struct KeyedRateLimiter<K> {
    limit: RateLimit,
    max_keys: usize,
    windows: HashMap<K, RateWindow>,
}

impl<K: Copy + Eq + Hash> KeyedRateLimiter<K> {
    /// Remembers `max_keys` keys.
    #[must_use]
    pub fn new(limit: RateLimit, max_keys: usize) -> Self {
        Self { limit, max_keys, windows: HashMap::new() }
    }

    /// Counts an operation of `key`.
    ///
    /// # Errors
    /// The number of seconds after which an operation is possible again.
    pub fn try_acquire(&mut self, key: K, now: u64) -> Result<(), u64> {
        let window = self.next_window(key, now)?;
        self.set(key, window, now);
        Ok(())
    }

    /// The window of `key` with one more operation, which [`Self::set`] then keeps.
    fn next_window(&self, key: K, now: u64) -> Result<RateWindow, u64> {
        self.windows.get(&key).copied().unwrap_or_default().try_acquire(now, self.limit)
    }

    fn set(&mut self, key: K, window: RateWindow, now: u64) {
        if self.windows.len() >= self.max_keys && !self.windows.contains_key(&key) {
            self.evict(now);
        }
        self.windows.insert(key, window);
    }

    /// Forgets the keys that have all their operations again; if there are none, the oldest key.
    fn evict(&mut self, now: u64) {
        self.windows.retain(|_, window| !window.is_unused(now, self.limit));
        if self.windows.len() >= self.max_keys {
            let oldest = self.windows.iter().min_by_key(|(_, window)| window.since()).map(|(key, _)| *key);
            oldest.and_then(|key| self.windows.remove(&key));
        }
    }

    /// Forgets the operations of `key`.
    fn reset(&mut self, key: K) {
        self.windows.remove(&key);
    }
}

/// The attempts of all clients to sign in.
#[derive(Clone)]
pub struct LoginRateLimiter(Arc<Mutex<LoginAttempts>>);

struct LoginAttempts {
    by_client: KeyedRateLimiter<IpAddr>,
    total: RateWindow,
}

impl Default for LoginRateLimiter {
    fn default() -> Self {
        let by_client = KeyedRateLimiter::new(PER_ADDRESS_LIMIT, MAX_ADDRESSES);
        Self(Arc::new(Mutex::new(LoginAttempts { by_client, total: RateWindow::default() })))
    }
}

impl LoginRateLimiter {
    /// Counts an attempt of `client`, unless its own limit or the total one is reached.
    ///
    /// # Errors
    /// After how many seconds to try again.
    pub fn take(&self, client: IpAddr, now: u64) -> Result<(), u64> {
        let client = client_network(client);
        let mut attempts = self.0.lock();
        let by_client = attempts.by_client.next_window(client, now);
        let total = attempts.total.try_acquire(now, TOTAL_LIMIT);
        if let Some(wait) = by_client.err().max(total.err()) {
            return Err(wait);
        }
        attempts.by_client.set(client, by_client?, now);
        attempts.total = total?;
        Ok(())
    }

    /// Forgets the attempts of a client that sent the correct token.
    pub fn reset(&self, client: IpAddr) {
        self.0.lock().by_client.reset(client_network(client));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_ten_tries_and_one_more_each_half_minute() {
        let attempts = LoginRateLimiter::default();
        let (one, other) = (client("10.0.0.1"), client("10.0.0.2"));
        for _ in 0..10 {
            assert_eq!(attempts.take(one, 1000), Ok(()));
        }
        assert_eq!(attempts.take(one, 1000), Err(30));
        assert_eq!(attempts.take(one, 1029), Err(1));
        assert_eq!(attempts.take(client("::ffff:10.0.0.1"), 1029), Err(1), "the same address, written as IPv6");
        assert_eq!(attempts.take(other, 1000), Ok(()));
        assert_eq!(attempts.take(one, 1030), Ok(()));
        assert_eq!(attempts.take(one, 1030), Err(30));
        attempts.reset(one);
        assert_eq!(attempts.take(one, 1030), Ok(()));
        for number in 0..10 {
            assert_eq!(attempts.take(client(&format!("fd12::{number}")), 1030), Ok(()));
        }
        assert_eq!(attempts.take(client("fd12::ffff"), 1030), Err(30), "a network of one customer counts as one");
    }

    #[test]
    fn all_addresses_together_have_a_limit_too_and_take_bounded_memory() {
        let attempts = LoginRateLimiter::default();
        let address = |number: u32| IpAddr::V4(std::net::Ipv4Addr::from_bits(number));
        let through = (0..1000).filter(|number| attempts.take(address(*number), 5000).is_ok()).count();
        assert_eq!(u64::try_from(through).unwrap(), TOTAL_LIMIT.max());
        for number in 0..20_000 {
            let _ = attempts.take(address(number), 5000 + u64::from(number));
        }
        assert!(attempts.0.lock().by_client.windows.len() <= MAX_ADDRESSES);
    }
}
