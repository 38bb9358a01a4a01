//! What people paste: whole addresses and JDBC URLs in a host field are taken apart, and it is said (UX rule 12).

use crate::check::CheckId;
use crate::draft::Draft;
use crate::finding::{Finding, Place, Severity};
use crate::step::Step;
use crate::value::turns_direction;
use crate::{credentials, jdbc, steps};

/// Takes apart what was pasted into host fields, takes passwords out of all, and says what it did. What it does not
/// understand stays as it is.
pub fn tidy(draft: &mut Draft) -> Vec<Finding> {
    let mut notes = Vec::new();
    // A file's title stands in lists and histories like one that was typed: on one line, and read as it is.
    draft.title.retain(|letter| !letter.is_control() && !turns_direction(letter));
    tidy_database_url(draft, &mut notes);
    // Before anything is split: a part of a login is not told from a port.
    notes.extend(strip_credentials(draft));
    tidy_database_port(draft, &mut notes);
    tidy_hostname(draft, &mut notes);
    for row in 0..draft.nodes.len() {
        tidy_node(draft, row, &mut notes);
    }
    notes
}

/// Takes every password out of the texts of a draft and says where one was. A draft is shown, saved and written to plan
/// files as it is, so this is done before each of them.
pub fn strip_credentials(draft: &mut Draft) -> Vec<Finding> {
    let mut notes = Vec::new();
    let mut take_out = |text: &mut String, at: Option<Place>, label: &str| {
        let left = match at {
            Some(_) => credentials::strip(text).into_owned(),
            None => credentials::strip_words(text),
        };
        if left == *text {
            return;
        }
        *text = left;
        let what = format!("{label} held a password, which was not kept.");
        let at = at.unwrap_or_else(|| Place::step(Step::Product));
        notes.push(note(at, what, "Enter a password in its own field."));
    };
    take_out(&mut draft.title, None, "The name of the plan");
    for (check, acceptance) in &mut draft.accepted {
        take_out(&mut acceptance.reason, None, &format!("The reason for {check}"));
        take_out(&mut acceptance.by, None, &format!("The name beside {check}"));
    }
    for (key, text) in &mut draft.answers {
        let (step, label) = steps::setting(key).map_or((Step::Product, key.as_str()), |it| (it.step, it.label));
        take_out(text, Some(Place::setting(step, key)), &format!("“{label}”"));
    }
    for (row, node) in draft.nodes.iter_mut().enumerate() {
        for (column, text) in node {
            let setting = steps::node_settings().iter().find(|setting| setting.name == column);
            let (key, label) = setting.map_or(("clustering.nodes", column.as_str()), |it| (it.key, it.label));
            take_out(text, Some(Place::node(row, key)), &format!("“{label}” of node {}", row + 1));
        }
    }
    notes
}

fn note(at: Place, what: String, remedy: &str) -> Finding {
    Finding { severity: Severity::Notes, check: None, at, what, why: String::new(), remedy: remedy.to_owned() }
}

const CHECK_THEM: &str = "Check that they are what you meant.";

fn tidy_database_url(draft: &mut Draft, notes: &mut Vec<Finding>) {
    let text = draft.text("database.host").to_owned();
    let at = || Place::setting(Step::Database, "database.host");
    if let Some(parts) = jdbc::take_apart(&text) {
        let mut taken = vec!["host"];
        draft.set("database.host", parts.host);
        let mut set = |key: &str, name: &'static str, value: Option<String>| {
            if let Some(value) = value {
                draft.set(key, value);
                taken.push(name);
            }
        };
        set("database.port", "port", parts.port);
        let name = parts.database;
        // The name alone tells which database it is of the two or three.
        let key = match name.as_deref() {
            Some(name) if name.to_lowercase().contains("shared") => "database.shared_db",
            Some(name) if name.to_lowercase().contains("agent") => "database.agent_db",
            _ => "database.identity_db",
        };
        set(key, "database", name);
        set("database.username", "account", parts.user);
        set("database.tls", "connection security", parts.tls.map(str::to_owned));
        let several = if parts.several { " Of its several hosts the first was taken." } else { "" };
        notes.push(note(at(), format!("The JDBC URL was split into {}.{several}", taken.join(", ")), CHECK_THEM));
        if parts.had_password {
            notes.push(Finding {
                check: Some(CheckId::Db40),
                ..note(
                    Place::setting(Step::Database, "database.password"),
                    "The URL held a password, which was not kept.".to_owned(),
                    "Enter the password in its own field.",
                )
            });
        }
    }
}

