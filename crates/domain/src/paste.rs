//! Pasted texts: URLs and JDBC URLs in a host field are split, with a note.

mod address;

use address::{IS_PATHS, PastedAddress};

use crate::check::CheckId;
use crate::draft::Draft;
use crate::finding::{Finding, FindingLocation, Severity};
use crate::step::Step;
use crate::steps::keys;
use crate::value::{Control, is_bidi_control};
use crate::{credentials, jdbc, key_material, node_list, steps};

/// Splits URLs in host fields, removes passwords from all fields, and returns notes about it. Other texts stay
/// unchanged.
pub fn normalize(draft: &mut Draft) -> Vec<Finding> {
    let mut notes = Vec::new();
    // A title from a file is shown in lists and histories like an entered one: on one line, without invisible
    // characters.
    draft.title.retain(|letter| !letter.is_control() && !is_bidi_control(letter));
    tidy_database_url(draft, &mut notes);
    // Before any split: a part of a login may look like a port.
    notes.extend(strip_credentials(draft));
    tidy_pem(draft);
    tidy_database_host(draft, &mut notes);
    tidy_hostname(draft, &mut notes);
    tidy_balancer_address(draft, &mut notes);
    for row in 0..draft.nodes.len() {
        tidy_node(draft, row, &mut notes);
    }
    notes
}

/// Removes every password and private key from the texts of a draft and returns notes about them. A draft is shown,
/// saved and written to plan files unchanged, so this happens first.
pub fn strip_credentials(draft: &mut Draft) -> Vec<Finding> {
    let mut notes = Vec::new();
    let mut take_out = |text: &mut String, at: Option<FindingLocation>, label: &str| {
        let left = match at {
            Some(_) => credentials::strip_credentials(text).into_owned(),
            None => credentials::strip_credentials_in_sentence(text),
        };
        if left == *text {
            return;
        }
        let (what, remedy) = if key_material::strip_private_keys(text) == *text {
            ("a password", "Enter passwords in their own fields.")
        } else {
            ("a private key", "Enter the key of the load balancer in its own field, “Private key”.")
        };
        *text = left;
        let at = at.unwrap_or_else(|| FindingLocation::step(Step::Product));
        notes.push(note(at, format!("{label} contained {what}, which was removed."), remedy));
    };
    take_out(&mut draft.title, None, "The name of the plan");
    for (check, acceptance) in &mut draft.accepted {
        take_out(&mut acceptance.reason, None, &format!("The reason for {check}"));
        take_out(&mut acceptance.by, None, &format!("The name at {check}"));
    }
    for (key, text) in &mut draft.answers {
        let (step, label) = steps::setting(key).map_or((Step::Product, key.as_str()), |it| (it.step, it.label));
        take_out(text, Some(FindingLocation::setting(step, key)), &format!("“{label}”"));
    }
    for (row, node) in draft.nodes.iter_mut().enumerate() {
        for (column, text) in node {
            let setting = steps::node_settings().iter().find(|setting| setting.name == column);
            let (key, label) = setting.map_or((keys::NODES, column.as_str()), |it| (it.key, it.label));
            take_out(text, Some(FindingLocation::node(row, key)), &format!("“{label}” of node {}", row + 1));
        }
    }
    notes
}

fn note(at: FindingLocation, what: String, remedy: &str) -> Finding {
    Finding { severity: Severity::Notes, check: None, at, what, why: String::new(), remedy: remedy.to_owned() }
}

const CHECK_VALUES_REMEDY: &str = "Check the values.";

/// The values of `database.tls`, the least strict first.
const TLS_MODES: [&str; 3] = ["disabled", "required", "verify-ca"];

