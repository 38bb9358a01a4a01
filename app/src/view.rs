//! The view models: the content of pages as plain data. The server fills them; they contain no secrets.

mod access;
mod checks;
mod comments;
mod history;
mod logs;
mod message;
mod moment;
mod page;
mod prepare;
mod preview;
mod progress;
mod review;
mod sharing;
mod start;
mod step;
mod verify;

pub use access::{AccountView, LoginView};
pub use checks::{AcceptView, CheckDocView, CheckPanelView};
pub use comments::{CommentLine, CommentView, CommentsView};
pub use history::{
    ChangeNotice, ChangeView, Collaborators, ConflictChoice, ConflictSubjectView, ConflictView, HistoryLine,
    HistoryView, UndoRequest, VersionComparison,
};
pub use logs::LogsView;
pub use message::MessageView;
pub use moment::{Moment, TimedText};
pub use page::{Assets, Expiry, PlanHead, VisitorView};
pub use prepare::{
    PrepareBar, PrepareChanges, PrepareDatabase, PrepareEnd, PrepareForm, PreparePlan, PrepareStage, PrepareView,
};
pub use preview::{FileEntry, PreviewView};
pub use progress::{StepStatus, WizardPage, WizardProgress};
pub use review::{KeysSummary, KeysView, ReviewView, SavedKeys};
pub use sharing::{CreatedLinkView, LinkFormError, LinkFormView, LinkRow, OpenLinkProblem, OpenLinkView, ShareView};
pub use start::{DeleteView, OpenProblem, PlanEntry, StartView};
pub use step::{PreviewPaneView, ProbesView, RefusedReport, StepView};
pub(crate) use step::{at_field, blocking};
pub use verify::{VerifyForm, VerifyStage, VerifyView};
