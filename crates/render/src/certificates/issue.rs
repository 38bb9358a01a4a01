//! Builds and signs certificates: their times, usages, names and serial numbers.
//!
//! How long they count, from one hour before the ring was made (clocks of machines differ), the TLS certificates of load
//! balancer and nodes from one hour before they were last renewed, and never longer than the CA that signs them:
//! the load balancer's 397 days, because browsers take no more from a public authority and rules on private ones follow;
//! the nodes' 3 years, because only the load balancer and the nodes see them and a forgotten renewal stops the cluster;
//! the authority's and the primary one 10 years, because truststores and token verifiers pin them and a change there
//! touches every machine.

use std::collections::BTreeSet;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, SanType, SerialNumber,
};
use time::OffsetDateTime;

use super::signer::Signer;
use super::{CertificateError, CertificateRequests, CertificateSet, IssuedCertificate, LeafRequest, SigningAuthority};
use crate::keyring::{KeyRing, PrivateKey, SigningName};

const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 86_400;
/// X.520 upper bound of a common name (RFC 5280 appendix A.1, ub-common-name).
const MAX_COMMON_NAME_CHARS: usize = 64;

#[derive(Clone, Copy)]
enum CertificatePurpose {
    Authority,
    LoadBalancer,
    Node,
    Primary,
}

impl CertificatePurpose {
    fn days(self) -> i64 {
        match self {
            Self::LoadBalancer => 397,
            Self::Node => 3 * 365,
            Self::Authority | Self::Primary => 10 * 365,
        }
    }

    fn key_usages(self) -> Vec<KeyUsagePurpose> {
        use KeyUsagePurpose::{CrlSign, DataEncipherment, DigitalSignature, KeyCertSign, KeyEncipherment};
        match self {
            Self::Authority => vec![KeyCertSign, CrlSign],
            Self::LoadBalancer | Self::Node => vec![DigitalSignature],
            // IS also encrypts with the primary key (5.10 does so by default), and RSA key exchange needs it.
            Self::Primary => vec![DigitalSignature, KeyEncipherment, DataEncipherment],
        }
    }

    fn extended_key_usages(self) -> Vec<ExtendedKeyUsagePurpose> {
        use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
        match self {
            Self::Authority => vec![],
            Self::LoadBalancer => vec![ServerAuth],
            // Nodes also call each other and the load balancer.
            Self::Node | Self::Primary => vec![ServerAuth, ClientAuth],
        }
    }
}

/// Until when the certificates that a ring issues count, in seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryTimes {
    /// The load balancer's.
    pub load_balancer: i64,
    /// The nodes'.
    pub nodes: i64,
    /// The private authority's.
    pub authority: i64,
    /// The signing certificate's.
    pub signing: i64,
}

/// Until when the certificates of `ring` count.
#[must_use]
pub fn expiry_times(ring: &KeyRing) -> ExpiryTimes {
    let until = |purpose| validity(ring, purpose).not_after;
    ExpiryTimes {
        load_balancer: until(CertificatePurpose::LoadBalancer),
        nodes: until(CertificatePurpose::Node),
        authority: until(CertificatePurpose::Authority),
        signing: until(CertificatePurpose::Primary),
    }
}

/// The SHA-256 fingerprint of the signing certificate, as keytool and openssl print it. `hostname` counts for rings of
/// format 1 only.
///
/// # Errors
/// Where the certificate cannot be issued.
pub fn signing_fingerprint(ring: &KeyRing, hostname: &str) -> Result<String, CertificateError> {
    let identity = issue_primary(ring, hostname)?;
    let der = identity.chain.first().map_or(&[][..], Vec::as_slice);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
    let bytes: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(bytes.join(":"))
}

/// The authority while it signs.
struct CaSigner {
    identity: IssuedCertificate,
    issuer: Issuer<'static, Signer>,
    name: String,
}

