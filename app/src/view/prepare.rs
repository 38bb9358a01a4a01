//! The view models of the preparation of the databases.

use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// The page of a preparation.
#[derive(Clone, Debug)]
pub struct PrepareView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The IS version; empty if none is chosen.
    pub version: String,
    /// Its stage.
    pub stage: PrepareStage,
}

/// The stage of a preparation.
#[derive(Clone, Debug)]
pub enum PrepareStage {
    /// Required steps are not complete: what is missing, by step.
    Incomplete(Vec<(Step, String)>),
    /// The form for the administrator and the scripts.
    Form(PrepareForm),
    /// The planned changes wait for confirmation.
    Plan(PreparePlan),
    /// It runs, and lines are added.
    Running,
    /// It has ended: its lines and its result.
    Ended(Vec<String>, PrepareEnd),
}

/// The form with the entered values, but never the password.
#[derive(Clone, Debug, Default)]
pub struct PrepareForm {
    /// `host:port` of the database server.
    pub server: String,
    /// The names of the databases.
    pub databases: Vec<String>,
    /// The administrator's name.
    pub user: String,
    /// The folder of the scripts.
    pub folder: String,
    /// The errors (status 422): the id of the field, empty for none, and what to do.
    pub problems: Vec<(&'static str, String)>,
}

/// The planned changes, which wait for confirmation.
#[derive(Clone, Debug, Default)]
pub struct PreparePlan {
    /// Each database.
    pub databases: Vec<PrepareDatabase>,
    /// The SQL for the account, with dots in place of its password.
    pub account: String,
    /// `host:port` of the database server.
    pub server: String,
    /// The administrator's name.
    pub user: String,
    /// Identifies these planned changes.
    pub token: String,
    /// Whether this replica has the administrator's password; another replica asks for it again.
    pub has_password: bool,
    /// The differences between the scripts and those that WSO2 released; `None` if there are none.
    pub changes: Option<PrepareChanges>,
    /// The error: the id of the field, and what to do.
    pub problem: Option<(&'static str, String)>,
    /// When the confirmation expires.
    pub until: Moment,
}

/// The differences between scripts and those that WSO2 released.
#[derive(Clone, Debug, Default)]
pub struct PrepareChanges {
    /// In one sentence.
    pub summary: String,
    /// Statements that WSO2 did not release: script and line, and the text.
    pub statements: Vec<(String, String)>,
}

/// The planned change of one database.
#[derive(Clone, Debug, Default)]
pub struct PrepareDatabase {
    /// Its name.
    pub name: String,
    /// The planned change, or why the database is not changed.
    pub words: String,
    /// The SQL that creates it; may be empty.
    pub sql: String,
    /// What to do if it must not be changed; empty otherwise.
    pub remedy: String,
}

/// The progress of one database.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PrepareBar {
    /// The database.
    pub name: String,
    /// Executed statements, including those of earlier runs.
    pub done: usize,
    /// Statements of all its scripts.
    pub of: usize,
    /// Whether its schema was verified to match the version.
    pub complete: bool,
}

/// The result of a run.
#[derive(Clone, Debug, Default)]
pub struct PrepareEnd {
    /// The progress of each database.
    pub bars: Vec<PrepareBar>,
    /// When.
    pub at: Moment,
    /// In one line.
    pub words: String,
    /// The errors, each with the resulting state; empty after a success.
    pub failures: Vec<(String, String)>,
    /// Whether all databases are complete.
    pub complete: bool,
}
