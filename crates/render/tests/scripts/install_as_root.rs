//! install.sh and rollback.sh, run by root on a pack of another account, which uses links to gain root's rights.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pack::Pack;

const SCENARIO: &str = "three-nodes-7.2";
/// An account without a name and without any rights.
const STRANGER: u32 = 41_234;

/// A pack that belongs to [`STRANGER`]; `None`, after a line that reports it, if the tests do not run as root.
fn pack_of_a_stranger() -> Option<Pack> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        testbed::report_not_run("install.sh run by root: the tests do not run as root");
        return None;
    }
    let pack = Pack::of(SCENARIO)?;
    fs::set_permissions(pack.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    give_away(&pack.home());
    Some(pack)
}

fn give_away(path: &Path) {
    if path.is_dir() && !path.is_symlink() {
        fs::read_dir(path).unwrap().for_each(|entry| give_away(&entry.unwrap().path()));
    }
    if !path.is_symlink() {
        chown(path, Some(STRANGER), Some(STRANGER)).unwrap();
    }
}

/// A file that only root may read and write.
fn victim(pack: &Pack) -> PathBuf {
    let file = pack.folder().join("root-only");
    fs::write(&file, "root secret").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

fn untouched(file: &Path, what: &str) {
    assert_eq!(fs::read_to_string(file).unwrap(), "root secret", "{what}");
    let about = fs::metadata(file).unwrap();
    assert_eq!((about.uid(), about.permissions().mode() & 0o777), (0, 0o600), "{what}");
}

/// Whether any file below `folder` contains the victim's text: the pack's owner could read a copy.
fn leaked(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            false
        } else if path.is_dir() {
            leaked(&path)
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).contains("root secret")
        }
    })
}

#[test]
fn files_belong_to_the_account_of_the_pack() {
    let Some(pack) = pack_of_a_stranger() else { return };
    let (succeeded, said) = pack.run("install.sh", &[]);
    assert!(succeeded, "{said}");
    for file in
        ["repository/conf/deployment.toml", "repository/resources/security/cluster-primary.p12", &pack.truststore]
    {
        let about = fs::metadata(pack.home().join(file)).unwrap();
        assert_eq!(about.uid(), STRANGER, "{file}");
    }
    assert!(pack.run("install.sh", &[]).1.contains("Everything is already in place"));
    let (succeeded, said) = pack.run("rollback.sh", &[]);
    assert!(succeeded, "{said}");
    assert!(!pack.home().join("repository/clusterwright-backup").exists());
}

#[test]
fn no_link_of_the_packs_owner_makes_root_write_outside_the_pack() {
    type Plant = fn(&Path, &Path);
    let plants: [(&str, Plant); 5] = [
        ("the name that an earlier install.sh wrote", |home, victim| {
            symlink(victim, home.join("repository/conf/deployment.toml.new")).unwrap();
        }),
        ("deployment.toml itself", |home, victim| {
            fs::remove_file(home.join("repository/conf/deployment.toml")).unwrap();
            symlink(victim, home.join("repository/conf/deployment.toml")).unwrap();
        }),
        ("the folder of backups", |home, victim| {
            symlink(victim.parent().unwrap(), home.join("repository/clusterwright-backup")).unwrap();
        }),
        ("a turn of the backups", |home, victim| {
            fs::create_dir(home.join("repository/clusterwright-backup")).unwrap();
            symlink(victim.parent().unwrap(), home.join("repository/clusterwright-backup/1.part")).unwrap();
        }),
        ("the folder of key stores", |home, victim| {
            let security = home.join("repository/resources/security");
            fs::rename(&security, home.join("repository/resources/own")).unwrap();
            symlink(victim.parent().unwrap(), &security).unwrap();
        }),
    ];
    for (what, plant) in plants {
        let Some(pack) = pack_of_a_stranger() else { return };
        let victim = victim(&pack);
        plant(&pack.home(), &victim);
        give_away(&pack.home());
        let before: Vec<_> = fs::read_dir(pack.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let (_, said) = pack.run("install.sh", &[]);
        untouched(&victim, &format!("{what}: {said}"));
        assert!(!leaked(&pack.home()), "{what}: {said}");
        let after: Vec<_> = fs::read_dir(pack.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(before, after, "{what}: something was written outside of the pack");
    }
}

#[test]
fn rollback_follows_no_list_of_the_packs_owner_out_of_the_pack() {
    let Some(pack) = pack_of_a_stranger() else { return };
    assert!(pack.run("install.sh", &[]).0);
    let victim = victim(&pack);
    let backup = pack.home().join("repository/clusterwright-backup/1");
    fs::write(backup.join("added"), "repository/conf/../../../root-only\n").unwrap();
    let (succeeded, said) = pack.run("rollback.sh", &[]);
    assert!(!succeeded && said.contains("which install.sh never writes"), "{said}");
    untouched(&victim, "a path with dots");
    // The folder itself may be a link: then the rights of the account apply.
    fs::write(backup.join("added"), "repository/conf/root-only\n").unwrap();
    fs::rename(pack.home().join("repository/conf"), pack.home().join("repository/own")).unwrap();
    symlink(pack.folder(), pack.home().join("repository/conf")).unwrap();
    let _ = pack.run("rollback.sh", &[]);
    untouched(&victim, "a folder that is a link");
}

#[test]
fn a_pack_of_roots_that_others_can_change_is_refused() {
    let Some(pack) = pack_of_a_stranger() else { return };
    for file in [pack.home(), pack.home().join("repository")] {
        chown(&file, Some(0), Some(0)).unwrap();
    }
    let (succeeded, said) = pack.run("install.sh", &[]);
    assert!(!succeeded && said.contains("belongs to root, but other accounts can write to"), "{said}");
}
