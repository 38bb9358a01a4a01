//! The zip: written with sorted paths, fixed times and unix modes; opened again for nothing but its plan.

use std::io::{Cursor, Read, Write};

use zip::read::ZipArchive;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use crate::bundle::Bundle;
use crate::error::{OpenBundleError, RenderError};
use crate::outline::PLAN;

/// The largest zip taken, in megabytes. A bundle of 16 nodes has less than one.
const MOST_MEGABYTES: usize = 16;
/// The most entries a zip may have. A bundle of 16 nodes has about 400.
const MOST_ENTRIES: usize = 4096;
/// The largest plan taken once unpacked, in kilobytes. PEM texts make plans of some ten kilobytes.
const MOST_PLAN_KILOBYTES: u64 = 1024;

impl Bundle {
    /// The zip's bytes: the same bundle gives the same bytes. Every time is the start of 1980, the earliest a zip knows.
    ///
    /// # Errors
    /// Where the zip cannot be written, which memory does not refuse.
    pub fn zip(&self) -> Result<Vec<u8>, RenderError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for artefact in self.artefacts() {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .last_modified_time(DateTime::DEFAULT)
                .unix_permissions(artefact.mode.bits());
            zip.start_file(artefact.path.as_str(), options).map_err(RenderError::Zip)?;
            zip.write_all(&artefact.content.0)
                .map_err(|source| RenderError::ZipFile { path: artefact.path.clone(), source })?;
        }
        Ok(zip.finish().map_err(RenderError::Zip)?.into_inner())
    }
}

/// The text of `plan.toml` within a bundle's zip, also where an archiver put the bundle into a folder of its own. No
/// other entry is unpacked.
///
/// # Errors
/// For what is no zip, is larger than any bundle, or holds not exactly one plan.
pub fn open_bundle(bytes: &[u8]) -> Result<String, OpenBundleError> {
    if bytes.len() > MOST_MEGABYTES << 20 {
        return Err(OpenBundleError::TooLarge { limit: MOST_MEGABYTES });
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(OpenBundleError::NotAZip)?;
    if zip.len() > MOST_ENTRIES {
        return Err(OpenBundleError::TooManyEntries { limit: MOST_ENTRIES });
    }
    let is_plan = |name: &[u8]| name.strip_suffix(PLAN.as_bytes()).is_some_and(is_one_folder);
    let mut plans = (0..).zip(zip.file_names_raw()).filter(|(_, name)| is_plan(name)).map(|(index, _)| index);
    let plan = match (plans.next(), plans.next()) {
        (None, _) => return Err(OpenBundleError::NoPlan),
        (Some(_), Some(_)) => return Err(OpenBundleError::TwoPlans),
        (Some(plan), None) => plan,
    };
    drop(plans);
    let entry = zip.by_index(plan).map_err(OpenBundleError::NotAZip)?;
    let limit = MOST_PLAN_KILOBYTES << 10;
    let mut text = Vec::new();
    // The size an entry states may be a lie; what comes out is counted.
    entry.take(limit + 1).read_to_end(&mut text).map_err(OpenBundleError::Unpack)?;
    if text.len() as u64 > limit {
        return Err(OpenBundleError::PlanTooLarge { limit: MOST_PLAN_KILOBYTES });
    }
    String::from_utf8(text).map_err(OpenBundleError::NotText)
}

/// Whether this is no folder at all or one, and not the one macOS puts its own notes into.
fn is_one_folder(prefix: &[u8]) -> bool {
    let slashes = prefix.iter().filter(|byte| **byte == b'/').count();
    prefix.is_empty() || (slashes == 1 && prefix.ends_with(b"/") && prefix != b"__MACOSX/")
}
