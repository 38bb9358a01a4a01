//! Every address of the program, in one place. What answers there is the server's business.
//!
//! Behind a proxy all of them may stand under a path of their own, such as `/clusterwright`. A process answers under one
//! such prefix: the server says it once at start, pages carry it to the islands.

mod ids;
mod prefix;

use domain::step::Step;

pub use ids::{
    CHECKS, COMMENTS, DRAWING, NODES, PROBE_REPORT, PROBE_TABLE, PROBES, PROGRESS, STATUS, TITLE, WAYS_BACK,
    secret_state, writing_check,
};
pub use prefix::{PREFIX_ATTRIBUTE, prefix, set_prefix, strip_prefix, with_prefix};

/// The start page: new plan, open a plan, plans kept here.
#[must_use]
pub fn start() -> String {
    with_prefix("/")
}

/// `POST`: makes a plan from the field `preset` and an optional `title`.
#[must_use]
pub fn new_plan() -> String {
    with_prefix("/plans")
}

/// `POST` multipart: opens the plan or bundle in the field `file`.
#[must_use]
pub fn open_plan() -> String {
    with_prefix("/plans/open")
}

/// The page about the keys of a plan; below it, `POST` of its actions: `upload`, `renew-tls` and `new`.
#[must_use]
pub fn keys(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/keys"))
}

/// Everything of a plan stands below this.
#[must_use]
pub fn plan(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}"))
}

/// The links of a plan: `GET` lists them, `POST` makes one.
#[must_use]
pub fn share(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/share"))
}

/// `POST`: takes a link back.
#[must_use]
pub fn revoke(plan: &str, link: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/share/{link}/revoke"))
}

/// `POST`: ends the visit of who came by a link.
#[must_use]
pub fn leave(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/leave"))
}

/// A share link: `GET` says what it is, `POST` opens it.
#[must_use]
pub fn share_link(token: &str) -> String {
    with_prefix(format_args!("/s/{token}"))
}

/// A step's page: `GET` shows it, `POST` saves it.
#[must_use]
pub fn step(plan: &str, step: Step) -> String {
    with_prefix(format_args!("/plans/{plan}/{}", step.slug()))
}

/// A step's page that returns to the review afterwards.
#[must_use]
pub fn step_from_review(plan: &str, step: Step) -> String {
    with_prefix(format_args!("/plans/{plan}/{}?return=review", step.slug()))
}

/// A step's page when it is come to by Continue or Back: focus goes to its heading.
#[must_use]
pub fn step_title(plan: &str, step: Step) -> String {
    with_prefix(format_args!("/plans/{plan}/{}#{TITLE}", step.slug()))
}

/// The page that shows all answers and gives the download.
#[must_use]
pub fn review(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/review"))
}

/// What of a page follows saves and checks, as [`crate::wire::Pieces`]. `page` is a step's slug, or `all` for the
/// review.
#[must_use]
pub fn plan_status(plan: &str, page: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/standing?page={page}"))
}

/// `POST`: accepts the warning in the field `check` for the `reason` given; an empty reason takes it back.
#[must_use]
pub fn accept(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/accept"))
}

/// `GET`: asks why the warning of a check is acceptable, or shows why it was accepted. `from` is the step's slug, or
/// `all` for the review: where it leads back to.
#[must_use]
pub fn accept_page(plan: &str, code: &str, from: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/accept/{code}?from={from}"))
}

/// `POST`: the zip.
#[must_use]
pub fn bundle(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/bundle"))
}

/// `POST`: the zip without passwords and keys.
#[must_use]
pub fn incomplete_bundle(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/bundle/incomplete"))
}

/// The plan file, without secrets.
#[must_use]
pub fn plan_file(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/plan.toml"))
}

/// `GET` asks, `POST` deletes the plan.
#[must_use]
pub fn delete(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/delete"))
}

/// The files of the bundle, masked.
#[must_use]
pub fn preview(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/preview"))
}

/// One file of the bundle, masked.
#[must_use]
pub fn preview_file(plan: &str, path: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/preview/{path}"))
}

/// The files that belong to a step, as [`crate::wire::Files`].
#[must_use]
pub fn preview_json(plan: &str, step: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/preview.json?step={step}"))
}

/// `POST`: starts the checks of the field `step` (a slug, or `all`), or those named in the repeated field `id`.
#[must_use]
pub fn checks(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/checks"))
}

/// `POST`: stops the run.
#[must_use]
pub fn cancel_checks(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/checks/cancel"))
}

/// The stream of check events that come after the event with the id `after`; all of them if that is empty.
#[must_use]
pub fn check_events(plan: &str, after: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/checks/events?after={after}"))
}

