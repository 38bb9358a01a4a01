//! Reads JKS files: see [`crate::keystore::jks`] for the layout.

use aws_lc_rs::constant_time;
use domain::audit::KeyStoreFault;
use zeroize::Zeroizing;

use crate::keystore::stored_key::{DeclaredPasswords, StoredKey};
use crate::keystore::{jks, utf16};

/// The keys of a store whose seal is that of the password.
pub(super) fn open(file: &[u8], declared: &DeclaredPasswords<'_>) -> Result<Vec<StoredKey>, KeyStoreFault> {
    let (content, seal) = file.split_at_checked(file.len().saturating_sub(20)).ok_or(KeyStoreFault::Seal)?;
    let expected = jks::sha1(&[&utf16(declared.password), b"Mighty Aphrodite", content]);
    constant_time::verify_slices_are_equal(seal, expected.as_ref()).map_err(|_| KeyStoreFault::Seal)?;
    // What is sealed was written whole: a part that is missing means another writer.
    keys(content, declared).ok_or(KeyStoreFault::Type { found: None })
}

fn keys(content: &[u8], declared: &DeclaredPasswords<'_>) -> Option<Vec<StoredKey>> {
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
        let key = decrypt_key(block(&mut rest)?, declared.key_password);
        let mut chain = Vec::new();
        for _ in 0..number(&mut rest)? {
            text(&mut rest)?;
            chain.push(block(&mut rest)?.to_vec());
        }
        keys.push(StoredKey { alias, key, chain });
    }
    Some(keys)
}

/// Sun's key protector: the stream over the key is taken off, and a digest proves the password.
fn decrypt_key(protected: &[u8], password: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = yasna::parse_der(protected, |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_der()?;
            reader.next().read_bytes()
        })
    });
    let bytes = bytes.ok()?;
    let (salt, rest) = bytes.split_at_checked(20)?;
    let (hidden, digest) = rest.split_at_checked(rest.len().saturating_sub(20))?;
    let password = utf16(password);
    let mut key = Zeroizing::new(Vec::with_capacity(hidden.len()));
    let mut previous = Zeroizing::new(salt.to_vec());
    for part in hidden.chunks(20) {
        *previous = jks::sha1(&[&password, &previous]).as_ref().to_vec();
        key.extend(part.iter().zip(previous.iter()).map(|(hidden, stream)| hidden ^ stream));
    }
    (jks::sha1(&[&password, &key]).as_ref() == digest).then_some(key)
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
