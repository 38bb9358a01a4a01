//! The plan that tests start from: complete answers and secrets, of which a test changes those that it is about.
//!
//! It is text, as a person enters it, so that every crate can use it: `domain` reads it as a draft, the wizard as the
//! fields of its forms.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::json;

/// The password of the database account. No other text of a test contains it by chance.
pub const DATABASE_PASSWORD: &str = "Db-canary-1";
/// The password of the super admin.
pub const ADMIN_PASSWORD: &str = "Adm1n!canary-2";
/// The version of IS.
pub const VERSION: &str = "7.2.0";

/// The steps of the wizard, by their paths.
const STEPS: [&str; 5] = ["product", "database", "user-store", "clustering", "load-balancer"];

/// Fields of a form: names and texts.
pub type FormFields = Vec<(String, String)>;

/// The answers and secrets of a plan. The default has none; the constructors give complete ones.
#[derive(Clone, Debug, Default)]
pub struct TestPlan {
    title: String,
    answers: BTreeMap<String, String>,
    nodes: Vec<BTreeMap<String, String>>,
    secrets: BTreeMap<String, String>,
}

impl TestPlan {
    /// Two nodes, the database and the load balancer on this machine, as the preset `one-machine` has them.
    #[must_use]
    pub fn one_machine() -> Self {
        Self::common("Two nodes on one machine")
            .with("product.layout", "linux")
            .with("database.host", "127.0.0.1")
            .with("database.pool_size", 20)
            .with("user_store.admin_username", "is-admin")
            .with("clustering.scheme", "wka")
            .with("load_balancer.hostname", "is.example.com")
            .with("load_balancer.address", "127.0.0.1")
            .with("load_balancer.certificate", "self-signed")
            .with_node("node1", "127.0.0.1", 0, 4000)
            .with_node("node2", "127.0.0.1", 1, 4001)
    }

    /// `count` nodes `is-1`, `is-2` and so on, each on a machine: 10.20.0.11, 10.20.0.12 and so on; the database at
    /// 10.20.0.5.
    #[must_use]
    pub fn machines(count: usize) -> Self {
        let plan = Self::common("A cluster of machines")
            .with("database.host", "10.20.0.5")
            .with("load_balancer.hostname", "login.example.com");
        (1..=count).fold(plan, |plan, number| {
            plan.with_node(&format!("is-{number}"), &format!("10.20.0.{}", 10 + number), 0, 4000)
        })
    }

    /// What both complete plans have in common.
    fn common(title: &str) -> Self {
        Self::default()
            .titled(title)
            .with("product.version", VERSION)
            .with_secret("database.password", DATABASE_PASSWORD)
            .with_secret("user_store.admin_password", ADMIN_PASSWORD)
    }

    /// With another title.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// Answers a setting that is no secret.
    pub fn set(&mut self, key: &str, text: impl ToString) {
        self.answers.insert(key.to_owned(), text.to_string());
    }

    /// Enters a secret.
    pub fn set_secret(&mut self, key: &str, secret: &str) {
        self.secrets.insert(key.to_owned(), secret.to_owned());
    }

    /// Adds a node.
    pub fn push_node(&mut self, name: &str, host: &str, offset: u16, hazelcast_port: u16) {
        let (offset, port) = (offset.to_string(), hazelcast_port.to_string());
        let columns = [("name", name), ("host", host), ("offset", &offset), ("hazelcast_port", &port)];
        self.nodes.push(columns.into_iter().map(|(column, text)| (column.to_owned(), text.to_owned())).collect());
    }

    /// Removes all nodes but the first `count`.
    pub fn truncate_nodes(&mut self, count: usize) {
        self.nodes.truncate(count);
    }

    /// With this answer to a setting that is no secret.
    #[must_use]
    pub fn with(mut self, key: &str, text: impl ToString) -> Self {
        self.set(key, text);
        self
    }

