//! The vault's promises, each with the fault that would break it.
#![expect(clippy::disallowed_methods, reason = "whether a secret comes back can only be seen by looking at it")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const HEX_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER_HEX_KEY: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn with_key(key: &str) -> Result<Vault, VaultError> {
    Vault::open(Path::new("/nowhere"), Some(&ServerCredential::new(key)))
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn files(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_first_start_makes_a_private_key_file_and_the_next_uses_it() {
    let folder = folder();
    let data = folder.path().join("data");
    let first = Vault::open(&data, None).unwrap();
    let record = first.seal("plan", "setting", &Secret::new("s3cret")).unwrap();
    assert_eq!((mode(&data), mode(&data.join(KEY_FILE))), (0o700, 0o600));
    assert_eq!(files(&data), [KEY_FILE], "nothing else is left behind");

    let second = Vault::open(&data, None).unwrap();
    assert_eq!(second.unseal("plan", "setting", &record).unwrap().expose(), "s3cret");
    assert_eq!(second.place(), &KeySource::File(data.join(KEY_FILE)));
}

#[test]
fn two_first_starts_make_two_keys() {
    let (one, two) = (folder(), folder());
    assert_ne!(Vault::open(one.path(), None).unwrap().key_id(), Vault::open(two.path(), None).unwrap().key_id(),);
}

#[test]
fn many_first_starts_at_once_agree_on_one_key() {
    let folder = folder();
    let start = std::sync::Barrier::new(8);
    let ids: Vec<KeyId> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    Vault::open(folder.path(), None).unwrap().key_id()
                })
            })
            .collect();
        starts.into_iter().map(|started| started.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(files(folder.path()), [KEY_FILE]);
}

#[test]
fn a_file_that_appears_meanwhile_is_not_replaced() {
    let folder = folder();
    let path = folder.path().join(KEY_FILE);
    let made = Vault::open(folder.path(), None).unwrap().key_id();
    let other = key::VaultKey::from_environment(&ServerCredential::new(HEX_KEY)).unwrap().remove(0);
    let refused = key::write_new(&path, &other, "draft").unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(Vault::open(folder.path(), None).unwrap().key_id(), made);
    assert_eq!(files(folder.path()), [KEY_FILE]);
}

#[test]
fn the_environment_goes_before_the_file_and_makes_none() {
    let folder = folder();
    let vault = Vault::open(folder.path(), Some(&ServerCredential::new(HEX_KEY))).unwrap();
    assert_eq!(vault.place(), &KeySource::Environment);
    assert!(files(folder.path()).is_empty());
}

#[test]
fn one_key_may_be_written_in_several_ways() {
    let id = with_key(HEX_KEY).unwrap().key_id();
    let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    for same in [HEX_KEY.to_uppercase(), base64.to_owned(), format!("{base64}="), format!("  {base64}=\r\n")] {
        assert_eq!(with_key(&same).unwrap().key_id(), id, "{same}");
    }
    let plus_and_slash = format!("{}+/8=", "A".repeat(40));
    let minus_and_underscore = format!("{}-_8=", "A".repeat(40));
    assert_eq!(with_key(&plus_and_slash).unwrap().key_id(), with_key(&minus_and_underscore).unwrap().key_id());
}

#[test]
fn what_is_no_key_is_refused_with_advice_and_not_repeated() {
    let hex_one_short = &HEX_KEY[2..];
    for wrong in ["", " ", "canary-password", hex_one_short, &format!("{HEX_KEY}00"), &"zz".repeat(32), "AAAA"] {
        let error = with_key(wrong).unwrap_err();
        assert!(matches!(error, VaultError::NotAKey { place: KeySource::Environment }), "{wrong}: {error:?}");
        assert!(error.advice().contains("openssl rand -base64 32"));
        assert!(!format!("{error} {error:?} {}", error.advice()).contains("canary"));
    }
}

