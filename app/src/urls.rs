//! Every URL of the product, in one place. The server defines the routes.
//!
//! A proxy may publish all of them under a path prefix, such as `/clusterwright`. A process has one prefix: the server
//! sets it once at start, and pages pass it to the islands.

mod ids;
mod prefix;

use domain::step::Step;

pub use ids::{
    ANSWERS, CHECKS, COMMENTS, DRAWING, KEYS, NODES, PROBE_REPORT, PROBE_TABLE, PROBES, PROGRESS, STATUS, TITLE,
    WAYS_BACK, secret_state, writing_check,
};
pub use prefix::{PREFIX_ATTRIBUTE, prefix, set_prefix, strip_prefix, with_prefix};

/// The start page: create a plan, open a plan, saved plans.
#[must_use]
pub fn start() -> String {
    with_prefix("/")
}

/// `POST`: creates a plan from the field `preset` and an optional `title`.
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

/// The URL above all pages of a plan.
#[must_use]
pub fn plan(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}"))
}

/// The share links of a plan: `GET` lists them, `POST` creates one.
#[must_use]
pub fn share(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/share"))
}

/// `POST`: revokes a link.
#[must_use]
pub fn revoke(plan: &str, link: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/share/{link}/revoke"))
}

/// `POST`: ends the session of a visitor.
#[must_use]
pub fn leave(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/leave"))
}

/// A share link: `GET` describes it, `POST` opens it.
#[must_use]
pub fn share_link(token: &str) -> String {
    with_prefix(format_args!("/s/{token}"))
}

/// A step's page: `GET` shows it, `POST` saves it.
#[must_use]
pub fn step(plan: &str, step: Step) -> String {
    with_prefix(format_args!("/plans/{plan}/{}", step.slug()))
}

/// The page of a step that returns to the review.
#[must_use]
pub fn step_from_review(plan: &str, step: Step) -> String {
    with_prefix(format_args!("/plans/{plan}/{}?return=review", step.slug()))
}

/// The page of a step after Continue or Back, which moves the focus to its heading.
#[must_use]
pub fn step_title(plan: &str, step: Step) -> String {
    with_prefix(format_args!("/plans/{plan}/{}#{TITLE}", step.slug()))
}

/// The page with all answers and the download.
#[must_use]
pub fn review(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/review"))
}

/// The parts of a page that depend on saves and checks, as [`crate::wire::Pieces`]. `page` is a step's slug, or `all`
/// for the review.
#[must_use]
pub fn plan_status(plan: &str, page: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/standing?page={page}"))
}

/// `POST`: accepts the warning in the field `check` with the `reason`; an empty reason withdraws the acceptance.
#[must_use]
pub fn accept(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/accept"))
}

/// `GET`: the form to accept the warning of a check, or its acceptance. `from` is the page to return to: the step's
/// slug, or `all` for the review.
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

/// `GET` asks for confirmation, `POST` deletes the plan.
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

/// The files that depend on a step, as [`crate::wire::PreviewFiles`].
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

/// `GET`: the table as an HTML fragment; empty before the first report.
#[must_use]
pub fn probe_table(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/probes"))
}

/// `GET`: the probe.sh of a node, as a download.
#[must_use]
pub fn probe_script(plan: &str, node: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/probes/{node}"))
}

/// `POST`: accepts the output of probe.sh in the field `report`; `GET` redirects to the form.
#[must_use]
pub fn reports(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/reports"))
}

/// `/plans/{plan}/verify`: the verification of the deployed cluster.
#[must_use]
pub fn verify(plan: &str) -> String {
    format!("{}/verify", self::plan(plan))
}

/// `/plans/{plan}/verify/report`: takes the report of verify.sh in the field `report`.
#[must_use]
pub fn verification_report(plan: &str) -> String {
    format!("{}/report", verify(plan))
}

/// The preparation of the databases: `GET` shows its stage, `POST` multipart (`user`, `password`, `folder`, `pack`)
/// inspects the databases and plans the changes.
#[must_use]
pub fn prepare(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare"))
}

/// The same with the form, also after a run has ended.
#[must_use]
pub fn prepare_again(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare?again=yes"))
}

/// `POST`: confirms the planned changes with this `token`.
#[must_use]
pub fn prepare_run(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare/run"))
}

/// `POST`: discards the planned changes and the administrator's password.
#[must_use]
pub fn prepare_withdraw(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/prepare/withdraw"))
}

/// The URL from which a node fetches its probe.sh (`GET`) and to which it sends its report (`POST`) until the token
/// expires. It does not contain the plan's id, because anyone with that id can change the plan.
#[must_use]
pub fn probe(token: &str, node: &str) -> String {
    with_prefix(format_args!("/probes/{token}/{node}"))
}

/// `POST`: saves the form of a step while it is edited; responds with [`crate::wire::DraftSaved`].
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

/// The login that then opens `to`, a URL of the product.
#[must_use]
pub fn login_returning_to(to: &str) -> String {
    let mut escaped = String::new();
    for byte in to.bytes() {
        // What a query may contain unescaped (RFC 3986 section 3.4), without `&`, `+` and the start of a fragment.
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

/// The account: `GET` shows it, `POST` changes the name.
#[must_use]
pub fn account() -> String {
    with_prefix("/account")
}

/// The list of all checks.
#[must_use]
pub fn check_list() -> String {
    with_prefix("/checks")
}

/// The page of one check, by its code.
#[must_use]
pub fn check_page(code: &str) -> String {
    with_prefix(format_args!("/checks/{code}"))
}

/// The log doctor: `GET` shows its form, `POST` multipart reads the logs in the fields `text` and `file`.
#[must_use]
pub fn logs() -> String {
    with_prefix("/logs")
}

/// `POST`: adds the comment in the field `text` to a step, or to the plan as a whole.
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

/// The history, newest first.
#[must_use]
pub fn history(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history"))
}

/// The history before the entry with this number.
#[must_use]
pub fn history_before(plan: &str, number: u64) -> String {
    with_prefix(format_args!("/plans/{plan}/history?before={number}"))
}

/// The history with the comparison of two versions.
#[must_use]
pub fn history_between(plan: &str, from: u64, to: u64) -> String {
    with_prefix(format_args!("/plans/{plan}/history?from={from}&to={to}#{TITLE}"))
}

/// `POST`: undoes or redoes the changes of the entries `first` to `last` to `part`, or the last change of `step`,
/// depending on `act` (`undo`, `redo`).
#[must_use]
pub fn history_undo(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history/undo"))
}

/// `POST`: restores the version in the field `revision`.
#[must_use]
pub fn history_restore(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history/restore"))
}

/// `POST`: names the version in the field `revision` with `name`.
#[must_use]
pub fn history_name(plan: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/history/name"))
}

/// The complete log; `extension` is `jsonl` or `csv`.
#[must_use]
pub fn journal(plan: &str, extension: &str) -> String {
    with_prefix(format_args!("/plans/{plan}/journal.{extension}"))
}

/// The change feed for the page `page` of a step, from the entry `after` on.
#[must_use]
pub fn changes(plan: &str, step: Step, page: &str, after: u64) -> String {
    with_prefix(format_args!("/plans/{plan}/changes/events?step={}&page={page}&after={after}", step.slug()))
}
