//! The one table of addresses: what answers there and what one must be allowed to do. The router is made of it, and
//! [`super::admission`] refuses what is not in it.

use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::map_response;
use axum::routing::{MethodRouter, get, post};
use domain::node_report;
use domain::rights::Act;
use domain::step::Step;

use super::{
    LARGEST_FILE, Site, accept, checks, comments, download, exports, files, health, history, keys, live, login,
    opening, prepare, preview, probes, report, review, sharing, start, steps,
};

/// What somebody must be allowed to do to get an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needs {
    /// Nothing: documentation, health, and addresses that are proof themselves.
    Nothing,
    /// This.
    Act(Act),
    /// This, to the step in the address.
    ToStep(fn(Step) -> Act),
    /// This, to some step. Which one, the form or the answer says: the handler asks again.
    ToSomeStep(fn(Step) -> Act),
}

/// One row of the table.
pub(super) struct Route {
    /// The method; GET answers HEAD too.
    pub(super) method: Method,
    /// The address as the router matches it.
    pub(super) path: &'static str,
    /// What one must be allowed to do.
    pub(super) needs: Needs,
    /// What answers.
    pub(super) answers: MethodRouter<Site>,
}

fn at(method: Method, path: &'static str, needs: Needs, answers: MethodRouter<Site>) -> Route {
    Route { method, path, needs, answers }
}

