//! The bundle writer: the one place where secrets are put into files. Nothing made here can be shown; it can be zipped.

use std::io;

use aws_lc_rs::digest;
use domain::render_plan::{RenderPlan, SecretId};
use domain::secret::{Secret, Secrets};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::artefact::{Artefact, Mode, Revealed};
use crate::calendar;
use crate::context::{Contexts, KeyFacts, replace_markers};
use crate::engine::Engines;
use crate::error::RenderError;
use crate::expiry::expiries;
use crate::keyring::KeyRing;
use crate::keystore::{self, Entry, KeystoreType};
use crate::material::Material;
use crate::outline::{Content, File, Made, outline};
use crate::syntax::Syntax;
use crate::verify::{Verified, verify};

/// The manifest's format.
const MANIFEST_FORMAT: u32 = 1;

/// All files of a cluster, with their secrets, sorted by path.
pub struct Bundle {
    pub(crate) artefacts: Vec<Artefact<Revealed>>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    format: u32,
    generator: &'a str,
    files: Vec<Entered<'a>>,
}

#[derive(Serialize)]
struct Entered<'a> {
    path: &'a str,
    sha256: String,
    mode: Mode,
    purpose: &'a str,
}

impl Bundle {
    /// Makes every file. The same plan, ring and secrets give the same bytes. `secrets` are those of the plan's
    /// settings; a provided private key is among them as `load_balancer.provided_key`.
    ///
    /// # Errors
    /// Where a secret is missing, or a certificate or key store cannot be made.
    pub fn build(plan: &RenderPlan, ring: &KeyRing, secrets: &Secrets) -> Result<Self, RenderError> {
        let writer = Writer {
            plan,
            ring,
            secrets,
            engines: Engines::new(plan)?,
            contexts: Contexts::with_keys(plan, &KeyFacts::new(plan, ring)?)?,
            material: Material::new(plan, ring, secrets)?,
        };
        let mut artefacts = Vec::new();
        let mut manifest = None;
        for file in outline(plan) {
            let bytes = match &file.content {
                Content::Template { template, node } => {
                    writer.reveal(&file, &writer.engines.fill(template, &writer.contexts.of(*node))?)?
                }
                Content::Text(text) => text.clone().into_bytes(),
                Content::Made(Made::Manifest) => {
                    manifest = Some(artefacts.len());
                    Vec::new()
                }
                Content::Made(made) => writer.make(&file, made)?,
            };
            let File { path, mode, purpose, .. } = file;
            artefacts.push(Artefact { path, mode, purpose, content: Revealed(Zeroizing::new(bytes)) });
        }
        // The manifest lists every file but itself, so it is written last.
        if let Some(row) = manifest {
            let text =
                list(plan, artefacts.iter().enumerate().filter(|(other, _)| *other != row).map(|(_, file)| file))?;
            if let Some(artefact) = artefacts.get_mut(row) {
                artefact.content = Revealed(Zeroizing::new(text.into_bytes()));
            }
        }
        Ok(Self { artefacts })
    }

    /// The files, sorted by path.
    #[must_use]
    pub fn artefacts(&self) -> &[Artefact<Revealed>] {
        &self.artefacts
    }

    /// What the finished files turn out to be: facts for TL-06 and TL-07, no secret.
    #[must_use]
    pub fn verify(&self) -> Verified {
        verify(self.artefacts.iter().map(|artefact| (artefact.path.as_str(), artefact.content.0.as_slice())))
    }
}

fn list<'a>(plan: &RenderPlan, files: impl Iterator<Item = &'a Artefact<Revealed>>) -> Result<String, RenderError> {
    let entry = |file: &'a Artefact<Revealed>| Entered {
        path: &file.path,
        sha256: hex::encode(digest::digest(&digest::SHA256, &file.content.0)),
        mode: file.mode,
        purpose: &file.purpose,
    };
    let manifest = Manifest { format: MANIFEST_FORMAT, generator: plan.generator, files: files.map(entry).collect() };
    let mut text = serde_json::to_string_pretty(&manifest).map_err(RenderError::Describe)?;
    text.push('\n');
    Ok(text)
}

