//! The specification of a check, and the macro that declares the catalogue.
//!
//! The checks themselves are declared in [`super::catalogue`].

use std::time::Duration;

use crate::finding::Severity;
use crate::step::Step;

/// From where a check is decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// From the answers.
    Answers,
    /// From the generated files: skipped if a problem blocks them.
    Files,
    /// From the whole bundle, with the keys and certificates of the cluster.
    Bundle,
    /// From the wizard's server over the network.
    Server,
    /// Only on a node.
    Node,
    /// From the wizard's server against the deployed cluster, in a verification.
    Cluster,
}

impl Reach {
    /// Whether only the plan decides, without the network and without a node.
    #[must_use]
    pub const fn is_of_plan(self) -> bool {
        matches!(self, Self::Answers | Self::Files | Self::Bundle)
    }
}

/// The specification of a check.
#[derive(Clone, Copy, Debug)]
pub struct CheckSpec {
    /// The ID: `DB-17`.
    pub code: &'static str,
    /// The step it belongs to.
    pub step: Step,
    /// The title, in a few words.
    pub title: &'static str,
    /// What it proves, and why.
    pub proves: &'static str,
    /// The weight of a failure; the consequence also depends on the reach: [`super::Consequence::of`].
    pub severity: Severity,
    /// From where it is decided.
    pub reach: Reach,
    /// The settings it depends on: keys or key prefixes. After a change, the result is outdated.
    pub needs: &'static [&'static str],
    /// What it writes to the inspected system, and how that is removed; `None` for checks that only read. One that
    /// writes runs only on request of a person who has read this.
    pub writes: Option<&'static str>,
    /// The general remedy.
    pub remedy: &'static str,
}

impl CheckSpec {
    /// The time limit, after which a check ends with what it waits for.
    pub const TIMEOUT: Duration = Duration::from_secs(5);
    /// The same for a check of the deployed cluster, which waits for changes that may never arrive.
    pub const CLUSTER_TIMEOUT: Duration = Duration::from_secs(90);

    /// What it proves, behind a result that does not fulfil it.
    #[must_use]
    pub fn requirement(&self) -> String {
        format!("Required: {}", self.proves)
    }

    /// Step, reach and consequence, for the documentation.
    #[must_use]
    pub fn summary_line(&self) -> String {
        let reach = match self.reach {
            Reach::Answers => "from the answers",
            Reach::Files => "from the generated files",
            Reach::Bundle => "from the bundle and its keys",
            Reach::Server => "from this server, over the network",
            Reach::Node => "on the node",
            Reach::Cluster => "from this server, in a verification of the deployed cluster",
        };
        format!("Step {}, decided {reach}. {}", self.step.title(), self.consequences())
    }
}

