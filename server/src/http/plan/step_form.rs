//! From a posted form to the draft: what was entered goes in as it was entered, secrets go to the vault.

use std::collections::BTreeMap;

use domain::draft::Draft;
use domain::finding::{Finding, FindingLocation, Severity};
use domain::limits::PLAN_NAME;
use domain::node_list::{self, MAX_ROWS, NodeList};
use domain::secret::Secret;
use domain::step::Step;
use domain::steps::keys;
use domain::{paste, steps};

use crate::http::form::Form;
use service::plans::SecretEdits;

/// Takes every answer of the form into the draft and does what a button of the node table asks for. Gives the secrets
/// that change and notes about what was taken apart.
pub(crate) fn apply(draft: &mut Draft, form: &Form, action: &str) -> (SecretEdits, Vec<Finding>) {
    let secrets = apply_fields(draft, form);
    let texts = edit_nodes(draft, action, form);
    let mut notes: Vec<Finding> = texts.into_iter().map(about_nodes).collect();
    notes.extend(paste::normalize(draft));
    (secrets, notes)
}

/// Takes every answer of the form while it is still being typed: nothing is taken apart yet, but no password stays.
pub(crate) fn apply_draft(draft: &mut Draft, form: &Form) -> (SecretEdits, Vec<Finding>) {
    let secrets = apply_fields(draft, form);
    (secrets, paste::strip_credentials(draft))
}

fn apply_fields(draft: &mut Draft, form: &Form) -> SecretEdits {
    let mut secrets = SecretEdits::new();
    // A name above the limit was refused before: the one that the plan has stays.
    if let Some(Ok(title)) = form.get("title").map(|text| PLAN_NAME.line(text)) {
        draft.title = title;
    }
    for step in Step::ALL {
        for setting in steps::settings(step) {
            let uploaded = form.get(&format!("{}.file", setting.key)).filter(|text| !text.trim().is_empty());
            let Some(text) = uploaded.or_else(|| form.get(setting.key)) else { continue };
            if !setting.control.is_secret() {
                draft.set(setting.key, text);
            } else if !text.is_empty() {
                // An empty field keeps the secret that is set: the page cannot show it.
                secrets.push((setting.key.to_owned(), Some(Secret::new(text))));
            }
        }
    }
    // Every form of the clustering step has a scheme; without that field the form is of another step.
    if form.get(keys::CLUSTERING.scheme).is_some() {
        draft.nodes = rows(form);
    }
    secrets
}

fn rows(form: &Form) -> Vec<BTreeMap<String, String>> {
    let mut rows: BTreeMap<usize, BTreeMap<String, String>> = BTreeMap::new();
    for (name, text) in form.fields() {
        let Some((row, column)) = name.strip_prefix("nodes.").and_then(|rest| rest.split_once('.')) else { continue };
        let Ok(row) = row.parse::<usize>() else { continue };
        let Some(setting) = steps::node_settings().iter().find(|setting| setting.name == column) else { continue };
        if rows.len() < MAX_ROWS || rows.contains_key(&row) {
            rows.entry(row).or_default().entry(setting.name.to_owned()).or_insert_with(|| text.to_owned());
        }
    }
    rows.into_values().collect()
}

fn about_nodes(what: String) -> Finding {
    Finding {
        severity: Severity::Notes,
        check: None,
        at: FindingLocation::setting(Step::Clustering, keys::NODES),
        what,
        why: String::new(),
        remedy: String::new(),
    }
}

