//! Where the checkout and its build folder are, and the `cargo` that belongs to it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;

/// The checkout this `xtask` was built from.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo for the workspace and its build folder.
    pub(crate) fn find() -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            target_directory: PathBuf,
        }

        // Asked when it runs: several checkouts may share a target folder, and with it this program.
        let own = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&own).parent().context("xtask has no workspace folder")?.to_owned();
        let output =
            process::read(cargo().args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&root))?;
        let metadata: Metadata = serde_json::from_str(&output).context("cannot read the answer of `cargo metadata`")?;
        Ok(Self { root, target: metadata.target_directory })
    }

    /// The top folder of the checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's build folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of finished assets, which `crates/assets` embeds.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The project's own cargo, started at the top of the checkout.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }
}

/// The cargo that started us, freed of what `cargo run` adds to the environment: build scripts that look at those
/// variables would run again on each change between `cargo xtask` and plain `cargo`.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    clean(&mut command);
    command
}

/// Takes away the variables that `cargo run` set for us.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) || text == "LD_LIBRARY_PATH" {
            command.env_remove(&name);
        }
    }
}
