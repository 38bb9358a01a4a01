//! The report of a plan's checks in every format, all written from one summary. Text, JSON and JUnit's XML are
//! `service`'s; `app` draws the HTML. A report for people or programs may carry the signature of the installation.

mod prometheus;

use domain::check::CheckSummary;
use domain::moment::UtcOffset;
use service::checks::export::{json, junit, text};
use service::reports::{ReportKey, SignedPlace};

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
    /// Metrics for the text file collector of Prometheus' node exporter
    Prometheus,
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
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
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
        ReportFormat::Prometheus => prometheus::write(sheet),
    }
}

/// The report with the signature of the installation, which ends with one line end. Metrics have none: the next run replaces them.
#[must_use]
pub fn signed(report: String, format: ReportFormat, key: &ReportKey) -> String {
    signed_place(&report, format).map_or(report, |place| key.sign(&place))
}

/// Where a report of this format carries its signature, so that its readers still accept it.
fn signed_place(report: &str, format: ReportFormat) -> Option<SignedPlace> {
    let report = report.trim_end();
    let place = |before: String, after: &str| Some(SignedPlace { before, after: format!("{after}\n") });
    match format {
        ReportFormat::Text => place(format!("{report}\nSignature: "), ""),
        ReportFormat::Json => {
            let members = report.strip_prefix('{')?;
            place("{\n  \"signature\": \"".to_owned(), &format!("\",{members}"))
        }
        ReportFormat::Junit => place(format!("{report}\n<!-- Signature: "), " -->"),
        ReportFormat::Html => {
            let (page, end) = report.rsplit_once("</body>")?;
            place(format!("{page}<p class=\"signature\">Signature: <code>"), &format!("</code></p></body>{end}"))
        }
        ReportFormat::Prometheus => None,
    }
}
