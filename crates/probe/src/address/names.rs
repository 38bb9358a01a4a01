//! Turns host names into addresses, each once in a run.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::allowed::AllowedNetworks;
use super::pinned::{AddressRefusal, PinnedAddress};

/// Why a name has no addresses. The texts follow the name in a sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LookupError {
    /// The resolver reports that the name does not exist.
    #[error("does not resolve: the name does not exist")]
    NoSuchName,
    /// The resolver did not answer.
    #[error("cannot be resolved: the name server of this server does not answer")]
    NoAnswer,
}

/// Limit of the addresses of a name.
const MAX_ADDRESSES: usize = 16;
/// How long a lookup may take. Less than the limit of a check, so that the check can report it.
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(4500);

/// Resolves host names: the operating system in the product, a fixed list in tests.
pub trait Resolver: Send + Sync {
    /// All addresses of `name`, in the order they should be tried.
    fn lookup(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, LookupError>>;
}

/// The resolver of the operating system: hosts file, DNS, and other configured sources.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that resolves names")]
    fn lookup(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, LookupError>> {
        Box::pin(async move {
            match tokio::net::lookup_host((name.as_str(), 0)).await {
                Ok(found) => Ok(found.map(|address| address.ip()).collect()),
                Err(error) if is_temporary(&error) => Err(LookupError::NoAnswer),
                Err(_) => Err(LookupError::NoSuchName),
            }
        })
    }
}

/// Whether the resolver failed, and not the name. The standard library passes on only the message of getaddrinfo: "Temporary failure
/// in name resolution" (glibc), "Try again" (musl).
fn is_temporary(error: &io::Error) -> bool {
    let text = error.to_string();
    error.raw_os_error().is_some() || ["emporary failure", "ry again"].iter().any(|sign| text.contains(sign))
}

type LookupResult = Arc<OnceCell<Result<Vec<IpAddr>, LookupError>>>;

/// The host names of one run, each resolved once.
pub(crate) struct NameCache {
    resolver: Arc<dyn Resolver>,
    allowed: AllowedNetworks,
    found: Mutex<HashMap<String, LookupResult>>,
}

impl NameCache {
    pub(crate) fn new(resolver: Arc<dyn Resolver>, allowed: AllowedNetworks) -> Self {
        Self { resolver, allowed, found: Mutex::default() }
    }

    /// Allows a connection to `address` and `port`, unless it is refused in general or by the operator.
    pub(crate) fn pin(&self, address: IpAddr, port: u16) -> Result<PinnedAddress, AddressRefusal> {
        self.allowed.pin(address, port)
    }

    /// All addresses of a host name or literal address, without duplicates; IPv4 in IPv6 as IPv4.
    pub(crate) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![address.to_canonical()]);
        }
        let cell = {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(found.entry(host.to_ascii_lowercase()).or_default())
        };
        cell.get_or_init(|| async {
            let found = match timeout(LOOKUP_TIMEOUT, self.resolver.lookup(host.to_owned())).await {
                Ok(found) => found?,
                Err(_) => return Err(LookupError::NoAnswer),
            };
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.into_iter().map(|address| address.to_canonical()) {
                if !addresses.contains(&address) && addresses.len() < MAX_ADDRESSES {
                    addresses.push(address);
                }
            }
            if addresses.is_empty() { Err(LookupError::NoSuchName) } else { Ok(addresses) }
        })
        .await
        .clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Rebinding(AtomicUsize);

    impl Resolver for Rebinding {
        fn lookup(&self, _: String) -> BoxFuture<'static, Result<Vec<IpAddr>, LookupError>> {
            let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
            let address = if first { "10.0.0.1" } else { "169.254.169.254" };
            Box::pin(async move { Ok(vec![address.parse().unwrap(), address.parse().unwrap()]) })
        }
    }

    /// The standard library has no other sign of the cause than these messages.
    #[test]
    fn a_resolver_that_fails_is_distinguished_from_an_unknown_name() {
        let of_resolver = |cause: &str| io::Error::other(format!("failed to lookup address information: {cause}"));
        for cause in ["Temporary failure in name resolution", "Try again"] {
            assert!(is_temporary(&of_resolver(cause)), "{cause}");
        }
        for cause in ["Name or service not known", "No address associated with hostname", "Name does not resolve"] {
            assert!(!is_temporary(&of_resolver(cause)), "{cause}");
        }
        assert!(is_temporary(&io::Error::from_raw_os_error(24)), "no file descriptor is left for a query");
    }

    #[tokio::test]
    async fn a_name_is_resolved_once_in_a_run() {
        let names = NameCache::new(Arc::new(Rebinding(AtomicUsize::new(0))), AllowedNetworks::default());
        let expected: Vec<IpAddr> = vec!["10.0.0.1".parse().unwrap()];
        assert_eq!(names.addresses("db.example.com").await, Ok(expected.clone()));
        assert_eq!(names.addresses("DB.example.com").await, Ok(expected));
    }
}
