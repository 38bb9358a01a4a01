//! The name of the program in the files of a bundle.

/// What wrote a bundle, in its manifest and README.
pub const GENERATOR: &str = concat!("Clusterwright ", env!("CARGO_PKG_VERSION"));
