//! Brings programs of Debian without installing them: packages with all they depend on are unpacked into a folder of
//! the cache and started through their own dynamic loader. So tests have versions that this machine's Debian lacks,
//! no service is started, and nothing needs root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use testbed::program::{self, PackageSet};

use crate::{process, tools};

/// Debian's keys, which sign the lists of packages.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Makes sure that a bundle can be found.
///
/// # Errors
/// When neither this machine nor the cache has it and Debian's suite is out of reach.
pub(crate) fn ensure(bundle: &PackageSet) -> Result<()> {
    if bundle.find().is_ok() {
        return Ok(());
    }
    if tools::find("apt-get").is_none() || !Path::new(KEYS).exists() {
        bail!("it is installed from Debian's packages, but this system is not Debian");
    }
    println!("unpacking {} from Debian's {}", bundle.title, bundle.suite);
    let folder = bundle.folder().map_err(|why| anyhow!(why))?;
    let parent = folder.parent().context("the bundle has no folder in the cache")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    // Built beside its place and moved there when it is complete.
    let draft = parent.join(format!(".{}", bundle.name));
    for old in [&draft, &folder] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    let files = draft.join("files");
    fs::create_dir_all(&files).with_context(|| format!("cannot create {}", files.display()))?;
    let archives = draft.join("archives");
    PackageDownloader::of(bundle.suite)?.download(bundle, &archives)?;
    for archive in fs::read_dir(&archives).with_context(|| format!("cannot read {}", archives.display()))? {
        let archive = archive?.path();
        if archive.extension() == Some(OsStr::new("deb")) {
            process::run(Command::new("dpkg-deb").arg("-x").arg(archive).arg(&files))?;
        }
    }
    fs::remove_dir_all(&archives).with_context(|| format!("cannot remove {}", archives.display()))?;
    // The commands name their libraries by where they will lie.
    let commands = draft.join("run");
    fs::create_dir_all(&commands).with_context(|| format!("cannot create {}", commands.display()))?;
    write_commands(&files, &folder.join("files"), &commands)?;
    fs::rename(&draft, &folder).with_context(|| format!("cannot move to {}", folder.display()))?;
    bundle.find().map(drop).map_err(|absent| anyhow!("it was unpacked, but does not start ({absent})"))
}

/// Apt with separate package lists, for one suite of the mirror that this machine uses.
struct PackageDownloader {
    suite: String,
    folder: PathBuf,
}

impl PackageDownloader {
    fn of(suite: &str) -> Result<Self> {
        let folder = program::cache().map_err(|why| anyhow!(why))?.join("apt").join(suite);
        let lists = folder.join("lists/partial");
        fs::create_dir_all(&lists).with_context(|| format!("cannot create {}", lists.display()))?;
        let source = format!("deb [signed-by={KEYS}] {} {suite} main\n", mirror()?);
        // Nothing counts as installed, so that dependencies come along down to the C library.
        for (name, contents) in [("sources.list", source.as_str()), ("status", "")] {
            fs::write(folder.join(name), contents).with_context(|| format!("cannot write {name} for apt"))?;
        }
        Ok(Self { suite: suite.to_owned(), folder })
    }

    /// Downloads a bundle's packages into a new folder.
    fn download(&self, bundle: &PackageSet, archives: &Path) -> Result<()> {
        let partial = archives.join("partial");
        fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
        let mut update = self.command();
        // Without this a suite out of reach is a warning only.
        self.run(update.args(["-o", "APT::Update::Error-Mode=any", "update"]))?;
        let mut install = self.command();
        install.arg("-o").arg(format!("Dir::Cache::archives={}", archives.display()));
        install.args(["install", "--yes", "--no-install-recommends", "--download-only"]).args(bundle.packages);
        self.run(&mut install)?;
        let (alone, _) = bundle.alone;
        if alone.is_empty() {
            return Ok(());
        }
        self.run(self.command().arg("download").args(alone).current_dir(archives))
    }

