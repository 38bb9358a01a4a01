//! A file with only secrets, for a plan without them: `clusterwright check PLAN_PATH --secrets FILE`.
//!
//! It has the form of a plan file, with only the tables and keys of the secrets.

use toml_edit::Document;

use super::lines::LineIndex;
use super::problem::{PlanFileProblem, ProblemList, printable_name};
use super::read::{SecretSource, secret_source};
use super::{MAX_PLAN_BYTES, PLAN_FORMAT};
use crate::step::Step;
use crate::steps;

/// Reads a file of secrets: `[database]` with `password = "…"`, `{ env = "NAME" }` or `{ file = "path" }`.
///
/// # Errors
/// The problems of form: a text above [`MAX_PLAN_BYTES`], text that is not TOML, settings that are not secrets.
pub fn read_secrets(text: &str) -> Result<Vec<(&'static str, SecretSource)>, Vec<PlanFileProblem>> {
    let whole = |line, message: String| Err(vec![PlanFileProblem { line, message }]);
    if text.len() > MAX_PLAN_BYTES {
        return whole(
            None,
            "The text is longer than 1 MB, the limit of a file of secrets. Choose another file.".to_owned(),
        );
    }
    let index = LineIndex::new(text);
    let document = match Document::parse(text) {
        Ok(document) => document,
        // The parser's message would repeat the line, which may contain a secret.
        Err(error) => {
            let line = error.span().map(|span| index.line_of(span.start));
            return whole(
                line,
                "This line is not TOML. Write password = \"…\" below a table such as [database].".to_owned(),
            );
        }
    };
    let mut problems = ProblemList::default();
    let mut secrets = Vec::new();
    for (name, item) in document.iter() {
        let line = item.span().map(|span| index.line_of(span.start));
        if name == "format" && item.as_integer() == Some(PLAN_FORMAT) {
            continue;
        }
        let (Some(step), Some(table)) = (Step::from_table(name), item.as_table_like()) else {
            problems.add(
                line,
                format!("{} is not a table of secrets. Use tables such as [database].", printable_name(name)),
            );
            continue;
        };
        for (key, item) in table.iter() {
            let line = item.span().map(|span| index.line_of(span.start));
            let is_it = |setting: &&crate::setting::Setting| setting.name == key && setting.control.is_secret();
            match (steps::settings(step).iter().find(is_it), secret_source(item)) {
                (Some(setting), Some(source)) => secrets.push((setting.key, source)),
                (Some(setting), None) => problems.add(
                    line,
                    format!(
                        "{} is not a text. Write it in quotes, as {{ env = \"NAME\" }} or {{ file = \"path\" }}.",
                        setting.key
                    ),
                ),
                (None, _) => {
                    problems.add(line, format!("[{name}] has no secret {}. Remove the line.", printable_name(key)))
                }
            }
        }
    }
    problems.finish(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_secrets_holds_nothing_else_and_no_message_repeats_one() {
        let text = "[database]\npassword = \"canary-1\"\n[user_store]\nadmin_password = { env = \"ADMIN\" }\n";
        let keys: Vec<&str> = read_secrets(text).unwrap().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["database.password", "user_store.admin_password"]);
        for (text, line, words) in [
            ("[database]\nhost = \"canary\"\n", Some(2), "has no secret host"),
            ("[database]\npassword = 5\n", Some(2), "is not a text"),
            ("[database]\npassword = canary\n", Some(2), "not TOML"),
            ("secrets = \"canary\"\n", Some(1), "not a table of secrets"),
        ] {
            let problems = read_secrets(text).unwrap_err();
            assert_eq!((problems[0].line, problems.len()), (line, 1), "{problems:?}");
            assert!(problems[0].message.contains(words) && !problems[0].message.contains("canary"), "{problems:?}");
        }
    }
}
