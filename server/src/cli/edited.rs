//! Reports which files of a bundle were edited after Clusterwright wrote them: the command reads only the bundle's plan.

use std::path::Path;

use crate::cli::output::print_error;
use crate::cli::plan::read_bounded;

/// Names that are printed; a bundle of which more differ was made by something else.
const MAX_LISTED: usize = 20;

/// Names the files of the bundle in `path` that differ from its manifest. A plan file has none.
pub(crate) fn warn_about_edited_files(path: &Path) {
    let Ok(bytes) = read_bounded(path) else { return };
    if !bytes.starts_with(b"PK") {
        return;
    }
    let edited = render::edited_files(&bytes);
    for file in edited.iter().take(MAX_LISTED) {
        print_error(&format!(
            "{}: {file} was edited after the download. The edit is ignored, because only plan.toml is read. Change the plan instead.",
            path.display()
        ));
    }
    if edited.len() > MAX_LISTED {
        print_error(&format!("{}: {} more edited files are ignored.", path.display(), edited.len() - MAX_LISTED));
    }
}
