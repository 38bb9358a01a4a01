//! The report of all checks of a plan, in every format.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::check::CheckId;
use domain::error_text::error_chain;
use sha2::{Digest as _, Sha256};

use crate::http::error::{RequestError, plan};
use crate::http::state::AppState;
use crate::report::{self, ReportFormat};
use service::checks::export;
use service::clock;
use service::reports::ReportKey;

/// `GET /plans/{plan}/report.txt`.
pub(crate) async fn text(site: State<AppState>, id: Path<String>) -> Result<Response, RequestError> {
    answer(site, id, ReportFormat::Text).await
}

/// `GET /plans/{plan}/report.json`.
pub(crate) async fn json(site: State<AppState>, id: Path<String>) -> Result<Response, RequestError> {
    answer(site, id, ReportFormat::Json).await
}

/// `GET /plans/{plan}/report.xml`.
pub(crate) async fn junit(site: State<AppState>, id: Path<String>) -> Result<Response, RequestError> {
    answer(site, id, ReportFormat::Junit).await
}

/// `GET /plans/{plan}/report.html`.
pub(crate) async fn html(site: State<AppState>, id: Path<String>) -> Result<Response, RequestError> {
    answer(site, id, ReportFormat::Html).await
}

async fn answer(
    State(site): State<AppState>,
    Path(id): Path<String>,
    format: ReportFormat,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let log = site.log(plan.id).await?;
    let findings = plan.validate().findings.into_iter().map(|finding| (finding.at.step.title().to_owned(), finding));
    let sheet = export::summary(&plan.draft, &plan.secrets, CheckId::ALL, &log.report(), findings.collect());
    let text = report::write(&sheet, format, clock::zone());
    let text = match ReportKey::open(site.plans.store(), site.plans.vault()).await {
        Ok(key) => report::signed(text, format, &key),
        Err(error) => {
            tracing::warn!(error = error_chain(&error), "a report is not signed");
            text
        }
    };
    let headers =
        [(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_SECURITY_POLICY, policy())];
    Ok((headers, text).into_response())
}

/// A report loads nothing and runs nothing; its one style sheet is in it.
fn policy() -> String {
    let style = STANDARD.encode(Sha256::digest(app::pages::REPORT_STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
