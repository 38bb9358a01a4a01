//! The one table of addresses: what answers there and which permission a request needs. The router is built from it, and
//! [`crate::http::security::authorization`] refuses what is not in it.

use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::map_response;
use axum::routing::{MethodRouter, get, post};
use domain::node_report;
use domain::rights::Permission;
use domain::step::Step;

use crate::http::checks::{node_probes, run, verify};
use crate::http::collaboration::{comments, history, journal_export, live};
use crate::http::plan::{accept, download, fragments, keys, preview, report, review, start, step};
use crate::http::security::permission::RequiredPermission;
use crate::http::sharing::{links, open};
use crate::http::state::AppState;
use crate::http::{assets, health, login, logs, preparation};

/// The largest plan or bundle that is opened, in bytes.
pub(crate) const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;

/// One row of the table.
pub(crate) struct Route {
    /// The method; GET answers HEAD too.
    pub(crate) method: Method,
    /// The address as the router matches it.
    pub(crate) path: &'static str,
    /// What one must be allowed to do.
    pub(crate) needs: RequiredPermission,
    /// What answers.
    pub(crate) answers: MethodRouter<AppState>,
}

fn at(method: Method, path: &'static str, needs: RequiredPermission, answers: MethodRouter<AppState>) -> Route {
    Route { method, path, needs, answers }
}