/// Issues all certificates of a cluster. The same ring and requests give the same bytes.
///
/// # Errors
/// Where a name cannot stand in a certificate or a key cannot be used.
pub fn issue(ring: &KeyRing, requests: &CertificateRequests) -> Result<CertificateSet, CertificateError> {
    let authority = match requests.trust {
        SigningAuthority::SelfSigned => None,
        SigningAuthority::PrivateAuthority | SigningAuthority::Provided => Some(authority(ring)?),
    };
    let authority = authority.as_ref();
    let load_balancer = match requests.trust {
        SigningAuthority::SelfSigned | SigningAuthority::PrivateAuthority => {
            Some(leaf(ring, &requests.load_balancer, CertificatePurpose::LoadBalancer, authority)?)
        }
        SigningAuthority::Provided => None,
    };
    let nodes = requests.nodes.iter().map(|node| leaf(ring, node, CertificatePurpose::Node, authority));
    Ok(CertificateSet {
        load_balancer,
        nodes: nodes.collect::<Result<_, _>>()?,
        primary: issue_primary(ring, &requests.hostname)?,
        authority: authority.map(|authority| authority.identity.clone()),
    })
}

/// The authority depends on the ring alone: truststores that hold it stay right when hostname or nodes change.
fn authority(ring: &KeyRing) -> Result<CaSigner, CertificateError> {
    let label = "ca";
    let (key, signer) = ecdsa(ring, label)?;
    let name = format!("Clusterwright private CA {}", authority_key_id(ring));
    let params = params(ring, CertificatePurpose::Authority, &name, Vec::new(), label, &name)?;
    let certificate = params.self_signed(&signer).map_err(|source| issuing(label, source))?;
    let identity = IssuedCertificate { chain: vec![der(&certificate)], key };
    Ok(CaSigner { identity, issuer: Issuer::new(params, signer), name })
}

/// Two clusters of one operator must not have certificates of one name: clients look issuers up by name.
fn authority_key_id(ring: &KeyRing) -> String {
    hex::encode_upper(ring.derive::<4>("authority mark", b"").as_slice())
}

/// The signing certificate. It depends on the ring alone: tokens name their key by it.
fn issue_primary(ring: &KeyRing, hostname: &str) -> Result<IssuedCertificate, CertificateError> {
    let request = match ring.signing_name() {
        SigningName::OfTheRing => {
            LeafRequest::new("primary", format!("Clusterwright signing key {}", authority_key_id(ring)), ["localhost"])
        }
        SigningName::Hostname(name) => {
            let name = name.as_deref().unwrap_or(hostname);
            LeafRequest::new("primary", name, [name, "localhost"])
        }
    };
    leaf(ring, &request, CertificatePurpose::Primary, None)
}

fn leaf(
    ring: &KeyRing,
    request: &LeafRequest,
    purpose: CertificatePurpose,
    authority: Option<&CaSigner>,
) -> Result<IssuedCertificate, CertificateError> {
    let label = &request.label;
    let (key, signer) = match purpose {
        CertificatePurpose::Primary => (ring.primary_key().clone(), Signer::rsa(ring.primary_key())?),
        CertificatePurpose::Authority | CertificatePurpose::LoadBalancer | CertificatePurpose::Node => {
            ecdsa(ring, label)?
        }
    };
    let subject = common_name(&request.subject);
    let issuer_name = authority.map_or(subject, |authority| &authority.name);
    let params = params(ring, purpose, subject, alternative_names(request)?, label, issuer_name)?;
    let chain = match authority {
        Some(authority) => {
            let certificate = params.signed_by(&signer, &authority.issuer).map_err(|source| issuing(label, source))?;
            vec![der(&certificate)].into_iter().chain(authority.identity.chain.clone()).collect()
        }
        None => vec![der(&params.self_signed(&signer).map_err(|source| issuing(label, source))?)],
    };
    Ok(IssuedCertificate { chain, key })
}

fn ecdsa(ring: &KeyRing, label: &str) -> Result<(PrivateKey, Signer), CertificateError> {
    let key = ring.ecdsa_key(label).map_err(|source| CertificateError::Key { label: label.to_owned(), source })?;
    let signer = Signer::ecdsa(&key)?;
    Ok((key, signer))
}