fn tidy_database_port(draft: &mut Draft, notes: &mut Vec<Finding>) {
    let text = draft.text("database.host").to_owned();
    if let (host, Some(port)) = jdbc::split_port(without_scheme(&text)) {
        let what = format!("The address was split into host and port {}.", crate::values::quoted(port));
        draft.set("database.port", port);
        draft.set("database.host", host);
        notes.push(note(Place::setting(Step::Database, "database.host"), what, CHECK_THEM));
    }
}

fn tidy_hostname(draft: &mut Draft, notes: &mut Vec<Finding>) {
    let text = draft.text("load_balancer.hostname").to_owned();
    let bare = without_scheme(&text);
    let (host, port) = jdbc::split_port(bare);
    if host == text {
        return;
    }
    let at = Place::setting(Step::LoadBalancer, "load_balancer.hostname");
    let what = match port {
        Some(port) => format!("The address was split into hostname and HTTPS port {}.", crate::values::quoted(port)),
        None => "The hostname was taken from the address.".to_owned(),
    };
    if let Some(port) = port {
        draft.set("load_balancer.https_port", port);
    }
    draft.set("load_balancer.hostname", host);
    notes.push(note(at, what, CHECK_THEM));
}

fn tidy_node(draft: &mut Draft, row: usize, notes: &mut Vec<Finding>) {
    let Some(node) = draft.nodes.get_mut(row) else { return };
    let text = node.get("host").map_or("", |host| host.trim()).to_owned();
    let (host, port) = jdbc::split_port(without_scheme(&text));
    if host == text || host.is_empty() {
        return;
    }
    let what = match port.and_then(|port| port.parse::<u16>().ok()) {
        // 9443 and a little more is IS's own port: the offset follows from it.
        Some(port @ 9443..=9543) => {
            node.insert("offset".to_owned(), (port - 9443).to_string());
            format!("Port {port} was taken as offset {}.", port - 9443)
        }
        Some(port) => {
            node.insert("hazelcast_port".to_owned(), port.to_string());
            format!("Port {port} was taken as the Hazelcast port.")
        }
        None if port.is_none() => "The address was taken without its scheme.".to_owned(),
        None => return,
    };
    node.insert("host".to_owned(), host.to_owned());
    notes.push(note(Place::node(row, "clustering.nodes.host"), what, CHECK_THEM));
}