/// Every route of the program.
pub(super) fn table() -> Vec<Route> {
    use Act::{
        AcceptWarning, CreatePlan, DeletePlan, DownloadWithSecrets, DownloadWithoutSecrets, EditStep, ListPlans,
        ManageKeys, ManageLinks, PrepareDatabases, ReadHistory, ReadPlan, ReadStep, Restore, RunChecks,
    };
    use Needs::{Nothing, ToSomeStep, ToStep};
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    let largest_file = DefaultBodyLimit::max(LARGEST_FILE);
    // Who is not known yet sends a token, a password or a name.
    let short_form = DefaultBodyLimit::max(SHORT_FORM_BYTES);
    let longest_report = DefaultBodyLimit::max(node_report::LONGEST);
    let largest_pack = DefaultBodyLimit::max(prepare::MAX_UPLOAD_BYTES);
    vec![
        at(GET, "/", Needs::Act(ListPlans), get(start::show)),
        at(POST, "/plans", Needs::Act(CreatePlan), post(start::create)),
        at(POST, "/plans/open", Needs::Act(CreatePlan), post(start::open).layer(largest_file)),
        at(GET, "/plans/{plan}/{step}", ToStep(ReadStep), get(steps::show)),
        at(POST, "/plans/{plan}/{step}", ToStep(EditStep), post(steps::save)),
        at(POST, "/plans/{plan}/draft", ToSomeStep(EditStep), post(steps::autosave)),
        at(POST, "/plans/{plan}/comments", Needs::Act(Act::Comment(None)), post(comments::on_plan)),
        at(POST, "/plans/{plan}/comments/{step}", ToStep(|step| Act::Comment(Some(step))), post(comments::on_step)),
        at(POST, "/plans/{plan}/comments/done", ToSomeStep(EditStep), post(comments::done)),
        at(GET, "/plans/{plan}/history", Needs::Act(ReadHistory), get(history::show)),
        at(POST, "/plans/{plan}/history/name", Needs::Act(Restore), post(history::name)),
        at(POST, "/plans/{plan}/history/restore", Needs::Act(Restore), post(history::restore)),
        at(POST, "/plans/{plan}/history/undo", ToSomeStep(EditStep), post(history::undo)),
        at(GET, "/plans/{plan}/journal.jsonl", Needs::Act(ReadHistory), get(exports::json_lines)),
        at(GET, "/plans/{plan}/journal.csv", Needs::Act(ReadHistory), get(exports::csv)),
        at(GET, "/plans/{plan}/changes/events", ToSomeStep(ReadStep), get(live::events)),
        at(GET, "/plans/{plan}/review", Needs::Act(ReadPlan), get(review::show)),
        at(GET, "/plans/{plan}/standing", ToSomeStep(ReadStep), get(review::standing)),
        at(GET, "/plans/{plan}/accept/{check}", Needs::Act(AcceptWarning), get(accept::ask)),
        at(POST, "/plans/{plan}/accept", Needs::Act(AcceptWarning), post(accept::accept)),
        at(POST, "/plans/{plan}/bundle", Needs::Act(DownloadWithSecrets), post(download::bundle)),
        at(POST, "/plans/{plan}/bundle/incomplete", Needs::Act(DownloadWithoutSecrets), post(download::incomplete)),
        at(GET, "/plans/{plan}/keys", Needs::Act(ManageKeys), get(keys::show)),
        at(POST, "/plans/{plan}/keys/upload", Needs::Act(ManageKeys), post(keys::take).layer(largest_file)),
        at(POST, "/plans/{plan}/keys/renew-tls", Needs::Act(ManageKeys), post(keys::renew_tls)),
        at(POST, "/plans/{plan}/keys/new", Needs::Act(ManageKeys), post(keys::create)),
        at(GET, "/plans/{plan}/plan.toml", Needs::Act(DownloadWithoutSecrets), get(download::plan_file)),
        at(GET, "/plans/{plan}/report.txt", Needs::Act(ReadPlan), get(report::text)),
        at(GET, "/plans/{plan}/report.json", Needs::Act(ReadPlan), get(report::json)),
        at(GET, "/plans/{plan}/report.xml", Needs::Act(ReadPlan), get(report::junit)),
        at(GET, "/plans/{plan}/report.html", Needs::Act(ReadPlan), get(report::html)),
        at(GET, "/plans/{plan}/delete", Needs::Act(DeletePlan), get(start::ask_to_delete)),
        at(POST, "/plans/{plan}/delete", Needs::Act(DeletePlan), post(start::delete)),
        at(GET, "/plans/{plan}/preview", Needs::Act(ReadPlan), get(preview::index)),
        at(GET, "/plans/{plan}/preview.json", Needs::Act(ReadPlan), get(preview::json)),
        at(GET, "/plans/{plan}/preview/{*path}", Needs::Act(ReadPlan), get(preview::file_page)),
        at(POST, "/plans/{plan}/checks", ToSomeStep(RunChecks), post(checks::begin)),
        at(POST, "/plans/{plan}/checks/cancel", ToSomeStep(RunChecks), post(checks::cancel)),
        at(GET, "/plans/{plan}/checks/events", ToSomeStep(ReadStep), get(checks::events)),
        at(POST, "/plans/{plan}/reports", Needs::Act(EditStep(Step::Clustering)), post(probes::paste)),
        at(GET, "/plans/{plan}/share", Needs::Act(ManageLinks), get(sharing::show)),
        at(POST, "/plans/{plan}/share", Needs::Act(ManageLinks), post(sharing::make)),
        at(POST, "/plans/{plan}/share/{link}/revoke", Needs::Act(ManageLinks), post(sharing::revoke)),
        at(POST, "/plans/{plan}/leave", Nothing, post(opening::leave).layer(short_form)),
        at(GET, "/s/{token}", Nothing, get(opening::show).layer(map_response(opening::private))),
        at(POST, "/s/{token}", Nothing, post(opening::open).layer(short_form).layer(map_response(opening::private))),
        at(GET, PREPARE, Needs::Act(PrepareDatabases), get(prepare::show)),
        at(POST, PREPARE, Needs::Act(PrepareDatabases), post(prepare::look).layer(largest_pack)),
        at(POST, "/plans/{plan}/prepare/run", Needs::Act(PrepareDatabases), post(prepare::run)),
        at(POST, "/plans/{plan}/prepare/withdraw", Needs::Act(PrepareDatabases), post(prepare::withdraw)),
        at(GET, "/plans/{plan}/probes", Needs::Act(ReadStep(Step::Clustering)), get(probes::table)),
        at(GET, "/plans/{plan}/probes/{node}", Needs::Act(ReadStep(Step::Clustering)), get(probes::download)),
        at(GET, "/probes/{token}/{node}", Nothing, get(probes::script)),
        at(POST, "/probes/{token}/{node}", Nothing, post(probes::take).layer(longest_report)),
        at(GET, "/checks", Nothing, get(checks::list)),
        at(GET, "/checks/{check}", Nothing, get(checks::page)),
        at(GET, "/login", Nothing, get(login::show)),
        at(POST, "/login", Nothing, post(login::sign_in).layer(short_form)),
        at(POST, "/logout", Nothing, post(login::sign_out).layer(short_form)),
        at(GET, "/account", Needs::Act(ListPlans), get(login::account)),
        at(POST, "/account", Needs::Act(ListPlans), post(login::rename)),
        at(GET, "/healthz", Nothing, get(health::lives)),
        at(GET, "/readyz", Nothing, get(health::ready)),
        at(GET, "/metrics", Nothing, get(health::metrics)),
        at(GET, FILES, Nothing, get(files::asset)),
    ]
}

/// The longest form of somebody who is not known yet, in bytes.
const SHORT_FORM_BYTES: usize = 16 * 1024;

/// The files that pages load: packed when they were built.
const FILES: &str = "/assets/{*path}";
/// Preparing the databases: the page of a run is sent line by line.
const PREPARE: &str = "/plans/{plan}/prepare";

/// What is not packed on its way; their handlers limit what they take.
pub(super) const AS_THEY_ARE: [&str; 2] = [FILES, PREPARE];

#[cfg(test)]
mod tests;
