//! Which addresses may be dialled, and where names become addresses.
//!
//! A name is resolved once in a run and the addresses it gave are pinned: a [`PinnedAddress`] is created only here, and nothing
//! is dialled without one (docs/ARCHITECTURE.md, I10).

mod allowed;
mod embedded;
mod names;
mod pinned;

pub use allowed::{AllowedNetworks, Network, NetworkParseError};
pub(crate) use names::NameCache;
pub use names::{LookupError, Resolver, SystemResolver};
pub use pinned::{AddressRefusal, PinnedAddress, refusal};