fn params(
    ring: &KeyRing,
    purpose: CertificatePurpose,
    common_name: &str,
    alternative_names: Vec<SanType>,
    label: &str,
    issuer: &str,
) -> Result<CertificateParams, CertificateError> {
    let Validity { not_before, not_after } = validity(ring, purpose);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = utc_date_time(not_before)?;
    params.not_after = utc_date_time(not_after)?;
    params.key_usages = purpose.key_usages();
    params.extended_key_usages = purpose.extended_key_usages();
    params.is_ca = match purpose {
        // It signs servers, never further authorities.
        CertificatePurpose::Authority => IsCa::Ca(BasicConstraints::Constrained(0)),
        CertificatePurpose::LoadBalancer | CertificatePurpose::Node | CertificatePurpose::Primary => IsCa::ExplicitNoCa,
    };
    params.use_authority_key_identifier_extension = !matches!(purpose, CertificatePurpose::Authority);
    // Clients refuse two different certificates with one issuer and serial number, so the number follows the content.
    let content = format!("{label}\n{issuer}\n{common_name}\n{alternative_names:?}\n{not_before}\n{not_after}");
    let mut serial = ring.derive::<16>("serial number", content.as_bytes());
    // Positive, and 16 bytes long whatever was derived (RFC 5280 section 4.1.2.2).
    serial[0] = (serial[0] & 0x7f) | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(serial.as_slice()));
    params.subject_alt_names = alternative_names;
    Ok(params)
}

/// From when to when a certificate counts, in seconds since 1970-01-01 UTC.
struct Validity {
    pub(super) not_before: i64,
    pub(super) not_after: i64,
}

fn validity(ring: &KeyRing, purpose: CertificatePurpose) -> Validity {
    let of = |from: i64, purpose: CertificatePurpose| Validity {
        not_before: from - SECONDS_PER_HOUR,
        not_after: from - SECONDS_PER_HOUR + purpose.days() * SECONDS_PER_DAY,
    };
    match purpose {
        CertificatePurpose::Authority | CertificatePurpose::Primary => of(ring.created_at(), purpose),
        CertificatePurpose::LoadBalancer | CertificatePurpose::Node => {
            let own = of(ring.tls_issued_at(), purpose);
            Validity {
                not_after: own.not_after.min(of(ring.created_at(), CertificatePurpose::Authority).not_after),
                ..own
            }
        }
    }
}

fn alternative_names(request: &LeafRequest) -> Result<Vec<SanType>, CertificateError> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for name in &request.dns_names {
        let name = name.to_ascii_lowercase();
        if seen.insert(name.clone()) {
            let text =
                name.as_str().try_into().map_err(|source| CertificateError::Name { name: name.clone(), source })?;
            names.push(SanType::DnsName(text));
        }
    }
    let mut seen = BTreeSet::new();
    names.extend(request.ip_addresses.iter().filter(|address| seen.insert(**address)).copied().map(SanType::IpAddress));
    Ok(names)
}

/// Clients compare the alternative names; the common name is for people. A name that does not fit is not cut anywhere,
/// which could give another host's name, but reduced to its first label (63 characters at most in DNS).
fn common_name(subject: &str) -> &str {
    let fits = |name: &str| name.chars().count() <= MAX_COMMON_NAME_CHARS;
    if fits(subject) {
        return subject;
    }
    let label = subject.split('.').next().unwrap_or_default();
    let end = label.char_indices().nth(MAX_COMMON_NAME_CHARS).map_or(label.len(), |(end, _)| end);
    &label[..end]
}

fn utc_date_time(seconds: i64) -> Result<OffsetDateTime, CertificateError> {
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|source| CertificateError::Time { seconds, source })
}

fn der(certificate: &Certificate) -> Vec<u8> {
    certificate.der().to_vec()
}

fn issuing(label: &str, source: rcgen::Error) -> CertificateError {
    CertificateError::Issue { label: label.to_owned(), source }
}
