//! What commands print, and how they end.

use domain::server_credential::ServerCredential;

/// What went wrong, as an exit code and what to print.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Findings block: they were printed.
    Blocked,
    /// The input cannot be read: all problems, one a line.
    Unreadable(String),
    /// The program could not do its work: what and what to do.
    Failed(String),
}

impl CliError {
    pub(super) const fn code(&self) -> u8 {
        match self {
            Self::Blocked => 1,
            Self::Unreadable(_) => 2,
            Self::Failed(_) => 3,
        }
    }
}

/// Prints to standard output. A closed pipe is the reader's wish, not an error.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints a token that was created now, after `label`. It is not shown again.
#[expect(clippy::disallowed_methods, reason = "the owner gets the access token here, once")]
pub(crate) fn print_credential(label: &str, token: &ServerCredential) {
    print(&format!("{label}{}", token.reveal()));
}

/// Prints to standard error. Texts of files and servers stand in errors, so control characters do not reach the terminal.
pub(crate) fn print_error(text: &str) {
    use std::io::Write as _;
    let shown: String = text.chars().filter(|letter| is_printable(*letter)).collect();
    let _ = writeln!(std::io::stderr().lock(), "{shown}");
}

/// Whether a terminal shows the letter and does nothing else: line ends and tabs are printable, escapes are not.
fn is_printable(letter: char) -> bool {
    matches!(letter, '\n' | '\t') || !(letter.is_control() || domain::value::is_bidi_control(letter))
}

/// A path as messages show it: on one line.
pub(crate) fn path_text(path: &std::path::Path) -> String {
    let is_shown = |letter: &char| !matches!(letter, '\n' | '\t') && is_printable(*letter);
    path.display().to_string().chars().filter(is_shown).collect()
}
