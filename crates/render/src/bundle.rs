//! The bundle writer: the only module that writes secrets into files. A bundle cannot be displayed, only zipped.

use std::io;

use aws_lc_rs::digest;
use domain::render_plan::{RenderPlan, SecretId};
use domain::secret::{Secret, Secrets};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::artefact::{Artefact, RevealedContent};
use crate::calendar;
use crate::context::{Contexts, KeyContext, replace_markers};
use crate::engine::TemplateEngines;
use crate::error::RenderError;
use crate::expiry::certificate_expiries;
use crate::file_mode::FileMode;
use crate::keyring::KeyRing;
use crate::keystore::{self, KeyStoreEntry};
use crate::material::KeyMaterial;
use crate::outline::{ContentSource, GeneratedContent, PlannedFile, plan_files};
use crate::syntax::Syntax;
use crate::verify::{BundleFacts, verify};

/// The manifest's format.
const MANIFEST_FORMAT: u32 = 1;

/// All files of a cluster, with their secrets, sorted by path.
pub struct Bundle {
    pub(crate) artefacts: Vec<Artefact<RevealedContent>>,
}

#[derive(Serialize)]
struct BundleManifest<'a> {
    format: u32,
    generator: &'a str,
    files: Vec<EnteredSecrets<'a>>,
}

#[derive(Serialize)]
struct EnteredSecrets<'a> {
    path: &'a str,
    sha256: String,
    mode: FileMode,
    purpose: &'a str,
}

impl Bundle {
    /// Makes every file. The same plan, ring and secrets give the same bytes. `secrets` are those of the plan's
    /// settings; a provided private key is among them as `load_balancer.provided_key`.
    ///
    /// ```
    /// use domain::cluster::validate;
    /// use domain::presets::Preset;
    /// use domain::render_plan::RenderPlan;
    /// use domain::rules::ExternalFacts;
    /// use domain::secret::{Secret, Secrets};
    /// use render::Bundle;
    /// use render::keyring::{KeyRing, RsaBits};
    ///
    /// let draft = Preset::find("one-machine").unwrap().draft("Test cluster");
    /// let mut secrets = Secrets::new();
    /// secrets.insert("database.password", Secret::new("Db-secret-1"));
    /// secrets.insert("user_store.admin_password", Secret::new("Admin-secret-1"));
    /// let facts = ExternalFacts { now: 1_767_225_600, ..ExternalFacts::default() };
    /// let cluster = validate(&draft, &secrets, &facts).cluster.unwrap();
    ///
    /// let ring = KeyRing::generate(1_767_225_600, RsaBits::default())?;
    /// let bundle = Bundle::build(&RenderPlan::new(&cluster), &ring, &secrets)?;
    /// assert!(bundle.zip()?.starts_with(b"PK"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where a secret is missing, or a certificate or key store cannot be made.
    pub fn build(plan: &RenderPlan, ring: &KeyRing, secrets: &Secrets) -> Result<Self, RenderError> {
        let writer = BundleWriter {
            plan,
            ring,
            secrets,
            engines: TemplateEngines::new(plan)?,
            contexts: Contexts::with_keys(plan, &KeyContext::new(plan, ring)?)?,
            material: KeyMaterial::new(plan, ring, secrets)?,
        };
        let mut artefacts = Vec::new();
        let mut manifest = None;
        for file in plan_files(plan) {
            let bytes = match &file.content {
                ContentSource::Template { template, node } => {
                    writer.reveal(&file, &writer.engines.fill(template, &writer.contexts.of(*node))?)?
                }
                ContentSource::Text(text) => text.clone().into_bytes(),
                ContentSource::Made(GeneratedContent::Manifest) => {
                    manifest = Some(artefacts.len());
                    Vec::new()
                }
                ContentSource::Made(made) => writer.make(&file, made)?,
            };
            let PlannedFile { path, mode, purpose, .. } = file;
            artefacts.push(Artefact { path, mode, purpose, content: RevealedContent(Zeroizing::new(bytes)) });
        }
        // The manifest lists every file but itself, so it is written last.
        if let Some(row) = manifest {
            let text =
                list(plan, artefacts.iter().enumerate().filter(|(other, _)| *other != row).map(|(_, file)| file))?;
            if let Some(artefact) = artefacts.get_mut(row) {
                artefact.content = RevealedContent(Zeroizing::new(text.into_bytes()));
            }
        }
        Ok(Self { artefacts })
    }

