//! The form of a preparation: the administrator and where the scripts are, with a pack that may be large.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::secret::Secret;
use probe::prepare::Administrator;
use tempfile::SpooledTempFile;

use crate::http::preparation::uploads::has_free_space;
use service::preparation::ScriptLocation;

/// What is wrong with a form: the field's id, empty for none, and what to do.
pub(super) type FormProblems = Vec<(&'static str, String)>;

/// The longest text that is entered, in bytes.
const MAX_TEXT_BYTES: usize = 4096;

/// What of a pack stays in memory, in bytes: any zip of `dbscripts`. The rest of a whole pack lies in a file without a name
/// until its scripts are read.
const MAX_BYTES_IN_MEMORY: usize = 4 << 20;
/// After how many bytes of a pack the free space on the disk is checked again: other processes write there too.
const DISK_CHECK_INTERVAL_BYTES: usize = 4 << 20;

/// What was entered.
pub(super) struct PrepareRequest {
    pub(super) user: String,
    password: Secret,
    /// `host:port` of the server that the form showed.
    server: String,
    pub(super) folder: String,
    /// The zip and its name.
    pack: Option<(SpooledTempFile, String)>,
}

impl PrepareRequest {
    /// Reads the form with its pack.
    pub(super) async fn read(parts: &mut Multipart) -> Result<Self, PrepareRequestError> {
        let mut asked = Self {
            user: String::new(),
            password: Secret::new(""),
            server: String::new(),
            folder: String::new(),
            pack: None,
        };
        while let Some(mut part) = parts.next_field().await? {
            match part.name().unwrap_or_default() {
                "user" => asked.user = text(part).await?.trim().to_owned(),
                "password" => asked.password = Secret::new(text(part).await?),
                "server" => asked.server = text(part).await?,
                "folder" => asked.folder = text(part).await?.trim().to_owned(),
                "pack" => {
                    let name: String = part.file_name().unwrap_or_default().chars().take(100).collect();
                    let mut file = SpooledTempFile::new(MAX_BYTES_IN_MEMORY);
                    let mut is_empty = true;
                    let mut since_look = 0;
                    while let Some(bytes) = part.chunk().await? {
                        is_empty &= bytes.is_empty();
                        since_look += bytes.len();
                        if since_look >= DISK_CHECK_INTERVAL_BYTES {
                            since_look = 0;
                            if !has_free_space(&std::env::temp_dir(), 0) {
                                return Err(PrepareRequestError::Spool(std::io::ErrorKind::StorageFull.into()));
                            }
                        }
                        file.write_all(&bytes).map_err(PrepareRequestError::Spool)?;
                    }
                    // A form without a file sends one without a name and bytes.
                    asked.pack = (!is_empty).then_some((file, name));
                }
                _ => {}
            }
        }
        Ok(asked)
    }

    /// The administrator, where the scripts are, and the field that selects their place; or what is missing in the form. The
    /// password was entered for the server that the form showed: it goes to `server` only if that is the same.
    pub(super) fn read_form(self, server: &str) -> Result<(Administrator, ScriptLocation, &'static str), FormProblems> {
        let mut problems = Vec::new();
        let mut missing = |is_missing: bool, field, words: &str| {
            if is_missing {
                problems.push((field, words.to_owned()));
            }
        };
        let changed =
            format!("The database server of the plan is now {server}. If this is correct, enter the password again.");
        missing(self.server != server, "prepare-password", &changed);
        missing(self.user.is_empty(), "prepare-user", "Enter the name of an account that can create databases.");
        missing(self.password.is_empty(), "prepare-password", "Enter the administrator's password.");
        let has_folder = !self.folder.is_empty();
        missing(!has_folder && self.pack.is_none(), "prepare-folder", "Enter a folder, or choose a zip.");
        missing(has_folder && self.pack.is_some(), "prepare-folder", "Enter a folder or choose a zip, not both.");
        let is_whole = Path::new(&self.folder).is_absolute();
        missing(has_folder && !is_whole, "prepare-folder", "Enter the complete path of the folder, starting with /.");
        if !problems.is_empty() {
            return Err(problems);
        }
        let administrator = Administrator { user: self.user, password: self.password };
        Ok(match self.pack {
            Some((file, name)) => (administrator, ScriptLocation::Zip(Box::new(file), name), "prepare-pack"),
            None => (administrator, ScriptLocation::Folder(PathBuf::from(self.folder)), "prepare-folder"),
        })
    }
}

async fn text(mut part: Field<'_>) -> Result<String, PrepareRequestError> {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    while let Some(chunk) = part.chunk().await? {
        if bytes.len() + chunk.len() > MAX_TEXT_BYTES {
            return Err(PrepareRequestError::Long);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why a form cannot be read.
pub(super) enum PrepareRequestError {
    /// The body.
    Body(MultipartError),
    /// No room for the pack.
    Spool(std::io::Error),
    /// A text without an end.
    Long,
}

impl From<MultipartError> for PrepareRequestError {
    fn from(error: MultipartError) -> Self {
        Self::Body(error)
    }
}

impl IntoResponse for PrepareRequestError {
    fn into_response(self) -> Response {
        match self {
            Self::Body(error) => error.into_response(),
            Self::Spool(error) => {
                tracing::error!(%error, "cannot store an uploaded pack");
                let text = "The disk of this server is too full for the pack. Upload a zip of only dbscripts, or free disk space.\n";
                (StatusCode::INSUFFICIENT_STORAGE, text).into_response()
            }
            Self::Long => {
                (StatusCode::PAYLOAD_TOO_LARGE, "A field of the form is too long. Shorten it.\n").into_response()
            }
        }
    }
}