/// Carries out what a button of the node table asks for. Gives what has to be said about it.
fn edit_nodes(draft: &mut Draft, action: &str, form: &Form) -> Vec<String> {
    let pasted = form.get("paste").unwrap_or_default();
    let nodes = &mut draft.nodes;
    let numbered = |prefix: &str| action.strip_prefix(prefix).and_then(|row| row.parse::<usize>().ok());
    if action == "add-node" {
        nodes.push(node_list::propose_row(nodes));
        return node_list::too_many_nodes_message(nodes.len()).into_iter().collect();
    } else if action == "paste-nodes" {
        let NodeList { nodes: rows, mut notes } = node_list::parse(pasted);
        if rows.is_empty() && notes.is_empty() {
            notes.push("The list is empty. Paste one line per node.".to_owned());
        }
        if !rows.is_empty() {
            notes.insert(0, node_list::import_message(rows.len()));
            *nodes = rows;
        }
        return notes;
    } else if let Some(row) = numbered("remove-node.") {
        if row < nodes.len() {
            nodes.remove(row);
        }
    } else if let Some(row) = numbered("move-node-up.") {
        if row > 0 && row < nodes.len() {
            nodes.swap(row - 1, row);
        }
    } else if let Some(row) = numbered("move-node-down.")
        && row + 1 < nodes.len()
    {
        nodes.swap(row, row + 1);
    } else if action == "continue" && !pasted.trim().is_empty() {
        return vec!["The pasted list of nodes was not used. Paste it again and select “Replace nodes”.".to_owned()];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::security::field_permission;

    #[test]
    fn a_form_of_one_step_leaves_the_others_alone() {
        let mut draft = Draft::default();
        draft.nodes.push([("name".to_owned(), "is-1".to_owned())].into());
        let form = Form::urlencoded(b"database.host=db%3A3307&database.password=&database.port=1");
        let (secrets, notes) = apply(&mut draft, &form, "continue");
        assert!(secrets.is_empty(), "an empty secret keeps what is set");
        assert_eq!((draft.text("database.host"), draft.text("database.port")), ("db", "3307"));
        assert_eq!(notes.len(), 1);
        assert_eq!(draft.nodes.len(), 1);
    }

    #[test]
    fn a_plan_is_renamed_by_the_form_that_has_its_name() {
        let mut draft = Draft { title: "Before".to_owned(), ..Draft::default() };
        let _ = apply(&mut draft, &Form::urlencoded(b"product.version=7.2.0"), "");
        assert_eq!(draft.title, "Before");
        let _ = apply(&mut draft, &Form::urlencoded(b"title=After%0A%E2%80%AEall&product.version=7.2.0"), "");
        assert_eq!(draft.title, "Afterall");
    }

    #[test]
    fn nodes_are_added_moved_removed_and_pasted() {
        let form = Form::urlencoded(b"clustering.scheme=wka&nodes.0.name=a&nodes.1.name=b&nodes.7.name=c&nodes.x.name=d&nodes.0.evil=e&paste=10.0.0.1");
        let mut draft = Draft::default();
        let _ = apply(&mut draft, &form, "");
        let names = |draft: &Draft| draft.nodes.iter().map(|node| node["name"].clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(names(&draft), "a b c");
        for (action, after) in [
            ("move-node-up.2", "a c b"),
            ("move-node-down.0", "c a b"),
            ("remove-node.1", "c b"),
            ("remove-node.9", "c b"),
            ("add-node", "c b is-1"),
            ("paste-nodes", "is-1"),
        ] {
            assert!(field_permission::is_node_action(action));
            let _ = edit_nodes(&mut draft, action, &form);
            assert_eq!(names(&draft), after, "{action}");
        }
        assert!(!field_permission::is_node_action("continue"));
    }

    #[test]
    fn a_list_of_too_many_nodes_is_taken_and_reported() {
        let list: String = (1..=17).fold(String::new(), |text, number| format!("{text}10.0.0.{number}%0A"));
        let form = Form::urlencoded(format!("clustering.scheme=wka&paste={list}").as_bytes());
        let mut draft = Draft::default();
        let (_, notes) = apply(&mut draft, &form, "paste-nodes");
        assert_eq!(draft.nodes.len(), 17, "no node is dropped without a word");
        assert_eq!(notes[0].what, "17 nodes imported.");
        assert!(notes[1].what.contains("at most 16"), "{notes:?}");
        let (_, notes) = apply(&mut Draft::default(), &form, "continue");
        assert!(notes[0].what.contains("was not used"), "{notes:?}");
    }

    #[test]
    fn a_huge_form_is_read_once_and_bounded() {
        let mut body = b"clustering.scheme=wka&nodes.3.name=first".to_vec();
        for row in 0..200_000 {
            body.extend_from_slice(format!("&nodes.{}.name=x", row % 100_000).as_bytes());
        }
        let mut draft = Draft::default();
        let started = std::time::Instant::now();
        let _ = apply(&mut draft, &Form::urlencoded(&body), "");
        assert_eq!((draft.nodes.len(), draft.nodes[1]["name"].as_str()), (MAX_ROWS, "x"));
        assert_eq!(draft.nodes[3]["name"], "first", "the first value of a name counts");
        // Reading it once takes a few hundredths of a second; once a name, it took minutes.
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
    }
}