/// The checks of one reach as a separate type: a `match` over them must be complete to compile.
macro_rules! checks_of_reach {
    ($(#[$meta:meta])* $name:ident $method:ident: $($variant:ident)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name { $(#[doc = concat!("[`CheckId::", stringify!($variant), "`].")] $variant,)* }

        impl $name {
            /// All of them, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The check's ID in the catalogue.
            #[must_use]
            pub const fn id(self) -> CheckId {
                match self { $(Self::$variant => CheckId::$variant,)* }
            }
        }

        impl CheckId {
            #[doc = concat!("The check as a [`", stringify!($name), "`], if its reach is that one.")]
            #[must_use]
            pub const fn $method(self) -> Option<$name> {
                match self { $(Self::$variant => Some($name::$variant),)* _ => None }
            }
        }
    };
}

/// Sorts the pairs of check and reach that follow the semicolon into the checks of `Server`, of `Node` and of `Cluster`.
macro_rules! sort_by_reach {
    ([$($server:ident)*] [$($node:ident)*] [$($cluster:ident)*];) => {
        checks_of_reach! {
            /// A check that the server decides over the network: [`Reach::Server`].
            ServerCheck of_server: $($server)*
        }
        checks_of_reach! {
            /// A check that the reports of the nodes decide: [`Reach::Node`].
            NodeCheck of_node: $($node)*
        }
        checks_of_reach! {
            /// A check of the deployed cluster: [`Reach::Cluster`].
            ClusterCheck of_cluster: $($cluster)*
        }
    };
    ([$($server:ident)*] $node:tt $cluster:tt; $variant:ident Server $($rest:ident)*) => {
        sort_by_reach! { [$($server)* $variant] $node $cluster; $($rest)* }
    };
    ($server:tt [$($node:ident)*] $cluster:tt; $variant:ident Node $($rest:ident)*) => {
        sort_by_reach! { $server [$($node)* $variant] $cluster; $($rest)* }
    };
    ($server:tt $node:tt [$($cluster:ident)*]; $variant:ident Cluster $($rest:ident)*) => {
        sort_by_reach! { $server $node [$($cluster)* $variant]; $($rest)* }
    };
    ($server:tt $node:tt $cluster:tt; $variant:ident $reach:ident $($rest:ident)*) => {
        sort_by_reach! { $server $node $cluster; $($rest)* }
    };
}

/// Declares the catalogue: variant, code, step, severity, reach, title, proves, what it writes (if anything), needs, remedy.
macro_rules! catalogue {
    (@writes) => { None };
    (@writes $writes:literal) => { Some($writes) };
    (@is_writing) => { false };
    (@is_writing $writes:literal) => { true };
    ($($variant:ident $code:literal $step:ident $severity:ident $reach:ident $title:literal
        proves $proves:literal $(writes $writes:literal)? needs [$($need:expr),*] remedy $remedy:literal;)+) => {
        sort_by_reach! { [] [] []; $($variant $reach)+ }

        /// The ID of a check.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum CheckId { $(#[doc = $title] $variant,)+ }

        impl CheckId {
            /// Every check, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The ID: `DB-17`.
            // Each fact that the browser needs has a separate function: `spec` would load all texts.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The title, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The step it belongs to.
            #[must_use]
            pub const fn step(self) -> Step {
                match self { $(Self::$variant => Step::$step,)+ }
            }

            /// The weight of a failure: see [`CheckSpec::severity`].
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// From where it is decided.
            #[must_use]
            pub const fn reach(self) -> Reach {
                match self { $(Self::$variant => Reach::$reach,)+ }
            }

            /// The time limit, after which it ends with what it waits for.
            #[must_use]
            pub const fn timeout(self) -> Duration {
                match self.reach() {
                    Reach::Cluster => CheckSpec::CLUSTER_TIMEOUT,
                    _ => CheckSpec::TIMEOUT,
                }
            }

            /// The settings it depends on: keys or key prefixes.
            #[must_use]
            pub const fn settings(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($need),*],)+ }
            }

            /// What it writes, if anything: see [`CheckSpec::writes`].
            #[must_use]
            pub const fn writes(self) -> Option<&'static str> {
                match self { $(Self::$variant => catalogue!(@writes $($writes)?),)+ }
            }

            /// Whether it writes anything. The browser needs no more.
            #[must_use]
            pub const fn is_writing(self) -> bool {
                match self { $(Self::$variant => catalogue!(@is_writing $($writes)?),)+ }
            }

            /// Whether its result is outdated after a change of this setting.
            #[must_use]
            pub fn depends_on(self, setting: &str) -> bool {
                let is_prepared = setting == $crate::check::DATABASES && self.step() == $crate::step::Step::Database;
                // The setting for a running cluster affects only keys, which no check reads: after a download, results
                // stay current.
                let is_looked_at = setting != $crate::steps::keys::PRODUCT.cluster;
                let is_of_keys = setting == $crate::check::KEYS && matches!(self.reach(), Reach::Bundle);
                is_prepared || is_of_keys || is_looked_at && self.settings().iter().any(|need| setting.starts_with(need))
            }

            /// Its specification.
            #[must_use]
            pub const fn spec(self) -> CheckSpec {
                match self { $(Self::$variant => CheckSpec {
                    code: self.code(),
                    step: self.step(),
                    title: self.title(),
                    proves: $proves,
                    severity: self.severity(),
                    reach: self.reach(),
                    needs: self.settings(),
                    writes: self.writes(),
                    remedy: $remedy,
                },)+ }
            }
        }
    };
}

pub(super) use {catalogue, checks_of_reach, sort_by_reach};
