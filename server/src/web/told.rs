//! What pages tell of a secret: that it is set, by whom and when, and where it was found to work. Never more.

use std::collections::BTreeMap;

use domain::check::{CheckReport, Works};
use domain::step::Step;
use domain::steps;

use crate::plans::OpenPlan;

/// What is told of the secrets of a step that are set, by setting.
pub(super) fn secrets(step: Step, plan: &OpenPlan, report: &CheckReport) -> BTreeMap<String, String> {
    let of_step = |setting: &&str| steps::setting(setting).is_some_and(|setting| setting.step == step);
    plan.secrets.settings().filter(of_step).map(|setting| (setting.to_owned(), told(report, setting))).collect()
}

fn told(report: &CheckReport, setting: &str) -> String {
    match report.works(setting) {
        Some(Works::OnNodes { passed, of }) => format!("Set, works from {passed} of {of} nodes."),
        Some(Works::Here) => "Set, works from this server.".to_owned(),
        None => "Set.".to_owned(),
    }
}
