//! Bundles and packs as zips: their files, and the keys that a bundle contains.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper fails the test")]

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The files of a zip by their names.
///
/// # Panics
/// When it is not a zip.
#[must_use]
pub fn unzip(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    unzip_with_modes(bytes).into_iter().map(|(name, (_, content))| (name, content)).collect()
}

/// The files of a zip by their names, each with its permissions.
///
/// # Panics
/// When it is not a zip.
#[must_use]
pub fn unzip_with_modes(bytes: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let files = (0..archive.len()).map(|index| {
        let mut file = archive.by_index(index).unwrap();
        let (name, mode) = (file.name().unwrap().into_owned(), file.unix_mode().unwrap_or_default());
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (name, (mode, content))
    });
    files.collect()
}

/// A zip of these files, in this order.
///
/// # Panics
/// When a name occurs twice.
#[must_use]
pub fn zip<N: AsRef<str>, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, C)>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(name.as_ref(), SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_ref()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A bundle with fewer is not complete.
const MIN_KEYS: usize = 7;

/// What never changes by itself between bundles of one cluster: keystores, the key of the CA, the file of keys, and the
/// encryption key of each node.
///
/// # Panics
/// When the zip is not a complete bundle.
#[must_use]
pub fn keys_of(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut keys = BTreeMap::new();
    for (path, content) in unzip(zip) {
        if path.ends_with("/deployment.toml") {
            keys.insert(format!("{path} [encryption]"), encryption_key(&content));
        } else if path.contains("/resources/security/") || path.ends_with(".key") || path == "cluster-keys.json" {
            keys.insert(path, content);
        }
    }
    assert!(keys.len() >= MIN_KEYS, "{:?}", keys.keys());
    keys
}

/// The line with the encryption key of a deployment.toml.
fn encryption_key(deployment: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(deployment);
    let line = text.split("[encryption]").nth(1).and_then(|section| section.lines().nth(1));
    let line = line.filter(|line| line.starts_with("key = ")).unwrap_or_else(|| panic!("no encryption key: {text}"));
    line.as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_has_the_files_that_were_put_in() {
        let bytes = zip([("b/two.txt", "2"), ("one.txt", "1")]);
        let files = unzip(&bytes);
        assert_eq!(files.keys().collect::<Vec<_>>(), ["b/two.txt", "one.txt"]);
        assert_eq!(files["b/two.txt"], b"2");
    }

    #[test]
    fn the_encryption_key_is_a_line_of_its_section() {
        assert_eq!(encryption_key(b"[server]\nkey = \"no\"\n[encryption]\nkey = \"00ff\"\n"), b"key = \"00ff\"");
    }
}
