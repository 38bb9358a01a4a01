//! The zip: written with sorted paths, fixed times and unix modes. It is read in [`crate::opened`].

use std::io::{Cursor, Write};

use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use crate::bundle::Bundle;
use crate::error::RenderError;

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
