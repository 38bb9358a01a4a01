//! What comes alive in the browser. Each island takes over HTML that the server made and that works without it.
//!
//! Most of them change the page's own elements instead of drawing them anew: the server stays the one place where
//! fields, tables and files are drawn, and the browser loads little. Only the check panel, which changes all the time,
//! is drawn on both sides from one view.

mod autosave;
mod browser;
mod check_panel;
mod check_table;
mod conditions;
mod copy;
mod node_editor;
mod preview;
mod reveal;
mod standing;
mod together;

pub use autosave::Autosave;
pub use check_panel::{CheckPanel, CheckPanelProps};
pub use conditions::Conditions;
pub use copy::{CopyFile, CopyText, CopyTextProps};
pub use node_editor::NodeEditor;
pub use preview::LivePreview;
pub use reveal::RevealPasswords;
