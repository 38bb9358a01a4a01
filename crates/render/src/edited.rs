//! Which files of a bundle's zip are no longer as its manifest lists them.

use aws_lc_rs::digest;
use serde::Deserialize;

use crate::outline::PLAN_PATH;
use crate::unpacked::unpack;

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
    let Ok(files) = unpack(zip) else { return Vec::new() };
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
