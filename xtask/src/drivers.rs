//! Brings MySQL Connector/J from Maven Central, by Maven as this machine is set up for it, into the cache.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::tools::{self, SystemProgram};

/// The plug-in that copies one artefact into a folder, with its version: without one Maven asks for the newest each time.
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy";
const MAVEN: SystemProgram = SystemProgram { provides: "mvn", package: "maven", elsewhere: "install Apache Maven" };

/// Makes sure that the cache has a version.
///
/// # Errors
/// When it has not and Maven or Maven Central is out of reach.
pub(crate) fn ensure(version: &str) -> Result<()> {
    let file = testbed::connector_file(version).map_err(|why| anyhow!(why))?;
    if file.is_file() {
        return Ok(());
    }
    tools::ensure(&[MAVEN])?;
    let folder = file.parent().context("the driver has no folder in the cache")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Copied beside its place and moved there when it is complete.
    let draft = tempfile::tempdir_in(folder).context("cannot create a folder in the cache")?;
    println!("downloading Connector/J {version} from Maven Central");
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", COPY]).current_dir(draft.path());
    maven.arg(format!("-Dartifact=com.mysql:mysql-connector-j:{version}"));
    maven.arg(format!("-DoutputDirectory={}", draft.path().display()));
    let output = maven.output().context("cannot start mvn")?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stdout);
        let complaint = told.lines().find_map(|line| line.strip_prefix("[ERROR] ")).unwrap_or("mvn reports no reason");
        // Maven names the address it asked: which mirror a machine uses belongs into no log.
        bail!("cannot reach Maven Central: {}", without_addresses(complaint));
    }
    let name = file.file_name().context("the driver has no file name")?;
    fs::rename(draft.path().join(name), &file).with_context(|| format!("cannot move to {}", file.display()))
}

/// A text with each web address cut out.
fn without_addresses(text: &str) -> String {
    let is_address = |word: &&str| word.contains("://");
    text.split_whitespace().filter(|word| !is_address(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cut_out() {
        let told = "Could not transfer artifact x from/to central (https://mirror.example/maven): timed out";
        assert_eq!(without_addresses(told), "Could not transfer artifact x from/to central timed out");
    }
}