fn tidy_database_url(draft: &mut Draft, notes: &mut Vec<Finding>) {
    let text = draft.text(keys::DATABASE.host).to_owned();
    let at = || FindingLocation::setting(Step::Database, keys::DATABASE.host);
    let Some(parts) = jdbc::parse(&text) else { return };
    let mut taken = vec![format!("host {}", parts.host)];
    draft.set(keys::DATABASE.host, parts.host);
    let mut set = |draft: &mut Draft, key: &str, name: &str, value: Option<String>| {
        let Some(value) = value else { return };
        let before = shown(key, draft.text(key));
        let now = shown(key, &value);
        taken.push(if before.is_empty() || before == now {
            format!("{name} {now}")
        } else {
            format!("{name} {now} (was {before})")
        });
        draft.set(key, value);
    };
    set(draft, keys::DATABASE.port, "port", parts.port);
    // Only the name identifies the database.
    let (key, name) = match parts.database.as_deref().map(str::to_lowercase) {
        Some(name) if name.contains("shared") => (keys::DATABASE.shared_db, "shared database"),
        Some(name) if name.contains("agent") => (keys::DATABASE.agent_db, "agent database"),
        _ => (keys::DATABASE.identity_db, "identity database"),
    };
    set(draft, key, name, parts.database);
    set(draft, keys::DATABASE.username, "account", parts.user);
    let strictness = |mode: &str| TLS_MODES.iter().position(|known| *known == mode);
    let laxer = parts.tls.filter(|mode| strictness(mode) < strictness(draft.text(keys::DATABASE.tls)));
    set(draft, keys::DATABASE.tls, "connection security", parts.tls.filter(|_| laxer.is_none()).map(str::to_owned));
    let several = if parts.several { " Only the first of its hosts was used." } else { "" };
    let left_out = match parts.left_out.as_slice() {
        [] => String::new(),
        options => format!(" Ignored, because the files set their own options: {}.", options.join(", ")),
    };
    let what = format!("The JDBC URL was split: {}.{several}{left_out}", taken.join(", "));
    notes.push(note(at(), what, CHECK_VALUES_REMEDY));
    if let Some(mode) = laxer {
        let (theirs, ours) =
            (shown(keys::DATABASE.tls, mode), shown(keys::DATABASE.tls, draft.text(keys::DATABASE.tls)));
        notes.push(note(
            FindingLocation::setting(Step::Database, keys::DATABASE.tls),
            format!("The JDBC URL sets “{theirs}”, which is weaker than “{ours}”. “{ours}” was kept."),
            "Choose the weaker mode if the server supports no other.",
        ));
    }
    if parts.had_password {
        notes.push(Finding {
            check: Some(CheckId::Db40),
            ..note(
                FindingLocation::setting(Step::Database, keys::DATABASE.password),
                "The URL contained a password, which was removed.".to_owned(),
                "Enter the password in its own field.",
            )
        });
    }
}

/// A value as shown on the page: the label of a choice.
fn shown(key: &str, value: &str) -> String {
    let control = steps::setting(key).map(|setting| setting.control);
    let choices = if let Some(Control::Choice(choices)) = control { choices } else { &[] };
    let text = choices.iter().find(|choice| choice.value == value).map_or(value, |choice| choice.label);
    text.chars().filter(|letter| !letter.is_control()).take(64).collect()
}

/// Every .pem that MySQL generates ends with a NUL, which PEM does not allow.
fn tidy_pem(draft: &mut Draft) {
    for (key, text) in &mut draft.answers {
        if text.contains('\0') && steps::setting(key).is_some_and(|setting| setting.control == Control::Pem) {
            text.retain(|letter| letter != '\0');
        }
    }
}

fn tidy_database_host(draft: &mut Draft, notes: &mut Vec<Finding>) {
    let text = draft.text(keys::DATABASE.host).to_owned();
    let Some(address) = PastedAddress::of(&text) else { return };
    let what = match address.port {
        Some(port) => format!("The address was split into host and port {}.", crate::value::quoted(port)),
        None => format!("The host was saved {}.", address.without()),
    };
    if let Some(port) = address.port {
        draft.set(keys::DATABASE.port, port);
    }
    draft.set(keys::DATABASE.host, address.host);
    notes.push(note(FindingLocation::setting(Step::Database, keys::DATABASE.host), what, CHECK_VALUES_REMEDY));
}