/// `https://user@host:port/path` without scheme, login and path.
fn without_scheme(text: &str) -> &str {
    let rest = text
        .split_once("://")
        .filter(|(scheme, _)| ["https", "http"].into_iter().any(|known| scheme.eq_ignore_ascii_case(known)));
    let Some((_, rest)) = rest else { return text };
    let rest = credentials::login_end(rest).and_then(|at| rest.get(at + 1..)).unwrap_or(rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// Reads a pasted list of nodes: one a line, `name address [offset] [hazelcast port]`, or only addresses. Blanks, tabs,
/// commas and semicolons part the columns; empty lines and lines that begin with # are left out.
#[must_use]
pub fn nodes(text: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .enumerate()
        .map(|(row, line)| {
            let mut columns: Vec<&str> =
                line.split([' ', '\t', ',', ';']).filter(|column| !column.is_empty()).collect();
            let name = format!("is-{}", row + 1);
            // One column, or an address first: there is no name.
            let starts_with_address = columns.first().is_some_and(|first| first.contains(['.', ':']));
            if columns.len() == 1 || starts_with_address {
                columns.insert(0, &name);
            }
            let defaults = ["", "", "0", "4000"];
            ["name", "host", "offset", "hazelcast_port"]
                .into_iter()
                .zip(defaults)
                .enumerate()
                .map(|(place, (column, default))| {
                    (column.to_owned(), columns.get(place).map_or(default, |text| text).to_owned())
                })
                .collect()
        })
        .take(crate::draft::MOST_NODES)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Acceptance;

    #[test]
    fn a_jdbc_url_in_the_host_field_is_split_and_said() {
        let mut draft = Draft::default();
        draft.set("database.host", "jdbc:mysql://db1:3307/is_shared?useSSL=true&user=wso2&password=canary");
        let notes = tidy(&mut draft);
        assert_eq!(draft.text("database.host"), "db1");
        assert_eq!(draft.text("database.port"), "3307");
        assert_eq!(draft.text("database.shared_db"), "is_shared");
        assert_eq!(draft.text("database.username"), "wso2");
        assert_eq!(draft.text("database.tls"), "required");
        assert_eq!(notes[0].what, "The JDBC URL was split into host, port, database, account, connection security.");
        assert_eq!(notes[1].check, Some(CheckId::Db40));
        assert!(!format!("{draft:?}{notes:?}").contains("canary"));
        assert!(tidy(&mut draft).is_empty(), "what is tidy stays");
    }

    #[test]
    fn a_title_stands_on_one_line_and_reads_as_it_is() {
        let mut draft = Draft { title: "Log\u{202e}in\n of\u{7} Kandy".to_owned(), ..Draft::default() };
        tidy(&mut draft);
        assert_eq!(draft.title, "Login of Kandy");
    }

    #[test]
    fn no_text_of_a_draft_keeps_a_password() {
        let url = "https://bob:canary@host/x";
        let mut draft = Draft { title: format!("Look at {url}"), ..Draft::default() };
        for setting in steps::all().filter(|setting| !setting.control.is_secret()) {
            match setting.key.strip_prefix("clustering.nodes.") {
                Some(column) => draft.nodes.push([(column.to_owned(), url.to_owned())].into()),
                None => draft.set(setting.key, url),
            }
        }
        draft.accepted.insert("DB-02".to_owned(), Acceptance::because(url));
        let mut tidied = draft.clone();
        let notes = strip_credentials(&mut draft);
        let places = 2 + draft.answers.len() + draft.nodes.len();
        assert_eq!(notes.len(), places, "each is said");
        assert!(!format!("{draft:?}{notes:?}").contains("canary"), "{draft:?}");
        let notes = tidy(&mut tidied);
        assert!(!format!("{tidied:?}{notes:?}").contains("canary"), "{tidied:?}");
        assert_eq!(
            (tidied.text("load_balancer.hostname"), tidied.title.as_str()),
            ("host", "Look at https://bob@host/x")
        );
    }

    #[test]
    fn hosts_with_ports_are_split() {
        let mut draft = Draft::default();
        draft.set("database.host", "db1:3307");
        draft.set("load_balancer.hostname", "https://login.example.com:8443/carbon");
        for host in ["10.0.0.1:9444", "10.0.0.2:4005", "10.0.0.3"] {
            draft.nodes.push([("host".to_owned(), host.to_owned())].into());
        }
        assert_eq!(tidy(&mut draft).len(), 4);
        assert_eq!((draft.text("database.host"), draft.text("database.port")), ("db1", "3307"));
        assert_eq!(draft.text("load_balancer.https_port"), "8443");
        assert_eq!(draft.nodes[0]["offset"], "1");
        assert_eq!(draft.nodes[1]["hazelcast_port"], "4005");
        assert_eq!(draft.nodes[1]["host"], "10.0.0.2");
    }

    #[test]
    fn what_is_not_understood_stays() {
        for text in ["", "::1", "2001:db8::1", "a b:c", "<script>"] {
            let mut draft = Draft::default();
            draft.set("database.host", text);
            tidy(&mut draft);
            assert!(["a b", text].contains(&draft.text("database.host")), "{text}");
        }
    }

    #[test]
    fn lists_of_nodes_come_in_many_forms() {
        let rows = nodes("# my nodes\nis-1 10.0.0.1\nis-2,10.0.0.2,1,4001\n\n10.0.0.3\nbare\n");
        let text = |row: usize, column: &str| rows[row][column].clone();
        assert_eq!(rows.len(), 4);
        assert_eq!(
            (text(0, "name"), text(0, "host"), text(0, "hazelcast_port")),
            ("is-1".into(), "10.0.0.1".into(), "4000".into())
        );
        assert_eq!((text(1, "offset"), text(1, "hazelcast_port")), ("1".into(), "4001".into()));
        assert_eq!((text(2, "name"), text(2, "host")), ("is-3".into(), "10.0.0.3".into()));
        assert_eq!((text(3, "name"), text(3, "host")), ("is-4".into(), "bare".into()));
    }
}
