//! Files in the repository that a test compares with what the program makes now. `cargo xtask accept` runs the same
//! tests with `CLUSTERWRIGHT_ACCEPT=1`, which rewrites them. It runs tests whose names hold `golden` or `generated`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Set to `1`, the files are rewritten and not compared.
pub const ACCEPT_VARIABLE: &str = "CLUSTERWRIGHT_ACCEPT";

const ACCEPT_COMMAND: &str = "If that is what you want, run `cargo xtask accept` and look at `git diff`.";

/// Compares the file with what it should hold now.
///
/// # Panics
/// When they differ (with the first lines that do), or when the file cannot be read or rewritten.
#[track_caller]
#[expect(clippy::panic, reason = "a test's helper fails the test")]
pub fn check(path: impl AsRef<Path>, now: impl AsRef<[u8]>) {
    let path = path.as_ref();
    let outcome = if accepts() { accept(path, now.as_ref()) } else { compare(path, now.as_ref()) };
    if let Err(problem) = outcome {
        panic!("{problem}\n{ACCEPT_COMMAND}");
    }
}

/// Compares a folder with the files it should hold now, by their paths below it: none differs, none is missing, none is
/// too many.
///
/// # Panics
/// When it differs, with every file that does, or when it cannot be read or rewritten.
#[track_caller]
#[expect(clippy::panic, reason = "a test's helper fails the test")]
pub fn check_dir<N: AsRef<str>, C: AsRef<[u8]>>(folder: impl AsRef<Path>, now: impl IntoIterator<Item = (N, C)>) {
    let folder = folder.as_ref();
    let now =
        now.into_iter().map(|(name, contents)| (folder.join(name.as_ref()), contents.as_ref().to_vec())).collect();
    let problems = problems(folder, &now, accepts());
    if !problems.is_empty() {
        panic!("{}\n{ACCEPT_COMMAND}", problems.join("\n"));
    }
}

/// What differs in the folder, or what could not be rewritten in it.
fn problems(folder: &Path, now: &BTreeMap<PathBuf, Vec<u8>>, accepts: bool) -> Vec<String> {
    let known = match files(folder) {
        Ok(known) => known,
        Err(error) => return vec![format!("read {}: {error}", folder.display())],
    };
    let surplus = known.into_iter().filter(|path| !now.contains_key(path)).filter_map(|path| {
        if accepts {
            fs::remove_file(&path).err().map(|error| format!("remove {}: {error}", path.display()))
        } else {
            Some(format!("{} is no longer made", path.display()))
        }
    });
    let write_or_compare = if accepts { accept } else { compare };
    surplus.chain(now.iter().filter_map(|(path, contents)| write_or_compare(path, contents).err())).collect()
}

fn accepts() -> bool {
    env::var_os(ACCEPT_VARIABLE).is_some_and(|value| value == "1")
}

/// Rewrites the file when it differs, so that untouched files keep their time.
fn accept(path: &Path, now: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|known| known == now) {
        return Ok(());
    }
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, now))
        .map_err(|error| format!("write {}: {error}", path.display()))
}

fn compare(path: &Path, now: &[u8]) -> Result<(), String> {
    match fs::read(path) {
        Ok(known) if known == now => Ok(()),
        Ok(known) => Err(format!("{} differs:\n{}", path.display(), difference(&known, now))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!("{} is not there yet", path.display())),
        Err(error) => Err(format!("read {}: {error}", path.display())),
    }
}

/// The first lines that differ, at most five from each side.
fn difference(known: &[u8], now: &[u8]) -> String {
    const MAX_LISTED: usize = 5;
    let (Ok(known), Ok(now)) = (std::str::from_utf8(known), std::str::from_utf8(now)) else {
        return format!("  {} bytes before, {} bytes now, not text", known.len(), now.len());
    };
    let (known, now): (Vec<&str>, Vec<&str>) = (known.split('\n').collect(), now.split('\n').collect());
    let same = known.iter().zip(&now).take_while(|(a, b)| a == b).count();
    let (known, now) = (known.get(same..).unwrap_or_default(), now.get(same..).unwrap_or_default());
    let same_at_end = known.iter().rev().zip(now.iter().rev()).take_while(|(a, b)| a == b).count();
    let lines = |sign: &str, side: &[&str]| {
        let changed = side.get(..side.len() - same_at_end).unwrap_or_default();
        let mut lines: Vec<_> = changed.iter().take(MAX_LISTED).map(|line| format!("  {sign}{line}")).collect();
        if changed.len() > MAX_LISTED {
            lines.push(format!("  {sign}… {} more lines", changed.len() - MAX_LISTED));
        }
        lines
    };
    let mut text = vec![format!("  from line {}:", same + 1)];
    text.extend(lines("-", known));
    text.extend(lines("+", now));
    text.join("\n")
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_the_changed_lines_only() {
        let shown = difference(b"a\nb\nc\n", b"a\nx\ny\nc\n");
        assert_eq!(shown, "  from line 2:\n  -b\n  +x\n  +y");
    }

    #[test]
    fn files_are_compared_both_ways() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.txt");
        assert!(compare(&path, b"1").unwrap_err().ends_with("is not there yet"));
        accept(&path, b"1").unwrap();
        assert_eq!(compare(&path, b"1"), Ok(()));
        assert!(compare(&path, b"2").unwrap_err().contains("differs"));
        assert_eq!(files(folder.path()).unwrap(), [path]);
    }

    #[test]
    fn a_file_too_many_is_reported_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old.txt"), "").unwrap();
        assert!(problems(folder.path(), &BTreeMap::new(), false)[0].ends_with("old.txt is no longer made"));
        assert!(problems(folder.path(), &BTreeMap::new(), true).is_empty());
        assert!(!folder.path().join("old.txt").exists());
    }
}
