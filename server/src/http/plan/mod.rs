//! The pages of a plan: start page, steps, review, keys, previews and downloads.

pub(crate) mod accept;
pub(crate) mod conflict;
pub(crate) mod download;
pub(crate) mod fragments;
pub(crate) mod keys;
pub(crate) mod page;
pub(crate) mod preview;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod secret_status;
pub(crate) mod start;
pub(crate) mod step;
pub(crate) mod step_form;
