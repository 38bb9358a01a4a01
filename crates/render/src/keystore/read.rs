//! Opens the key stores that [`super::write`] makes, as IS will: seal, alias, key, certificate. The content is
//! discarded; the caller only receives whether the store opened.
//!
//! No reader of key stores in general: of PKCS#12 it knows the one form that is written here.

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hmac, pbkdf2};
use domain::audit::KeyStoreFault;
use domain::product::KeyStoreType;
use yasna::{ASN1Error, ASN1ErrorKind, ASN1Result, BERReader, Tag};
use zeroize::Zeroizing;

use super::{jks, pkcs12, utf16};

/// The alias and passwords that deployment.toml declares for a key store.
pub(crate) struct DeclaredPasswords<'a> {
    pub(crate) kind: &'a str,
    pub(crate) password: &'a str,
    pub(crate) alias: &'a str,
    pub(crate) key_password: &'a str,
}

/// One key of a store.
struct StoredKey {
    alias: String,
    opens: bool,
    has_certificate: bool,
}

/// Opens a key store.
pub(crate) fn open(file: &[u8], declared: &DeclaredPasswords<'_>) -> Result<(), KeyStoreFault> {
    let kind = match file {
        [0xfe, 0xed, 0xfe, 0xed, ..] => KeyStoreType::Jks,
        [0x30, ..] => KeyStoreType::Pkcs12,
        _ => return Err(KeyStoreFault::Type { found: None }),
    };
    if !declared.kind.eq_ignore_ascii_case(kind.name()) {
        return Err(KeyStoreFault::Type { found: Some(kind.name()) });
    }
    let keys = match kind {
        KeyStoreType::Jks => open_jks(file, declared),
        KeyStoreType::Pkcs12 => open_pkcs12(file, declared),
    }?;
    // Java folds the case of aliases.
    let Some(key) = keys.iter().find(|key| key.alias.eq_ignore_ascii_case(declared.alias)) else {
        return Err(KeyStoreFault::Alias { found: keys.into_iter().map(|key| key.alias).collect() });
    };
    match (key.opens, key.has_certificate) {
        (false, _) => Err(KeyStoreFault::Key),
        (_, false) => Err(KeyStoreFault::Certificate),
        _ => Ok(()),
    }
}

fn open_jks(file: &[u8], declared: &DeclaredPasswords<'_>) -> Result<Vec<StoredKey>, KeyStoreFault> {
    let (content, seal) = file.split_at_checked(file.len().saturating_sub(20)).ok_or(KeyStoreFault::Seal)?;
    let expected = jks::sha1(&[&utf16(declared.password), b"Mighty Aphrodite", content]);
    constant_time::verify_slices_are_equal(seal, expected.as_ref()).map_err(|_| KeyStoreFault::Seal)?;
    // What is sealed was written whole: a part that is missing means another writer.
    jks_keys(content, declared).ok_or(KeyStoreFault::Type { found: None })
}

fn jks_keys(content: &[u8], declared: &DeclaredPasswords<'_>) -> Option<Vec<StoredKey>> {
    let mut rest = content.get(8..)?;
    let count = number(&mut rest)?;
    let mut keys = Vec::new();
    for _ in 0..count {
        let is_key = number(&mut rest)? == jks::PRIVATE_KEY_ENTRY;
        let alias = String::from_utf8_lossy(text(&mut rest)?).into_owned();
        read_bytes(&mut rest, 8)?;
        if !is_key {
            text(&mut rest)?;
            block(&mut rest)?;
            continue;
        }
        let opens = can_decrypt_jks_key(block(&mut rest)?, declared.key_password);
        let certificates = number(&mut rest)?;
        for _ in 0..certificates {
            text(&mut rest)?;
            block(&mut rest)?;
        }
        keys.push(StoredKey { alias, opens, has_certificate: certificates > 0 });
    }
    Some(keys)
}

/// Sun's key protector: the stream over the key is taken off, and a digest proves the password.
fn can_decrypt_jks_key(protected: &[u8], password: &str) -> bool {
    let bytes = yasna::parse_der(protected, |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_der()?;
            reader.next().read_bytes()
        })
    });
    let Ok(bytes) = bytes else { return false };
    let Some((salt, rest)) = bytes.split_at_checked(20) else { return false };
    let Some((hidden, digest)) = rest.split_at_checked(rest.len().saturating_sub(20)) else { return false };
    let password = utf16(password);
    let mut key = Zeroizing::new(Vec::with_capacity(hidden.len()));
    let mut previous = Zeroizing::new(salt.to_vec());
    for part in hidden.chunks(20) {
        *previous = jks::sha1(&[&password, &previous]).as_ref().to_vec();
        key.extend(part.iter().zip(previous.iter()).map(|(hidden, stream)| hidden ^ stream));
    }
    jks::sha1(&[&password, &key]).as_ref() == digest
}

fn read_bytes<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(read_bytes(rest, 4)?.try_into().ok()?))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(read_bytes(rest, 2)?.try_into().ok()?);
    read_bytes(rest, usize::from(length))
}

fn block<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(number(rest)?).ok()?;
    read_bytes(rest, length)
}

/// The parts of a PKCS#12 file that its seal is about.
struct EncryptedPart {
    safe: Vec<u8>,
    seal: Vec<u8>,
    salt: Vec<u8>,
}