fn tidy_hostname(draft: &mut Draft, notes: &mut Vec<Finding>) {
    let text = draft.text(keys::LOAD_BALANCER.hostname).to_owned();
    let Some(address) = PastedAddress::of(&text) else { return };
    let is_of_is = IS_PATHS.iter().any(|path| address.path.starts_with(path));
    if !address.path.is_empty() && !is_of_is {
        // The type rejects it with a reason: the path must not be removed silently.
        return;
    }
    let mut what = match address.port {
        Some(port) => format!("The address was split into hostname and HTTPS port {}.", crate::value::quoted(port)),
        None => "The hostname was extracted from the URL.".to_owned(),
    };
    if is_of_is {
        what.push_str(" Its path is a page of IS and was removed.");
    }
    if let Some(port) = address.port {
        draft.set(keys::LOAD_BALANCER.https_port, port);
    }
    draft.set(keys::LOAD_BALANCER.hostname, address.host);
    notes.push(note(
        FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.hostname),
        what,
        CHECK_VALUES_REMEDY,
    ));
}

fn tidy_balancer_address(draft: &mut Draft, notes: &mut Vec<Finding>) {
    let text = draft.text(keys::LOAD_BALANCER.address).to_owned();
    let Some(address) = PastedAddress::of(&text) else { return };
    let what = match address.port {
        Some(port) => format!("The address was taken without port {}.", crate::value::quoted(port)),
        None => format!("The address was saved {}.", address.without()),
    };
    draft.set(keys::LOAD_BALANCER.address, address.host);
    notes.push(note(
        FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.address),
        what,
        CHECK_VALUES_REMEDY,
    ));
}

