//! A secret reaches only the server that it was entered for: the changes of a visitor must not send it to another address.

use domain::draft::Draft;
use domain::finding::{Finding, FindingLocation, Severity};
use domain::{sharing, steps};

use crate::access::actor::Actor;
use crate::plans::{OpenPlan, SecretEdits};

/// Deletes the secrets that the change from `before` would send to another address, unless they are entered anew with it,
/// and reports that. The owner knows their own passwords: for them nothing is deleted.
pub fn drop_redirected_secrets(
    actor: &Actor,
    before: &Draft,
    plan: &OpenPlan,
    secrets: &mut SecretEdits,
    notes: &mut Vec<Finding>,
) {
    if let Actor::Owner(_) = actor {
        return;
    }
    for secret in sharing::redirected_secrets(before, &plan.draft) {
        let is_kept = plan.secrets.get(secret).is_some() || plan.sealed_elsewhere.iter().any(|sealed| sealed == secret);
        let is_entered = secrets.iter().any(|(setting, value)| setting == secret && value.is_some());
        let Some(setting) = steps::setting(secret).filter(|_| is_kept && !is_entered) else { continue };
        secrets.push((secret.to_owned(), None));
        notes.push(Finding {
            severity: Severity::Notes,
            check: None,
            at: FindingLocation::setting(setting.step, secret),
            what: format!("{} was given for another server and is forgotten.", setting.label),
            why: String::new(),
            remedy: "Enter it again for this one.".to_owned(),
        });
    }
}