fn open_pkcs12(file: &[u8], declared: &DeclaredPasswords<'_>) -> Result<Vec<StoredKey>, KeyStoreFault> {
    let foreign = |_: ASN1Error| KeyStoreFault::Type { found: None };
    let sealed = yasna::parse_der(file, sealed).map_err(foreign)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, pkcs12::seal_key(declared.password, &sealed.salt).as_slice());
    hmac::verify(&key, &sealed.safe, &sealed.seal).map_err(|_| KeyStoreFault::Seal)?;
    let (keys, certificates) = yasna::parse_der(&sealed.safe, |reader| {
        reader.read_sequence(|reader| {
            let keys = data(reader.next())?;
            let certificates = reader.next().read_sequence(|reader| {
                reader.next().read_oid()?;
                reader.next().read_tagged(Tag::context(0), |reader| {
                    reader.read_sequence(|reader| {
                        reader.next().read_u8()?;
                        reader.next().read_sequence(|reader| {
                            reader.next().read_oid()?;
                            let cipher = cipher(reader.next())?;
                            let bytes =
                                reader.next().read_tagged_implicit(Tag::context(0), |reader| reader.read_bytes())?;
                            Ok((cipher, bytes))
                        })
                    })
                })
            })?;
            Ok((keys, certificates))
        })
    })
    .map_err(foreign)?;
    let has_certificate = can_decrypt(&certificates.0, certificates.1, declared.password);
    yasna::parse_der(&keys, |reader| reader.collect_sequence_of(|reader| key_bag(reader, declared, has_certificate)))
        .map_err(foreign)
}

fn sealed(reader: BERReader<'_, '_>) -> ASN1Result<EncryptedPart> {
    reader.read_sequence(|reader| {
        reader.next().read_u8()?;
        let safe = data(reader.next())?;
        let (seal, salt) = reader.next().read_sequence(|reader| {
            let seal = reader.next().read_sequence(|reader| {
                reader.next().read_der()?;
                reader.next().read_bytes()
            })?;
            let salt = reader.next().read_bytes()?;
            if reader.next().read_u32()? != pkcs12::ITERATIONS.get() {
                return Err(ASN1Error::new(ASN1ErrorKind::Invalid));
            }
            Ok((seal, salt))
        })?;
        Ok(EncryptedPart { safe, seal, salt })
    })
}

fn data(reader: BERReader<'_, '_>) -> ASN1Result<Vec<u8>> {
    reader.read_sequence(|reader| {
        reader.next().read_oid()?;
        reader.next().read_tagged(Tag::context(0), |reader| reader.read_bytes())
    })
}

/// What PBES2 needs besides the password.
struct CipherParameters {
    salt: Vec<u8>,
    vector: Vec<u8>,
}

fn cipher(reader: BERReader<'_, '_>) -> ASN1Result<CipherParameters> {
    reader.read_sequence(|reader| {
        reader.next().read_oid()?;
        reader.next().read_sequence(|reader| {
            let salt = reader.next().read_sequence(|reader| {
                reader.next().read_oid()?;
                reader.next().read_sequence(|reader| {
                    let salt = reader.next().read_bytes()?;
                    if reader.next().read_u32()? != pkcs12::ITERATIONS.get() || reader.next().read_u8()? != 32 {
                        return Err(ASN1Error::new(ASN1ErrorKind::Invalid));
                    }
                    reader.next().read_der()?;
                    Ok(salt)
                })
            })?;
            let vector = reader.next().read_sequence(|reader| {
                reader.next().read_oid()?;
                reader.next().read_bytes()
            })?;
            Ok(CipherParameters { salt, vector })
        })
    })
}

fn key_bag(
    reader: BERReader<'_, '_>,
    declared: &DeclaredPasswords<'_>,
    has_certificate: bool,
) -> ASN1Result<StoredKey> {
    reader.read_sequence(|reader| {
        reader.next().read_oid()?;
        let (cipher, bytes) = reader.next().read_tagged(Tag::context(0), |reader| {
            reader.read_sequence(|reader| Ok((cipher(reader.next())?, reader.next().read_bytes()?)))
        })?;
        let mut alias = String::new();
        reader.next().read_set_of(|reader| {
            reader.read_sequence(|reader| {
                let name = reader.next().read_oid()?;
                let value = reader.next().read_der()?;
                if name == pkcs12::oid(pkcs12::FRIENDLY_NAME) {
                    yasna::parse_der(&value, |reader| {
                        reader.read_set_of(|reader| {
                            alias = reader.read_bmp_string()?;
                            Ok(())
                        })
                    })?;
                }
                Ok(())
            })
        })?;
        Ok(StoredKey { alias, opens: can_decrypt(&cipher, bytes, declared.key_password), has_certificate })
    })
}

/// Whether bytes encrypted with PBES2 open with a password, to something in DER.
fn can_decrypt(cipher: &CipherParameters, mut bytes: Vec<u8>, password: &str) -> bool {
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        pkcs12::ITERATIONS,
        &cipher.salt,
        password.as_bytes(),
        key.as_mut_slice(),
    );
    let Ok(vector) = <&[u8; 16]>::try_from(cipher.vector.as_slice()) else { return false };
    let context = DecryptionContext::Iv128(FixedLength::from(vector));
    let opened =
        UnboundCipherKey::new(&AES_256, key.as_slice()).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).and_then(|key| {
            key.decrypt(&mut bytes, context).map(|plain| yasna::parse_der(plain, |reader| reader.read_der()).is_ok())
        });
    let is_open = opened.unwrap_or(false);
    zeroize::Zeroize::zeroize(&mut bytes);
    is_open
}
