//! The log doctor over HTTP: takes logs, and shows what they mean. Nothing of them is stored or logged.

use axum::extract::Multipart;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use app::view::LogsView;
use domain::log_doctor::{LogFile, LogReport, MAX_LOG_BYTES, diagnose, is_archive};

use crate::http::plan::page;

/// The largest form with logs, in bytes.
pub(crate) const MAX_UPLOAD_BYTES: usize = 2 * MAX_LOG_BYTES;
/// Logs of one form: one of each node of the largest plan, and one of the load balancer.
const MAX_LOGS: usize = 17;

/// `GET /logs`.
pub(crate) async fn show() -> Html<String> {
    Html(app::pages::logs(&LogsView { assets: page::assets(), ..LogsView::default() }))
}

/// `POST /logs`: reads the logs in the fields `text` and `file`.
pub(crate) async fn read(mut parts: Multipart) -> Response {
    let logs = match upload(&mut parts).await {
        Ok(logs) => logs,
        Err(refusal) => return refusal,
    };
    if logs.is_empty() {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "log-text", "Paste lines of a log, or choose a file.");
    }
    if let Some((name, _)) = logs.iter().find(|(_, bytes)| is_archive(bytes)) {
        let message =
            format!("{name} is compressed. Unpack it first, such as with gunzip, and choose the unpacked file.");
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "log-file", &message);
    }
    if let Some((name, bytes)) = logs.iter().find(|(_, bytes)| bytes.len() > MAX_LOG_BYTES) {
        let message = format!(
            "{name} has {} MB; at most 16 MB are read. Choose the part with the failure, such as its last 100,000 lines: tail -n 100000.",
            bytes.len() >> 20
        );
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "log-file", &message);
    }
    // A large log takes a moment: other requests do not wait for it.
    let report = tokio::task::spawn_blocking(move || diagnose_all(&logs)).await;
    match report {
        Ok(report) => {
            let view = LogsView { assets: page::assets(), report: Some(report), ..LogsView::default() };
            Html(app::pages::logs(&view)).into_response()
        }
        Err(_) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "log-text",
            "The log could not be read. Try a smaller part of it, with the lines around the failure.",
        ),
    }
}

fn diagnose_all(logs: &[(String, Vec<u8>)]) -> LogReport {
    let files: Vec<LogFile<'_>> = logs.iter().map(|(name, bytes)| LogFile { name, bytes }).collect();
    diagnose(&files)
}

/// The logs that a form brings, with their names.
async fn upload(parts: &mut Multipart) -> Result<Vec<(String, Vec<u8>)>, Response> {
    let mut logs = Vec::new();
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(logs),
            Err(error) => return Err(unreadable(error.status())),
        };
        let part_is_file = part.name() == Some("file");
        let name = match part.name() {
            Some("text") => "Pasted lines".to_owned(),
            Some("file") => part.file_name().unwrap_or_default().to_owned(),
            _ => continue,
        };
        let bytes = part.bytes().await.map_err(|error| unreadable(error.status()))?;
        // The field of a form without a file has neither name nor content; an empty file is reported as such.
        if !bytes.trim_ascii().is_empty() || (part_is_file && !name.is_empty()) {
            logs.push((name, bytes.to_vec()));
        }
        if logs.len() > MAX_LOGS {
            let message = format!("At most {MAX_LOGS} logs are read at once. Choose fewer files.");
            return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, "log-file", &message));
        }
    }
}

/// The page after a form that could not be read: larger than its limit, or cut off.
fn unreadable(status: StatusCode) -> Response {
    let message = if status == StatusCode::PAYLOAD_TOO_LARGE {
        "The logs together have more than 32 MB. Choose fewer files, or the parts with the failure."
    } else {
        "The form did not arrive completely. Send it again."
    };
    let mut response = refused(status, "log-file", message);
    // What was not read does not become the next request.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The form with a problem at one of its fields.
fn refused(status: StatusCode, field: &'static str, message: &str) -> Response {
    let problem = Some((field, message.to_owned()));
    let view = LogsView { assets: page::assets(), problem, ..LogsView::default() };
    (status, Html(app::pages::logs(&view))).into_response()
}