    /// With these answers.
    #[must_use]
    pub fn with_all<K: AsRef<str>, T: AsRef<str>>(self, answers: impl IntoIterator<Item = (K, T)>) -> Self {
        answers.into_iter().fold(self, |plan, (key, text)| plan.with(key.as_ref(), text.as_ref()))
    }

    /// With this secret.
    #[must_use]
    pub fn with_secret(mut self, key: &str, secret: &str) -> Self {
        self.set_secret(key, secret);
        self
    }

    /// With one more node.
    #[must_use]
    pub fn with_node(mut self, name: &str, host: &str, offset: u16, hazelcast_port: u16) -> Self {
        self.push_node(name, host, offset, hazelcast_port);
        self
    }

    /// With another text in one cell of the node table; rows count from 0.
    ///
    /// # Panics
    /// When the plan does not have the row.
    #[must_use]
    pub fn with_cell(mut self, row: usize, column: &str, text: impl ToString) -> Self {
        self.nodes[row].insert(column.to_owned(), text.to_string());
        self
    }

    /// The answers as `domain::draft::Draft`. This crate does not depend on `domain`, whose unit tests use it too.
    ///
    /// # Panics
    /// When `D` is another type.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "a test's helper fails the test")]
    pub fn draft<D: DeserializeOwned>(&self) -> D {
        let draft = json!({ "title": self.title, "answers": self.answers, "nodes": self.nodes });
        serde_json::from_value(draft).unwrap()
    }

    /// The secrets by the keys of their settings.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.secrets.iter().map(|(key, secret)| (key.as_str(), secret.as_str()))
    }

    /// The fields of one step's form, with its secrets and without a button.
    #[must_use]
    pub fn form(&self, step: &str) -> FormFields {
        let is_of_step = |key: &str| key.split('.').next().is_some_and(|table| table.replace('_', "-") == step);
        let answers = self.answers.iter().chain(&self.secrets).filter(|(key, _)| is_of_step(key));
        let mut fields: FormFields = answers.map(|(key, text)| (key.clone(), text.clone())).collect();
        if step == "clustering" {
            for (row, columns) in self.nodes.iter().enumerate() {
                fields.extend(columns.iter().map(|(column, text)| (format!("nodes.{row}.{column}"), text.clone())));
            }
        }
        fields
    }

    /// The steps in order, each with the fields of its form and the button that continues.
    #[must_use]
    pub fn forms(&self) -> Vec<(&'static str, FormFields)> {
        let with_button = |step: &'static str| {
            let mut fields = self.form(step);
            fields.push(("action".to_owned(), "continue".to_owned()));
            (step, fields)
        };
        STEPS.map(with_button).into()
    }
}

/// The same fields, borrowed.
#[must_use]
pub fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_is_a_field_of_its_step() {
        let plan = TestPlan::one_machine().with("database.port", 3307).with_cell(1, "host", "10.0.0.2");
        let fields = |step: &str| {
            borrowed(&plan.form(step)).iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>()
        };
        assert_eq!(
            fields("database"),
            ["database.host=127.0.0.1", "database.pool_size=20", "database.port=3307", "database.password=Db-canary-1"]
        );
        assert!(fields("clustering").contains(&"nodes.1.host=10.0.0.2".to_owned()));
        assert!(fields("user-store").contains(&"user_store.admin_username=is-admin".to_owned()));
        let count: usize = plan.forms().iter().map(|(_, fields)| fields.len() - 1).sum();
        assert_eq!(count, plan.answers.len() + plan.secrets.len() + 2 * 4);
    }

    #[test]
    fn a_draft_has_answers_and_nodes() {
        let draft: serde_json::Value = TestPlan::machines(3).titled("Login").draft();
        assert_eq!((&draft["title"], &draft["nodes"][2]["host"]), (&"Login".into(), &"10.20.0.13".into()));
        assert_eq!(draft["answers"]["product.version"], VERSION);
    }
}