#[test]
fn a_damaged_key_file_is_refused_and_left_as_it_is() {
    let folder = folder();
    let path = folder.path().join(KEY_FILE);
    Vault::open(folder.path(), None).unwrap();
    let whole = fs::read(&path).unwrap();
    let too_long = [&whole[..whole.len() - 1], b"AAAA"].concat();
    for damaged in [&[][..], &whole[..20], b"\xff\xfe\x00binary", &too_long, &b"x".repeat(100_000)] {
        fs::write(&path, damaged).unwrap();
        let error = Vault::open(folder.path(), None).unwrap_err();
        assert!(matches!(error, VaultError::NotAKey { place: KeySource::File(_) }), "{error:?}");
        assert!(error.advice().contains("backup"), "{}", error.advice());
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let folder = folder();
    let path = folder.path().join(KEY_FILE);
    Vault::open(folder.path(), None).unwrap();
    for open in [0o640, 0o604, 0o620, 0o644, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let error = Vault::open(folder.path(), None).unwrap_err();
        assert!(matches!(&error, VaultError::KeyOpenToOthers { mode, .. } if *mode == open), "{error:?}");
        assert!(error.advice().contains("chmod 600"), "{}", error.advice());
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    Vault::open(folder.path(), None).unwrap();
}

#[test]
fn a_key_file_that_cannot_be_created_or_read_is_reported() {
    let folder = folder();
    // A path below a regular file: no one, not even root, can create a file there.
    let blocker = folder.path().join("file");
    fs::write(&blocker, "").unwrap();
    let error = Vault::open(&blocker, None).unwrap_err();
    assert!(matches!(error, VaultError::ReadKey { .. } | VaultError::CreateKey { .. }), "{error:?}");
    assert!(error.advice().contains(&blocker.display().to_string()));

    // A folder in its place.
    fs::create_dir(folder.path().join(KEY_FILE)).unwrap();
    fs::set_permissions(folder.path().join(KEY_FILE), fs::Permissions::from_mode(0o700)).unwrap();
    let error = Vault::open(folder.path(), None).unwrap_err();
    assert!(matches!(error, VaultError::ReadKey { .. }), "{error:?}");
}

#[test]
fn another_key_is_named_as_such() {
    let (vault, other) = (with_key(HEX_KEY).unwrap(), with_key(OTHER_HEX_KEY).unwrap());
    let record = vault.seal("plan", "setting", &Secret::new("value")).unwrap();
    let error = other.unseal("plan", "setting", &record).unwrap_err();
    let VaultError::WrongKey { needed, present } = error else { panic!("{error:?}") };
    assert_eq!((needed, present), (vault.key_id(), other.key_id()));
}

#[test]
fn a_later_format_is_named_as_such() {
    let vault = with_key(HEX_KEY).unwrap();
    let mut record = vault.seal("plan", "setting", &Secret::new("value")).unwrap();
    record[0] = 2;
    assert!(matches!(vault.unseal("plan", "setting", &record), Err(VaultError::UnknownFormat)));
}

#[test]
fn nothing_printed_holds_the_key() {
    let vault = with_key(HEX_KEY).unwrap();
    let shown = format!("{vault:?} {vault:#?} {:?}", vault.key_id());
    let key_bytes = "0, 1, 2, 3";
    assert!(!shown.contains("00010203") && !shown.contains(key_bytes) && !shown.contains("AAECAw"), "{shown}");
    assert!(shown.contains("key_id"));
}

#[test]
fn short_secrets_are_all_sealed_alike_long() {
    let vault = with_key(HEX_KEY).unwrap();
    let sealed_length = |length| vault.seal("p", "s", &Secret::new("x".repeat(length))).unwrap().len();
    assert!((0..64).all(|length| sealed_length(length) == sealed_length(0)));
    assert_eq!(sealed_length(64), sealed_length(0) + 64);
}

proptest! {
    #[test]
    fn a_secret_comes_back(plan: String, setting: String, value in "(?s).{0,200}") {
        let vault = with_key(HEX_KEY).unwrap();
        let secret = Secret::new(value.clone());
        let record = vault.seal(&plan, &setting, &secret).unwrap();
        let unsealed = vault.unseal(&plan, &setting, &record).unwrap();
        prop_assert_eq!(unsealed.expose(), value.as_str());
        prop_assert_ne!(record, vault.seal(&plan, &setting, &secret).unwrap(), "the nonce is fresh each time");
    }

    #[test]
    fn a_secret_of_zeros_and_end_marks_comes_back(value in "[\0\u{80}a]{0,130}") {
        let vault = with_key(HEX_KEY).unwrap();
        let record = vault.seal("p", "s", &Secret::new(value.clone())).unwrap();
        let unsealed = vault.unseal("p", "s", &record).unwrap();
        prop_assert_eq!(unsealed.expose(), value.as_str());
    }

    #[test]
    fn any_flipped_bit_is_noticed(value: String, at: prop::sample::Index, bit in 0_u8..8) {
        let vault = with_key(HEX_KEY).unwrap();
        let mut record = vault.seal("plan", "setting", &Secret::new(value)).unwrap();
        let at = at.index(record.len());
        record[at] ^= 1 << bit;
        prop_assert!(vault.unseal("plan", "setting", &record).is_err());
    }

    #[test]
    fn a_cut_record_is_noticed(value: String, length: prop::sample::Index) {
        let vault = with_key(HEX_KEY).unwrap();
        let record = vault.seal("plan", "setting", &Secret::new(value)).unwrap();
        prop_assert!(vault.unseal("plan", "setting", &record[..length.index(record.len())]).is_err());
    }

    #[test]
    fn a_moved_record_does_not_open(plan: String, setting: String, other_plan: String, other_setting: String) {
        prop_assume!((&plan, &setting) != (&other_plan, &other_setting));
        let vault = with_key(HEX_KEY).unwrap();
        let record = vault.seal(&plan, &setting, &Secret::new("value")).unwrap();
        let moved = vault.unseal(&other_plan, &other_setting, &record);
        prop_assert!(matches!(moved, Err(VaultError::Altered)));
    }

    #[test]
    fn letters_moved_from_plan_to_setting_do_not_open(name in "[a-z.]{1,20}", at: prop::sample::Index, to: prop::sample::Index) {
        let (at, to) = (at.index(name.len() + 1), to.index(name.len() + 1));
        prop_assume!(at != to);
        let vault = with_key(HEX_KEY).unwrap();
        let record = vault.seal(&name[..at], &name[at..], &Secret::new("value")).unwrap();
        prop_assert!(vault.unseal(&name[..to], &name[to..], &record).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_panic(bytes: Vec<u8>) {
        let vault = with_key(HEX_KEY).unwrap();
        prop_assert!(vault.unseal("plan", "setting", &bytes).is_err());
    }
}

#[test]
fn while_keys_change_the_new_one_seals_and_both_open() {
    let folder = folder();
    let vault = Vault::open(folder.path(), None).unwrap();
    // A server that runs meanwhile, and a process that starts.
    let running = Vault::open(folder.path(), None).unwrap();
    let old = vault.seal("plan", "setting", &Secret::new("s3cret")).unwrap();
    assert!(vault.start_rotation().unwrap());
    assert!(!vault.start_rotation().unwrap(), "a change that was begun goes on");
    assert_eq!(mode(&folder.path().join(KEY_FILE)), 0o600);
    let starting = Vault::open(folder.path(), None).unwrap();
    for vault in [&vault, &running, &starting] {
        assert!(vault.is_rotating() && !vault.is_current(&old));
        assert_eq!(vault.unseal("plan", "setting", &old).unwrap().expose(), "s3cret");
        let new = vault.seal("plan", "setting", &Secret::new("s3cret")).unwrap();
        assert!(vault.is_current(&new));
    }
    let new = running.seal("plan", "setting", &Secret::new("s3cret")).unwrap();
    vault.finish_rotation().unwrap();
    for vault in [&vault, &running, &Vault::open(folder.path(), None).unwrap()] {
        assert!(!vault.is_rotating());
        assert_eq!(vault.unseal("plan", "setting", &new).unwrap().expose(), "s3cret");
        assert!(matches!(vault.unseal("plan", "setting", &old), Err(VaultError::WrongKey { .. })));
    }
    assert_eq!(files(folder.path()), [KEY_FILE]);
}

#[test]
fn keys_of_the_environment_change_by_putting_one_before() {
    let old = with_key(HEX_KEY).unwrap().seal("plan", "setting", &Secret::new("s3cret")).unwrap();
    let both = with_key(&format!("{OTHER_HEX_KEY},{HEX_KEY}")).unwrap();
    assert_eq!(both.unseal("plan", "setting", &old).unwrap().expose(), "s3cret");
    assert_eq!(both.key_id(), with_key(OTHER_HEX_KEY).unwrap().key_id());
    assert!(both.is_rotating());
    let alone = with_key(HEX_KEY).unwrap();
    assert!(matches!(alone.start_rotation(), Err(VaultError::KeptElsewhere)));
    assert!(with_key(&format!("{HEX_KEY},")).is_err());
}

#[test]
fn a_key_file_that_turns_bad_while_a_server_runs_changes_nothing_for_it() {
    let folder = folder();
    let vault = Vault::open(folder.path(), None).unwrap();
    let record = vault.seal("plan", "setting", &Secret::new("s3cret")).unwrap();
    fs::write(folder.path().join(KEY_FILE), "no key").unwrap();
    assert_eq!(vault.unseal("plan", "setting", &record).unwrap().expose(), "s3cret");
    fs::remove_file(folder.path().join(KEY_FILE)).unwrap();
    assert_eq!(vault.unseal("plan", "setting", &record).unwrap().expose(), "s3cret");
}
