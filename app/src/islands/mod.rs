//! The interactive parts of pages. Each island takes over HTML that the server rendered and that works without it.
//!
//! Most islands change elements instead of rendering them again: only the server renders fields, tables and files, and
//! the browser loads little code. Only the check panel, which changes often, is rendered on both sides from one view.

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
