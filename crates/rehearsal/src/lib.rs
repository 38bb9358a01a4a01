//! A rehearsal: the whole cluster of a bundle on this machine, from the bundle's own files.
//!
//! The nodes are stand-ins (`standin`), configured from each node's deployment.toml and keystores; the load balancer is a real
//! NGINX or HAProxy with the file of the bundle. All addresses are loopback, with other ports. An edited bundle therefore shows
//! the failures that a real cluster with its files would show, as far as stand-ins have them.
//!
//! A rehearsal proves nothing about real servers, and it contacts no database. It does not verify: the caller does, at
//! [`Rehearsal::addresses`].

mod balancer_file;
mod balancer_process;
mod balancer_setup;
mod children;
mod clustering;
mod differences;
mod error;
mod log;
mod node_fault;
mod node_files;
mod plan_facts;
mod process;
mod program;
mod rehearsal;
mod stand_ins;
mod state_folder;

pub use balancer_file::{ShiftedAddresses, ShiftedFile};
pub use error::RehearsalError;
pub use log::{LOAD_BALANCER_SOURCE, LogLine, RehearsalLog};
pub use node_fault::NodeFault;
pub use process::ProcessIdentity;
pub use rehearsal::{EndpointAddress, PreparedRehearsal, Rehearsal, RehearsalOptions};
pub use state_folder::remove_leftovers;
