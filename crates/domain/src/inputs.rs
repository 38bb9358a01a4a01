//! From raw text to typed answers: every field's problem at once, step by step.
//!
//! [`ReadableAnswers`] holds the steps that could be read, for checks that need only some; [`Inputs`] holds all of
//! them. [`crate::rules`] validates the answers together.

use crate::draft::{Draft, MAX_NODES};
use crate::finding::{Finding, FindingLocation, Severity};
use crate::secret::{Secret, Secrets};
use crate::setting::{AnswerSource, FieldProblem, Setting};
use crate::step::Step;
use crate::steps::{self, ClusterNode, Clustering, Database, LoadBalancer, Product, UserStore, keys};
use crate::value::{Control, ValueError};

/// The secrets of a plan with placeholders for missing required ones, so that checks without secrets can run.
#[derive(Clone, Debug)]
pub struct PlaceholderSecrets {
    /// The secrets, complete. Files that are rendered with them are inspected and dropped.
    pub secrets: Secrets,
    /// The settings whose secret is a placeholder, with which no login may be attempted.
    pub missing: Vec<&'static str>,
}

impl PlaceholderSecrets {
    /// Fills in the required secrets that `draft` asks for and `secrets` lacks.
    #[must_use]
    pub fn fill(draft: &Draft, secrets: &Secrets) -> Self {
        let mut filled = Self { secrets: secrets.clone(), missing: Vec::new() };
        for setting in steps::all() {
            let is_asked = setting.required && setting.control == Control::Password && (setting.shown)(draft);
            if is_asked && secrets.get(setting.key).is_none_or(Secret::is_empty) {
                // An example is an accepted value.
                filled.secrets.insert(setting.key, Secret::new(setting.examples[0]));
                filled.missing.push(setting.key);
            }
        }
        filled
    }
}

/// The steps whose answers are all readable.
#[derive(Clone, Debug, Default)]
pub struct ReadableAnswers {
    /// Step 1.
    pub product: Option<Product>,
    /// Step 2.
    pub database: Option<Database>,
    /// Step 3.
    pub user_store: Option<UserStore>,
    /// Step 4, except the node table.
    pub clustering: Option<Clustering>,
    /// The node table, if every row could be read.
    pub nodes: Option<Vec<ClusterNode>>,
    /// Step 5.
    pub load_balancer: Option<LoadBalancer>,
}

/// All answers, typed. They may still contradict each other.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Step 1.
    pub product: Product,
    /// Step 2.
    pub database: Database,
    /// Step 3.
    pub user_store: UserStore,
    /// Step 4, except the node table.
    pub clustering: Clustering,
    /// The node table: 1 to 16 rows.
    pub nodes: Vec<ClusterNode>,
    /// Step 5.
    pub load_balancer: LoadBalancer,
}

impl ReadableAnswers {
    /// Reads all steps; every problem of every field is a finding.
    #[must_use]
    pub fn read(draft: &Draft, secrets: &Secrets) -> (Self, Vec<Finding>) {
        let mut problems = Vec::new();
        let source = AnswerSource { draft, secrets, row: None };
        let answers = Self {
            product: Product::read(&source, &mut problems),
            database: Database::read(&source, &mut problems),
            user_store: UserStore::read(&source, &mut problems),
            clustering: Clustering::read(&source, &mut problems),
            nodes: read_nodes(draft, secrets, &mut problems),
            load_balancer: LoadBalancer::read(&source, &mut problems),
        };
        (answers, problems.into_iter().map(finding_of).collect())
    }

    /// The same answers with an example in place of each field that `findings` reports as missing or wrong, and the
    /// keys of these fields. Findings of rules about such a field do not count. The node table stays unchanged: its
    /// rows are compared with each other.
    pub(crate) fn with_examples(
        &self,
        draft: &Draft,
        secrets: &Secrets,
        findings: &[Finding],
    ) -> (Self, Vec<&'static str>) {
        let named = |setting: &&'static Setting| {
            findings
                .iter()
                .any(|finding| finding.at.row.is_none() && finding.at.setting.as_deref() == Some(setting.key))
        };
        let wrong: Vec<&'static Setting> =
            Step::ALL.into_iter().flat_map(|step| steps::settings(step).iter()).filter(named).collect();
        if wrong.is_empty() {
            return (self.clone(), Vec::new());
        }
        let (mut draft, mut secrets) = (draft.clone(), secrets.clone());
        for setting in &wrong {
            let [example, _] = setting.examples;
            if setting.control.is_secret() {
                secrets.insert(setting.key, Secret::new(example));
            } else {
                draft.set(setting.key, example);
            }
        }
        let (supposed, _) = Self::read(&draft, &secrets);
        // The steps that could be read stay as they are.
        let supposed = Self { nodes: self.nodes.clone(), ..supposed };
        (supposed, wrong.into_iter().map(|setting| setting.key).collect())
    }

    /// All steps, or nothing if one could not be read.
    #[must_use]
    pub fn complete(self) -> Option<Inputs> {
        Some(Inputs {
            product: self.product?,
            database: self.database?,
            user_store: self.user_store?,
            clustering: self.clustering?,
            nodes: self.nodes?,
            load_balancer: self.load_balancer?,
        })
    }
}

/// What a field that could not be read is on the page: it blocks.
fn finding_of(FieldProblem { at, problem }: FieldProblem) -> Finding {
    let ValueError { what, remedy } = problem;
    Finding { severity: Severity::Blocks, check: None, at, what, why: String::new(), remedy }
}

fn read_nodes(draft: &Draft, secrets: &Secrets, problems: &mut Vec<FieldProblem>) -> Option<Vec<ClusterNode>> {
    let mut block = |what: &str, remedy: &str| {
        let at = FindingLocation::setting(Step::Clustering, keys::NODES);
        problems.push(FieldProblem { at, problem: ValueError::new(what, remedy) });
    };
    match draft.nodes.len() {
        0 => block("", "Add at least one node."),
        count if count > MAX_NODES => block("The plan has more than 16 nodes.", "Remove nodes until 16 are left."),
        _ => {}
    }
    let nodes: Vec<Option<ClusterNode>> = (0..draft.nodes.len())
        .map(|row| ClusterNode::read(&AnswerSource { draft, secrets, row: Some(row) }, problems))
        .collect();
    let nodes: Option<Vec<ClusterNode>> = nodes.into_iter().collect();
    nodes.filter(|nodes| (1..=MAX_NODES).contains(&nodes.len()))
}
