//! How many connections and handshakes there are, in all and by address.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use crate::net::limits::ConnectionLimits;
use service::access::rate_limit::client_network;

use crate::config::Networks;

/// The connections and handshakes of a server.
#[derive(Clone)]
pub(super) struct ConnectionSlots {
    limits: ConnectionLimits,
    trusted_proxies: Networks,
    taken: Arc<Mutex<SlotCounts>>,
}

#[derive(Default)]
struct SlotCounts {
    regular: usize,
    connections: HashMap<IpAddr, usize>,
    handshakes: HashMap<IpAddr, usize>,
    /// The spare ones, the oldest first.
    spare: VecDeque<(u64, CancellationToken)>,
    next_spare: u64,
}

impl ConnectionSlots {
    pub(super) fn new(limits: ConnectionLimits, trusted_proxies: Networks) -> Self {
        Self { limits, trusted_proxies, taken: Arc::default() }
    }

    /// A slot for a connection from `from`. There always is one: where no regular one is left, a spare one, whose oldest
    /// holder gives way. A health probe sends its request at once, so silent connections do not keep it out.
    pub(super) fn take(&self, from: IpAddr) -> ConnectionSlot {
        let is_proxy = self.trusted_proxies.hold(from.to_canonical());
        let client = client_network(from);
        let mut taken = self.taken();
        let of_client = taken.connections.get(&client).copied().unwrap_or_default();
        let (kind, displaced) =
            if taken.regular < self.limits.connections && (is_proxy || of_client < self.limits.per_address) {
                taken.regular += 1;
                *taken.connections.entry(client).or_default() += 1;
                (SlotKind::Regular(client), CancellationToken::new())
            } else {
                if taken.spare.len() >= self.limits.spare
                    && let Some((_, oldest)) = taken.spare.pop_front()
                {
                    oldest.cancel();
                }
                let (number, displaced) = (taken.next_spare, CancellationToken::new());
                taken.next_spare += 1;
                taken.spare.push_back((number, displaced.clone()));
                (SlotKind::Spare(number), displaced)
            };
        ConnectionSlot { slots: self.clone(), kind, displaced }
    }

    /// A turn for a handshake; `None` where the address has as many as it may.
    pub(super) fn acquire_handshake(&self, from: IpAddr) -> Option<HandshakePermit> {
        let is_proxy = self.trusted_proxies.hold(from.to_canonical());
        let client = client_network(from);
        let mut taken = self.taken();
        let count = taken.handshakes.entry(client).or_default();
        if *count >= self.limits.handshakes && !is_proxy {
            return None;
        }
        *count += 1;
        Some(HandshakePermit { slots: self.clone(), client })
    }

    fn taken(&self) -> MutexGuard<'_, SlotCounts> {
        self.taken.lock()
    }
}

fn decrement(counts: &mut HashMap<IpAddr, usize>, client: IpAddr) {
    if let Some(count) = counts.get_mut(&client) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&client);
        }
    }
}

enum SlotKind {
    Regular(IpAddr),
    Spare(u64),
}

/// The place of one connection; free again when it is dropped.
pub(super) struct ConnectionSlot {
    slots: ConnectionSlots,
    kind: SlotKind,
    displaced: CancellationToken,
}

impl ConnectionSlot {
    /// Whether it is for health requests alone.
    pub(super) const fn is_spare(&self) -> bool {
        matches!(self.kind, SlotKind::Spare(_))
    }

    /// Ends when a newer connection has taken the place.
    pub(super) async fn displaced(&self) {
        self.displaced.cancelled().await;
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        match self.kind {
            SlotKind::Regular(client) => {
                taken.regular -= 1;
                decrement(&mut taken.connections, client);
            }
            SlotKind::Spare(number) => taken.spare.retain(|(held, _)| *held != number),
        }
    }
}

/// A handshake that runs; counted until it is dropped.
pub(super) struct HandshakePermit {
    slots: ConnectionSlots,
    client: IpAddr,
}

impl Drop for HandshakePermit {
    fn drop(&mut self) {
        decrement(&mut self.slots.taken().handshakes, self.client);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_own_limit_and_a_trusted_proxy_that_of_all() {
        let limits = ConnectionLimits { connections: 6, per_address: 2, spare: 2, ..ConnectionLimits::default() };
        let slots = ConnectionSlots::new(limits, Networks(vec!["10.0.0.9/32".parse().unwrap()]));
        let mut held: Vec<ConnectionSlot> = ["fd12::1", "fd12::2"].map(|from| slots.take(ip(from))).into();
        assert!(held.iter().all(|slot| !slot.is_spare()));
        assert!(slots.take(ip("fd12::3")).is_spare(), "one customer's network counts as one");
        held.extend((0..4).map(|_| slots.take(ip("::ffff:10.0.0.9"))));
        assert!(held.iter().all(|slot| !slot.is_spare()));
        assert!(slots.take(ip("10.0.0.9")).is_spare(), "all are taken");
        drop(held);
        let taken = slots.taken();
        assert_eq!((taken.regular, taken.connections.len(), taken.spare.len()), (0, 0, 0));
    }

    #[tokio::test]
    async fn the_oldest_spare_connection_gives_way() {
        let slots = ConnectionSlots::new(
            ConnectionLimits { connections: 0, spare: 2, ..ConnectionLimits::default() },
            Networks::default(),
        );
        let held: Vec<ConnectionSlot> = (0..3).map(|_| slots.take(ip("10.0.0.1"))).collect();
        held[0].displaced().await;
        assert!(!held[1].displaced.is_cancelled() && !held[2].displaced.is_cancelled());
        assert_eq!(slots.taken().spare.len(), 2);
    }
}
