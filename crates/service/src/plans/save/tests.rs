//! What a save writes, by what was edited.

use domain::author::Author;
use domain::check::CheckId;
use domain::draft::Acceptance;
use domain::history::journal::JournalAction;
use domain::secret::Secrets;
use domain::sharing::LinkId;
use domain::steps::keys;
use store::PlanId;

use super::*;

const HOST: &str = keys::DATABASE.host;
const PASSWORD: &str = keys::DATABASE.password;

fn stored(host: &str) -> OpenPlan {
    let mut draft = Draft::default();
    draft.set(HOST, host);
    let mut secrets = Secrets::new();
    secrets.insert(PASSWORD, Secret::new("stored"));
    OpenPlan {
        id: PlanId::from_random([1; 16]),
        revision: 7,
        updated_at: 1,
        draft,
        secrets,
        sealed_elsewhere: Vec::new(),
        altered: Vec::new(),
        has_keys: false,
    }
}

fn by(link: Option<&str>) -> PlanAction {
    PlanAction::new(Author { link: link.map(|id| LinkId(id.to_owned())), ..Author::default() }, JournalAction::Save)
}

/// A seal that shows what was sealed.
fn seal(setting: &str, secret: &Secret) -> Result<SealedSecret, VaultError> {
    let is_stored = secret.is_same(&Secret::new("stored"));
    Ok(SealedSecret { setting: setting.to_owned(), sealed: vec![u8::from(is_stored)] })
}

fn edits(all: &[(&str, Option<&str>)]) -> SecretEdits {
    all.iter().map(|(setting, secret)| ((*setting).to_owned(), secret.map(Secret::new))).collect()
}

#[test]
fn what_changes_nothing_is_not_saved() {
    let plan = stored("db.internal");
    let before = plan.draft.clone();
    for unchanged in [edits(&[]), edits(&[(PASSWORD, Some("stored"))]), edits(&[("user_store.admin_password", None)])] {
        assert!(PendingSave::plan(&before, &plan, unchanged, &by(None), 100).is_none());
    }
}

#[test]
fn the_last_edit_of_a_secret_counts_and_is_one_line_of_the_journal() {
    let mut plan = stored("db.internal");
    let before = plan.draft.clone();
    let edited = edits(&[(PASSWORD, None), (PASSWORD, Some("new"))]);
    let pending = PendingSave::plan(&before, &plan, edited, &by(None), 100).unwrap();
    assert_eq!(pending.entry.revision, 8);
    assert_eq!(pending.entry.secrets, vec![SecretAction { key: PASSWORD.to_owned(), set: true }]);
    let change = pending.to_change(seal).unwrap();
    assert!(matches!(&change.secrets[..], [SecretChange::Set(SealedSecret { setting, .. })] if setting == PASSWORD));
    assert_eq!(change.at, 100);
    assert!(!change.stale.is_empty(), "checks of the login are outdated");
    pending.apply_to(&mut plan, 8);
    assert!(plan.secrets.get(PASSWORD).unwrap().is_same(&Secret::new("new")));
    assert_eq!((plan.revision, plan.updated_at), (8, 100));
}

#[test]
fn a_visitors_change_of_where_a_secret_is_sent_deletes_it_and_the_owners_does_not() {
    let before = stored("db.internal").draft;
    for (link, is_deleted) in [(Some("link"), true), (None, false)] {
        let plan = stored("db.attacker.example");
        let pending = PendingSave::plan(&before, &plan, edits(&[]), &by(link), 100).unwrap();
        let change = pending.to_change(seal).unwrap();
        assert_eq!(matches!(&change.secrets[..], [SecretChange::Remove { .. }]), is_deleted, "{link:?}");
    }
    // One that the visitor enters with the change is theirs.
    let plan = stored("db.attacker.example");
    let pending =
        PendingSave::plan(&before, &plan, edits(&[(PASSWORD, Some("theirs"))]), &by(Some("link")), 100).unwrap();
    assert!(matches!(&pending.to_change(seal).unwrap().secrets[..], [SecretChange::Set(_)]));
}

#[test]
fn an_acceptance_ends_with_a_change_of_what_it_was_given_for() {
    let check = CheckId::ALL.iter().find(|check| check.depends_on(HOST)).unwrap();
    let acceptance = Acceptance { reason: "test".to_owned(), ..Acceptance::default() };
    let mut before = stored("db.internal").draft;
    before.accepted.insert(check.code().to_owned(), acceptance.clone());
    let mut plan = stored("db2.internal");
    plan.draft.accepted.insert(check.code().to_owned(), acceptance);
    let pending = PendingSave::plan(&before, &plan, edits(&[]), &by(None), 100).unwrap();
    assert!(pending.draft.accepted.is_empty());
    // One that was given with the change stays.
    let given = Acceptance { reason: "of the new server".to_owned(), ..Acceptance::default() };
    plan.draft.accepted.insert(check.code().to_owned(), given);
    let pending = PendingSave::plan(&before, &plan, edits(&[]), &by(None), 100).unwrap();
    assert_eq!(pending.draft.accepted.len(), 1);
}

#[test]
fn keys_are_saved_without_a_line_of_their_own() {
    let mut plan = stored("db.internal");
    let before = plan.draft.clone();
    let pending = PendingSave::plan(&before, &plan, edits(&[(KEY_RING_NAME, Some("ring"))]), &by(None), 100).unwrap();
    assert!(pending.entry.secrets.is_empty());
    pending.apply_to(&mut plan, 8);
    assert!(plan.has_keys && plan.secrets.get(KEY_RING_NAME).is_none());
}