    /// The files, sorted by path.
    #[must_use]
    pub fn artefacts(&self) -> &[Artefact<RevealedContent>] {
        &self.artefacts
    }

    /// What the finished files turn out to be: facts for TL-06 and TL-07, no secret.
    #[must_use]
    pub fn verify(&self) -> BundleFacts {
        verify(self.artefacts.iter().map(|artefact| (artefact.path.as_str(), artefact.content.0.as_slice())))
    }
}

fn list<'a>(
    plan: &RenderPlan,
    files: impl Iterator<Item = &'a Artefact<RevealedContent>>,
) -> Result<String, RenderError> {
    let entry = |file: &'a Artefact<RevealedContent>| EnteredSecrets {
        path: &file.path,
        sha256: hex::encode(digest::digest(&digest::SHA256, &file.content.0)),
        mode: file.mode,
        purpose: &file.purpose,
    };
    let manifest =
        BundleManifest { format: MANIFEST_FORMAT, generator: plan.generator, files: files.map(entry).collect() };
    let mut text = serde_json::to_string_pretty(&manifest).map_err(RenderError::Describe)?;
    text.push('\n');
    Ok(text)
}

/// A bundle while its files are being written.
struct BundleWriter<'a> {
    plan: &'a RenderPlan,
    ring: &'a KeyRing,
    secrets: &'a Secrets,
    engines: TemplateEngines,
    contexts: Contexts,
    material: KeyMaterial,
}

impl BundleWriter<'_> {
    /// Puts secrets where their markers stand, escaped for the file's syntax.
    fn reveal(&self, file: &PlannedFile, text: &str) -> Result<Vec<u8>, RenderError> {
        replace_markers(text, |id, out| {
            let secret = self.secret(id)?;
            write_escaped_secret(id, &secret, &file.path, out).map_err(|source| RenderError::CarrySecret {
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

    /// The content of a file that is generated from the key ring.
    fn make(&self, file: &PlannedFile, made: &GeneratedContent) -> Result<Vec<u8>, RenderError> {
        let stores = &self.plan.key_stores;
        let material = &self.material;
        Ok(match made {
            GeneratedContent::Certificate(name) => material.certificate(name).to_owned().into_bytes(),
            GeneratedContent::NodesAuthority => material.nodes_authority.clone().into_bytes(),
            GeneratedContent::EndpointCertificates => {
                [material.certificate("load-balancer.crt"), &material.nodes_authority].concat().into_bytes()
            }
            GeneratedContent::AuthorityKey => {
                material.set.authority.as_ref().map(|authority| bytes(&authority.key_pem())).unwrap_or_default()
            }
            GeneratedContent::LoadBalancerKey => bytes(&material.load_balancer_key),
            GeneratedContent::LoadBalancerChainAndKey => {
                [material.certificate("load-balancer.crt").as_bytes(), &bytes(&material.load_balancer_key)].concat()
            }
            GeneratedContent::PrimaryKeyStore => {
                self.key_store(file, Some(&material.set.primary), stores.primary_alias)?
            }
            GeneratedContent::TlsKeyStore(row) => {
                self.key_store(file, material.set.nodes.get(*row), stores.tls_alias)?
            }
            GeneratedContent::KeyRing => bytes(&self.ring.to_secret().map_err(RenderError::Keys)?),
            GeneratedContent::Calendar => {
                calendar::write_calendar(&self.plan.title, self.ring, &certificate_expiries(self.plan, self.ring))
                    .into_bytes()
            }
            GeneratedContent::Manifest => Vec::new(),
        })
    }

    fn key_store(
        &self,
        file: &PlannedFile,
        identity: Option<&crate::certificates::IssuedCertificate>,
        alias: &str,
    ) -> Result<Vec<u8>, RenderError> {
        let failed = |source| RenderError::KeyStore { path: file.path.clone(), source };
        let identity = identity.ok_or_else(|| failed(keystore::KeyStoreError::Chain))?;
        let entry = KeyStoreEntry { alias, key: identity.key(), chain: &identity.chain };
        keystore::write(self.ring, self.plan.key_stores.kind, &entry, &self.ring.keystore_password()).map_err(failed)
    }
}

/// Writes a secret where its marker stood.
pub(crate) fn write_escaped_secret(id: SecretId, secret: &Secret, path: &str, out: &mut Vec<u8>) -> io::Result<()> {
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
