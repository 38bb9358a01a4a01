//! The key of the primary keystore: it signs JSON Web Tokens (RFC 7519) with RS256, and its public half is in JWKS.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::error::StandInError;

/// A key and what clients see of it.
pub(crate) struct SigningKey {
    pair: KeyPair,
    random: SystemRandom,
    /// IS's key id: the base64 of the hexadecimal SHA-256 of the certificate, and the algorithm. There is no certificate here;
    /// the public key is hashed.
    key_id: String,
    thumbprint: String,
    modulus: String,
    exponent: String,
}

impl SigningKey {
    /// A new key of 2048 bits. It may take a second: call it where waiting blocks nothing else.
    pub(crate) fn generate() -> Result<Self, StandInError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|error| unusable(&error))?;
        Self::of(pair)
    }

    /// The key in PKCS#8 PEM.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, StandInError> {
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| unusable(&error))?;
        Self::of(KeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|error| unusable(&error))?)
    }

    #[expect(clippy::disallowed_methods, reason = "a signature of PKCS#1 v1.5 draws nothing, but takes a source")]
    fn of(pair: KeyPair) -> Result<Self, StandInError> {
        // RSAPublicKey of RFC 8017, appendix A.1.1: modulus and exponent.
        let (modulus, exponent) = yasna::parse_der(pair.public_key().as_ref(), |reader| {
            reader.read_sequence(|reader| {
                Ok((reader.next().read_bigint_bytes()?.0, reader.next().read_bigint_bytes()?.0))
            })
        })
        .map_err(|error| unusable(&error))?;
        let hash = digest(&SHA256, pair.public_key().as_ref());
        let url_safe = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok(Self {
            key_id: format!("{}_RS256", STANDARD_NO_PAD.encode(hex::encode(hash))),
            thumbprint: url_safe(&hash.as_ref()[..20]),
            modulus: url_safe(without_leading_zeros(&modulus)),
            exponent: url_safe(without_leading_zeros(&exponent)),
            pair,
            random: SystemRandom::new(),
        })
    }

    /// The document at `/oauth2/jwks`.
    pub(crate) fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id, "x5t": self.thumbprint,
            "n": self.modulus, "e": self.exponent,
        }]})
    }

    /// A signed token; `None` if the library fails, which it does for no key that it has accepted.
    pub(crate) fn sign(&self, media_type: &str, claims: &Value) -> Option<String> {
        let header = json!({"x5t": self.thumbprint, "kid": self.key_id, "typ": media_type, "alg": "RS256"});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &self.random, signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token that this key has signed, whether or not it has expired.
    pub(crate) fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref());
        key.verify(signed.as_bytes(), &signature).ok()?;
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
        serde_json::from_slice(&claims).ok()
    }
}

fn unusable(error: &dyn std::fmt::Display) -> StandInError {
    StandInError::SigningKey { reason: error.to_string() }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_accepts_its_own_tokens_alone() {
        let (own, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let token = own.sign("at+jwt", &json!({"sub": "a"})).unwrap();
        assert_eq!(own.verify(&token), Some(json!({"sub": "a"})));
        assert_eq!(other.verify(&token), None);
        assert_eq!(own.verify(&token.replacen('.', ".x", 1)), None);
        let key = &own.jwks()["keys"][0];
        assert_eq!(key["e"], "AQAB");
        assert_eq!(URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap().len(), 256);
        assert!(key["kid"].as_str().unwrap().ends_with("_RS256"));
    }
}
