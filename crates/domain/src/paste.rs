//! What people paste: whole addresses and JDBC URLs in a host field are taken apart, and it is said.

mod address;

use address::{IS_PATHS, PastedAddress};

use crate::check::CheckId;
use crate::draft::Draft;
use crate::finding::{Finding, FindingLocation, Severity};
use crate::step::Step;
use crate::steps::keys;
use crate::value::{Control, is_bidi_control};
use crate::{credentials, jdbc, key_material, node_list, steps};

/// Takes apart what was pasted into host fields, takes passwords out of all, and says what it did. What it does not
/// understand stays as it is.
pub fn normalize(draft: &mut Draft) -> Vec<Finding> {
    let mut notes = Vec::new();
    // A file's title stands in lists and histories like one that was typed: on one line, and read as it is.
    draft.title.retain(|letter| !letter.is_control() && !is_bidi_control(letter));
    tidy_database_url(draft, &mut notes);
    // Before anything is split: a part of a login is not told from a port.
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

/// Takes every password and private key out of the texts of a draft and says where one was. A draft is shown, saved and written to plan
/// files as it is, so this is done before each of them.
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
            ("a password", "Enter a password in its own field.")
        } else {
            ("a private key", "Enter the key of the load balancer in its own field, “Private key”.")
        };
        *text = left;
        let at = at.unwrap_or_else(|| FindingLocation::step(Step::Product));
        notes.push(note(at, format!("{label} held {what}, which was not kept."), remedy));
    };
    take_out(&mut draft.title, None, "The name of the plan");
    for (check, acceptance) in &mut draft.accepted {
        take_out(&mut acceptance.reason, None, &format!("The reason for {check}"));
        take_out(&mut acceptance.by, None, &format!("The name beside {check}"));
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

const CHECK_VALUES_REMEDY: &str = "Check that they are what you meant.";

/// How strict the values of `database.tls` are, the laxest first.
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
    // The name alone tells which database it is of the two or three.
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
    let several = if parts.several { " Of its several hosts the first was taken." } else { "" };
    let left_out = match parts.left_out.as_slice() {
        [] => String::new(),
        options => format!(" Left out, since the files bring their own options: {}.", options.join(", ")),
    };
    let what = format!("The JDBC URL was split: {}.{several}{left_out}", taken.join(", "));
    notes.push(note(at(), what, CHECK_VALUES_REMEDY));
    if let Some(mode) = laxer {
        let (theirs, ours) =
            (shown(keys::DATABASE.tls, mode), shown(keys::DATABASE.tls, draft.text(keys::DATABASE.tls)));
        notes.push(note(
            FindingLocation::setting(Step::Database, keys::DATABASE.tls),
            format!("The JDBC URL says “{theirs}”, which is weaker than “{ours}”. “{ours}” stays."),
            "Choose the weaker mode yourself if the server offers no more.",
        ));
    }
    if parts.had_password {
        notes.push(Finding {
            check: Some(CheckId::Db40),
            ..note(
                FindingLocation::setting(Step::Database, keys::DATABASE.password),
                "The URL held a password, which was not kept.".to_owned(),
                "Enter the password in its own field.",
            )
        });
    }
}

/// A value as the page shows it: a choice by its label.
fn shown(key: &str, value: &str) -> String {
    let control = steps::setting(key).map(|setting| setting.control);
    let choices = if let Some(Control::Choice(choices)) = control { choices } else { &[] };
    let text = choices.iter().find(|choice| choice.value == value).map_or(value, |choice| choice.label);
    text.chars().filter(|letter| !letter.is_control()).take(64).collect()
}

/// Every .pem that MySQL makes itself ends with a NUL, which no PEM holds.
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
        None => format!("The host was taken {}.", address.without()),
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
        // The type refuses it and says why: the path must not be lost without a word.
        return;
    }
    let mut what = match address.port {
        Some(port) => format!("The address was split into hostname and HTTPS port {}.", crate::value::quoted(port)),
        None => "The hostname was taken from the address.".to_owned(),
    };
    if is_of_is {
        what.push_str(" Its path is a page of IS and was left out.");
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
        None => format!("The address was taken {}.", address.without()),
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
        None => format!("The address was taken {}.", address.without()),
        Some(Err(_)) => return,
        Some(Ok(port)) => {
            let host = format!("{}:{port}", address.host);
            *node = node_list::split_offset_from_port(
                [std::mem::take(node), [("host".to_owned(), host)].into()].into_iter().flatten().collect(),
            );
            match node.get("offset").filter(|_| (9443..=9543).contains(&port)) {
                Some(offset) => format!("Port {port} was taken as offset {offset}."),
                None => format!("Port {port} was taken as the Hazelcast port."),
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
    fn a_jdbc_url_in_the_host_field_is_split_and_said() {
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
        assert!(normalize(&mut draft).is_empty(), "what is tidy stays");
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
        assert_eq!(notes.len(), places, "each is said");
        assert!(!format!("{draft:?}{notes:?}").contains("canary"), "{draft:?}");
        let notes = normalize(&mut tidied);
        assert!(!format!("{tidied:?}{notes:?}").contains("canary"), "{tidied:?}");
        assert_eq!(
            (tidied.text("load_balancer.hostname"), tidied.title.as_str()),
            // A path of its own is refused and not taken off.
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
        assert!(notes[0].what.ends_with("bring their own options: serverTimezone, useUnicode."), "{notes:?}");
        assert_eq!(
            notes[1].what,
            "The JDBC URL says “TLS”, which is weaker than “TLS, certificate checked”. “TLS, certificate checked” stays."
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
                assert_eq!(notes.len(), usize::from(text != host), "{field} {text}: what changes is said");
            }
        }
        for text in ["https://id.example.com/auth", "id.example.com/auth", "https://id.example.com:8443/auth"] {
            let mut draft = Draft::default();
            draft.set("load_balancer.hostname", text);
            assert!(normalize(&mut draft).is_empty());
            assert_eq!(draft.text("load_balancer.hostname"), text, "no path is lost without a word");
        }
    }

    /// A combined PEM file in any field: the key is not kept, and it is said where.
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
            let said = notes.iter().filter(|note| note.what.ends_with("held a private key, which was not kept."));
            assert_eq!(said.count(), places);
            assert_eq!(draft.text("load_balancer.provided_certificate"), certificate.trim());
        }
    }
}
