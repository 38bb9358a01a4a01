//! Which fields of a form an actor may send.

use domain::check::CheckId;
use domain::rights::Permission;
use domain::step::Step;
use service::access::actor::Actor;

/// Whether a person may send this field of a form. Forms name every setting alike whichever step's address they go to, so
/// a form is narrowed to what its sender may change before any handler reads it.
pub(crate) fn may_send_field(actor: &Actor, name: &str, value: &str) -> bool {
    if let Actor::Owner(_) = actor {
        return true;
    }
    let edits = |step: Option<Step>| step.is_some_and(|step| actor.may(Permission::EditStep(step)));
    match name {
        "action" => match value.split_once('.') {
            _ if is_node_action(value) => edits(Some(Step::Clustering)),
            Some(("check", code)) => {
                code.parse().is_ok_and(|check: CheckId| actor.may(Permission::RunChecks(check.step())))
            }
            Some((_, key)) => edits(step_of(key)),
            None => true,
        },
        _ => step_of(name).is_none_or(|step| edits(Some(step))),
    }
}

/// The step that a field of a form belongs to; `None` for one that is no answer.
fn step_of(name: &str) -> Option<Step> {
    match name {
        "title" => Some(Step::Product),
        "paste" => Some(Step::Clustering),
        _ if name.starts_with("nodes.") => Some(Step::Clustering),
        _ => {
            let key = name.strip_suffix(".file").unwrap_or(name);
            domain::steps::setting(key).map(|setting| setting.step)
        }
    }
}

/// Whether `action` is a button of the node table.
pub(crate) fn is_node_action(action: &str) -> bool {
    let prefixes = ["remove-node.", "move-node-up.", "move-node-down."];
    matches!(action, "add-node" | "paste-nodes") || prefixes.into_iter().any(|prefix| action.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use domain::rights::LinkAccess;
    use domain::sharing::LinkId;
    use service::access::actor::{Owner, Visitor};

    use super::*;

    #[test]
    fn a_form_is_narrowed_to_the_step_of_its_sender() {
        let visitor =
            |access| Actor::Visitor(Visitor { link: LinkId("1".to_owned()), access, name: None, ends_at: u64::MAX });
        let dba = visitor(LinkAccess::Fill(Step::Database));
        for (name, value, expected) in [
            ("database.host", "db", true),
            ("database.password", "x", true),
            ("database.ca_certificate.file", "x", true),
            ("revision", "4", true),
            ("action", "continue", true),
            ("action", "forget.database.password", true),
            ("action", "check.DB-05", true),
            ("title", "x", false),
            ("product.version", "7.2.0", false),
            ("user_store.admin_password", "x", false),
            ("load_balancer.provided_key.file", "x", false),
            ("clustering.scheme", "wka", false),
            ("nodes.0.host", "x", false),
            ("paste", "10.0.0.1", false),
            ("action", "forget.user_store.admin_password", false),
            ("action", "check.LB-01", false),
            ("action", "remove-node.0", false),
            ("action", "unheard.of", false),
        ] {
            assert_eq!(may_send_field(&dba, name, value), expected, "{name}={value}");
            assert!(may_send_field(&Actor::Owner(Owner::default()), name, value), "{name}={value}");
            assert_eq!(
                may_send_field(&visitor(LinkAccess::Edit), name, value),
                value != "unheard.of",
                "{name}={value}"
            );
        }
        assert!(!may_send_field(&visitor(LinkAccess::View), "database.host", "db"));
    }
}