    /// Runs apt. When it fails, the first error in its long output names the cause.
    fn run(&self, command: &mut Command) -> Result<()> {
        let output = command.output().context("cannot start apt-get")?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            let complaint =
                told.lines().find_map(|line| line.strip_prefix("E: ")).unwrap_or("apt-get reports no reason");
            bail!("cannot reach Debian's {}: {}", self.suite, complaint.trim());
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new("apt-get");
        let mut set = |option: &str, path: &Path| {
            command.arg("-o").arg(format!("{option}={}", path.display()));
        };
        set("Dir::State", &self.folder);
        set("Dir::State::lists", &self.folder.join("lists"));
        set("Dir::State::status", &self.folder.join("status"));
        set("Dir::Cache", &self.folder);
        set("Dir::Etc::sourcelist", &self.folder.join("sources.list"));
        let nothing = Path::new("/dev/null");
        for option in ["sourceparts", "preferences", "preferencesparts"] {
            set(&format!("Dir::Etc::{option}"), nothing);
        }
        let languages_and_sandbox = ["Acquire::Languages=none", "APT::Sandbox::User=root", "Acquire::Retries=2"];
        command.args(languages_and_sandbox.iter().flat_map(|option| ["-o", option]));
        command.arg("-qq");
        command
    }
}

/// The address of Debian's packages, as this machine's own apt is set up.
fn mirror() -> Result<String> {
    let mut command = Command::new("apt-get");
    command.args(["indextargets", "--format", "$(REPO_URI)"]);
    command.args(["Created-By: Packages", "Origin: Debian", "Label: Debian"]);
    let mut known = || process::read(&mut command).map(|answer| answer.lines().next().map(str::to_owned));
    if let Some(mirror) = known()? {
        return Ok(mirror);
    }
    // A fresh machine has no lists yet, and apt tells origins from the lists.
    tools::update_lists()?;
    known()?.context("apt on this machine has no Debian mirror configured")
}

/// Writes one command per program, which starts it through the loader and with the libraries of the unpacked packages.
fn write_commands(unpacked: &Path, files: &Path, commands: &Path) -> Result<()> {
    let libraries: Vec<PathBuf> = ["lib", "usr/lib"]
        .iter()
        .filter_map(|folder| fs::read_dir(unpacked.join(folder)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.is_dir() && path.to_string_lossy().ends_with("-linux-gnu"))
        .collect();
    let loader = libraries
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .find(|path| path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("ld-linux")))
        .context("the packages contain no dynamic loader")?;
    let place = |path: &Path| -> Result<String> { Ok(files.join(path.strip_prefix(unpacked)?).display().to_string()) };
    let libraries = libraries.iter().map(|path| place(path)).collect::<Result<Vec<_>>>()?.join(":");
    let loader = place(&loader)?;

    for folder in ["usr/sbin", "usr/bin"].into_iter().chain(program::VERSIONED_PROGRAMS) {
        let Ok(programs) = fs::read_dir(unpacked.join(folder)) else { continue };
        for program in programs.flatten().map(|entry| entry.path()).filter(|path| is_binary(path)) {
            let Some(name) = program.file_name() else { continue };
            let program = place(&program)?;
            // Programs start others by where they were started themselves; PostgreSQL's server looks for its files there.
            let started_as = if name == "postgres" { format!("'{program}'") } else { "\"$0\"".to_owned() };
            let script = format!(
                "#!/bin/sh\nexec '{loader}' --library-path '{libraries}' --argv0 {started_as} '{program}' \"$@\"\n"
            );
            let command = commands.join(name);
            fs::write(&command, script).with_context(|| format!("cannot write {}", command.display()))?;
            fs::set_permissions(&command, fs::Permissions::from_mode(0o755))
                .with_context(|| format!("cannot make {} executable", command.display()))?;
        }
    }
    Ok(())
}

/// Whether a file is a program for the loader, and not a script.
fn is_binary(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 4];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"\x7fELF"
}