/// The bundle while it is made.
struct Writer<'a> {
    plan: &'a RenderPlan,
    ring: &'a KeyRing,
    secrets: &'a Secrets,
    engines: Engines,
    contexts: Contexts,
    material: Material,
}

impl Writer<'_> {
    /// Puts secrets where their markers stand, escaped for the file's syntax.
    fn reveal(&self, file: &File, text: &str) -> Result<Vec<u8>, RenderError> {
        replace_markers(text, |id, out| {
            let secret = self.secret(id)?;
            carry(id, &secret, &file.path, out).map_err(|source| RenderError::CarrySecret {
                name: id.name(),
                path: file.path.clone(),
                source,
            })
        })
    }

    fn secret(&self, id: SecretId) -> Result<Secret, RenderError> {
        match id.setting() {
            Some(setting) => self.secrets.get(setting).cloned().ok_or(RenderError::MissingSecret { setting }),
            None => Ok(match id {
                SecretId::SymmetricKey => self.ring.encryption_key(),
                SecretId::EndpointPassword => self.ring.app_password(),
                SecretId::EndpointHash => Secret::new(self.ring.app_password_hash()),
                _ => self.ring.keystore_password(),
            }),
        }
    }

    /// What is made from the key ring.
    fn make(&self, file: &File, made: &Made) -> Result<Vec<u8>, RenderError> {
        let stores = &self.plan.key_stores;
        let material = &self.material;
        Ok(match made {
            Made::Certificate(name) => material.certificate(name).to_owned().into_bytes(),
            Made::NodesAuthority => material.nodes_authority.clone().into_bytes(),
            Made::AuthorityKey => {
                material.set.authority.as_ref().map(|authority| bytes(&authority.key_pem())).unwrap_or_default()
            }
            Made::LoadBalancerKey => bytes(&material.load_balancer_key),
            Made::LoadBalancerChainAndKey => {
                [material.certificate("load-balancer.crt").as_bytes(), &bytes(&material.load_balancer_key)].concat()
            }
            Made::PrimaryKeyStore => self.key_store(file, Some(&material.set.primary), stores.primary_alias)?,
            Made::TlsKeyStore(row) => self.key_store(file, material.set.nodes.get(*row), stores.tls_alias)?,
            Made::KeyRing => bytes(&self.ring.to_secret().map_err(RenderError::Keys)?),
            Made::Calendar => {
                calendar::write(&self.plan.title, self.ring, &expiries(self.plan, self.ring)).into_bytes()
            }
            Made::Manifest => Vec::new(),
        })
    }

    fn key_store(
        &self,
        file: &File,
        identity: Option<&crate::certificates::Identity>,
        alias: &str,
    ) -> Result<Vec<u8>, RenderError> {
        let failed = |source| RenderError::KeyStore { path: file.path.clone(), source };
        let identity = identity.ok_or_else(|| failed(keystore::KeystoreError::Chain))?;
        let kind = if self.plan.key_stores.kind == KeystoreType::Jks.name() {
            KeystoreType::Jks
        } else {
            KeystoreType::Pkcs12
        };
        let entry = Entry { alias, key: identity.key(), chain: &identity.chain };
        keystore::write(self.ring, kind, &entry, &self.ring.keystore_password()).map_err(failed)
    }
}

/// Writes a secret where its marker stood.
pub(crate) fn carry(id: SecretId, secret: &Secret, path: &str, out: &mut Vec<u8>) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is the bundle writer: the file needs the value")]
    let value = secret.expose();
    match Syntax::of(path) {
        // IS's mapper copies values of deployment.toml as they are (product-is#28431).
        Some(Syntax::Toml) => Syntax::Toml.escape(&Zeroizing::new(id.for_mapper(value)), out),
        Some(syntax) => syntax.escape(value, out),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "the syntax of the file is unknown")),
    }
}

/// A secret that is a whole file: a private key.
fn bytes(secret: &Secret) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "this is the bundle writer: the file is the value")]
    let value = secret.expose();
    let mut bytes = value.trim_end().as_bytes().to_vec();
    bytes.push(b'\n');
    bytes
}
