//! Reads PKCS#12 files whose parts are encrypted with PBES2 and sealed with HMAC-SHA256: see [`crate::keystore::pkcs12`].

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use domain::audit::KeyStoreFault;
use yasna::models::ObjectIdentifier;
use yasna::{ASN1Error, ASN1ErrorKind, ASN1Result, BERReader, Tag};
use zeroize::Zeroizing;

use crate::keystore::pkcs12;
use crate::keystore::stored_key::{DeclaredPasswords, StoredKey};

/// How many rounds a key derivation may take: a file must not keep the processor busy.
const MAX_ITERATIONS: u32 = 1_000_000;

/// The keys of a store whose seal is that of the password.
pub(super) fn open(file: &[u8], declared: &DeclaredPasswords<'_>) -> Result<Vec<StoredKey>, KeyStoreFault> {
    let foreign = |_: ASN1Error| KeyStoreFault::Type { found: None };
    let sealed = yasna::parse_der(file, sealed).map_err(foreign)?;
    let key = pkcs12::seal_key(declared.password, &sealed.salt, sealed.iterations);
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_slice());
    hmac::verify(&key, &sealed.safe, &sealed.seal).map_err(|_| KeyStoreFault::Seal)?;
    let parts =
        yasna::parse_der(&sealed.safe, |reader| reader.collect_sequence_of(|reader| part(reader, declared.password)));
    let mut bags = Vec::new();
    // A part that does not open has no keys and certificates, which is reported below.
    for part in parts.map_err(foreign)?.into_iter().flatten() {
        // BER, because keytool does not sort attributes as DER requires.
        let read = yasna::parse_ber(&part, |reader| reader.collect_sequence_of(|reader| bag(reader, declared)));
        bags.extend(read.map_err(foreign)?);
    }
    Ok(keys(&bags))
}

/// The keys with their certificates: the own one first, which has the id of the key, then those without an id.
fn keys(bags: &[Bag]) -> Vec<StoredKey> {
    let key = |bag: &Bag| {
        let BagContent::Key(key) = &bag.content else { return None };
        let certificates = |is_own: bool| {
            bags.iter().filter_map(move |other| match &other.content {
                BagContent::Certificate(der) if is_own && other.key_id.is_some() && other.key_id == bag.key_id => {
                    Some(der.clone())
                }
                BagContent::Certificate(der) if !is_own && other.key_id.is_none() => Some(der.clone()),
                _ => None,
            })
        };
        let own = certificates(true).next();
        let chain = own.into_iter().flat_map(|own| std::iter::once(own).chain(certificates(false))).collect();
        Some(StoredKey { alias: bag.alias.clone(), key: key.clone(), chain })
    };
    bags.iter().filter_map(key).collect()
}

/// The parts of a PKCS#12 file that its seal is about.
struct SealedPart {
    safe: Vec<u8>,
    seal: Vec<u8>,
    salt: Vec<u8>,
    iterations: NonZeroU32,
}

fn sealed(reader: BERReader<'_, '_>) -> ASN1Result<SealedPart> {
    reader.read_sequence(|reader| {
        reader.next().read_u8()?;
        let safe = reader.next().read_sequence(|reader| {
            reader.next().read_oid()?;
            reader.next().read_tagged(Tag::context(0), |reader| reader.read_bytes())
        })?;
        reader.next().read_sequence(|reader| {
            let seal = reader.next().read_sequence(|reader| {
                algorithm(reader.next(), pkcs12::SHA256)?;
                reader.next().read_bytes()
            })?;
            let salt = reader.next().read_bytes()?;
            Ok(SealedPart { safe, seal, salt, iterations: iterations(reader.next())? })
        })
    })
}

/// One part of the safe in plain; `None` if it does not open with the password.
fn part(reader: BERReader<'_, '_>, password: &str) -> ASN1Result<Option<Zeroizing<Vec<u8>>>> {
    reader.read_sequence(|reader| {
        let kind = reader.next().read_oid()?;
        let is_encrypted = kind == pkcs12::oid(pkcs12::ENCRYPTED_DATA);
        reader.next().read_tagged(Tag::context(0), |reader| {
            if !is_encrypted {
                return Ok(Some(Zeroizing::new(reader.read_bytes()?)));
            }
            reader.read_sequence(|reader| {
                reader.next().read_u8()?;
                reader.next().read_sequence(|reader| {
                    reader.next().read_oid()?;
                    let cipher = cipher(reader.next())?;
                    let bytes = reader.next().read_tagged_implicit(Tag::context(0), |reader| reader.read_bytes())?;
                    Ok(decrypt(&cipher, bytes, password))
                })
            })
        })
    })
}

/// A key, a certificate, or something else, with its attributes.
struct Bag {
    content: BagContent,
    alias: String,
    /// Connects a key with its certificate.
    key_id: Option<Vec<u8>>,
}

enum BagContent {
    /// `None` if it does not open.
    Key(Option<Zeroizing<Vec<u8>>>),
    Certificate(Vec<u8>),
    Other,
}

