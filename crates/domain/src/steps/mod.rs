//! The settings: one file per step, one declaration per setting (ARCHITECTURE, I4).
//!
//! Every form field, plan-file key, help text and page of docs/settings.md comes from here.

mod clustering;
mod database;
mod load_balancer;
mod product;
mod user_store;

pub use clustering::{ArtefactSharing, ClusterNode, ClusterNodeKeys, Clustering, ClusteringKeys, MembershipScheme};
pub use database::{Database, DatabaseCharset, DatabaseKeys, DatabaseTls};
pub use load_balancer::{CertificateSource, LoadBalancer, LoadBalancerKeys, LoadBalancerKind, LoadBalancingMethod};
pub use product::{ClusterState, Product, ProductKeys};
pub use user_store::{DirectoryAccess, UserStore, UserStoreKeys, UserStoreKind, YesNo};

use crate::draft::Draft;
use crate::setting::Setting;
use crate::step::Step;

/// The keys of all settings: `keys::DATABASE.host`.
pub mod keys {
    use super::*;

    pub use crate::draft::NODES;

    /// Keys of the step Product.
    pub const PRODUCT: ProductKeys = Product::KEYS;
    /// Keys of the step Database.
    pub const DATABASE: DatabaseKeys = Database::KEYS;
    /// Keys of the step User store.
    pub const USER_STORE: UserStoreKeys = UserStore::KEYS;
    /// Keys of the step Clustering, except the node table.
    pub const CLUSTERING: ClusteringKeys = Clustering::KEYS;
    /// Keys of the columns of the node table.
    pub const NODE: ClusterNodeKeys = ClusterNode::KEYS;
    /// Keys of the step Load balancer.
    pub const LOAD_BALANCER: LoadBalancerKeys = LoadBalancer::KEYS;

    /// Key prefix of the step Product.
    pub const ALL_OF_PRODUCT: &str = "product.";
    /// Key prefix of the step Database.
    pub const ALL_OF_DATABASE: &str = "database.";
    /// Key prefix of the step User store.
    pub const ALL_OF_USER_STORE: &str = "user_store.";
    /// Key prefix of the step Clustering, including the node table.
    pub const ALL_OF_CLUSTERING: &str = "clustering.";
    /// Key prefix of the step Load balancer.
    pub const ALL_OF_LOAD_BALANCER: &str = "load_balancer.";
}

/// The settings of a step except the node table, in the order of the page.
#[must_use]
pub const fn settings(step: Step) -> &'static [Setting] {
    match step {
        Step::Product => Product::SETTINGS,
        Step::Database => Database::SETTINGS,
        Step::UserStore => UserStore::SETTINGS,
        Step::Clustering => Clustering::SETTINGS,
        Step::LoadBalancer => LoadBalancer::SETTINGS,
        Step::Verify => &[],
    }
}

/// The columns of the node table.
#[must_use]
pub const fn node_settings() -> &'static [Setting] {
    ClusterNode::SETTINGS
}

/// All settings: those of each step, then the node table's columns.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    Step::ALL.into_iter().flat_map(|step| settings(step).iter()).chain(node_settings())
}

/// The setting with this key, such as `database.host`.
#[must_use]
pub fn setting(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

impl Draft {
    /// The answer by key, as entered, or the setting's default.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        match setting(key) {
            Some(setting) => self.answer(setting, None),
            None => self.answers.get(key).map_or("", String::as_str),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn every_setting_is_whole() {
        for setting in all() {
            let key = setting.key;
            assert!(!setting.label.is_empty() && !setting.help.is_empty(), "{key}");
            assert_ne!(setting.examples[0], setting.examples[1], "{key}");
            assert_eq!(setting.default.is_some(), !setting.source.is_empty(), "{key}: a default names its source");
            if !setting.control.is_secret() {
                let followed = setting.follows.into_iter().flat_map(|follows| follows.defaults);
                let defaults = setting.default.into_iter().chain(followed.map(|(_, default)| *default));
                for text in setting.examples.into_iter().chain(defaults) {
                    let canonical =
                        (setting.canonical)(text).unwrap_or_else(|problem| panic!("{key} {text}: {problem:?}"));
                    assert_eq!(
                        (setting.canonical)(&canonical).as_ref(),
                        Ok(&canonical),
                        "{key}: canonical text is stable"
                    );
                }
            }
        }
    }

    #[test]
    fn keys_are_unique_and_lead_back() {
        let mut keys: Vec<_> = all().map(|setting| setting.key).collect();
        keys.sort_unstable();
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(setting("database.host").map(|setting| setting.name), Some("host"));
        let _ = Secret::new("x");
    }
}
