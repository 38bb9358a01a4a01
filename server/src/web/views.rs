//! Fills the view models that several pages share.

use std::collections::BTreeSet;

use app::urls;
use app::view::{Assets, Checks, PlanHead, Progress, StepState, Visitor};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::finding::{Finding, Severity};
use domain::rights::Holder;
use domain::step::Step;

use crate::clock;
use crate::person::Person;
use crate::plans::OpenPlan;
use crate::runs::PlanRuns;

tokio::task_local! {
    /// Whether this request comes from an owner who has signed in: every page has a way to sign out.
    pub(super) static SIGNED_IN: bool;
}

/// The files every page loads.
pub(super) fn assets() -> Assets {
    let url = |name| urls::at(::assets::url(name));
    let signed_in = SIGNED_IN.try_with(|signed_in| *signed_in).unwrap_or_default();
    Assets { style: url("style.css"), script: url("islands.js"), icon: icon(), signed_in }
}

/// The icon goes along in the page: a request of its own costs more than its bytes.
fn icon() -> String {
    let bytes = ::assets::get("icon.svg").map_or(&[] as &[u8], |icon| icon.bytes);
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(bytes))
}

pub(super) fn head(plan: &OpenPlan, person: &Person) -> PlanHead {
    PlanHead {
        id: plan.id.to_string(),
        title: plan.draft.title.clone(),
        revision: u64::try_from(plan.revision).unwrap_or_default(),
        saved_at: clock::hour_and_minute(plan.updated_at),
        visitor: visitor(person),
    }
}

/// Who looks, if they came by a link.
pub(super) fn visitor(person: &Person) -> Option<Visitor> {
    match person.holder {
        Holder::Owner => None,
        Holder::Link(right) => Some(Visitor { right, name: person.name.clone() }),
    }
}

pub(super) fn secrets(plan: &OpenPlan) -> BTreeSet<String> {
    plan.secrets.settings().map(str::to_owned).collect()
}

pub(super) fn progress(plan: &OpenPlan, findings: &[Finding]) -> Progress {
    let blocking = |step: Step| {
        findings.iter().filter(|finding| finding.severity == Severity::Blocks && finding.at.step == step).count()
    };
    let steps = Step::ALL.map(|step| match (plan.draft.visited.contains(&step), blocking(step)) {
        (false, _) => StepState::NotStarted,
        (true, 0) => StepState::Completed,
        (true, count) => StepState::Problems(count),
    });
    let open = steps.iter().filter(|state| **state != StepState::Completed).count();
    let review = if open == 0 { StepState::Completed } else { StepState::NotStarted };
    Progress { steps, review }
}

pub(super) fn checks(log: &PlanRuns, person: &Person) -> Checks {
    let (report, last_event) = log.report_and_id();
    let report = match person.only_step() {
        Some(step) => report.only(step),
        None => report,
    };
    let zone = clock::zone();
    Checks { report, last_event, zone, today: zone.day(clock::now()) }
}

/// Findings about secrets that another key sealed.
pub(super) fn sealed_elsewhere(plan: &OpenPlan) -> Vec<String> {
    let labels: Vec<&str> = (plan.sealed_elsewhere.iter())
        .filter_map(|setting| domain::steps::setting(setting).map(|setting| setting.label))
        .collect();
    if labels.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "These secrets were sealed with another vault key and count as missing: {}. Start Clusterwright with that key, or enter them again.",
        labels.join(", ")
    )]
}
