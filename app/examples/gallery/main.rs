//! Writes every page in its states as static HTML, for looking at and for accessibility audits:
//! `cargo run -p app --example gallery -- FOLDER`. The style sheet is written beside the pages.

use std::path::Path;
use std::{env, fs, io};

#[path = "../../tests/states/mod.rs"]
mod states;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    fs::write(folder.join("style.css"), style()?)?;
    for (name, html) in states::all() {
        fs::write(folder.join(format!("{name}.html")), html)?;
    }
    Ok(())
}

/// The style sheets one after the other, as the build joins them.
fn style() -> io::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    files.iter().map(fs::read_to_string).collect()
}
