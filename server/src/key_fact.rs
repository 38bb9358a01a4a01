//! Several servers over one store must seal with one key. The store remembers which: its id, from which the key cannot be
//! found. It decides nothing: with another key a server works and its secrets count as missing.

use store::{Expected, RecordWrite, Store, StoreError};

use crate::vault::Vault;

const FACT_KIND: &str = "fact";
const VAULT_KEY_FACT: &str = "vault key";

/// How this server's key and the store's secrets fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyMatch {
    /// Others seal with the same key, or nobody did before.
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
    // Another server may note its own at the same moment: then that one counts.
    for _ in 0..2 {
        let noted = store.record(FACT_KIND, None, VAULT_KEY_FACT).await?;
        let expected = match &noted {
            Some(noted) if noted.body == mine => return Ok(KeyMatch::Same),
            Some(noted) if !vault.has_key(&noted.body) => return Ok(KeyMatch::Other(noted.body.clone())),
            Some(noted) => Expected::Version(noted.version),
            None => Expected::Absent,
        };
        let note = RecordWrite::Put {
            kind: FACT_KIND,
            key: VAULT_KEY_FACT.to_owned(),
            body: mine.clone(),
            expires_at: 0,
            expected,
        };
        if let store::WriteOutcome::Written { .. } = store.write(None, &[note]).await? {
            return Ok(KeyMatch::Same);
        }
    }
    Ok(KeyMatch::Same)
}

#[cfg(test)]
mod tests {
    use domain::secret::Secret;
    use store::SqliteStore;

    use super::*;

    #[tokio::test]
    async fn another_key_is_noticed_and_a_change_of_keys_is_not_mistaken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("plans.db")).await.unwrap();
        let vault = |keys: &str| Vault::open(folder.path(), Some(&Secret::new(keys))).unwrap();
        let (one, two) = ("11".repeat(32), "22".repeat(32));
        assert_eq!(verify_store_key(&store, &vault(&one)).await.unwrap(), KeyMatch::Same);
        let other = verify_store_key(&store, &vault(&two)).await.unwrap();
        assert_eq!(other, KeyMatch::Other(vault(&one).key_id().to_string()));
        assert_eq!(verify_store_key(&store, &vault(&one)).await.unwrap(), KeyMatch::Same, "it is not noted over");
        assert_eq!(verify_store_key(&store, &vault(&format!("{two},{one}"))).await.unwrap(), KeyMatch::Same);
        assert_eq!(verify_store_key(&store, &vault(&two)).await.unwrap(), KeyMatch::Same, "the change is noted");
    }
}
