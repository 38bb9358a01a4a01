//! Why a rehearsal cannot start. Each message follows "Cannot rehearse: ".

use std::io;
use std::path::PathBuf;

use standin::StandInError;

/// Why a rehearsal cannot start.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// Answers that a rehearsal needs are missing or cannot be read.
    #[error("the plan does not state its {0}: correct the plan")]
    Incomplete(&'static str),
    /// The platform assigns the addresses and distributes requests, so the bundle has no files for that.
    #[error(
        "the platform assigns the address of {node} and provides the load balancer, and a rehearsal needs the bundle's own"
    )]
    Platform {
        /// The node.
        node: String,
    },
    /// No stand-in answers like this version.
    #[error("no stand-in exists for IS {version}: rehearse a plan of 6.0.0 or later")]
    Version {
        /// The version of the plan.
        version: String,
    },
    /// A file of the bundle is missing.
    #[error("the bundle does not contain {path}")]
    FileMissing {
        /// The path in the bundle.
        path: String,
    },
    /// A file of the bundle cannot be used; IS or the load balancer would not start with it.
    #[error("{path}: {reason}")]
    File {
        /// The path in the bundle.
        path: String,
        /// Why, as a sentence.
        reason: String,
    },
    /// Two nodes listen at the same address and port.
    #[error("{first} and {second} both listen on {address}, so the second one would not start: change server.offset")]
    SamePort {
        /// The node that starts first.
        first: String,
        /// The other one.
        second: String,
        /// Address and port.
        address: String,
    },
    /// A fault was requested for a node that the plan does not have.
    #[error("the plan has no node {name}; its nodes are {known}")]
    UnknownNode {
        /// The requested node.
        name: String,
        /// The nodes of the plan.
        known: String,
    },
    /// The load balancer's program is not installed.
    #[error("{title} is not installed. Install the package {package}, or add the folder of {package} to PATH")]
    ProgramMissing {
        /// The product's name.
        title: &'static str,
        /// The name of its program, and of the package in all distributions.
        package: &'static str,
    },
    /// A program cannot be started.
    #[error("{} cannot be started", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The load balancer ended, or did not listen in time.
    #[error("{title} does not start with {path}:\n{output}")]
    BalancerStart {
        /// The product's name with its version.
        title: String,
        /// The file of the bundle.
        path: String,
        /// The last lines that it printed.
        output: String,
    },
    /// The path of the folder contains characters that have a meaning in configuration files.
    #[error("the path {} contains other characters than letters, digits and / . _ -: set TMPDIR to another folder", path.display())]
    FolderName {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of the rehearsal, or a file in it, cannot be written, read or removed.
    #[error("cannot use {}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A stand-in does not start.
    #[error("a stand-in does not start")]
    StandIn(#[from] StandInError),
}
