//! What the runbook says of issues: open tasks at the step where they belong, warnings, and what somebody accepted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::acceptance::AcceptanceKey;
use crate::check::{CheckId, Consequence, strip_markup};
use crate::draft::Acceptance;
use crate::issues::{Issue, Issues};
use crate::moment::UtcOffset;
use crate::step::Step;

/// An open task or a warning as the runbook prints it: every text is one line.
#[derive(Clone, Debug, Serialize)]
pub struct IssuePlan {
    /// Whether it is an open task, to be ticked off; otherwise it is a warning.
    pub is_task: bool,
    /// The check, such as `DB-11`; empty where the rules found it without one.
    pub check: String,
    /// What is the case, and how it stood when the files were written.
    pub state: String,
    /// What to do.
    pub remedy: String,
    /// Lines of commands or SQL, ready to copy.
    pub commands: Vec<String>,
}

/// Open tasks by the step of the runbook at which they are to be done.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TasksPlan {
    /// How many there are.
    pub count: usize,
    /// Before the first step: what the cluster finds when it comes.
    pub before: Vec<IssuePlan>,
    /// With the databases.
    pub databases: Vec<IssuePlan>,
    /// On the nodes.
    pub nodes: Vec<IssuePlan>,
    /// With the load balancer.
    pub load_balancer: Vec<IssuePlan>,
    /// With names and hosts files.
    pub names: Vec<IssuePlan>,
}

/// What was accepted, and why.
#[derive(Clone, Debug, Serialize)]
pub struct AcceptedPlan {
    /// Such as `DB-40`; a setting's key where no check found it.
    pub check: String,
    /// What the check or the setting is called.
    pub title: String,
    /// What was the case; empty where nothing was found since.
    pub state: String,
    /// Why it was accepted, by whom and when.
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

    /// Where in the runbook a task belongs.
    const fn place(&mut self, issue: &Issue) -> &mut Vec<IssuePlan> {
        match (issue.check, issue.at.step) {
            (Some(CheckId::Lb01 | CheckId::Nd01 | CheckId::Nd18), _) => &mut self.names,
            (_, Step::Product | Step::UserStore) => &mut self.before,
            (_, Step::Database) => &mut self.databases,
            (_, Step::Clustering) => &mut self.nodes,
            (_, Step::LoadBalancer) => &mut self.load_balancer,
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

/// What is the case, and how and when the check ended that says so.
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

/// Everything that was accepted, also where no check was run since: one entry for each issue.
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
