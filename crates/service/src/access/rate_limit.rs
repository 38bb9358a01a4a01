//! How often the access token may be tried: by address and by all together, in bounded memory. Each replica counts for
//! itself; the token has 128 bits, so this spares the machine rather than the token.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use parking_lot::Mutex;

/// Tries of one address at once, and after how many seconds there is one more.
const PER_ADDRESS_LIMIT: BucketLimit = BucketLimit { burst: 10, every: 30 };
/// Tries of all addresses.
const TOTAL_LIMIT: BucketLimit = BucketLimit { burst: 300, every: 1 };
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

struct BucketLimit {
    burst: u64,
    every: u64,
}

/// Tries that are left: a bucket that fills again with time.
#[derive(Clone, Copy)]
struct Bucket {
    left: u64,
    /// When `left` was right, in unix seconds.
    at: u64,
}

impl Bucket {
    fn refill(&mut self, pace: &BucketLimit, now: u64) {
        let gained = now.saturating_sub(self.at) / pace.every;
        if self.left + gained >= pace.burst {
            *self = Self { left: pace.burst, at: now };
        } else {
            self.left += gained;
            self.at += gained * pace.every;
        }
    }

    /// Seconds until there is a try; 0 where one is left.
    fn wait(&self, pace: &BucketLimit, now: u64) -> u64 {
        if self.left > 0 { 0 } else { (self.at + pace.every).saturating_sub(now).max(1) }
    }
}

/// The tries of everybody.
#[derive(Clone)]
pub struct LoginRateLimiter(Arc<Mutex<AddressBucket>>);

struct AddressBucket {
    by: HashMap<IpAddr, Bucket>,
    all: Bucket,
}

impl Default for LoginRateLimiter {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(AddressBucket { by: HashMap::new(), all: Bucket { left: TOTAL_LIMIT.burst, at: 0 } })))
    }
}

impl LoginRateLimiter {
    /// Counts a try of `client`.
    ///
    /// # Errors
    /// After how many seconds to try again.
    pub fn take(&self, client: IpAddr, now: u64) -> Result<(), u64> {
        let mut counted = self.0.lock();
        let counted = &mut *counted;
        let client = client_network(client);
        if counted.by.len() >= MAX_ADDRESSES && !counted.by.contains_key(&client) {
            evict_full_buckets(&mut counted.by, now);
        }
        let own = counted.by.entry(client).or_insert(Bucket { left: PER_ADDRESS_LIMIT.burst, at: now });
        own.refill(&PER_ADDRESS_LIMIT, now);
        counted.all.refill(&TOTAL_LIMIT, now);
        let wait = own.wait(&PER_ADDRESS_LIMIT, now).max(counted.all.wait(&TOTAL_LIMIT, now));
        if wait > 0 {
            return Err(wait);
        }
        own.left -= 1;
        counted.all.left -= 1;
        Ok(())
    }

    /// Forgets the tries of somebody who has shown the token.
    pub fn reset(&self, client: IpAddr) {
        self.0.lock().by.remove(&client_network(client));
    }
}

/// Forgets whoever has all their tries again; if that is nobody, who tried longest ago.
fn evict_full_buckets(by: &mut HashMap<IpAddr, Bucket>, now: u64) {
    by.retain(|_, bucket| {
        bucket.refill(&PER_ADDRESS_LIMIT, now);
        bucket.left < PER_ADDRESS_LIMIT.burst
    });
    if by.len() >= MAX_ADDRESSES
        && let Some(oldest) = by.iter().min_by_key(|(_, bucket)| bucket.at).map(|(client, _)| *client)
    {
        by.remove(&oldest);
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
        assert_eq!(u64::try_from(through).unwrap(), TOTAL_LIMIT.burst);
        for number in 0..20_000 {
            let _ = attempts.take(address(number), 5000 + u64::from(number));
        }
        assert!(attempts.0.lock().by.len() <= MAX_ADDRESSES);
    }
}
