//! The scripts of the operator's own IS pack: a folder, a zip of `dbscripts`, or the whole pack as WSO2 gives it out.
//!
//! Nothing is unpacked to disk, so a zip's names can lead nowhere; what comes out of it is counted. Of a folder the named
//! scripts are read and nothing else.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

/// The most bytes of one script; WSO2's largest has 90 KB.
const MAX_SCRIPT_BYTES: u64 = 4 << 20;
/// The most bytes of a zip's list of entries, which is read into memory; that of a whole pack has some 3 MB.
const MAX_DIRECTORY_BYTES: u64 = 32 << 20;
/// Where the end of a zip is looked for: its last record, and the longest comment behind it.
const MAX_ZIP_END_BYTES: u64 = 22 + 65_535;

/// A zip: a file, or what was uploaded.
pub trait ZipSource: Read + Seek + Send {}

impl<S: Read + Seek + Send> ZipSource for S {}

/// Where the scripts are.
pub(crate) enum ScriptPack {
    /// A `dbscripts` folder.
    Folder(PathBuf),
    /// A zip, and what its entries' names begin with up to and with `dbscripts/`.
    Zip(Box<ZipArchive<Box<dyn ZipSource>>>, String),
    /// What was read of one before, by the scripts' paths.
    Read(BTreeMap<String, String>),
}

impl ScriptPack {
    /// Opens the folder or zip at `path`, which must have all scripts `wanted` (paths below `dbscripts`). The error names
    /// the missing script and the input to provide.
    pub(crate) fn open(path: &Path, wanted: &[&str]) -> Result<Self, String> {
        if path.is_dir() {
            return Self::folder(path, wanted);
        }
        let shown = path.display();
        let file = File::open(path).map_err(|error| {
            format!("{shown} cannot be read: {error}. Give a folder, or a zip with dbscripts in it.")
        })?;
        Self::zip(Box::new(file), &shown.to_string(), wanted)
    }

    /// Opens a folder: `dbscripts`, or the one it lies in.
    pub(crate) fn folder(path: &Path, wanted: &[&str]) -> Result<Self, String> {
        let folders = [path.to_owned(), path.join("dbscripts")];
        let missing = |folder: &Path| -> Vec<&str> {
            wanted.iter().copied().filter(|script| !folder.join(script).is_file()).collect()
        };
        let best = folders.into_iter().min_by_key(|folder| missing(folder).len()).unwrap_or_default();
        let missing = missing(&best);
        if missing.is_empty() {
            return Ok(Self::Folder(best));
        }
        // One answer for both: no one learns which folders this machine has.
        Err(format!(
            "{} does not exist on this machine or lacks {}. Give IS_HOME/dbscripts of the plan's version.",
            path.display(),
            missing.join(", ")
        ))
    }

    /// Opens a zip that is called `shown`.
    pub(crate) fn zip(mut source: Box<dyn ZipSource>, shown: &str, wanted: &[&str]) -> Result<Self, String> {
        let no_zip = |_| format!("{shown} is neither a folder nor a zip. Give IS_HOME/dbscripts or the pack's zip.");
        if list_size(&mut source).map_err(|error| format!("{shown} cannot be read: {error}."))? > MAX_DIRECTORY_BYTES {
            return Err(format!("{shown} contains too many entries for a pack. Give a zip of only dbscripts."));
        }
        let zip = ZipArchive::new(source).map_err(no_zip)?;
        let names: Vec<String> = zip.file_names().filter_map(|name| name.ok().map(String::from)).collect();
        let prefixes = prefixes(names.iter().map(String::as_str), wanted);
        match prefixes.as_slice() {
            [prefix] => Ok(Self::Zip(Box::new(zip), prefix.clone())),
            [] => Err(format!("{shown} lacks some of {}. Give the zip of the plan's version.", wanted.join(", "))),
            [one, other, ..] => {
                Err(format!("{shown} has scripts twice, in {one} and {other}. Give a zip of one dbscripts folder."))
            }
        }
    }

    /// The text of a script.
    pub(crate) fn read(&mut self, script: &str) -> Result<String, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{script} cannot be read: {error}.");
        let mut bytes = Vec::new();
        match self {
            Self::Folder(folder) => {
                let file = File::open(folder.join(script)).map_err(|error| failed(&error))?;
                file.take(MAX_SCRIPT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
            }
            Self::Zip(zip, prefix) => {
                let entry = zip.by_name(&format!("{prefix}{script}")).map_err(|error| failed(&error))?;
                // The size an entry states may be a lie; what comes out is counted.
                entry.take(MAX_SCRIPT_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
            }
            Self::Read(texts) => {
                return texts
                    .remove(script)
                    .ok_or_else(|| format!("{script} no longer exists in the pack. Choose the pack again."));
            }
        }
        if bytes.len() as u64 > MAX_SCRIPT_BYTES {
            return Err(format!("{script} is larger than 4 MB, so it is not a script of WSO2. Give another pack."));
        }
        String::from_utf8(bytes).map_err(|_| format!("{script} is not UTF-8 text. Give another pack."))
    }
}

/// The size that the list of entries declares; the largest of all possible records at the end. 0 for a file that is no zip.
fn list_size(source: &mut impl ZipSource) -> io::Result<u64> {
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(length.saturating_sub(MAX_ZIP_END_BYTES)))?;
    let mut tail = Vec::new();
    source.take(MAX_ZIP_END_BYTES).read_to_end(&mut tail)?;
    source.seek(SeekFrom::Start(0))?;
    let number = |bytes: Option<&[u8]>| {
        let digits = bytes.unwrap_or_default().iter().rev();
        digits.fold(0_u64, |number, digit| number << 8 | u64::from(*digit))
    };
    // "End of central directory" and its 64-bit form, where the small one has nothing but ones (APPNOTE 4.3.14, 4.3.16).
    let size = |at: usize| match tail.get(at..at + 4) {
        Some(b"PK\x05\x06") => Some(number(tail.get(at + 12..at + 16))).filter(|size| *size != u64::from(u32::MAX)),
        Some(b"PK\x06\x06") => Some(number(tail.get(at + 40..at + 48))),
        _ => None,
    };
    Ok((0..tail.len()).filter_map(size).max().unwrap_or(0))
}

