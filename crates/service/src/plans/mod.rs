//! Saved plans, and what is stored with them.

pub mod flash_messages;
mod key_ring;
mod locks;
mod milestones;
mod open_plan;
mod origin_record;
mod save;
mod saved;
pub mod secret_origin;
pub mod secret_redirect;
mod summary;

pub use key_ring::{is_running, set_running};
pub(crate) use open_plan::read_document;
pub use open_plan::{OpenPlan, SecretEdits, external_facts};
pub use saved::Plans;
pub use summary::ListedPlan;
