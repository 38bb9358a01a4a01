//! Several servers over one store must seal with one key. The store remembers which: its id, from which the key cannot be
//! found. It decides nothing: with another key a server works and its secrets count as missing.

use store::{Store, StoreError};

use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, Entry, PlainText, RecordError, Update};
use crate::vault::Vault;

/// The ID of the vault key.
const KEY_IDS: Collection<PlainText, OfProgram> = Collection::new(kinds::FACT);
/// The name of the fact.
const VAULT_KEY_FACT: &str = "vault key";

/// How this server's key and the store's secrets fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyMatch {
    /// Other replicas seal with the same key, or no one has sealed before.
    Same,
    /// The secrets were sealed with the key of this id.
    Other(String),
}

/// Compares the vault's key with the one that the store's secrets are sealed with, and notes it where there was none or
/// where a change of keys is under way.
///
/// # Errors
/// When the database does not answer.
pub async fn verify_store_key(store: &dyn Store, vault: &Vault) -> Result<KeyMatch, StoreError> {
    let mine = vault.key_id().to_string();
    let note = |noted: Option<Entry<PlainText>>| {
        Ok(match noted.and_then(|entry| entry.value) {
            Some(noted) if noted.0 == mine => Update::Leave(KeyMatch::Same),
            Some(noted) if !vault.has_key(&noted.0) => Update::Leave(KeyMatch::Other(noted.0)),
            _ => Update::Put {
                value: PlainText(mine.clone()),
                expires_at: None,
                with: Vec::new(),
                result: KeyMatch::Same,
            },
        })
    };
    match KEY_IDS.all(store).update(VAULT_KEY_FACT, note).await {
        Err(RecordError::Store(error)) => Err(error),
        // Servers that note their keys at the same moment do so again at their next start.
        noted => Ok(noted.unwrap_or(KeyMatch::Same)),
    }
}

#[cfg(test)]
mod tests {
    use domain::server_credential::ServerCredential;

    use super::*;
    use crate::tests::empty_store;

    #[tokio::test]
    async fn another_key_is_noticed_and_a_change_of_keys_is_not_mistaken_for_it() {
        let (folder, store) = empty_store().await;
        let store = store.as_ref();
        let vault = |keys: &str| Vault::open(folder.path(), Some(&ServerCredential::new(keys))).unwrap();
        let (one, two) = ("11".repeat(32), "22".repeat(32));
        assert_eq!(verify_store_key(store, &vault(&one)).await.unwrap(), KeyMatch::Same);
        let other = verify_store_key(store, &vault(&two)).await.unwrap();
        assert_eq!(other, KeyMatch::Other(vault(&one).key_id().to_string()));
        assert_eq!(verify_store_key(store, &vault(&one)).await.unwrap(), KeyMatch::Same, "it is not noted over");
        assert_eq!(verify_store_key(store, &vault(&format!("{two},{one}"))).await.unwrap(), KeyMatch::Same);
        assert_eq!(verify_store_key(store, &vault(&two)).await.unwrap(), KeyMatch::Same, "the change is noted");
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&KEY_IDS, Some(VAULT_KEY_FACT)).await;
    }
}