/// `GET`: the table alone, as a piece of HTML; empty before the first report.
#[must_use]
pub fn probe_table(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/probes"))
}

/// `GET`: the probe.sh of a node, as a download.
#[must_use]
pub fn probe_script(plan: &str, node: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/probes/{node}"))
}

/// `POST`: takes what probe.sh printed, in the field `report`; `GET` leads back to the form.
#[must_use]
pub fn reports(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/reports"))
}

/// Preparing the databases: `GET` shows where it stands, `POST` multipart (`user`, `password`, `folder`, `pack`) looks and
/// makes a plan.
#[must_use]
pub fn prepare(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare"))
}

/// The same with the form, also where a run has ended.
#[must_use]
pub fn prepare_again(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare?again=yes"))
}

/// `POST`: does what the plan with this `token` says.
#[must_use]
pub fn prepare_run(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare/run"))
}

/// `POST`: forgets the plan that waits, and the administrator's password.
#[must_use]
pub fn prepare_withdraw(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare/withdraw"))
}

/// What a node fetches its probe.sh from (`GET`) and sends its report to (`POST`), as long as the token lives. It does
/// not name the plan: who has the plan's id may change it.
#[must_use]
pub fn probe(token: &str, node: &str) -> String {
    with_prefix(format_args!("/probes/{token}/{node}"))
}

/// `POST`: saves a step's form while it is filled; answers [`crate::wire::DraftSaved`].
#[must_use]
pub fn draft(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/draft"))
}

/// The report of all checks; `extension` is `html`, `txt`, `json` or `xml` (JUnit's).
#[must_use]
pub fn report(plan: &str, extension: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/report.{extension}"))
}

/// `GET` asks for the access token, `POST` signs in with it.
#[must_use]
pub fn login() -> String {
    with_prefix("/login")
}

/// The login that leads to `to` afterwards, an address of the program.
#[must_use]
pub fn login_returning_to(to: &str) -> String {
    let mut escaped = String::new();
    for byte in to.bytes() {
        // What a query may hold as it is (RFC 3986 section 3.4) without `&`, `+` and what browsers take for the fragment.
        if byte.is_ascii_alphanumeric() || b"-._~/:=?".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    with_prefix(format_args!("/login?to={escaped}"))
}

/// `POST`: ends the owner's session.
#[must_use]
pub fn logout() -> String {
    with_prefix("/logout")
}

/// Who is signed in: `GET` shows it, `POST` takes another name.
#[must_use]
pub fn account() -> String {
    with_prefix("/account")
}

/// Every check of the program, described.
#[must_use]
pub fn check_list() -> String {
    with_prefix("/checks")
}

/// What one check proves, by its code.
#[must_use]
pub fn check_page(code: &str) -> String {
    with_prefix(format_args!("/checks/{code}"))
}

/// `POST`: takes the comment in the field `text` on a step, or on the plan as a whole.
#[must_use]
pub fn comments(plan: &str, step: Option<Step>) -> String {
    match step {
        Some(step) => with_prefix(format_args!("/plans/{plan}/comments/{}", step.slug())),
        None => with_prefix(format_args!("/plans/{plan}/comments")),
    }
}

/// `POST`: marks the comment with the `number` as done.
#[must_use]
pub fn comment_done(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/comments/done"))
}

/// Who changed what, the newest first.
#[must_use]
pub fn history(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history"))
}

/// The history from before the line with this number on.
#[must_use]
pub fn history_before(plan: &str, number: u64) -> String {
    with_prefix(format_args!("/plans/{plan}/history?before={number}"))
}

/// The history with two versions side by side.
#[must_use]
pub fn history_between(plan: &str, from: u64, to: u64) -> String {
    with_prefix(format_args!("/plans/{plan}/history?from={from}&to={to}#{TITLE}"))
}

/// `POST`: takes back or makes again what the entries `first` to `last` did to `part`, or the last change of `step` as
/// `act` (`undo`, `redo`) says.
#[must_use]
pub fn history_undo(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history/undo"))
}

/// `POST`: brings back the version in the field `revision`.
#[must_use]
pub fn history_restore(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history/restore"))
}

/// `POST`: gives the version in the field `revision` the `name`.
#[must_use]
pub fn history_name(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history/name"))
}

/// The whole log; `extension` is `jsonl` or `csv`.
#[must_use]
pub fn journal(plan: &str, extension: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/journal.{extension}"))
}

/// The stream of who is here and what they change, for the page `page` of a step: from the line `after` on.
#[must_use]
pub fn changes(plan: &str, step: Step, page: &str, after: u64) -> String {
    with_prefix(format_args!("/plans/{plan}/changes/events?step={}&page={page}&after={after}", step.slug()))
}
