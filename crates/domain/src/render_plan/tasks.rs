//! Issues in the runbook: open tasks at their step, warnings, and acceptances.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::acceptance::AcceptanceKey;
use crate::check::{CheckId, Consequence, strip_markup};
use crate::draft::Acceptance;
use crate::issues::{Issue, Issues};
use crate::moment::UtcOffset;
use crate::step::Step;

/// An open task or a warning for the runbook: every text is one line.
#[derive(Clone, Debug, Serialize)]
pub struct IssuePlan {
    /// Whether it is an open task with a checkbox; otherwise it is a warning.
    pub is_task: bool,
    /// The check, such as `DB-11`; empty for a finding without one.
    pub check: String,
    /// The problem, with the state at the time of the bundle.
    pub state: String,
    /// The remedy.
    pub remedy: String,
    /// Lines of commands or SQL to copy.
    pub commands: Vec<String>,
}

/// Open tasks by step of the runbook.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TasksPlan {
    /// The number of open tasks.
    pub count: usize,
    /// Before the first step: the environment of the cluster.
    pub before: Vec<IssuePlan>,
    /// At the step of the databases.
    pub databases: Vec<IssuePlan>,
    /// At the step of the nodes.
    pub nodes: Vec<IssuePlan>,
    /// At the step of the load balancer.
    pub load_balancer: Vec<IssuePlan>,
    /// At the step of names and hosts files.
    pub names: Vec<IssuePlan>,
}

/// An acceptance.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptedPlan {
    /// The check, such as `DB-40`, or the key of a setting.
    pub check: String,
    /// The title of the check or the label of the setting.
    pub title: String,
    /// The problem; empty if it no longer exists.
    pub state: String,
    /// The reason, name and time.
    pub reason: String,
}

impl TasksPlan {
    pub(super) fn new(issues: &Issues) -> Self {
        let mut tasks = Self::default();
        for issue in issues.open(Consequence::OpenTask) {
            tasks.count += 1;
            tasks.place(issue).push(IssuePlan::new(issue));
        }
        tasks
    }

    /// The step of the runbook for a task.
    const fn place(&mut self, issue: &Issue) -> &mut Vec<IssuePlan> {
        match (issue.check, issue.at.step) {
            (Some(CheckId::Lb01 | CheckId::Nd01 | CheckId::Nd18), _) => &mut self.names,
            (_, Step::Product | Step::UserStore) => &mut self.before,
            (_, Step::Database) => &mut self.databases,
            (_, Step::Clustering) => &mut self.nodes,
            (_, Step::LoadBalancer | Step::Verify) => &mut self.load_balancer,
        }
    }
}

impl IssuePlan {
    fn new(issue: &Issue) -> Self {
        Self {
            is_task: issue.consequence == Consequence::OpenTask,
            check: issue.check.map_or_else(String::new, |check| check.code().to_owned()),
            state: state(issue),
            remedy: line(&issue.remedy.text),
            commands: (issue.remedy.commands.iter())
                .flat_map(|command| strip_markup(command).lines().map(str::to_owned).collect::<Vec<_>>())
                .filter(|line| !line.trim().is_empty())
                .collect(),
        }
    }
}

/// The problem, with the outcome and time of the check.
fn state(issue: &Issue) -> String {
    let what = line(&issue.what);
    match issue.checked {
        Some((outcome, at)) => format!("{what} ({}, {})", outcome.label(), UtcOffset::UTC.format_date_time(at)),
        None => what,
    }
}

pub(super) fn warnings(issues: &Issues) -> Vec<IssuePlan> {
    issues.open(Consequence::Warning).map(IssuePlan::new).collect()
}

/// All acceptances, also without a current result: one entry per issue.
pub(super) fn accepted(accepted: &BTreeMap<String, Acceptance>, issues: &Issues) -> Vec<AcceptedPlan> {
    let entries = accepted.iter().filter_map(|(text, acceptance)| {
        let key = AcceptanceKey::parse(text)?;
        let is_own = |issue: &&Issue| issue.acceptance_key().is_some_and(|own| own.text() == key.text());
        let entry = |state: String| AcceptedPlan {
            check: key.text().to_owned(),
            title: key.title().to_owned(),
            state,
            reason: line(&acceptance.to_string()),
        };
        let found: Vec<AcceptedPlan> = issues.accepted().filter(is_own).map(|issue| entry(line(&issue.what))).collect();
        Some(if found.is_empty() { vec![entry(String::new())] } else { found })
    });
    entries.flatten().collect()
}

/// Harmless text on one line.
fn line(text: &str) -> String {
    strip_markup(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