fn tidy_node(draft: &mut Draft, row: usize, notes: &mut Vec<Finding>) {
    let Some(node) = draft.nodes.get_mut(row) else { return };
    let text = node.get("host").map_or("", |host| host.trim()).to_owned();
    let Some(address) = PastedAddress::of(&text) else { return };
    let what = match address.port.map(str::parse::<u16>) {
        None => format!("The address was saved {}.", address.without()),
        Some(Err(_)) => return,
        Some(Ok(port)) => {
            let host = format!("{}:{port}", address.host);
            *node = node_list::split_offset_from_port(
                [std::mem::take(node), [("host".to_owned(), host)].into()].into_iter().flatten().collect(),
            );
            match node.get("offset").filter(|_| (9443..=9543).contains(&port)) {
                Some(offset) => format!("Port {port} was read as offset {offset}."),
                None => format!("Port {port} was read as the Hazelcast port."),
            }
        }
    };
    node.insert("host".to_owned(), address.host.to_owned());
    notes.push(note(FindingLocation::node(row, keys::NODE.host), what, CHECK_VALUES_REMEDY));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Acceptance;

    #[test]
    fn a_jdbc_url_in_the_host_field_is_split_and_reported() {
        let mut draft = Draft::default();
        draft.set("database.host", "jdbc:mysql://db1:3307/is_shared?useSSL=true&user=wso2&password=canary");
        let notes = normalize(&mut draft);
        assert_eq!(draft.text("database.host"), "db1");
        assert_eq!(draft.text("database.port"), "3307");
        assert_eq!(draft.text("database.shared_db"), "is_shared");
        assert_eq!(draft.text("database.username"), "wso2");
        assert_eq!(draft.text("database.tls"), "required");
        assert_eq!(
            notes[0].what,
            "The JDBC URL was split: host db1, port 3307 (was 3306), shared database is_shared (was wso2shared_db), \
             account wso2 (was wso2is), connection security TLS (was No TLS)."
        );
        assert_eq!(notes[1].check, Some(CheckId::Db40));
        assert!(!format!("{draft:?}{notes:?}").contains("canary"));
        assert!(normalize(&mut draft).is_empty(), "a normalised draft does not change");
    }

    #[test]
    fn a_title_stands_on_one_line_and_reads_as_it_is() {
        let mut draft = Draft { title: "Log\u{202e}in\n of\u{7} Kandy".to_owned(), ..Draft::default() };
        normalize(&mut draft);
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
        draft.accepted.insert("DB-02".to_owned(), Acceptance::with_reason(url));
        let mut tidied = draft.clone();
        let notes = strip_credentials(&mut draft);
        let places = 2 + draft.answers.len() + draft.nodes.len();
        assert_eq!(notes.len(), places, "each has a note");
        assert!(!format!("{draft:?}{notes:?}").contains("canary"), "{draft:?}");
        let notes = normalize(&mut tidied);
        assert!(!format!("{tidied:?}{notes:?}").contains("canary"), "{tidied:?}");
        assert_eq!(
            (tidied.text("load_balancer.hostname"), tidied.title.as_str()),
            // Another path is rejected and not removed.
            ("https://bob@host/x", "Look at https://bob@host/x")
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
        assert_eq!(normalize(&mut draft).len(), 4);
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
            normalize(&mut draft);
            assert!(["a b", text].contains(&draft.text("database.host")), "{text}");
        }
    }

    #[test]
    fn a_pasted_url_never_weakens_tls_and_names_what_it_leaves_out() {
        let mut draft = Draft::default();
        draft.set("database.tls", "verify-ca");
        draft.set("database.host", "jdbc:mysql://db1/is?useSSL=true&serverTimezone=UTC&useUnicode=true&user=Wso2");
        let notes = normalize(&mut draft);
        assert_eq!(draft.text("database.tls"), "verify-ca");
        assert_eq!(draft.text("database.username"), "Wso2");
        assert!(notes[0].what.ends_with("set their own options: serverTimezone, useUnicode."), "{notes:?}");
        assert_eq!(
            notes[1].what,
            "The JDBC URL sets “TLS”, which is weaker than “TLS, certificate verified”. “TLS, certificate verified” was kept."
        );
    }

    /// Four fields for hosts, one behaviour.
    #[test]
    fn whole_addresses_are_taken_apart_in_every_host_field() {
        let fields = ["database.host", "load_balancer.hostname", "load_balancer.address", "clustering.nodes.host"];
        for field in fields {
            for (text, host) in [
                ("https://db.corp.example/", "db.corp.example"),
                ("http://10.0.0.10", "10.0.0.10"),
                ("HTTPS://db.corp.example", "db.corp.example"),
                ("db.corp.example/", "db.corp.example"),
                ("https://bob@db.corp.example:8443/", "db.corp.example"),
                ("https://login.example.com/console", "login.example.com"),
                ("db.corp.example", "db.corp.example"),
                ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ] {
                let mut draft = Draft::default();
                match field.strip_prefix("clustering.nodes.") {
                    Some(column) => draft.nodes.push([(column.to_owned(), text.to_owned())].into()),
                    None => draft.set(field, text),
                }
                let notes = normalize(&mut draft);
                let left = draft.nodes.first().map_or_else(|| draft.text(field), |node| &node["host"]);
                assert_eq!(left, host, "{field} {text}");
                assert_eq!(notes.len(), usize::from(text != host), "{field} {text}: a change has a note");
            }
        }
        for text in ["https://id.example.com/auth", "id.example.com/auth", "https://id.example.com:8443/auth"] {
            let mut draft = Draft::default();
            draft.set("load_balancer.hostname", text);
            assert!(normalize(&mut draft).is_empty());
            assert_eq!(draft.text("load_balancer.hostname"), text, "no path is removed silently");
        }
    }

    /// A combined PEM file in any field: the key is removed, with a note about the place.
    #[test]
    fn no_text_of_a_draft_keeps_a_private_key() {
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        let pem = format!("{certificate}-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----\n");
        let mut draft = Draft { title: pem.clone(), ..Draft::default() };
        for setting in steps::all().filter(|setting| !setting.control.is_secret()) {
            match setting.key.strip_prefix("clustering.nodes.") {
                Some(column) => draft.nodes.push([(column.to_owned(), pem.clone())].into()),
                None => draft.set(setting.key, pem.clone()),
            }
        }
        draft
            .accepted
            .insert("DB-02".to_owned(), Acceptance { by: pem.clone(), on: String::new(), reason: pem.clone() });
        for typed in [true, false] {
            let mut draft = draft.clone();
            let notes = if typed { strip_credentials(&mut draft) } else { normalize(&mut draft) };
            assert!(!format!("{draft:?}{notes:?}").contains("canary"), "{draft:?}");
            let places = 3 + draft.answers.len() + draft.nodes.len();
            let reported =
                notes.iter().filter(|note| note.what.ends_with("contained a private key, which was removed."));
            assert_eq!(reported.count(), places);
            assert_eq!(draft.text("load_balancer.provided_certificate"), certificate.trim());
        }
    }
}
