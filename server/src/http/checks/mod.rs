//! Live checks and the probes of nodes over HTTP.

pub(crate) mod node_probes;
pub(crate) mod probes_view;
pub(crate) mod run;
pub(crate) mod verify;
