//! The name of the program in the files of a bundle.

/// The generator in the manifest and README of a bundle.
pub const GENERATOR: &str = concat!("Clusterwright ", env!("CARGO_PKG_VERSION"));
