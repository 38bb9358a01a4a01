//! Whole bundles as files. Parts that differ between runs of the tests are replaced by named filters, so that nothing
//! else is ever loosened. `cargo xtask accept` rewrites them.

use std::path::Path;

use crate::scenario::SCENARIOS;
use crate::world::Unpacked;

/// A part that is not compared: everything between two marks.
const FILTERS: [(&str, &str, &str); 4] = [
    ("fingerprint", "fingerprint of the signing certificate:\n`", "`"),
    ("certificates", "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----"),
    ("private keys", "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----"),
    // Multi-line texts of plan.toml begin a line later.
    ("digests", "\"sha256\": \"", "\""),
];

fn filtered(path: &str, content: &[u8]) -> String {
    if path.contains("/resources/security/") {
        return "(key store)\n".to_owned();
    }
    if path == "cluster-keys.json" {
        return "(keys)\n".to_owned();
    }
    let mut text = String::from_utf8(content.to_vec()).unwrap();
    for (name, begin, end) in FILTERS {
        let mut rest = text.as_str();
        let mut out = String::new();
        while let Some((before, after)) = rest.split_once(begin) {
            let (_, after) = after.split_once(end).unwrap();
            let line = if begin.ends_with('\n') { "\n" } else { "" };
            out.push_str(&format!("{before}{begin}({name}){line}{end}"));
            rest = after;
        }
        out.push_str(rest);
        text = out;
    }
    text
}

#[test]
fn golden_bundles() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files = Vec::new();
    for scenario in SCENARIOS.iter() {
        let bundle = Unpacked::of(scenario);
        files.extend(
            bundle.0.iter().map(|(path, (_, content))| (format!("{}/{path}", scenario.name), filtered(path, content))),
        );
    }
    testbed::golden::check_dir(folder, files);
}
