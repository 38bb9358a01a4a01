//! Which files of a bundle's zip are no longer as its manifest lists them.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use aws_lc_rs::digest;
use serde::Deserialize;
use zip::read::ZipArchive;

use crate::outline::PLAN_PATH;

/// Most bytes of all files together that are unpacked, and most of one. A bundle of 16 nodes has some megabytes.
const MAX_TOTAL_BYTES: u64 = 64 << 20;
const MAX_FILE_BYTES: u64 = 8 << 20;
/// The highest number of zip entries that are inspected.
const MAX_ENTRIES: usize = 4096;
const MANIFEST: &str = "manifest.json";

#[derive(Deserialize)]
struct Manifest {
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    sha256: String,
}

/// The paths of the files that differ from the bundle's manifest, except the plan, which the import reads anyway. Empty
/// when the zip is not a bundle with a manifest, because the result only serves as a warning.
#[must_use]
pub fn edited_files(zip: &[u8]) -> Vec<String> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(zip)) else { return Vec::new() };
    if archive.len() > MAX_ENTRIES {
        return Vec::new();
    }
    let mut left = MAX_TOTAL_BYTES;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index(index) else { continue };
        let Ok(name) = entry.name().map(|name| name.into_owned()) else { continue };
        let mut bytes = Vec::new();
        let limit = MAX_FILE_BYTES.min(left);
        if entry.take(limit + 1).read_to_end(&mut bytes).is_err() || bytes.len() as u64 > limit {
            return Vec::new();
        }
        left -= bytes.len() as u64;
        files.insert(name, bytes);
    }
    // An archiver may have put the bundle into a separate folder.
    let manifest = files.iter().find_map(|(name, bytes)| Some((name.strip_suffix(MANIFEST)?.to_owned(), bytes)));
    let Some((folder, manifest)) = manifest else { return Vec::new() };
    let Ok(Manifest { files: listed }) = serde_json::from_slice(manifest) else { return Vec::new() };
    let differs = |listed: &Listed| {
        let bytes = files.get(&format!("{folder}{}", listed.path));
        bytes.is_some_and(|bytes| hex::encode(digest::digest(&digest::SHA256, bytes)) != listed.sha256)
    };
    let paths =
        listed.into_iter().filter(|listed| listed.path != PLAN_PATH && differs(listed)).map(|listed| listed.path);
    // What is printed steers no terminal.
    paths.map(|path| path.chars().filter(|letter| !letter.is_control()).take(200).collect()).collect()
}
