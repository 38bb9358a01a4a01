//! The browser half: the `hydrate` crate as WebAssembly.
//!
//! Two ways lead to the target. Where the project's own toolchain has it, or rustup may bring it, that one is used.
//! Where rustup may not (`RUSTUP_AUTO_INSTALL=0`) or cannot, Debian's compiler builds it together with the standard
//! library from its sources (docs/adr/0003-wasm-target.md).

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::tools::{self, SystemProgram};
use crate::workspace::{self, Workspace};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's way: a compiler with the sources of its standard library, its cargo, and a linker.
const DEBIAN: [SystemProgram; 4] = [
    SystemProgram { provides: "/usr/bin/rustc", package: "rustc-web", elsewhere: RUSTUP_BY_HAND },
    SystemProgram {
        provides: "/usr/lib/rustlib/src/rust/library/std",
        package: "rust-web-src",
        elsewhere: RUSTUP_BY_HAND,
    },
    SystemProgram { provides: "/usr/bin/cargo", package: "cargo-web", elsewhere: RUSTUP_BY_HAND },
    SystemProgram { provides: "/usr/bin/wasm-ld-22", package: "lld-22", elsewhere: RUSTUP_BY_HAND },
];
const DEBIAN_CLIPPY: SystemProgram = SystemProgram {
    provides: "/usr/bin/cargo-clippy",
    package: "rust-web-clippy",
    elsewhere: "rustup component add clippy",
};
const RUSTUP_BY_HAND: &str = "rustup target add wasm32-unknown-unknown";

/// Which compiler builds the browser half on this machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WasmCompiler {
    /// The project's own, which has the target.
    Project,
    /// Debian's, which brings the sources of the standard library.
    Debian,
}

impl WasmCompiler {
    /// Finds a compiler, bringing what it lacks.
    ///
    /// # Errors
    /// When there is none to be had: names the command that installs one.
    pub(crate) fn find(workspace: &Workspace) -> Result<Self> {
        if project_has_target(workspace) {
            return Ok(Self::Project);
        }
        let rustup_may_fetch = env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0");
        if rustup_may_fetch
            && process::succeeds(Command::new("rustup").args(["target", "add", TARGET]).current_dir(workspace.root()))
        {
            return Ok(Self::Project);
        }
        if tools::is_debian() {
            tools::ensure(&DEBIAN)?;
            return Ok(Self::Debian);
        }
        bail!("the Rust toolchain lacks the target {TARGET}. Install it with `{RUSTUP_BY_HAND}`")
    }

    /// `cargo <verb>` for the browser half, e.g. `build`. Arguments may be added.
    fn cargo(self, workspace: &Workspace, verb: &str) -> Command {
        let mut command = match self {
            Self::Project => workspace.cargo(),
            Self::Debian => {
                // Asked for clippy, cargo would find rustup's first, which starts the other compiler's.
                let subcommand = format!("/usr/bin/cargo-{verb}");
                let has_subcommand = Path::new(&subcommand).exists();
                let mut command = Command::new(if has_subcommand { subcommand.as_str() } else { "/usr/bin/cargo" });
                workspace::clean(&mut command);
                command.current_dir(workspace.root());
                command.env_remove("RUSTUP_TOOLCHAIN").env("CARGO", "/usr/bin/cargo");
                command.env("RUSTC", "/usr/bin/rustc").env("RUSTDOC", "/usr/bin/rustdoc");
                // Cargo builds the standard library from source, which stable compilers allow only with this variable.
                command.env("RUSTC_BOOTSTRAP", "1");
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22");
                // Nothing shows where a panic happened, and the places are 3.6 KB of the compressed module.
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Zlocation-detail=none");
                command
            }
        };
        command.args([verb, "--package", "hydrate", "--profile", "front", "--target", TARGET]);
        command.arg("--target-dir").arg(folder(workspace));
        if self == Self::Debian {
            command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
        }
        command
    }
}

/// Builds the browser half and returns the module, as the compiler leaves it.
///
/// # Errors
/// When there is no compiler for it, or the code does not compile.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    let compiler = WasmCompiler::find(workspace)?;
    process::run(&mut compiler.cargo(workspace, "build"))?;
    Ok(folder(workspace).join(TARGET).join("front/hydrate.wasm"))
}

/// Runs clippy over the browser half.
///
/// # Errors
/// When it finds something, or there is no clippy for the compiler that builds the browser half.
pub(crate) fn lint(workspace: &Workspace) -> Result<()> {
    let compiler = WasmCompiler::find(workspace)?;
    if compiler == WasmCompiler::Debian {
        tools::ensure(&[DEBIAN_CLIPPY])?;
    }
    let mut command = compiler.cargo(workspace, "clippy");
    process::run(command.args(["--", "-D", "warnings"]))
}

fn project_has_target(workspace: &Workspace) -> bool {
    let mut command = Command::new("rustc");
    command.current_dir(workspace.root()).args(["--print", "target-libdir", "--target", TARGET]);
    process::read(&mut command).is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("front")
}