fn bag(reader: BERReader<'_, '_>, declared: &DeclaredPasswords<'_>) -> ASN1Result<Bag> {
    reader.read_sequence(|reader| {
        let kind = reader.next().read_oid()?;
        let content = reader.next().read_tagged(Tag::context(0), |reader| {
            if kind == pkcs12::oid(pkcs12::SHROUDED_KEY_BAG) {
                reader.read_sequence(|reader| {
                    let cipher = cipher(reader.next())?;
                    Ok(BagContent::Key(decrypt(&cipher, reader.next().read_bytes()?, declared.key_password)))
                })
            } else if kind == pkcs12::oid(pkcs12::CERTIFICATE_BAG) {
                reader.read_sequence(|reader| {
                    reader.next().read_oid()?;
                    let der = reader.next().read_tagged(Tag::context(0), |reader| reader.read_bytes())?;
                    Ok(BagContent::Certificate(der))
                })
            } else {
                reader.read_der().map(|_| BagContent::Other)
            }
        })?;
        let mut bag = Bag { content, alias: String::new(), key_id: None };
        reader.read_optional(|reader| reader.read_set_of(|reader| attribute(reader, &mut bag)))?;
        Ok(bag)
    })
}

fn attribute(reader: BERReader<'_, '_>, bag: &mut Bag) -> ASN1Result<()> {
    reader.read_sequence(|reader| {
        let name = reader.next().read_oid()?;
        let value = reader.next().read_der()?;
        let is_alias = name == pkcs12::oid(pkcs12::FRIENDLY_NAME);
        if !is_alias && name != pkcs12::oid(pkcs12::LOCAL_KEY_ID) {
            return Ok(());
        }
        yasna::parse_der(&value, |reader| {
            reader.read_set_of(|reader| {
                match is_alias {
                    true => bag.alias = reader.read_bmp_string()?,
                    false => bag.key_id = Some(reader.read_bytes()?),
                }
                Ok(())
            })
        })
    })
}

/// What PBES2 needs besides the password.
struct CipherParameters {
    salt: Vec<u8>,
    vector: Vec<u8>,
    iterations: NonZeroU32,
}

fn cipher(reader: BERReader<'_, '_>) -> ASN1Result<CipherParameters> {
    reader.read_sequence(|reader| {
        expect(&reader.next().read_oid()?, pkcs12::PBES2)?;
        reader.next().read_sequence(|reader| {
            let (salt, iterations) = reader.next().read_sequence(|reader| {
                expect(&reader.next().read_oid()?, pkcs12::PBKDF2)?;
                reader.next().read_sequence(|reader| {
                    let salt = reader.next().read_bytes()?;
                    let iterations = iterations(reader.next())?;
                    if reader.read_optional(|reader| reader.read_u8())?.is_some_and(|length| length != 32) {
                        return Err(ASN1Error::new(ASN1ErrorKind::Invalid));
                    }
                    algorithm(reader.next(), pkcs12::HMAC_WITH_SHA256)?;
                    Ok((salt, iterations))
                })
            })?;
            let vector = reader.next().read_sequence(|reader| {
                expect(&reader.next().read_oid()?, pkcs12::AES_256_CBC)?;
                reader.next().read_bytes()
            })?;
            Ok(CipherParameters { salt, vector, iterations })
        })
    })
}

/// An algorithm without parameters, which must be this one.
fn algorithm(reader: BERReader<'_, '_>, expected: &[u64]) -> ASN1Result<()> {
    reader.read_sequence(|reader| {
        expect(&reader.next().read_oid()?, expected)?;
        reader.read_optional(|reader| reader.read_null())?;
        Ok(())
    })
}

fn expect(found: &ObjectIdentifier, expected: &[u64]) -> ASN1Result<()> {
    if *found == pkcs12::oid(expected) { Ok(()) } else { Err(ASN1Error::new(ASN1ErrorKind::Invalid)) }
}

fn iterations(reader: BERReader<'_, '_>) -> ASN1Result<NonZeroU32> {
    let count = NonZeroU32::new(reader.read_u32()?).filter(|count| count.get() <= MAX_ITERATIONS);
    count.ok_or_else(|| ASN1Error::new(ASN1ErrorKind::Invalid))
}

/// Bytes encrypted with PBES2, if they open with a password to something in DER.
fn decrypt(cipher: &CipherParameters, bytes: Vec<u8>, password: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(bytes);
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        cipher.iterations,
        &cipher.salt,
        password.as_bytes(),
        key.as_mut_slice(),
    );
    let vector = <&[u8; 16]>::try_from(cipher.vector.as_slice()).ok()?;
    let context = DecryptionContext::Iv128(FixedLength::from(vector));
    let key = UnboundCipherKey::new(&AES_256, key.as_slice()).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).ok()?;
    let length = key.decrypt(&mut bytes, context).ok()?.len();
    bytes.truncate(length);
    yasna::parse_der(&bytes, |reader| reader.read_der()).is_ok().then_some(bytes)
}
