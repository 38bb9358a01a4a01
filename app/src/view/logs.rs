//! The view model of the log doctor.

use domain::log_doctor::LogReport;

use super::Assets;

/// The page: the form, and the result of the logs that it brought.
#[derive(Clone, Debug, Default)]
pub struct LogsView {
    /// The files that the page loads.
    pub assets: Assets,
    /// Why nothing was read (status 413 or 422): the field and the message.
    pub problem: Option<(&'static str, String)>,
    /// What the logs show, with masked secrets.
    pub report: Option<LogReport>,
}
