//! The authentication plugins that need only a password. Only this module turns the password into bytes that are sent.

use aws_lc_rs::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

/// A supported plugin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum AuthPlugin {
    /// `mysql_native_password`: SHA-1 of the scramble and the password hash.
    Native,
    /// `caching_sha2_password`: the same with SHA-256, and the password itself if the server has not cached it.
    CachingSha2,
    /// `sha256_password`: the password itself, inside TLS or encrypted.
    Sha256,
    /// `mysql_clear_password`: the password in clear text.
    ClearText,
}

impl AuthPlugin {
    /// The plugin of this name; `None` if it is not supported.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        [Self::Native, Self::CachingSha2, Self::Sha256, Self::ClearText]
            .into_iter()
            .find(|plugin| plugin.name().as_bytes() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Native => "mysql_native_password",
            Self::CachingSha2 => "caching_sha2_password",
            Self::Sha256 => "sha256_password",
            Self::ClearText => "mysql_clear_password",
        }
    }

    /// The byte with which the client requests the RSA key of the server.
    pub(super) const fn key_request(self) -> u8 {
        match self {
            Self::Sha256 => 1,
            _ => 2,
        }
    }
}

/// Proof of the password for `mysql_native_password`: `SHA1(p) ^ SHA1(scramble + SHA1(SHA1(p)))`.
pub(super) fn native(password: &str, scramble: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let hash = |parts: &[&[u8]]| digest(&SHA1_FOR_LEGACY_USE_ONLY, parts);
    let once = hash(&[password.as_bytes()]);
    let twice = hash(&[&once]);
    xor(&once, &hash(&[scramble, &twice]))
}

/// Proof of the password for `caching_sha2_password`: `SHA256(p) ^ SHA256(SHA256(SHA256(p)) + scramble)`.
pub(super) fn caching_sha2(password: &str, scramble: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return vec![0];
    }
    let hash = |parts: &[&[u8]]| digest(&SHA256, parts);
    let once = hash(&[password.as_bytes()]);
    let twice = hash(&[&once]);
    xor(&once, &hash(&[&twice, scramble]))
}

/// The password with a terminating NUL, to be sent only over TLS.
pub(super) fn clear_text(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([password.as_bytes(), &[0]].concat())
}

/// The password encrypted with `key` (PEM); `None` if that is not an RSA key of at least 2048 bits.
pub(super) fn encrypted(password: &str, scramble: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let key = SubjectPublicKeyInfoDer::from_pem_slice(key).ok()?;
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&key).ok()?).ok()?;
    let plain = Zeroizing::new(xor(&clear_text(password), scramble));
    let mut sealed = vec![0; key.ciphertext_size()];
    let length = key.encrypt(&OAEP_SHA1_MGF1SHA1, &plain, &mut sealed, None).ok()?.len();
    sealed.truncate(length);
    Some(sealed)
}

fn digest(algorithm: &'static Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(algorithm);
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().to_vec()
}

/// XOR with `mask`, which is repeated.
fn xor(bytes: &[u8], mask: &[u8]) -> Vec<u8> {
    bytes.iter().zip(mask.iter().cycle()).map(|(one, two)| one ^ two).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey};

    use super::*;

    const SCRAMBLE: &[u8; 20] = b"0123456789abcdefghij";

    /// Verifies a proof as servers do: they know only the hash of the hash.
    fn is_proved(algorithm: &'static Algorithm, proof: &[u8], mask: &[u8], twice: &[u8]) -> bool {
        digest(algorithm, &[&xor(proof, mask)]) == twice
    }

    #[test]
    fn servers_can_verify_the_proofs() {
        let twice = |algorithm| digest(algorithm, &[&digest(algorithm, &[b"pa\xc3\x9f"])]);
        let (sha1, sha256) = (twice(&SHA1_FOR_LEGACY_USE_ONLY), twice(&SHA256));
        let mask = digest(&SHA1_FOR_LEGACY_USE_ONLY, &[SCRAMBLE, &sha1]);
        assert!(is_proved(&SHA1_FOR_LEGACY_USE_ONLY, &native("paß", SCRAMBLE), &mask, &sha1));
        let mask = digest(&SHA256, &[&sha256, SCRAMBLE]);
        assert!(is_proved(&SHA256, &caching_sha2("paß", SCRAMBLE), &mask, &sha256));
        assert_eq!((native("", SCRAMBLE).len(), caching_sha2("", SCRAMBLE)), (0, vec![0]));
    }

    #[test]
    fn the_key_of_the_server_decrypts_the_password() {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der: PublicKeyX509Der<'_> = private.public_key().as_der().unwrap();
        let pem = testbed_pem(der.as_ref());
        let sealed = encrypted("paß", SCRAMBLE, pem.as_bytes()).unwrap();
        let private = OaepPrivateDecryptingKey::new(private).unwrap();
        let mut plain = vec![0; private.min_output_size()];
        let plain = private.decrypt(&OAEP_SHA1_MGF1SHA1, &sealed, &mut plain, None).unwrap();
        assert_eq!(xor(plain, SCRAMBLE), "paß\0".as_bytes());
        for nonsense in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert_eq!(encrypted("p", SCRAMBLE, nonsense.as_bytes()), None);
        }
    }

    fn testbed_pem(der: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for three in der.chunks(3) {
            let bits = three.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            for at in 0..4 {
                let letter = char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63]);
                text.push(if at > three.len() { '=' } else { letter });
            }
        }
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}
