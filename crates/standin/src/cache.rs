//! What a node keeps of what it has read. An entry stays until a message of another member removes it, or until it expires:
//! with Hazelcast off, only the latter.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// After a divided cluster had merged, entries stayed stale until about 15 minutes after they were cached.
const CACHE_TTL: Duration = Duration::from_secs(15 * 60);
/// Introspection was fresh after about five minutes.
const INTROSPECTION_TTL: Duration = Duration::from_secs(5 * 60);
/// How many entries a node keeps.
const MAX_ENTRIES: usize = 20_000;

/// What is cached. Attributes and passwords of users are not.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum CacheKind {
    /// An application by its id.
    Application,
    /// An application by its client id.
    Client,
    /// An active token by the hash of its text.
    Introspection,
    /// The token that a client got for a scope.
    ClientToken,
    /// An identity provider by its id.
    IdentityProvider,
    /// That a user with an id exists.
    User,
    /// An authorization code by the hash of its text.
    AuthorizationCode,
}

impl CacheKind {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::Application,
        Self::Client,
        Self::Introspection,
        Self::ClientToken,
        Self::IdentityProvider,
        Self::User,
        Self::AuthorizationCode,
    ];

    /// Its name in messages between members.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Client => "client",
            Self::Introspection => "introspection",
            Self::ClientToken => "client-token",
            Self::IdentityProvider => "identity-provider",
            Self::User => "user",
            Self::AuthorizationCode => "authorization-code",
        }
    }

    /// The kind with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    const fn ttl(self) -> Duration {
        match self {
            Self::Introspection => INTROSPECTION_TTL,
            _ => CACHE_TTL,
        }
    }
}

struct CacheEntry {
    cached_at: Instant,
    value: Value,
}

#[derive(Default)]
struct Contents {
    entries: HashMap<(CacheKind, String), CacheEntry>,
    /// Messages of other members leave alone what was cached until then.
    stale_until: Option<Instant>,
}

impl Contents {
    fn get(&self, kind: CacheKind, key: &str, now: Instant) -> Option<(Value, Duration)> {
        let entry = self.entries.get(&(kind, key.to_owned()))?;
        let age = now.saturating_duration_since(entry.cached_at);
        (age < kind.ttl()).then(|| (entry.value.clone(), age))
    }

    fn put(&mut self, kind: CacheKind, key: &str, value: Value, now: Instant) {
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.retain(|(kind, _), entry| now.saturating_duration_since(entry.cached_at) < kind.ttl());
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.clear();
        }
        self.entries.insert((kind, key.to_owned()), CacheEntry { cached_at: now, value });
    }

    fn invalidate(&mut self, kind: CacheKind, key: &str) {
        let key = (kind, key.to_owned());
        let is_kept = |entry: &CacheEntry| self.stale_until.is_some_and(|until| entry.cached_at <= until);
        if self.entries.get(&key).is_some_and(|entry| !is_kept(entry)) {
            self.entries.remove(&key);
        }
    }
}

/// The caches of one node.
#[derive(Default)]
pub(crate) struct NodeCaches {
    contents: Mutex<Contents>,
}

impl NodeCaches {
    /// What is cached under this key.
    pub(crate) fn get<T: DeserializeOwned>(&self, kind: CacheKind, key: &str) -> Option<T> {
        self.get_with_age(kind, key).map(|(value, _)| value)
    }

    /// What is cached under this key, and for how long already.
    pub(crate) fn get_with_age<T: DeserializeOwned>(&self, kind: CacheKind, key: &str) -> Option<(T, Duration)> {
        let (value, age) = self.contents.lock().get(kind, key, Instant::now())?;
        Some((serde_json::from_value(value).ok()?, age))
    }

    /// Caches a value; the time of an older one under the same key starts again.
    pub(crate) fn put<T: Serialize>(&self, kind: CacheKind, key: &str, value: &T) {
        if let Ok(value) = serde_json::to_value(value) {
            self.contents.lock().put(kind, key, value, Instant::now());
        }
    }

    /// The node itself changed the object.
    pub(crate) fn remove(&self, kind: CacheKind, key: &str) {
        self.contents.lock().entries.remove(&(kind, key.to_owned()));
    }

    /// Another member changed the object.
    pub(crate) fn invalidate(&self, kind: CacheKind, key: &str) {
        self.contents.lock().invalidate(kind, key);
    }

    /// From now on, messages of other members leave alone what is cached now; with `false`, no longer.
    pub(crate) fn keep_stale(&self, is_kept: bool) {
        self.contents.lock().stale_until = is_kept.then(Instant::now);
    }

    /// The node started again.
    pub(crate) fn clear(&self) {
        self.contents.lock().entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(kind: CacheKind, keys: &[&str], now: Instant) -> Contents {
        let mut contents = Contents::default();
        for key in keys {
            contents.put(kind, key, Value::Null, now);
        }
        contents
    }

    #[test]
    fn an_entry_expires_or_is_removed_by_a_message() {
        let now = Instant::now();
        for (kind, ttl) in [(CacheKind::Application, CACHE_TTL), (CacheKind::Introspection, INTROSPECTION_TTL)] {
            let mut contents = contents(kind, &["a"], now);
            let last = now + ttl - Duration::from_secs(1);
            assert!(contents.get(kind, "a", last).is_some() && contents.get(kind, "a", now + ttl).is_none());
            contents.invalidate(kind, "a");
            assert!(contents.get(kind, "a", now).is_none());
        }
    }

    #[test]
    fn after_a_merge_messages_leave_old_entries_alone() {
        let (now, kind) = (Instant::now(), CacheKind::Application);
        let mut contents = contents(kind, &["old"], now);
        contents.stale_until = Some(now);
        contents.put(kind, "new", Value::Null, now + Duration::from_secs(1));
        for key in ["old", "new"] {
            contents.invalidate(kind, key);
        }
        assert!(contents.get(kind, "old", now).is_some() && contents.get(kind, "new", now).is_none());
    }

    #[test]
    fn a_full_cache_makes_room_by_what_has_expired() {
        let (now, kind) = (Instant::now(), CacheKind::Introspection);
        let keys: Vec<String> = (1..MAX_ENTRIES).map(|number| number.to_string()).collect();
        let mut contents = contents(kind, &keys.iter().map(String::as_str).collect::<Vec<_>>(), now);
        let later = now + INTROSPECTION_TTL;
        for key in ["new", "newer"] {
            contents.put(kind, key, Value::Null, later);
        }
        assert_eq!(contents.entries.len(), 2);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in CacheKind::ALL {
            assert_eq!(CacheKind::from_name(kind.name()), Some(kind));
        }
    }
}
