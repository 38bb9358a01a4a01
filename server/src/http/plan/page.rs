//! Fills the view models that several pages share.

use std::collections::BTreeSet;

use app::urls;
use app::view::{Assets, CheckPanelView, Expiry, PlanHead, VisitorView};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use service::access::actor::{Actor, Visitor};
use service::checks::runs::PlanRuns;
use service::clock;
use service::plans::OpenPlan;

/// A session with less time left is shown as one that ends soon, in seconds.
const MIN_REMAINING_SECONDS: u64 = 10 * 60;

tokio::task_local! {
    /// When the session of a signed-in owner ends: every page offers to sign out, and to extend the session.
    pub(crate) static OWNER_SESSION_END: Option<u64>;
}

/// The files every page loads.
pub(crate) fn assets() -> Assets {
    let url = |name| urls::with_prefix(::assets::url(name));
    let signed_in = OWNER_SESSION_END.try_with(|ends_at| *ends_at).ok().flatten().map(session_end);
    Assets { style: url("style.css"), script: url("islands.js"), icon: icon(), signed_in }
}

/// When a session ends: read within its last minutes, so the hour is enough.
fn session_end(at: u64) -> Expiry {
    Expiry { at: crate::http::moments::format_time(at), is_near: is_near(at) }
}

fn link_end(at: u64) -> Expiry {
    if is_near(at) {
        session_end(at)
    } else {
        Expiry { at: crate::http::moments::format_time_or_date(at), is_near: false }
    }
}

fn is_near(at: u64) -> bool {
    at.saturating_sub(clock::now()) < MIN_REMAINING_SECONDS
}

/// The page embeds the icon: a separate request costs more than its bytes.
fn icon() -> String {
    let bytes = ::assets::get("icon.svg").map_or(&[] as &[u8], |icon| icon.bytes);
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(bytes))
}

pub(crate) fn head(plan: &OpenPlan, actor: &Actor) -> PlanHead {
    PlanHead {
        id: plan.id.to_string(),
        title: plan.draft.title.clone(),
        revision: u64::try_from(plan.revision).unwrap_or_default(),
        saved_at: Some(crate::http::moments::format_time(plan.updated_at)),
        visitor: visitor(actor),
    }
}

/// The visitor, if the person opened a share link.
pub(crate) fn visitor(actor: &Actor) -> Option<VisitorView> {
    match actor {
        Actor::Owner(_) => None,
        Actor::Visitor(Visitor { access, name, ends_at, .. }) => {
            Some(VisitorView { right: *access, name: name.clone(), until: link_end(*ends_at) })
        }
    }
}

pub(crate) fn secrets(plan: &OpenPlan) -> BTreeSet<String> {
    plan.secrets.settings().map(str::to_owned).collect()
}

pub(crate) fn checks(log: &PlanRuns, actor: &Actor) -> CheckPanelView {
    let (report, last_event) = log.report_and_number();
    let report = match actor.only_step() {
        Some(step) => report.only(step),
        None => report,
    };
    let zone = clock::zone();
    CheckPanelView { report, last_event: last_event.to_string(), zone, today: zone.day_number(clock::now()) }
}

/// Findings about secrets that do not open, and why.
pub(crate) fn unreadable_secret_findings(plan: &OpenPlan) -> Vec<String> {
    let (altered, elsewhere): (Vec<&String>, Vec<&String>) =
        plan.sealed_elsewhere.iter().partition(|setting| plan.altered.contains(setting));
    let labels = |settings: Vec<&String>| -> String {
        let label = |setting: &String| domain::steps::setting(setting).map(|setting| setting.label);
        settings.into_iter().filter_map(label).collect::<Vec<_>>().join(", ")
    };
    let (altered, elsewhere) = (labels(altered), labels(elsewhere));
    let mut notes = Vec::new();
    if !elsewhere.is_empty() {
        notes.push(format!(
            "These secrets were sealed with another vault key and count as missing: {elsewhere}. Start Clusterwright with that key, or enter them again."
        ));
    }
    if !altered.is_empty() {
        notes.push(format!(
            "These secrets were changed in the database, or moved there from another place, and count as missing: {altered}. Find out who can write to the database, then enter them again."
        ));
    }
    notes
}
