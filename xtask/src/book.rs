//! The documents as a book: mdbook builds it as readers do. `server/tests/documents.rs` checks links and anchors.

use std::process::Command;

use anyhow::Result;

use crate::count::TestCounts;
use crate::not_run::NotRunReport;
use crate::workspace::Workspace;
use crate::{cargo_tool, process};

/// Compiling it costs about 100 s of one processor, once per cache.
const VERSION: &str = "0.5.4";

/// Builds the book below the target folder. Where mdbook cannot be installed, the sum of the command names
/// it.
///
/// # Errors
/// When the book does not build.
pub(crate) fn run(workspace: &Workspace, report: &NotRunReport) -> Result<TestCounts> {
    let program = match cargo_tool::ensure(workspace, "mdbook", VERSION) {
        Ok(program) => program,
        Err(why) => {
            report.add("the book", &format!("mdbook {VERSION} cannot be installed here: {why:#}"))?;
            return Ok(TestCounts::default());
        }
    };
    let book = workspace.target().join("book");
    let mut command = Command::new(program);
    command.current_dir(workspace.root()).args(["build", "docs", "--dest-dir"]).arg(&book);
    process::run(&mut command)?;
    Ok(TestCounts::one(book.join("index.html").is_file()))
}
