//! The log doctor's page: empty, with problems, with failures, and with a healthy log.

use app::view::LogsView;
use domain::log_doctor::{LogFile, diagnose};

use super::{HOSTILE, assets};

/// Each state with its name.
pub(super) fn all() -> Vec<(String, String)> {
    let view = |problem, report| app::pages::logs(&LogsView { assets: assets(), problem, report });
    let text = format!(
        "[2025-01-02 03:04:05,678] [] INFO {{a.B}} - Starting WSO2 Carbon...\n\
         [2025-01-02 03:04:05,678] [] INFO {{a.B}} - Local member: [6a66] - Host:192.0.2.11, Remote Host:null, Port: 4000\n\
         [2025-01-02 03:04:05,678] [] INFO {{a.B}} - Elected this member [6a66] as the Coordinator node\n\
         [2025-01-02 03:04:05,678] [] ERROR {{a.B}} - Failed java.sql.SQLException: No suitable driver found for {HOSTILE}\n\
         [2025-01-02 03:04:05,678] [] ERROR {{a.B}} - Cannot start User Manager Core bundle\n\
         [2025-01-02 03:04:05,678] [] WARN {{a.B}} - Provided Callback URL does not match with the registered one.\n\
         [2025-01-02 03:04:05,678] [] ERROR {{a.{HOSTILE}}} - {HOSTILE}\n"
    );
    let failing =
        [LogFile { name: HOSTILE, bytes: text.as_bytes() }, LogFile { name: "is-2.log", bytes: text.as_bytes() }];
    let healthy = b"[2025-01-02 03:04:05,678] [] INFO {a.B} - WSO2 Carbon started in 58 sec";
    vec![
        ("logs".to_owned(), view(None, None)),
        ("logs-errors".to_owned(), view(Some(("log-text", HOSTILE.to_owned())), None)),
        ("logs-file-errors".to_owned(), view(Some(("log-file", HOSTILE.to_owned())), None)),
        ("logs-failures".to_owned(), view(None, Some(diagnose(&failing)))),
        ("logs-healthy".to_owned(), view(None, Some(diagnose(&[LogFile { name: "is-1.log", bytes: healthy }])))),
        ("logs-unreadable".to_owned(), view(None, Some(diagnose(&[LogFile { name: "a.txt", bytes: b"no log" }])))),
    ]
}
