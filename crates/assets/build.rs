//! Embeds what `cargo xtask build` has put into `<target>/site`. Where nothing was built yet, the set is empty, so that
//! a plain `cargo build` or `cargo test` works.
#![expect(clippy::disallowed_methods, reason = "cargo passes its values in the environment")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

#[derive(Deserialize, Default)]
struct SiteManifest {
    version: String,
    files: BTreeMap<String, ManifestEntry>,
}

#[derive(Deserialize)]
struct ManifestEntry {
    file: String,
    content_type: String,
    brotli: Option<String>,
    gzip: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let site = site(&out)?;
    // This folder must exist: cargo would run this script on each build if it named a file that does not exist yet.
    fs::create_dir_all(&site)?;
    println!("cargo::rerun-if-env-changed=CLUSTERWRIGHT_SITE");
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rerun-if-changed=build.rs");

    let manifest = site.join("manifest.json");
    let manifest: SiteManifest =
        if manifest.exists() { serde_json::from_slice(&fs::read(manifest)?)? } else { SiteManifest::default() };
    fs::write(out.join("embedded.rs"), source(&site, &manifest)?)?;
    Ok(())
}

/// The folder of finished assets: named by the environment, or `site` in cargo's build folder. `OUT_DIR` is
/// `<target>/<profile>/build/<package>/out`, with `--target` one folder deeper.
fn site(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(site) = env::var_os("CLUSTERWRIGHT_SITE") {
        return Ok(PathBuf::from(site));
    }
    let mut candidates = out.ancestors().skip(4).take(2).map(|target| target.join("site"));
    let usual = candidates.next().ok_or("OUT_DIR lies in no build folder of cargo; set CLUSTERWRIGHT_SITE")?;
    let deeper = candidates.find(|site| !usual.join("manifest.json").exists() && site.join("manifest.json").exists());
    Ok(deeper.unwrap_or(usual))
}

/// The Rust source of the embedded set.
fn source(site: &Path, manifest: &SiteManifest) -> Result<String, Box<dyn Error>> {
    let include = |file: &str| format!("include_bytes!({:?})", site.join(file));
    let variant =
        |file: &Option<String>| file.as_deref().map_or("None".to_owned(), |f| format!("Some({})", include(f)));

    let mut source = format!("const VERSION: &str = {:?};\n", manifest.version);
    writeln!(source, "const FILES: &[(&str, EmbeddedAsset)] = &[")?;
    for (name, entry) in &manifest.files {
        writeln!(
            source,
            "({name:?}, EmbeddedAsset {{ bytes: {}, brotli: {}, gzip: {}, content_type: {:?} }}),",
            include(&entry.file),
            variant(&entry.brotli),
            variant(&entry.gzip),
            entry.content_type,
        )?;
    }
    writeln!(source, "];")?;
    Ok(source)
}
