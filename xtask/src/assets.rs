//! What the browser loads: from the wasm module, `style/` and `public/` to finished files with compressed variants.
//!
//! The files keep their names; all of them share one version, the digest of their contents, which `crates/assets`
//! puts into the path. So they refer to one another by plain relative names, and browsers may keep them for ever.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::Workspace;

/// Change this when the way assets are made changes: finished assets are kept as long as their sources stay the same.
const BUILD_FORMAT: &str = "1";

type AssetFiles = BTreeMap<String, Vec<u8>>;

/// `manifest.json` in the folder of finished assets, which `crates/assets` reads.
#[derive(Serialize)]
struct AssetManifest {
    /// The first 12 hexadecimal digits of the SHA-256 over all names and contents.
    version: String,
    /// By name, e.g. `style.css`.
    files: BTreeMap<String, AssetEntry>,
}

#[derive(Serialize)]
struct AssetEntry {
    /// The file in the folder.
    file: String,
    content_type: &'static str,
    /// The compressed variants, where they are smaller.
    brotli: Option<String>,
    gzip: Option<String>,
}

/// Makes the assets, unless they were made from the same sources before.
///
/// # Errors
/// When a source cannot be read, the module is none of wasm-bindgen's, or the folder cannot be written.
pub(crate) fn build(workspace: &Workspace, module: &Path) -> Result<()> {
    let module = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let style = concatenate(&folder(&workspace.root().join("style"))?, ".css");
    let mut files = folder(&workspace.root().join("public"))?;
    files.insert("style.css".to_owned(), style);

    let site = workspace.site();
    let stamp = workspace.target().join("site.stamp");
    let sources =
        digest(files.iter().chain([(&"hydrate.wasm".to_owned(), &module), (&BUILD_FORMAT.to_owned(), &vec![])]));
    if fs::read_to_string(&stamp).is_ok_and(|made| made == sources) && site.join("manifest.json").exists() {
        return Ok(());
    }

    files.extend(bind(module)?);
    write(&site, &files)?;
    fs::write(&stamp, sources).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Lets wasm-bindgen make the module and its JavaScript. Its version is the project's, by Cargo.lock.
fn bind(module: Vec<u8>) -> Result<AssetFiles> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes("hydrate", module).typescript(false).remove_name_section(true).remove_producers_section(true);
    let mut output = bindgen.web(true).and_then(Bindgen::generate_output).context("cannot run wasm-bindgen")?;

    let mut files = AssetFiles::new();
    for (crate_name, snippets) in output.snippets() {
        for (index, snippet) in snippets.iter().enumerate() {
            files.insert(format!("snippets/{crate_name}/inline{index}.js"), snippet.clone().into_bytes());
        }
    }
    for (path, contents) in output.local_modules() {
        files.insert(format!("snippets/{path}"), contents.clone().into_bytes());
    }
    files.insert("hydrate.js".to_owned(), output.js().as_bytes().to_vec());
    files.insert("hydrate_bg.wasm".to_owned(), output.wasm_mut().emit_wasm());
    Ok(files)
}

/// Writes the files, their variants and the manifest to a folder that holds nothing else.
fn write(site: &Path, files: &AssetFiles) -> Result<()> {
    if site.exists() {
        fs::remove_dir_all(site).with_context(|| format!("cannot empty {}", site.display()))?;
    }
    let save = |name: &str, contents: &[u8]| -> Result<()> {
        let path = site.join(name);
        let parent = path.parent().ok_or_else(|| anyhow!("{name} has no parent folder"))?;
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, contents))
            .with_context(|| format!("cannot write {}", path.display()))
    };

    let mut entries = BTreeMap::new();
    for (name, contents) in files {
        save(name, contents)?;
        let variant = |ending: &str, packed: Vec<u8>| -> Result<Option<String>> {
            if packed.len() >= contents.len() {
                return Ok(None);
            }
            let variant = format!("{name}.{ending}");
            save(&variant, &packed)?;
            Ok(Some(variant))
        };
        let entry = AssetEntry {
            file: name.clone(),
            content_type: content_type(name),
            brotli: variant("br", brotli(contents)?)?,
            gzip: variant("gz", gzip(contents)?)?,
        };
        entries.insert(name.clone(), entry);
    }
    let version = digest(files.iter()).chars().take(12).collect();
    let manifest = AssetManifest { version, files: entries };
    save("manifest.json", serde_json::to_string_pretty(&manifest)?.as_bytes())
}

fn brotli(contents: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = BrotliEncoderParams { quality: 11, lgwin: 22, ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut &*contents, &mut packed, &parameters).context("cannot compress with brotli")?;
    Ok(packed)
}

fn gzip(contents: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents).and_then(|()| encoder.finish()).context("cannot compress with gzip")
}

/// All files below a folder by their relative names, in the order of the names.
fn folder(top: &Path) -> Result<AssetFiles> {
    fn walk(top: &Path, folder: &Path, files: &mut AssetFiles) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                walk(top, &path, files)?;
            } else {
                let name =
                    path.strip_prefix(top)?.to_str().ok_or_else(|| anyhow!("{} is not UTF-8", path.display()))?;
                files.insert(
                    name.to_owned(),
                    fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?,
                );
            }
        }
        Ok(())
    }
    let mut files = AssetFiles::new();
    if top.is_dir() {
        walk(top, top, &mut files)?;
    }
    Ok(files)
}

/// The files with an ending, one after the other.
fn concatenate(files: &AssetFiles, ending: &str) -> Vec<u8> {
    files.iter().filter(|(name, _)| name.ends_with(ending)).flat_map(|(_, contents)| contents.clone()).collect()
}

fn digest<'a>(files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>) -> String {
    let mut digest = Sha256::new();
    for (name, contents) in files {
        // Lengths first, so that no two different sets of files read the same.
        digest.update(name.len().to_le_bytes());
        digest.update(name);
        digest.update(contents.len().to_le_bytes());
        digest.update(contents);
    }
    hex::encode(digest.finalize())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/vnd.microsoft.icon",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(contents: &[(&str, &str)]) -> AssetFiles {
        contents.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn style_sheets_follow_the_order_of_their_names() {
        let style = concatenate(&files(&[("20-forms.css", "b"), ("10-base.css", "a"), ("notes.txt", "x")]), ".css");
        assert_eq!(style, b"ab");
    }

    #[test]
    fn the_version_distinguishes_names_from_contents() {
        assert_ne!(digest(files(&[("ab", "c")]).iter()), digest(files(&[("a", "bc")]).iter()));
    }

    #[test]
    fn a_variant_is_written_only_where_it_is_smaller() {
        let site = tempfile::tempdir().unwrap();
        write(site.path(), &files(&[("long.css", &"a {}\n".repeat(100)), ("short.txt", "a")])).unwrap();
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(site.path().join("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["files"]["long.css"]["brotli"], "long.css.br");
        assert!(site.path().join("long.css.gz").exists());
        assert!(manifest["files"]["short.txt"]["brotli"].is_null());
    }
}
