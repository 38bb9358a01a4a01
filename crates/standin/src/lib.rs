//! A stand-in for the nodes of a cluster of WSO2 Identity Server (IS). It is not IS, and it states so in every page, in its
//! `Server` header, in discovery and in its logs.
//!
//! It exists because IS cannot be part of the tests of this repository. Tests of the verification run against it, and a
//! rehearsal shows what the verification reports, without IS. It answers the requests that such clients make as real clusters
//! of IS 6.0 to 7.2 answered them: the same paths, status codes, shapes of bodies and texts of errors; the same objects are
//! cached by each node, and the same messages between the members remove them. Each [`Faults`] is one defect that was seen in
//! a real cluster, with the answers that showed it.
//!
//! It does not authenticate anyone for real purposes, stores everything in memory, and implements no more of IS than that.
//!
//! ```no_run
//! # async fn example(certificate: String, key: String) -> Result<(), standin::StandInError> {
//! use standin::{ClusterOptions, Faults, NodeOptions, StandInCluster, StandInVersion};
//!
//! let nodes = ["is-1", "is-2"].map(|name| NodeOptions::new(name, &certificate, &key));
//! let options = ClusterOptions::new(StandInVersion::V7_2, "login.example.com", "admin", "a password", nodes);
//! let cluster = StandInCluster::start(options).await?;
//! cluster.set_faults("is-2", Faults { other_symmetric_key: true, ..Faults::default() }).await?;
//! println!("{}", cluster.address("is-2")?);
//! # Ok(())
//! # }
//! ```

mod api;
mod cache;
mod clock;
mod cluster;
mod connection;
mod database;
mod digest;
mod error;
mod first_records;
mod http;
mod identifiers;
mod is_messages;
mod log;
mod membership;
mod node;
mod options;
mod ports;
mod records;
mod request_log;
mod router;
mod signing_key;
mod tls;
mod version;

pub use cluster::{ClusterMember, StandInCluster};
pub use error::StandInError;
pub use options::{ClusterOptions, Faults, LogSink, NodeOptions};
pub use request_log::{AnsweredRequest, RequestLog};
pub use version::StandInVersion;

/// What every page, the discovery document and the log of a node state.
pub const NOTICE: &str = "This is a stand-in, not WSO2 Identity Server.";
