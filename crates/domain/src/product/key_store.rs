//! The key stores of IS's packs.

/// The type of IS's key stores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyStoreType {
    /// `wso2carbon.jks`, up to 7.0.
    Jks,
    /// `wso2carbon.p12`, from 7.1.
    Pkcs12,
}

impl KeyStoreType {
    /// As deployment.toml's `type` says it.
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
