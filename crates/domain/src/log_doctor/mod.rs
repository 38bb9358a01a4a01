//! The log doctor: reads logs of IS nodes and load balancers, and names the failures in them with cause, check and
//! remedy.
//!
//! [`diagnose`] parses the bytes to entries ([`parse`]), compares each with the declared failures ([`rules`]), and reports
//! causes before their symptoms. Lines that a healthy server prints, too, are no failures. The text is untrusted:
//! everything is bounded, and secrets in shown lines are masked.

mod diagnose;
mod entry;
mod facts;
mod failure;
mod findings;
mod haystack;
mod masking;
mod member;
mod membership;
mod moment;
mod noise;
mod parse;
mod pattern;
mod reading;
mod report;
mod rules;
mod sequence;
mod triage;

pub use diagnose::{LogFile, MAX_LOG_BYTES, diagnose};
pub use facts::{LogFacts, MemberEvent, MemberEventKind, StartAttempt};
pub use failure::{FailureArea, FailureImpact, FailureRule};
pub(crate) use masking::shown as shown_line;
pub use reading::{LogGap, is_archive};
pub use report::{
    FoldedSymptom, LogDiagnosis, LogExcerpt, LogPosition, LogReport, MAX_UNRECOGNISED, ObservedValue, UnrecognisedError,
};

/// Every failure that the log doctor recognises, in the order in which they are compared.
pub fn failures() -> impl Iterator<Item = &'static FailureRule> {
    rules::all()
}
