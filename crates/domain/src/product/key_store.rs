//! The key stores of IS's packs.

use serde::{Serialize, Serializer};

/// The type of IS's keystores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyStoreType {
    /// `wso2carbon.jks`, up to 7.0: Sun's own format. Its key protection is weak; the mode of the file and the length of the
    /// password protect the keys.
    Jks,
    /// `wso2carbon.p12`, from 7.1: RFC 7292 with PBES2 (PBKDF2-HMAC-SHA256, AES-256-CBC) and an HMAC-SHA256 seal. Java reads it
    /// from 8u301, 11.0.12 and 17; 7.1 and later run on 11 or later.
    Pkcs12,
}

impl KeyStoreType {
    /// The value of `type` in deployment.toml.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jks => "JKS",
            Self::Pkcs12 => "PKCS12",
        }
    }

    /// The file ending.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jks => "jks",
            Self::Pkcs12 => "p12",
        }
    }
}

impl Serialize for KeyStoreType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