/// What the names of all scripts begin with: nothing, or a path that ends with `dbscripts/`.
fn prefixes<'n>(names: impl Iterator<Item = &'n str>, wanted: &[&str]) -> Vec<String> {
    let names: std::collections::HashSet<&str> = names.collect();
    let Some(first) = wanted.iter().max_by_key(|script| script.len()) else { return Vec::new() };
    let mut all: Vec<String> = (names.iter())
        .filter_map(|name| name.strip_suffix(first))
        .filter(|prefix| prefix.is_empty() || *prefix == "dbscripts/" || prefix.ends_with("/dbscripts/"))
        .filter(|prefix| wanted.iter().all(|script| names.contains(format!("{prefix}{script}").as_str())))
        .map(str::to_owned)
        .collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const WANTED: [&str; 2] = ["mysql.sql", "identity/mysql.sql"];

    fn zip(folder: &Path, names: &[&str]) -> PathBuf {
        let path = folder.join("pack.zip");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for name in names {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            write!(writer, "-- {name}").unwrap();
        }
        writer.finish().unwrap();
        path
    }

    fn error(path: &Path) -> String {
        ScriptPack::open(path, &WANTED).err().unwrap()
    }

    #[test]
    fn folders_and_zips_of_either_depth_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        for prefix in ["", "dbscripts/", "wso2is-7.3.0/dbscripts/"] {
            let names = WANTED.map(|name| format!("{prefix}{name}"));
            let path = zip(folder.path(), &names.each_ref().map(String::as_str));
            let mut pack = ScriptPack::open(&path, &WANTED).unwrap();
            assert_eq!(pack.read("identity/mysql.sql").unwrap(), format!("-- {prefix}identity/mysql.sql"));
        }
        let home = folder.path().join("home");
        std::fs::create_dir_all(home.join("dbscripts/identity")).unwrap();
        WANTED.iter().for_each(|name| std::fs::write(home.join("dbscripts").join(name), "A;").unwrap());
        for path in [home.clone(), home.join("dbscripts")] {
            assert_eq!(ScriptPack::open(&path, &WANTED).unwrap().read("mysql.sql").unwrap(), "A;");
        }
    }

    #[test]
    fn what_is_no_pack_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        assert!(error(&folder.path().join("nothing")).contains("cannot be read"));
        assert!(error(folder.path()).contains("lacks mysql.sql, identity/mysql.sql"));
        std::fs::write(folder.path().join("text"), "hello").unwrap();
        assert!(error(&folder.path().join("text")).contains("neither a folder nor a zip"));
        assert!(error(&zip(folder.path(), &["dbscripts/mysql.sql"])).contains("lacks some of"));
        assert!(error(&zip(folder.path(), &["../../mysql.sql", "../../identity/mysql.sql"])).contains("lacks some of"));
        let twice = ["mysql.sql", "identity/mysql.sql", "dbscripts/mysql.sql", "dbscripts/identity/mysql.sql"];
        assert!(error(&zip(folder.path(), &twice)).contains("twice"));
    }

    #[test]
    fn a_script_of_endless_zeros_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.zip");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for name in WANTED {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![0; 5 << 20]).unwrap();
        }
        writer.finish().unwrap();
        let error = ScriptPack::open(&path, &WANTED).unwrap().read("mysql.sql").unwrap_err();
        assert!(error.contains("larger than 4 MB"), "{error}");
    }

    #[test]
    fn an_endless_list_of_entries_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = zip(folder.path(), &WANTED);
        let mut bytes = std::fs::read(&path).unwrap();
        let end = bytes.len() - 22;
        bytes[end + 12..end + 16].copy_from_slice(&u32::try_from(MAX_DIRECTORY_BYTES + 1).unwrap().to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        assert!(error(&path).contains("too many entries"));
        // What only looks like such an end is no zip, and no panic.
        for text in ["PK\x05\x06", "PK\x06\x06PK", ""] {
            std::fs::write(&path, text).unwrap();
            assert!(error(&path).contains("neither a folder nor a zip"), "{text}");
        }
    }

    #[test]
    fn a_missing_folder_is_reported_like_one_without_scripts() {
        let folder = tempfile::tempdir().unwrap();
        let of =
            |path: &Path| ScriptPack::folder(path, &WANTED).err().unwrap().replace(&path.display().to_string(), "X");
        assert_eq!(of(folder.path()), of(&folder.path().join("nothing")));
    }
}
