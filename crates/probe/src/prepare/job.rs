//! What is to be prepared: the databases, their scripts, and the administrator who does it.

use domain::product::{DatabaseRole, Version};
use domain::schema::script::{Statement, parse_step, statements};
use domain::schema::{ScriptStep, statement};
use domain::secret::Secret;

/// The administrator's account. It is used for one preparation and never stored.
#[derive(Debug)]
pub struct Administrator {
    /// Without a host part.
    pub user: String,
    /// Sent to the database server only.
    pub password: Secret,
}

/// A script of the operator's pack.
#[derive(Clone, Debug)]
pub struct PackScript {
    /// Its path below `dbscripts`.
    pub path: String,
    /// In their order.
    pub statements: Vec<Statement>,
    /// What each statement creates; `None` when the tables do not show whether it ran.
    pub steps: Vec<Option<ScriptStep>>,
}

impl PackScript {
    /// Splits the text of a script into statements.
    #[must_use]
    pub fn read(path: &str, text: &str) -> Self {
        let statements = statements(text);
        let steps = statements.iter().map(|statement| parse_step(&statement.sql)).collect();
        Self { path: path.to_owned(), statements, steps }
    }

    /// The first statement that must never run with an administrator's privileges: its line, counted from 1, and what is wrong
    /// with it. Its text is not returned.
    #[must_use]
    pub fn refusal(&self) -> Option<(usize, &'static str)> {
        let created = statement::created_tables(self.steps.iter().flatten());
        self.statements.iter().find_map(|one| Some((one.line, statement::refusal(&one.sql, &created)?)))
    }
}

/// One database to prepare.
#[derive(Clone, Debug)]
pub struct TargetDatabase {
    /// Decides which schema it must have.
    pub role: DatabaseRole,
    /// As in the plan.
    pub name: String,
    /// The statement that creates it.
    pub create: String,
    /// In the order in which they run.
    pub scripts: Vec<PackScript>,
}

/// Everything that a preparation creates.
#[derive(Debug)]
pub struct PreparationJob {
    /// The version whose schema is expected.
    pub version: Version,
    /// One for each database.
    pub targets: Vec<TargetDatabase>,
    /// The statements that create the account and grant its privileges. They hold its password.
    pub grants: Secret,
}
