//! All files of a bundle's zip, limited in number and size: for a comparison with the manifest, and for a rehearsal.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Cursor, Read};

use zeroize::Zeroizing;
use zip::read::ZipArchive;

use crate::error::OpenBundleError;
use crate::outline::PLAN_PATH;

/// Most bytes of all files together that are unpacked, and most of one. A bundle of 16 nodes has some megabytes.
const MAX_TOTAL_BYTES: u64 = 64 << 20;
const MAX_FILE_BYTES: u64 = 8 << 20;
/// The highest number of zip entries that are inspected.
const MAX_ENTRIES: usize = 4096;

/// The files of a bundle by their paths. They contain secrets, so `Debug` shows only the paths.
#[derive(Default)]
pub struct BundleFiles(BTreeMap<String, Zeroizing<Vec<u8>>>);

impl BundleFiles {
    /// Unpacks a bundle's zip, also where an archiver put the bundle into a separate folder.
    ///
    /// # Errors
    /// For what is no zip, holds not exactly one plan, or is larger than any bundle.
    pub fn unpack(zip: &[u8]) -> Result<Self, OpenBundleError> {
        let files = unpack(zip)?;
        let folder = plan_folder(files.keys().map(String::as_str))?.to_owned();
        let below = |(path, bytes): (String, _)| Some((path.strip_prefix(&folder)?.to_owned(), bytes));
        Ok(Self(files.into_iter().filter_map(below).collect()))
    }

    /// The content of a file; `None` if the bundle does not contain it.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(|bytes| bytes.as_slice())
    }
}

impl fmt::Debug for BundleFiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}

/// Every entry of a zip by its name. The size an entry states may be a lie: what comes out is counted.
pub(crate) fn unpack(zip: &[u8]) -> Result<BTreeMap<String, Zeroizing<Vec<u8>>>, OpenBundleError> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(OpenBundleError::NotAZip)?;
    if archive.len() > MAX_ENTRIES {
        return Err(OpenBundleError::TooManyEntries { limit: MAX_ENTRIES });
    }
    let mut left = MAX_TOTAL_BYTES;
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(OpenBundleError::NotAZip)?;
        let Ok(name) = entry.name().map(|name| name.into_owned()) else { continue };
        let mut bytes = Zeroizing::new(Vec::new());
        let limit = MAX_FILE_BYTES.min(left);
        if let Err(source) = entry.take(limit + 1).read_to_end(&mut bytes) {
            return Err(OpenBundleError::Unpack { name, source });
        }
        if bytes.len() as u64 > limit {
            return Err(OpenBundleError::EntryTooLarge { name, limit: limit >> 10 });
        }
        left -= bytes.len() as u64;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// The folder of the plan among the names of a zip's entries: empty, or with a slash at its end.
pub(crate) fn plan_folder<'a>(names: impl Iterator<Item = &'a str>) -> Result<&'a str, OpenBundleError> {
    let mut folders = names.filter_map(|name| name.strip_suffix(PLAN_PATH).filter(|prefix| is_one_folder(prefix)));
    match (folders.next(), folders.next()) {
        (None, _) => Err(OpenBundleError::NoPlan),
        (Some(_), Some(_)) => Err(OpenBundleError::TwoPlans),
        (Some(folder), None) => Ok(folder),
    }
}

/// Whether this is no folder at all or one, and not the one macOS puts its own notes into.
fn is_one_folder(prefix: &str) -> bool {
    let slashes = prefix.bytes().filter(|byte| *byte == b'/').count();
    prefix.is_empty() || (slashes == 1 && prefix.ends_with('/') && prefix != "__MACOSX/")
}

#[cfg(test)]
mod tests {
    use testbed::bundle::zip;

    use super::*;

    #[test]
    fn files_are_below_the_folder_of_the_plan() {
        let files = BundleFiles::unpack(&zip([("b/plan.toml", "plan"), ("b/nodes/a", "one"), ("c", "other")])).unwrap();
        assert_eq!((files.get("nodes/a"), files.get("c")), (Some(b"one".as_slice()), None));
        assert_eq!(format!("{files:?}"), r#"["nodes/a", "plan.toml"]"#);
        let missing = BundleFiles::unpack(&zip([("nodes/a", "one")]));
        assert!(matches!(missing, Err(OpenBundleError::NoPlan)), "{missing:?}");
    }
}
