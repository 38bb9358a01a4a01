//! Deterministic signatures for rcgen: the same key and message give the same bytes.
//!
//! RSA signs with PKCS#1 v1.5, which has no randomness. aws-lc-rs draws a random number for each ECDSA signature, so
//! ECDSA comes from `p256`, which derives it from key and message (RFC 6979).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::DecodePrivateKey;
use rcgen::{PublicKeyData, SignatureAlgorithm};

use super::CertificateError;
use crate::keyring::PrivateKey;

pub(super) enum Signer {
    Rsa { pair: Box<KeyPair>, public: Vec<u8> },
    Ecdsa { key: Box<SigningKey>, public: Vec<u8> },
}

impl Signer {
    pub(super) fn rsa(key: &PrivateKey) -> Result<Self, CertificateError> {
        let pair = KeyPair::from_pkcs8(key.pkcs8()).map_err(CertificateError::LoadRsa)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self::Rsa { pair: Box::new(pair), public })
    }

    pub(super) fn ecdsa(key: &PrivateKey) -> Result<Self, CertificateError> {
        let key = SigningKey::from_pkcs8_der(key.pkcs8()).map_err(CertificateError::LoadEcdsa)?;
        let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Self::Ecdsa { key: Box::new(key), public })
    }
}

impl PublicKeyData for Signer {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Rsa { public, .. } | Self::Ecdsa { public, .. } => public,
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Rsa { .. } => &rcgen::PKCS_RSA_SHA256,
            Self::Ecdsa { .. } => &rcgen::PKCS_ECDSA_P256_SHA256,
        }
    }
}

impl rcgen::SigningKey for Signer {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::Rsa { pair, .. } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                // The random source is asked for by the interface and not used with this padding.
                #[expect(clippy::disallowed_methods, reason = "this padding draws no random bytes")]
                let unused = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &unused, message, &mut signature)
                    .map_err(|_| rcgen::Error::RemoteKeyError)?;
                Ok(signature)
            }
            Self::Ecdsa { key, .. } => {
                let signature: p256::ecdsa::DerSignature =
                    key.try_sign(message).map_err(|_| rcgen::Error::RemoteKeyError)?;
                Ok(signature.as_bytes().to_vec())
            }
        }
    }
}
