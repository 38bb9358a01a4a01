//! The report of a plan's checks in every format, all written from one summary. Text, JSON and JUnit's XML are
//! `service`'s; `app` draws the HTML.

use domain::check::CheckSummary;
use domain::moment::UtcOffset;
use service::checks::export::{json, junit, text};

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum ReportFormat {
    /// Lines for people
    #[default]
    Text,
    /// JSON for programs
    Json,
    /// JUnit's XML for build servers
    Junit,
    /// One page for browsers and paper
    Html,
}

impl ReportFormat {
    /// What it is on the wire.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::Junit => "application/xml",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// The report in this format. People read times of `zone`, programs those of UTC.
#[must_use]
pub fn write(sheet: &CheckSummary, format: ReportFormat, zone: UtcOffset) -> String {
    match format {
        ReportFormat::Text => text::write(sheet, zone),
        ReportFormat::Json => json::write(sheet),
        ReportFormat::Junit => junit::write(sheet),
        ReportFormat::Html => app::pages::report(sheet, zone),
    }
}
