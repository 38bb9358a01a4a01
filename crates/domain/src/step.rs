//! The steps of the wizard, in order. Their settings are in [`crate::steps`]; the last step, Verify, has none.

use serde::{Deserialize, Serialize};

/// One step of the wizard: one page, one URL and, if it has settings, one table of a plan file.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The IS version and the layout of the machines.
    Product,
    /// The MySQL databases.
    Database,
    /// The user store and the super admin.
    UserStore,
    /// The nodes and how they find each other.
    Clustering,
    /// The load balancer, its hostname and its certificate.
    LoadBalancer,
    /// The verification of the deployed cluster, which has no settings.
    Verify,
}

impl Step {
    /// The steps that have checks, in their order.
    pub const WITH_CHECKS: [Self; 6] =
        [Self::Product, Self::Database, Self::UserStore, Self::Clustering, Self::LoadBalancer, Self::Verify];

    /// The steps that have settings, in their order.
    pub const ALL: [Self; 5] = [Self::Product, Self::Database, Self::UserStore, Self::Clustering, Self::LoadBalancer];

    /// The table of a plan file that holds the step's answers.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Database => "database",
            Self::UserStore => "user_store",
            Self::Clustering => "clustering",
            Self::LoadBalancer => "load_balancer",
            Self::Verify => "verify",
        }
    }

    /// The step's part of a URL, such as `load-balancer`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Database => "database",
            Self::UserStore => "user-store",
            Self::Clustering => "clustering",
            Self::LoadBalancer => "load-balancer",
            Self::Verify => "verify",
        }
    }

    /// The step's name on the page: at most 16 characters.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Product => "Product",
            Self::Database => "Database",
            Self::UserStore => "User store",
            Self::Clustering => "Clustering",
            Self::LoadBalancer => "Load balancer",
            Self::Verify => "Verify",
        }
    }

    /// The step with this slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::WITH_CHECKS.into_iter().find(|step| step.slug() == slug)
    }

    /// The step whose plan-file table this is.
    #[must_use]
    pub fn from_table(table: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.table() == table)
    }

    /// The step after this one, if any.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step > self)
    }

    /// The step before this one, if any.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|step| *step < self)
    }
}
