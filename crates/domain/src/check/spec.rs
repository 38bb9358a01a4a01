//! What is known about a check before it runs, and the macro that declares the catalogue.
//!
//! The checks themselves are declared in [`super::catalogue`].

use std::time::Duration;

use crate::finding::Severity;
use crate::step::Step;

/// From where a check can be decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// From the answers alone.
    Answers,
    /// From the generated files: where something blocks them, nothing is known.
    Files,
    /// From the whole bundle, with the keys and certificates of the cluster.
    Bundle,
    /// From the wizard's server over the network.
    Server,
    /// Only on a node.
    Node,
}

impl Reach {
    /// Whether the plan alone decides, without the network and without a node.
    #[must_use]
    pub const fn is_of_plan(self) -> bool {
        matches!(self, Self::Answers | Self::Files | Self::Bundle)
    }
}

/// What is known about a check before it runs.
#[derive(Clone, Copy, Debug)]
pub struct CheckSpec {
    /// Its id as people read it: `DB-17`.
    pub code: &'static str,
    /// The step it belongs to.
    pub step: Step,
    /// A few words.
    pub title: &'static str,
    /// What it proves, and why that matters.
    pub proves: &'static str,
    /// How much a failure weighs; what follows from it depends on the reach too: [`super::Consequence::of`].
    pub severity: Severity,
    /// From where it can be decided.
    pub reach: Reach,
    /// The settings it depends on: keys, or beginnings of keys. A change takes the result away.
    pub needs: &'static [&'static str],
    /// What it writes to the system it looks at, and how that goes away again; `None` for checks that only read. One that
    /// writes runs only where a person asked for it after reading this.
    pub writes: Option<&'static str>,
    /// What to do when it fails, in general.
    pub remedy: &'static str,
}

impl CheckSpec {
    /// How long it may take before it ends with what it waited for.
    pub const LIMIT: Duration = Duration::from_secs(5);

    /// Where it belongs, from where it is decided and what a failure means, as its documentation begins.
    #[must_use]
    pub fn summary_line(&self) -> String {
        let reach = match self.reach {
            Reach::Answers => "from the answers",
            Reach::Files => "from the generated files",
            Reach::Bundle => "from the whole bundle with its keys",
            Reach::Server => "from the wizard's server, over the network",
            Reach::Node => "on the node",
        };
        format!("Step {}, decided {reach}. {}", self.step.title(), self.consequences())
    }
}

/// The checks of one reach as a type of its own: a `match` over them does not compile while one of them is not decided.
macro_rules! checks_of_reach {
    ($(#[$meta:meta])* $name:ident $method:ident: $($variant:ident)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name { $(#[doc = concat!("[`CheckId::", stringify!($variant), "`].")] $variant,)* }

        impl $name {
            /// All of them, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The check's id in the catalogue.
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

/// Sorts the pairs of check and reach that follow the semicolon into the checks of `Server` and those of `Node`.
macro_rules! sort_by_reach {
    ([$($server:ident)*] [$($node:ident)*];) => {
        checks_of_reach! {
            /// A check that the wizard's server decides over the network: [`Reach::Server`].
            ServerCheck of_server: $($server)*
        }
        checks_of_reach! {
            /// A check that the reports of the nodes decide: [`Reach::Node`].
            NodeCheck of_node: $($node)*
        }
    };
    ([$($server:ident)*] [$($node:ident)*]; $variant:ident Server $($rest:ident)*) => {
        sort_by_reach! { [$($server)* $variant] [$($node)*]; $($rest)* }
    };
    ([$($server:ident)*] [$($node:ident)*]; $variant:ident Node $($rest:ident)*) => {
        sort_by_reach! { [$($server)*] [$($node)* $variant]; $($rest)* }
    };
    ([$($server:ident)*] [$($node:ident)*]; $variant:ident $reach:ident $($rest:ident)*) => {
        sort_by_reach! { [$($server)*] [$($node)*]; $($rest)* }
    };
}

/// Declares the catalogue: variant, code, step, severity, reach, title, proves, what it writes (if anything), needs, remedy.
macro_rules! catalogue {
    (@writes) => { None };
    (@writes $writes:literal) => { Some($writes) };
    ($($variant:ident $code:literal $step:ident $severity:ident $reach:ident $title:literal
        proves $proves:literal $(writes $writes:literal)? needs [$($need:expr),*] remedy $remedy:literal;)+) => {
        sort_by_reach! { [] []; $($variant $reach)+ }

        /// The id of a check.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum CheckId { $(#[doc = $title] $variant,)+ }

        impl CheckId {
            /// Every check, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its id as people read it: `DB-17`.
            // Each fact that the browser needs has a function of its own: through `spec` it would load all the texts.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// A few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The step it belongs to.
            #[must_use]
            pub const fn step(self) -> Step {
                match self { $(Self::$variant => Step::$step,)+ }
            }

            /// How much a failure weighs: see [`CheckSpec::severity`].
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }

            /// From where it can be decided.
            #[must_use]
            pub const fn reach(self) -> Reach {
                match self { $(Self::$variant => Reach::$reach,)+ }
            }

            /// The settings it depends on: keys, or beginnings of keys.
            #[must_use]
            pub const fn settings(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($need),*],)+ }
            }

            /// What it writes, if it does: see [`CheckSpec::writes`].
            #[must_use]
            pub const fn writes(self) -> Option<&'static str> {
                match self { $(Self::$variant => catalogue!(@writes $($writes)?),)+ }
            }

            /// Whether a change of this setting takes its result away.
            #[must_use]
            pub fn depends_on(self, setting: &str) -> bool {
                let is_prepared = setting == $crate::check::DATABASES && self.step() == $crate::step::Step::Database;
                // Whether the cluster runs decides about keys, and no check looks at it: a download takes no result away.
                let is_looked_at = setting != $crate::steps::keys::PRODUCT.cluster;
                let is_of_keys = setting == $crate::check::KEYS && matches!(self.reach(), Reach::Bundle);
                is_prepared || is_of_keys || is_looked_at && self.settings().iter().any(|need| setting.starts_with(need))
            }

            /// What is known about it.
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
