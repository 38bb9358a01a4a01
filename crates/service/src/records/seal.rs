//! Seals of the records that grant permissions: sessions, share links, and the access token's hash. A person who can write
//! the database but does not have the vault's key cannot create one.
//!
//! The vault creates a seal over the whole record: kind, plan, key, end and body. The seal is the first member of the body,
//! `seal`, so that programs without seals still read the rest. It does not distinguish a record from an earlier state of
//! the same record: a person who can write the database can restore an earlier state.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::server_credential::ServerCredential;
use sha2::{Digest as _, Sha256};
use store::{PlanId, Record};

use crate::vault::{Vault, VaultError};

/// What stands before the seal in a body.
const SEAL_MEMBER_PREFIX: &str = "{\"seal\":\"";

/// Where a record stands and how long.
#[derive(Clone, Copy, Debug)]
pub struct RecordPlace<'a> {
    /// Its kind.
    pub kind: &'a str,
    /// Its plan; `None` for a record of the program as a whole.
    pub plan: Option<PlanId>,
    /// Its key.
    pub key: &'a str,
    /// When it expires, in unix seconds; 0 for never.
    pub expires_at: i64,
}

impl<'a> RecordPlace<'a> {
    /// The place of a record that was found.
    #[must_use]
    pub fn of(kind: &'a str, plan: Option<PlanId>, record: &'a Record) -> Self {
        Self { kind, plan, key: &record.key, expires_at: record.expires_at }
    }

    /// What the vault binds the seal to.
    fn bound_to(&self) -> (String, String) {
        (self.plan.map_or_else(String::new, |plan| plan.to_string()), format!("record/{}/{}", self.kind, self.key))
    }

    fn digest(&self, body: &str) -> ServerCredential {
        let digest = Sha256::new().chain_update(self.expires_at.to_be_bytes()).chain_update(body.as_bytes()).finalize();
        ServerCredential::new(hex::encode(digest))
    }
}

/// Why a record does not count.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The record has no seal: an earlier version wrote it, or another program.
    #[error("the record has no seal")]
    Missing,
    /// The seal was made with a key that the vault does not have, or for another record.
    #[error("the seal of the record does not match it")]
    Foreign(#[source] VaultError),
    /// The record was changed after it was sealed.
    #[error("the record was changed after it was sealed")]
    Changed,
}

/// `body`, a JSON object with members, with its seal.
///
/// # Errors
/// When the system gives no random numbers.
pub fn seal_body(vault: &Vault, place: &RecordPlace<'_>, body: &str) -> Result<String, VaultError> {
    let (plan, setting) = place.bound_to();
    let seal = STANDARD.encode(vault.seal_credential(&plan, &setting, &place.digest(body))?);
    Ok(format!("{SEAL_MEMBER_PREFIX}{seal}\",{}", body.strip_prefix('{').unwrap_or(body)))
}

/// The body of a record as it was sealed, without the seal.
///
/// # Errors
/// [`SealError`] when it does not count.
pub fn open_body(vault: &Vault, place: &RecordPlace<'_>, text: &str) -> Result<String, SealError> {
    let (seal, rest) =
        text.strip_prefix(SEAL_MEMBER_PREFIX).and_then(|rest| rest.split_once("\",")).ok_or(SealError::Missing)?;
    let seal = STANDARD.decode(seal).map_err(|_| SealError::Missing)?;
    let (plan, setting) = place.bound_to();
    let digest = vault.unseal_credential(&plan, &setting, &seal).map_err(SealError::Foreign)?;
    let body = format!("{{{rest}");
    if digest.is_same(&place.digest(&body)) { Ok(body) } else { Err(SealError::Changed) }
}

/// Whether the seal of `text` was made with the key that seals now.
pub fn is_current(vault: &Vault, text: &str) -> bool {
    let seal = text.strip_prefix(SEAL_MEMBER_PREFIX).and_then(|rest| rest.split_once('"'));
    seal.and_then(|(seal, _)| STANDARD.decode(seal).ok()).is_some_and(|seal| vault.is_current(&seal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::vault;

    #[test]
    fn a_record_counts_where_and_as_it_was_sealed() {
        let other = vault("22");
        let vault = vault("11");
        let plan = Some(PlanId::from_random([1; 16]));
        let place = RecordPlace { kind: "link", plan, key: "a", expires_at: 100 };
        let text = seal_body(&vault, &place, r#"{"right":"view","uses":1}"#).unwrap();
        assert_eq!(open_body(&vault, &place, &text).unwrap(), r#"{"right":"view","uses":1}"#);
        let seen: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(seen["right"], "view", "programs without seals read the rest");
        for elsewhere in [
            RecordPlace { kind: "session", ..place },
            RecordPlace { plan: None, ..place },
            RecordPlace { plan: Some(PlanId::from_random([2; 16])), ..place },
            RecordPlace { key: "b", ..place },
        ] {
            assert!(matches!(open_body(&vault, &elsewhere, &text), Err(SealError::Foreign(_))), "{elsewhere:?}");
        }
        let longer = RecordPlace { expires_at: 101, ..place };
        assert!(matches!(open_body(&vault, &longer, &text), Err(SealError::Changed)));
        let edited = text.replace("view", "edit");
        assert!(matches!(open_body(&vault, &place, &edited), Err(SealError::Changed)));
        assert!(matches!(open_body(&vault, &place, r#"{"right":"edit"}"#), Err(SealError::Missing)));
        assert!(matches!(open_body(&other, &place, &text), Err(SealError::Foreign(_))));
        assert!(is_current(&vault, &text) && !is_current(&other, &text) && !is_current(&vault, "{}"));
    }
}
