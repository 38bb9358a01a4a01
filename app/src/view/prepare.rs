//! What the pages of preparing the databases show.

use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// Preparing the databases.
#[derive(Clone, Debug)]
pub struct PrepareView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The version of IS; empty as long as nobody chose.
    pub version: String,
    /// Where it stands.
    pub stage: PrepareStage,
}

/// Where preparing the databases stands.
#[derive(Clone, Debug)]
pub enum PrepareStage {
    /// The steps it needs are not complete: what is missing there, by step.
    Incomplete(Vec<(Step, String)>),
    /// It is asked for an administrator and for scripts.
    Form(PrepareForm),
    /// What would be done waits for a yes.
    Plan(PreparePlan),
    /// It runs: lines are added as they come.
    Running,
    /// It ended.
    Ended(Vec<String>, PrepareEnd),
}

/// The form, with what was entered. Never the password.
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
    /// What is wrong (status 422): the id of the field, empty for none, and what to do.
    pub problems: Vec<(&'static str, String)>,
}

/// A plan that waits for a yes.
#[derive(Clone, Debug, Default)]
pub struct PreparePlan {
    /// Each database.
    pub databases: Vec<PrepareDatabase>,
    /// The SQL of the account, with dots where its password stands.
    pub account: String,
    /// `host:port` of the database server.
    pub server: String,
    /// The administrator's name.
    pub user: String,
    /// Names this plan.
    pub token: String,
    /// Whether the process that shows it has the administrator's password; another one asks for it again.
    pub has_password: bool,
    /// How the scripts differ from those that WSO2 released; `None` where they do not.
    pub changes: Option<PrepareChanges>,
    /// The id of the field that stops it, and what to do.
    pub problem: Option<(&'static str, String)>,
    /// Until when a yes counts.
    pub until: Moment,
}

/// How scripts differ from those that WSO2 released.
#[derive(Clone, Debug, Default)]
pub struct PrepareChanges {
    /// In one sentence.
    pub summary: String,
    /// Statements that WSO2 did not release: script and line, and the text.
    pub statements: Vec<(String, String)>,
}

/// What would be done to one database.
#[derive(Clone, Debug, Default)]
pub struct PrepareDatabase {
    /// Its name.
    pub name: String,
    /// What would be done, or why nothing may be.
    pub words: String,
    /// The SQL that creates it; may be empty.
    pub sql: String,
    /// What an operator does where it must not be touched; empty otherwise.
    pub remedy: String,
}

/// How far a run is with one database.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PrepareBar {
    /// The database.
    pub name: String,
    /// Statements that ran, those of earlier runs included.
    pub done: usize,
    /// Statements of all its scripts.
    pub of: usize,
    /// Whether its tables are proved to be those of the version.
    pub complete: bool,
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct PrepareEnd {
    /// How far it came.
    pub bars: Vec<PrepareBar>,
    /// When.
    pub at: Moment,
    /// In one line.
    pub words: String,
    /// What stopped, and what state that leaves; empty if all went well.
    pub failures: Vec<(String, String)>,
    /// Whether all databases are complete.
    pub complete: bool,
}