/// Every route of the program.
pub(crate) fn table() -> Vec<Route> {
    use Permission::{
        AcceptWarning, CreatePlan, DeletePlan, DiagnoseLogs, DownloadWithSecrets, DownloadWithoutSecrets, EditStep,
        ListPlans, ManageKeys, ManageLinks, PrepareDatabases, ReadHistory, ReadPlan, ReadStep, Restore, RunChecks,
    };
    use RequiredPermission::{Nothing, ToSomeStep, ToStep};
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    let largest_file = DefaultBodyLimit::max(MAX_FILE_BYTES);
    // Who is not known yet sends a token, a password or a name.
    let short_form = DefaultBodyLimit::max(MAX_ANONYMOUS_FORM_BYTES);
    let longest_report = DefaultBodyLimit::max(node_report::MAX_REPORT_BYTES);
    let largest_pack = DefaultBodyLimit::max(preparation::MAX_UPLOAD_BYTES);
    let largest_logs = DefaultBodyLimit::max(logs::MAX_UPLOAD_BYTES);
    vec![
        at(GET, "/", RequiredPermission::Act(ListPlans), get(start::show)),
        at(POST, "/plans", RequiredPermission::Act(CreatePlan), post(start::create)),
        at(POST, "/plans/open", RequiredPermission::Act(CreatePlan), post(start::open).layer(largest_file)),
        at(GET, "/plans/{plan}/{step}", ToStep(ReadStep), get(step::show)),
        at(POST, "/plans/{plan}/{step}", ToStep(EditStep), post(step::save)),
        at(POST, "/plans/{plan}/draft", ToSomeStep(EditStep), post(step::autosave)),
        at(POST, "/plans/{plan}/comments", RequiredPermission::Act(Permission::Comment(None)), post(comments::on_plan)),
        at(
            POST,
            "/plans/{plan}/comments/{step}",
            ToStep(|step| Permission::Comment(Some(step))),
            post(comments::on_step),
        ),
        at(POST, "/plans/{plan}/comments/done", ToSomeStep(EditStep), post(comments::done)),
        at(GET, "/plans/{plan}/history", RequiredPermission::Act(ReadHistory), get(history::show)),
        at(POST, "/plans/{plan}/history/name", RequiredPermission::Act(Restore), post(history::name)),
        at(POST, "/plans/{plan}/history/restore", RequiredPermission::Act(Restore), post(history::restore)),
        at(POST, "/plans/{plan}/history/undo", ToSomeStep(EditStep), post(history::undo)),
        at(GET, "/plans/{plan}/journal.jsonl", RequiredPermission::Act(ReadHistory), get(journal_export::json_lines)),
        at(GET, "/plans/{plan}/journal.csv", RequiredPermission::Act(ReadHistory), get(journal_export::csv)),
        at(GET, "/plans/{plan}/changes/events", ToSomeStep(ReadStep), get(live::events)),
        at(GET, "/plans/{plan}/review", RequiredPermission::Act(ReadPlan), get(review::show)),
        at(GET, "/plans/{plan}/standing", ToSomeStep(ReadStep), get(fragments::pieces)),
        at(GET, "/plans/{plan}/accept/{check}", RequiredPermission::Act(AcceptWarning), get(accept::ask)),
        at(POST, "/plans/{plan}/accept", RequiredPermission::Act(AcceptWarning), post(accept::accept)),
        at(POST, "/plans/{plan}/bundle", RequiredPermission::Act(DownloadWithSecrets), post(download::bundle)),
        at(
            POST,
            "/plans/{plan}/bundle/incomplete",
            RequiredPermission::Act(DownloadWithoutSecrets),
            post(download::incomplete),
        ),
        at(GET, "/plans/{plan}/keys", RequiredPermission::Act(ManageKeys), get(keys::show)),
        at(
            POST,
            "/plans/{plan}/keys/upload",
            RequiredPermission::Act(ManageKeys),
            post(keys::restore_keys).layer(largest_file),
        ),
        at(POST, "/plans/{plan}/keys/renew-tls", RequiredPermission::Act(ManageKeys), post(keys::renew_tls)),
        at(POST, "/plans/{plan}/keys/new", RequiredPermission::Act(ManageKeys), post(keys::create)),
        at(GET, "/plans/{plan}/plan.toml", RequiredPermission::Act(DownloadWithoutSecrets), get(download::plan_file)),
        at(GET, "/plans/{plan}/report.txt", RequiredPermission::Act(ReadPlan), get(report::text)),
        at(GET, "/plans/{plan}/report.json", RequiredPermission::Act(ReadPlan), get(report::json)),
        at(GET, "/plans/{plan}/report.xml", RequiredPermission::Act(ReadPlan), get(report::junit)),
        at(GET, "/plans/{plan}/report.html", RequiredPermission::Act(ReadPlan), get(report::html)),
        at(GET, "/plans/{plan}/delete", RequiredPermission::Act(DeletePlan), get(start::ask_to_delete)),
        at(POST, "/plans/{plan}/delete", RequiredPermission::Act(DeletePlan), post(start::delete)),
        at(GET, "/plans/{plan}/preview", RequiredPermission::Act(ReadPlan), get(preview::index)),
        at(GET, "/plans/{plan}/preview.json", RequiredPermission::Act(ReadPlan), get(preview::json)),
        at(GET, "/plans/{plan}/preview/{*path}", RequiredPermission::Act(ReadPlan), get(preview::file_page)),
        at(POST, "/plans/{plan}/checks", ToSomeStep(RunChecks), post(run::start_from_form)),
        at(POST, "/plans/{plan}/checks/cancel", ToSomeStep(RunChecks), post(run::cancel)),
        at(GET, "/plans/{plan}/checks/events", ToSomeStep(ReadStep), get(run::events)),
        at(GET, "/plans/{plan}/verify", RequiredPermission::Act(ReadPlan), get(verify::show)),
        at(POST, "/plans/{plan}/verify", RequiredPermission::Act(RunChecks(Step::Verify)), post(verify::start)),
        at(
            POST,
            "/plans/{plan}/verify/report",
            RequiredPermission::Act(RunChecks(Step::Verify)),
            post(verify::accept_report),
        ),
        at(GET, "/plans/{plan}/reports", RequiredPermission::Act(ReadStep(Step::Clustering)), get(node_probes::form)),
        at(
            POST,
            "/plans/{plan}/reports",
            RequiredPermission::Act(EditStep(Step::Clustering)),
            post(node_probes::paste),
        ),
        at(GET, "/plans/{plan}/share", RequiredPermission::Act(ManageLinks), get(links::show)),
        at(POST, "/plans/{plan}/share", RequiredPermission::Act(ManageLinks), post(links::create)),
        at(POST, "/plans/{plan}/share/{link}/revoke", RequiredPermission::Act(ManageLinks), post(links::revoke)),
        at(POST, "/plans/{plan}/leave", Nothing, post(open::leave).layer(short_form)),
        at(GET, "/s/{token}", Nothing, get(open::show).layer(map_response(open::with_private_headers))),
        at(
            POST,
            "/s/{token}",
            Nothing,
            post(open::open).layer(short_form).layer(map_response(open::with_private_headers)),
        ),
        at(GET, PREPARE_ROUTES, RequiredPermission::Act(PrepareDatabases), get(preparation::show)),
        at(
            POST,
            PREPARE_ROUTES,
            RequiredPermission::Act(PrepareDatabases),
            post(preparation::review_changes).layer(largest_pack),
        ),
        at(POST, "/plans/{plan}/prepare/run", RequiredPermission::Act(PrepareDatabases), post(preparation::approve)),
        at(
            POST,
            "/plans/{plan}/prepare/withdraw",
            RequiredPermission::Act(PrepareDatabases),
            post(preparation::withdraw),
        ),
        at(GET, "/plans/{plan}/probes", RequiredPermission::Act(ReadStep(Step::Clustering)), get(node_probes::table)),
        at(
            GET,
            "/plans/{plan}/probes/{node}",
            RequiredPermission::Act(ReadStep(Step::Clustering)),
            get(node_probes::download),
        ),
        at(GET, "/probes/{token}/{node}", Nothing, get(node_probes::script)),
        at(POST, "/probes/{token}/{node}", Nothing, post(node_probes::receive_report).layer(longest_report)),
        at(GET, "/logs", RequiredPermission::Act(DiagnoseLogs), get(logs::show)),
        at(POST, "/logs", RequiredPermission::Act(DiagnoseLogs), post(logs::read).layer(largest_logs)),
        at(GET, "/checks", Nothing, get(run::list)),
        at(GET, "/checks/{check}", Nothing, get(run::page)),
        at(GET, "/login", Nothing, get(login::show)),
        at(POST, "/login", Nothing, post(login::sign_in).layer(short_form)),
        at(POST, "/logout", Nothing, post(login::sign_out).layer(short_form)),
        at(GET, "/account", RequiredPermission::Act(ListPlans), get(login::account)),
        at(POST, "/account", RequiredPermission::Act(ListPlans), post(login::rename)),
        at(GET, "/healthz", Nothing, get(health::healthz)),
        at(GET, "/readyz", Nothing, get(health::readyz)),
        at(GET, "/metrics", Nothing, get(health::metrics)),
        at(GET, ASSET_ROUTES, Nothing, get(assets::asset)),
    ]
}

/// The longest form of a client that is not identified yet, in bytes.
const MAX_ANONYMOUS_FORM_BYTES: usize = 16 * 1024;

/// The files that pages load: packed when they were built.
const ASSET_ROUTES: &str = "/assets/{*path}";
/// Preparing the databases: the page of a run is sent line by line.
const PREPARE_ROUTES: &str = "/plans/{plan}/prepare";

/// What is not packed on its way; their handlers limit what they take.
pub(crate) const UNCOMPRESSED: [&str; 2] = [ASSET_ROUTES, PREPARE_ROUTES];

#[cfg(test)]
mod tests;
