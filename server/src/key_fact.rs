//! Several servers over one store must seal with one key. The store remembers which: its id, from which the key cannot be
//! found. It decides nothing: with another key a server works and its secrets count as missing.

use store::{Expected, RecordWrite, Store, StoreError};

use crate::vault::Vault;

const FACT: &str = "fact";
const KEY: &str = "vault key";

/// How this server's key and the store's secrets fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyFit {
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
pub async fn compare(store: &dyn Store, vault: &Vault) -> Result<KeyFit, StoreError> {
    let mine = vault.key_id().to_string();
    // Another server may note its own at the same moment: then that one counts.
    for _ in 0..2 {
        let noted = store.record(FACT, None, KEY).await?;
        let expected = match &noted {
            Some(noted) if noted.body == mine => return Ok(KeyFit::Same),
            Some(noted) if !vault.opens(&noted.body) => return Ok(KeyFit::Other(noted.body.clone())),
            Some(noted) => Expected::Version(noted.version),
            None => Expected::Absent,
        };
        let note = RecordWrite::Put { kind: FACT, key: KEY.to_owned(), body: mine.clone(), expires_at: 0, expected };
        if let store::WriteOutcome::Written { .. } = store.write(None, &[note]).await? {
            return Ok(KeyFit::Same);
        }
    }
    Ok(KeyFit::Same)
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
        assert_eq!(compare(&store, &vault(&one)).await.unwrap(), KeyFit::Same);
        let other = compare(&store, &vault(&two)).await.unwrap();
        assert_eq!(other, KeyFit::Other(vault(&one).key_id().to_string()));
        assert_eq!(compare(&store, &vault(&one)).await.unwrap(), KeyFit::Same, "it is not noted over");
        assert_eq!(compare(&store, &vault(&format!("{two},{one}"))).await.unwrap(), KeyFit::Same);
        assert_eq!(compare(&store, &vault(&two)).await.unwrap(), KeyFit::Same, "the change is noted");
    }
}
