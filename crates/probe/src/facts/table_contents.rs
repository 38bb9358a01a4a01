//! The tables of the plan's databases, read in two round trips for all databases.

use domain::product::{DatabaseRole, Version};
use domain::schema::{Diagnosis, ObservedSchema, SchemaState, diagnose};
use domain::steps::Database;

use super::plan_databases::databases;
use super::schemas::{self, SchemaInfo};
use crate::fault::SharedFault;
use crate::mysql::session::{MysqlSession, QueryError, TextRow};
use crate::tables;

/// One database of the plan.
pub(crate) struct DatabaseContents {
    /// As in the plan.
    pub(crate) name: String,
    /// Several roles if the plan uses one database for them.
    pub(crate) roles: Vec<DatabaseRole>,
    /// `None` if the account does not see the database.
    pub(crate) schema: Option<VisibleContents>,
}

/// The contents of a database that the account sees.
pub(crate) struct VisibleContents {
    pub(crate) observed: ObservedSchema,
    pub(crate) diagnosis: Diagnosis,
    /// Name and character set.
    pub(crate) schema: SchemaInfo,
}

impl VisibleContents {
    pub(crate) fn state(&self) -> &SchemaState {
        &self.diagnosis.state
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self.state() == SchemaState::Empty
    }
}

/// Reads all databases of the plan.
pub(crate) async fn read(
    version: Version,
    database: &Database,
    seen: &[SchemaInfo],
    ignores_case: bool,
    session: &MysqlSession,
) -> Result<Vec<DatabaseContents>, SharedFault> {
    // Two names for one schema are one database: its tables are evaluated together, and DB-12 reports it.
    let mut all: Vec<(DatabaseContents, Option<&SchemaInfo>)> = Vec::new();
    for (role, name) in databases(database) {
        let schema = schemas::find(seen, name, ignores_case);
        let is_same = |(contents, other): &&mut (DatabaseContents, Option<&SchemaInfo>)| {
            contents.name == name.as_str()
                || schema.is_some_and(|schema| other.is_some_and(|it| it.name == schema.name))
        };
        match all.iter_mut().find(is_same) {
            Some((contents, _)) => contents.roles.push(role),
            None => {
                all.push((
                    DatabaseContents { name: name.as_str().to_owned(), roles: vec![role], schema: None },
                    schema,
                ));
            }
        }
    }
    let names: Vec<&str> = all.iter().filter_map(|(_, schema)| schema.map(|schema| &*schema.name)).collect();
    let mut observed = observe(session, &names).await?.into_iter();
    for (contents, schema) in &mut all {
        let Some(schema) = schema else { continue };
        let Some(observed) = observed.next() else { continue };
        contents.schema = Some(VisibleContents {
            diagnosis: diagnose(version, &contents.roles, &observed),
            schema: (*schema).clone(),
            observed,
        });
    }
    Ok(all.into_iter().map(|(contents, _)| contents).collect())
}

/// The tables of the databases with these names, their rows counted if the account may read them.
pub(crate) async fn observe(session: &MysqlSession, names: &[&str]) -> Result<Vec<ObservedSchema>, QueryError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // The answers for each database follow a row with its index.
    let mark = |(at, name): (usize, &&str)| format!("SELECT {at}; {}", tables::questions(name));
    let questions: Vec<String> = names.iter().enumerate().map(mark).collect();
    let rows = session.rows(questions.join("; ")).await?;
    let mut observed: Vec<ObservedSchema> = by_mark(&rows, names.len()).into_iter().map(tables::observed).collect();
    let counts: Vec<Option<String>> = (names.iter().zip(&observed).enumerate())
        .map(|(at, (name, observed))| {
            Some(format!("SELECT {at}; {}", tables::count_rows(name, observed, domain::schema::is_known_table)?))
        })
        .collect();
    let all: Vec<&str> = counts.iter().flatten().map(String::as_str).collect();
    if all.is_empty() {
        return Ok(observed);
    }
    match session.rows(all.join("; ")).await {
        Ok(rows) => {
            for (observed, counted) in observed.iter_mut().zip(by_mark(&rows, names.len())) {
                tables::add_counts(observed, counted);
            }
        }
        // One table that the account may not read, or that is damaged, must not hide the rows of the others.
        Err(QueryError::Server(_)) => {
            for (at, observed) in observed.iter_mut().enumerate() {
                let Some(Some(count)) = counts.get(at) else { continue };
                match session.rows(count.clone()).await {
                    Ok(rows) => by_mark(&rows, names.len()).remove(at).into_iter().for_each(|row| {
                        tables::add_counts(observed, [row]);
                    }),
                    Err(QueryError::Server(_)) => observed.uncounted = true,
                    Err(error) => return Err(error),
                }
            }
        }
        Err(error) => return Err(error),
    }
    Ok(observed)
}

/// The rows that follow each mark.
fn by_mark(rows: &[TextRow], marks: usize) -> Vec<Vec<&TextRow>> {
    let mut parts = vec![Vec::new(); marks];
    let mut current = 0;
    for row in rows {
        match row.as_slice() {
            [Some(mark)] => current = mark.parse().unwrap_or(current),
            _ => {
                if let Some(part) = parts.get_mut(current) {
                    part.push(row);
                }
            }
        }
    }
    parts
}
