//! Every kind of record there is, with its stored name and to what its records belong.

use std::marker::PhantomData;

/// Records of this kind belong to a plan, and are deleted with it.
pub struct OfPlan;
/// Records of this kind belong to the whole program.
pub struct OfProgram;

/// A kind of record. Only this module creates kinds.
pub struct Kind<Owner> {
    name: &'static str,
    owner: PhantomData<fn() -> Owner>,
}

impl<Owner> Kind<Owner> {
    const fn new(name: &'static str) -> Self {
        Self { name, owner: PhantomData }
    }

    /// The name in the database.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $owner:ident $kind:ident = $name:literal;)*) => {
        $($(#[$doc])* pub const $kind: Kind<$owner> = Kind::new($name);)*

        /// The names of all kinds.
        #[cfg(test)]
        pub const ALL: &[&str] = &[$($name),*];
    };
}

kinds! {
    /// Comments, appended.
    OfPlan COMMENT = "comment";
    /// The plan and uses of a probe token, by its hash.
    OfProgram PROBE_TOKEN = "door";
    /// The current probe token of a plan, sealed.
    OfPlan PROBE_TOKEN_OF_PLAN = "door-token";
    /// The events of the latest run of checks, appended.
    OfPlan EVENT = "event";
    /// Facts that all replicas share, by name: the body of each name has a separate form.
    OfProgram FACT = "fact";
    /// The history, appended.
    OfPlan JOURNAL = "journal";
    /// Share links by their IDs, sealed.
    OfPlan LINK = "link";
    /// The plan and ID of a share link, by the hash of its token.
    OfProgram LINK_TOKEN = "link-token";
    /// Messages for the next page, by actor.
    OfPlan NOTICE = "notice";
    /// Preparations that wait for approval, by token.
    OfPlan PREPARATION = "preparation";
    /// The latest run of a preparation.
    OfPlan PREPARATION_RUN = "preparing";
    /// The actors that have the plan open, by page.
    OfPlan PRESENCE = "presence";
    /// The reports of probe scripts, by machine.
    OfPlan REPORT = "report";
    /// The latest run of checks.
    OfPlan RUN = "run";
    /// The plans whose checks may be running, by their IDs.
    OfProgram RUNNING = "running";
    /// Who set each secret and when, by setting.
    OfPlan SECRET_ORIGIN = "secret-set";
    /// Sessions of the owner and of visitors by the hash of their tokens, sealed.
    OfProgram SESSION = "session";
    /// The names of versions, by revision.
    OfPlan VERSION_NAME = "version-name";
}
