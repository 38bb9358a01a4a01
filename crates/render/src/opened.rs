//! A bundle's zip read again: its plan, the keys of its cluster and the passwords that its files hold.
//!
//! Anyone with the zip already has all of that; this module only returns it to the fields in which it was entered. Every
//! entry is limited in size, and no other entry is unpacked.

use std::io::{Cursor, Read};

use domain::audit::DeploymentFile;
use domain::draft::Draft;
use domain::render_plan::{SecretId, unescape_mapper};
use domain::secret::{Secret, Secrets};
use domain::steps;
use domain::steps::keys;
use zeroize::Zeroizing;
use zip::read::ZipArchive;

use crate::error::OpenBundleError;
use crate::incomplete::PLACEHOLDER_PREFIX;
use crate::keyring::KeyRing;
use crate::outline::{KEYS_PATH, PLAN_PATH};
use crate::unpacked::plan_folder;

/// The largest zip taken, in megabytes. A bundle of 16 nodes has less than one.
const MAX_ZIP_MEGABYTES: usize = 16;
/// The most entries a zip may have. A bundle of 16 nodes has about 400.
const MAX_ENTRIES: usize = 4096;
/// The largest plan or other text taken once unpacked, in kilobytes. PEM texts make plans of some ten kilobytes.
const MAX_ENTRY_KILOBYTES: u64 = 1024;
/// Where a node's configuration ends.
const DEPLOYMENT_SUFFIX: &str = "/repository/conf/deployment.toml";
/// Begins a private key in PEM, whatever its kind.
const PRIVATE_KEY_MARKER: &str = "PRIVATE KEY-----";

/// What a bundle's zip holds.
#[derive(Debug)]
pub struct OpenedBundle {
    /// The text of `plan.toml`.
    pub plan: String,
    /// The cluster's keys; `None` in a bundle without secrets and in one of a release before 0.2.
    pub keys: Option<KeyRing>,
    /// Whether key stores are in it: a cluster may run with them.
    pub has_key_stores: bool,
    /// The passwords of the plan's settings, out of the files of its first node, and a provided private key.
    pub secrets: Secrets,
}

impl OpenedBundle {
    /// Whether a cluster may run with this bundle: it holds keys, regardless of its plan.
    #[must_use]
    pub const fn has_cluster_keys(&self) -> bool {
        self.keys.is_some() || self.has_key_stores
    }

    /// The secrets that belong to settings which `draft`, the plan of this bundle, asks for.
    pub fn secrets_for(&self, draft: &Draft) -> impl Iterator<Item = (&'static str, &Secret)> {
        let asked = steps::all().filter(|setting| setting.control.is_secret() && (setting.shown)(draft));
        asked.filter_map(|setting| Some((setting.key, self.secrets.get(setting.key)?)))
    }
}

/// Reads a bundle's zip, also where an archiver put the bundle into a separate folder.
///
/// # Errors
/// For what is no zip, is larger than any bundle, holds not exactly one plan, or whose key file is damaged.
pub fn open_bundle(bytes: &[u8]) -> Result<OpenedBundle, OpenBundleError> {
    if bytes.len() > MAX_ZIP_MEGABYTES << 20 {
        return Err(OpenBundleError::TooLarge { limit: MAX_ZIP_MEGABYTES });
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(OpenBundleError::NotAZip)?;
    if zip.len() > MAX_ENTRIES {
        return Err(OpenBundleError::TooManyEntries { limit: MAX_ENTRIES });
    }
    let names: Vec<String> = zip.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let folder = plan_folder(names.iter().map(String::as_str))?;
    // Of the entries below the plan's folder: the first whose name fits.
    let find = |fits: &dyn Fn(&str) -> bool| names.iter().position(|name| name.strip_prefix(folder).is_some_and(fits));
    let plan = find(&|name| name == PLAN_PATH).ok_or(OpenBundleError::NoPlan)?;
    let keys = match find(&|name| name == KEYS_PATH) {
        None => None,
        Some(index) => {
            let text = Secret::new(unpack(&mut zip, index)?.trim_end());
            Some(KeyRing::from_secret(&text).map_err(OpenBundleError::Keys)?)
        }
    };
    let mut secrets = Secrets::new();
    if let Some(index) = find(&|name| name.starts_with("nodes/") && name.ends_with(DEPLOYMENT_SUFFIX)) {
        read_passwords(&unpack(&mut zip, index)?, &mut secrets);
    }
    let is_private_key =
        |name: &str| name.starts_with("load-balancer/") && (name.ends_with(".key") || name.ends_with(".pem"));
    if let Some(index) = find(&is_private_key) {
        read_provided_key(&unpack(&mut zip, index)?, &mut secrets);
    }
    let has_key_stores = find(&|name| name.contains("/resources/security/cluster-primary.")).is_some();
    let plan = String::clone(&*unpack(&mut zip, plan)?);
    Ok(OpenedBundle { plan, keys, has_key_stores, secrets })
}

/// One entry as text. The size an entry states may be a lie: what comes out is counted.
fn unpack(zip: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Zeroizing<String>, OpenBundleError> {
    let entry = zip.by_index(index).map_err(OpenBundleError::NotAZip)?;
    let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
    let limit = MAX_ENTRY_KILOBYTES << 10;
    let mut bytes = Zeroizing::new(Vec::new());
    if let Err(source) = entry.take(limit + 1).read_to_end(&mut bytes) {
        return Err(OpenBundleError::Unpack { name, source });
    }
    if bytes.len() as u64 > limit {
        return Err(OpenBundleError::EntryTooLarge { name, limit: MAX_ENTRY_KILOBYTES });
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(source) => Err(OpenBundleError::NotText { name, source }),
    }
}

/// Reads the passwords of settings from a deployment.toml. One that does not parse was edited, so it contributes nothing.
fn read_passwords(text: &str, secrets: &mut Secrets) {
    let Ok(file) = DeploymentFile::read("", text) else { return };
    for id in SecretId::ALL {
        let (Some(setting), Some(key)) = (id.setting(), id.deployment_key()) else { continue };
        let written = file.get(key).filter(|value| !value.is_empty() && !value.starts_with(PLACEHOLDER_PREFIX));
        if let Some(value) = written {
            secrets.insert(setting, Secret::new(unescape_mapper(value)));
        }
    }
}

/// Reads the load balancer's key from a file that may hold its chain before it. The plan records whether the operator
/// provided the key: see [`OpenedBundle::secrets_for`].
fn read_provided_key(text: &str, secrets: &mut Secrets) {
    let is_key = |at: usize| {
        text.get(at..).and_then(|rest| rest.lines().next()).is_some_and(|line| line.ends_with(PRIVATE_KEY_MARKER))
    };
    let key = text.match_indices("-----BEGIN ").map(|(at, _)| at).find(|at| is_key(*at)).and_then(|at| text.get(at..));
    if let Some(key) = key {
        secrets.insert(keys::LOAD_BALANCER.provided_key, Secret::new(key));
    }
}
