//! The tables [prepared] and [downloaded] of a plan file: the milestones of the plan.

use std::fmt::Write as _;

use toml_edit::{Item, TableLike};

use super::quote::quoted;
use crate::milestones::{Downloaded, Milestones, Prepared};
use crate::moment::rfc_3339;

/// Reads one of the tables into `milestones`; `false` if it is not in the form of [`write`].
pub(super) fn read(name: &str, item: &Item, milestones: &mut Milestones) -> bool {
    let Some(table) = item.as_table_like() else { return false };
    if name == "prepared" {
        milestones.prepared = prepared(table);
        milestones.prepared.is_some()
    } else {
        milestones.downloaded = downloaded(table);
        milestones.downloaded.is_some()
    }
}

fn prepared(table: &dyn TableLike) -> Option<Prepared> {
    let names = table.get("databases")?.as_array()?;
    Some(Prepared {
        at: number(table, "at")?,
        version: text(table, "version")?,
        host: text(table, "host")?,
        port: number(table, "port")?,
        databases: names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<_>>()?,
    })
}

fn downloaded(table: &dyn TableLike) -> Option<Downloaded> {
    Some(Downloaded { hostname: text(table, "hostname")?, https_port: number(table, "https_port")? })
}

fn text(table: &dyn TableLike, key: &str) -> Option<String> {
    table.get(key)?.as_str().map(str::to_owned)
}

fn number<N: TryFrom<i64>>(table: &dyn TableLike, key: &str) -> Option<N> {
    N::try_from(table.get(key)?.as_integer()?).ok()
}

/// Writes the tables of the existing milestones.
pub(super) fn write(text: &mut String, milestones: &Milestones) {
    // Writing to a String cannot fail.
    if let Some(Prepared { at, version, host, port, databases }) = &milestones.prepared {
        let databases = databases.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "\n# The last preparation of the databases, at {}.", rfc_3339(*at));
        let _ = writeln!(text, "[prepared]\nat = {at}\nversion = {}\nhost = {}", quoted(version), quoted(host));
        let _ = writeln!(text, "port = {port}\ndatabases = [{databases}]");
    }
    if let Some(Downloaded { hostname, https_port }) = &milestones.downloaded {
        let _ = writeln!(
            text,
            "\n# The address in the last bundle with secrets, which a running cluster keeps.\n[downloaded]"
        );
        let _ = writeln!(text, "hostname = {}\nhttps_port = {https_port}", quoted(hostname));
    }
}

#[cfg(test)]
mod tests {
    use crate::draft::Draft;
    use crate::milestones::{Downloaded, Milestones, Prepared};
    use crate::plan_file;
    use crate::secret::Secrets;

    #[test]
    fn what_was_done_with_a_plan_survives_its_file() {
        let milestones = Milestones {
            prepared: Some(Prepared {
                at: 1_795_421_640,
                version: "7.2.0".to_owned(),
                host: "db.example.com".to_owned(),
                port: 3306,
                databases: vec!["shared".to_owned(), "identity \"x\"".to_owned()],
            }),
            downloaded: Some(Downloaded { hostname: "login.example.com".to_owned(), https_port: 8443 }),
        };
        let text = plan_file::write(&Draft { milestones: milestones.clone(), ..Draft::default() }, &Secrets::new());
        assert!(text.contains("2026-11-23T08:14:00Z"), "{text}");
        assert_eq!(plan_file::read(&text).unwrap().draft.milestones, milestones);
        let problems = plan_file::read(&text.replace("port = 3306", "port = 70000")).unwrap_err();
        assert!(
            problems[0].message.contains("[prepared]") && problems[0].message.contains("Remove it"),
            "{problems:?}"
        );
        let none = plan_file::write(&Draft::default(), &Secrets::new());
        assert!(!none.contains("[prepared]") && !none.contains("[downloaded]"), "{none}");
    }
}
