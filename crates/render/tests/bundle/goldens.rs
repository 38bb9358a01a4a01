//! Whole bundles as files: all keys derive from one fixed key, so every byte is compared. `cargo xtask accept` rewrites them.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};

use crate::scenario::SCENARIOS;
use crate::world::Unpacked;

/// A text as it is. A keystore, which is not text, by its length and digest.
fn golden(path: &str, content: &[u8]) -> Vec<u8> {
    if !path.contains("/resources/security/") {
        return content.to_vec();
    }
    let digest: String = digest(&SHA256, content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} bytes, SHA-256 {digest}\n", content.len()).into_bytes()
}

#[test]
fn golden_bundles() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = Vec::new();
    for scenario in SCENARIOS.iter() {
        let bundle = Unpacked::of(scenario);
        files.extend(
            bundle.0.iter().map(|(path, (_, content))| (format!("{}/{path}", scenario.name), golden(path, content))),
        );
    }
    testbed::golden::check_dir(folder, files);
}
