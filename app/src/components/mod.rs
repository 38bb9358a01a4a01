//! The parts pages are made of. They take plain values and hold no logic of the domain.

mod actions;
mod choice;
mod comments;
mod condition;
mod document;
mod errors;
mod field;
mod hint;
mod issues;
mod nodes;
mod notes;
mod preview;
mod probes;
mod progress;
mod together;
mod topology;

pub(crate) use actions::{DefaultAction, StepActions};
pub(crate) use comments::{CommentForm, CommentList};
pub(crate) use condition::{condition, decides};
pub(crate) use document::{Document, Shell, document, private_document};
pub(crate) use errors::{ErrorLink, ErrorSummary};
pub(crate) use field::{Field, FieldView};
pub(crate) use hint::label_in_sentence;
pub(crate) use issues::{IssuesAndDownload, issue_url};
pub(crate) use nodes::NodeTable;
pub(crate) use notes::Notes;
pub(crate) use preview::{FileText, PreviewPane};
pub(crate) use probes::ProbePanel;
pub use probes::probe_table;
pub(crate) use progress::ProgressList;
pub use progress::progress_items;
pub(crate) use together::{PresentUsers, UndoBar};
pub use together::{change_notice, present_users_text};
pub(crate) use topology::TopologyFigure;
