//! The vault's keys: read, made, named. They are never printed, and replaced only when the operator asks for it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::slice;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::server_credential::ServerCredential;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::random;
use crate::vault::error::{KeySource, VaultError};
use crate::vault::key_id::KeyId;

/// The name of the key file in the data directory.
pub const KEY_FILE: &str = "vault.key";

const KEY_BYTES: usize = 32;
/// More than any way to write a few keys takes; the rest of a longer file is not read.
const MAX_KEY_FILE_BYTES: u64 = 1024;
/// People copy keys with and without the padding.
const BASE64_ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key itself, wiped when dropped.
pub(super) struct VaultKey(Zeroizing<[u8; KEY_BYTES]>);

impl VaultKey {
    #[expect(clippy::disallowed_methods, reason = "the vault's own key has to be read to be used")]
    pub(super) fn from_environment(value: &ServerCredential) -> Result<Vec<Self>, VaultError> {
        let keys: Option<Vec<Self>> = value.reveal().split(',').map(Self::parse).collect();
        keys.ok_or(VaultError::NotAKey { place: KeySource::Environment })
    }

    pub(super) fn from_file_or_new(path: &Path) -> Result<Vec<Self>, VaultError> {
        match read(path) {
            Err(VaultError::ReadKey { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let key = Self::new()?;
                let draft_name = random::hex::<8>().map_err(VaultError::Random)?;
                match write_new(path, &key, &draft_name) {
                    Ok(()) => Ok(vec![key]),
                    // Another process was quicker: its key counts.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
                    Err(source) => Err(VaultError::CreateKey { path: path.to_owned(), source }),
                }
            }
            key_or_error => key_or_error,
        }
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    pub(super) fn id(&self) -> KeyId {
        let digest = Sha256::new().chain_update(b"clusterwright vault key id").chain_update(self.bytes()).finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        KeyId(id)
    }

    pub(super) fn new() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        random::fill(bytes.as_mut_slice()).map_err(VaultError::Random)?;
        Ok(Self(bytes))
    }

    /// Reads base64 (either alphabet) or hexadecimal; blanks around it do not count.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut key = Self(Zeroizing::new([0; KEY_BYTES]));
        if text.len() == 2 * KEY_BYTES {
            hex::decode_to_slice(text, key.0.as_mut_slice()).ok()?;
            return Some(key);
        }
        let standard = Zeroizing::new(text.replace('-', "+").replace('_', "/"));
        let decoded = Zeroizing::new(BASE64_ANY_PADDING.decode(standard.as_bytes()).ok()?);
        if decoded.len() != KEY_BYTES {
            return None;
        }
        key.0.copy_from_slice(&decoded);
        Some(key)
    }
}

/// The keys of a file, one a line: the first seals, all of them open.
pub(super) fn read(path: &Path) -> Result<Vec<VaultKey>, VaultError> {
    let failed = |source| VaultError::ReadKey { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // Of the open file, so that what was judged is what is read.
    refuse_open_to_others(path, &file.metadata().map_err(failed)?)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_KEY_FILE_BYTES as usize));
    file.take(MAX_KEY_FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    let lines = std::str::from_utf8(&bytes).ok().map(str::trim).filter(|text| !text.is_empty());
    let keys: Option<Vec<VaultKey>> = lines.and_then(|text| text.lines().map(VaultKey::parse).collect());
    keys.ok_or_else(|| VaultError::NotAKey { place: KeySource::File(path.to_owned()) })
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path, found: &fs::Metadata) -> Result<(), VaultError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = found.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(VaultError::KeyOpenToOthers { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_open_to_others(_path: &Path, _found: &fs::Metadata) -> Result<(), VaultError> {
    Ok(())
}

/// Writes the key file whole or not at all, readable by its owner only from its first moment, and never over another: first
/// under a separate name (`draft_name` is random: a process that died may have left one behind), then linked into place,
/// which fails where a file exists.
pub(super) fn write_new(path: &Path, key: &VaultKey, draft_name: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{draft_name}.new"));
    let draft = Path::new(&draft);
    let linked = write_draft(draft, slice::from_ref(key)).and_then(|()| fs::hard_link(draft, path));
    let removed = fs::remove_file(draft);
    linked?;
    removed?;
    keep_name(folder)
}

/// Writes other keys over a key file, whole or not at all.
pub(super) fn write_over(path: &Path, keys: &[VaultKey]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".rotated");
    let draft = Path::new(&draft);
    // What a process that died left behind.
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_draft(draft, keys)?;
    fs::rename(draft, path)?;
    keep_name(path.parent().unwrap_or(Path::new("")))
}

/// The name, too, has to survive a power cut: secrets will be sealed with this key.
fn keep_name(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()?;
    Ok(())
}

fn write_draft(draft: &Path, keys: &[VaultKey]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    for key in keys {
        let text = Zeroizing::new(BASE64_ANY_PADDING.encode(key.bytes()));
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.sync_all()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if folder.as_os_str().is_empty() { Ok(()) } else { builder.create(folder) }
}
