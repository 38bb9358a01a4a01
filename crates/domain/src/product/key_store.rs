//! The key stores of IS's packs.

/// The type of IS's keystores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyStoreType {
    /// `wso2carbon.jks`, up to 7.0.
    Jks,
    /// `wso2carbon.p12`, from 7.1.
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
