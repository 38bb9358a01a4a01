//! Evaluates the facts of a run: from the ID of a check to its function, in one exhaustive match, so that a check without a function
//! does not compile. What is observed is in [`crate::facts`].

mod account_plugin;
mod account_rights;
mod database_login;
mod database_name;
mod database_port;
mod database_protocol;
mod database_tls;
mod database_version;
mod directory;
mod directory_entries;
mod directory_schema;
mod disk_usage;
mod endpoint;
mod first_start;
mod forwarded;
mod node_port;
mod pack_certificate;
mod public_name;
mod replication;
mod round_trip;
mod schemas_charset;
mod schemas_collation;
mod schemas_differ;
mod schemas_exist;
mod scripts_data;
mod scripts_ran;
mod server_connections;
mod server_settings;
mod server_storage;
mod server_variables;
mod stickiness;
mod table_contents;
mod tables_charset;
mod tables_complete;
mod tables_foreign;
mod tables_version;
mod test_string;
mod tls_versions;

use std::future::Future;

use domain::check::{CheckId, ClusterCheck, ServerCheck};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::facts::Facts;
use crate::fault::Verdict;
use crate::verification;

/// How a check is evaluated.
pub(crate) enum CheckTask<'a> {
    /// By this crate, over the network.
    Live {
        /// What it waits for, shown while it runs.
        waits_for: String,
        /// Evaluates it.
        work: BoxFuture<'a, Vec<Verdict>>,
    },
    /// By the caller, from the answers and the node reports.
    Answers,
}

/// Calls `check` itself, so that the stack frame of [`live_task`] does not hold the future of every check: together they exceed
/// the stack of a thread in an unoptimised build.
fn live<'a, W>(waits_for: String, facts: &'a Facts, check: impl FnOnce(&'a Facts) -> W) -> CheckTask<'a>
where
    W: Future<Output = Vec<Verdict>> + Send + 'a,
{
    CheckTask::Live { waits_for, work: check(facts).boxed() }
}

/// The task of check `id`.
pub(crate) fn task(id: CheckId, facts: &Facts) -> CheckTask<'_> {
    match (id.of_server(), id.of_cluster()) {
        (Some(check), _) => live_task(check, facts),
        (_, Some(check)) => cluster_task(check, facts),
        (None, None) => CheckTask::Answers,
    }
}

fn cluster_task(check: ClusterCheck, facts: &Facts) -> CheckTask<'_> {
    live(verification::waits_for(check).to_owned(), facts, move |facts| verification::evaluate(check, facts))
}

fn live_task(check: ServerCheck, facts: &Facts) -> CheckTask<'_> {
    let server = || match facts.database() {
        Ok(database) => format!("{}:{}", database.host.in_url(), database.port.get()),
        Err(_) => "the database".to_owned(),
    };
    match check {
        ServerCheck::Db01 => live(format!("the addresses of {}", server()), facts, database_name::check),
        ServerCheck::Db02 => live(format!("a TCP connection to {}", server()), facts, database_port::check),
        ServerCheck::Db03 => live(format!("the greeting of {}", server()), facts, database_protocol::check),
        ServerCheck::Db04 => live(format!("the version of {}", server()), facts, database_version::check),
        ServerCheck::Db05 => live(format!("the login at {}", server()), facts, database_login::check),
        ServerCheck::Db07 => {
            live(format!("the authentication plugin at {}", server()), facts, account_plugin::fits_security)
        }
        ServerCheck::Db08 => live(format!("the certificate of {}", server()), facts, database_tls::check),
        ServerCheck::Db09 => live(format!("the privileges at {}", server()), facts, account_rights::dedicated),
        ServerCheck::Db10 => live(format!("the privileges at {}", server()), facts, account_rights::needed),
        ServerCheck::Db11 => live(format!("the databases of {}", server()), facts, schemas_exist::check),
        ServerCheck::Db12 => live(format!("the names of the databases of {}", server()), facts, schemas_differ::check),
        ServerCheck::Db17 => live(format!("the character sets of {}", server()), facts, schemas_charset::check),
        ServerCheck::Db13 => live(format!("the tables of {}", server()), facts, tables_foreign::check),
        ServerCheck::Db14 => live(format!("the tables of {}", server()), facts, tables_complete::check),
        ServerCheck::Db15 => live(format!("the tables of {}", server()), facts, tables_version::check),
        ServerCheck::Db16 => live(format!("the tables of {}", server()), facts, scripts_ran::check),
        ServerCheck::Db18 => live(format!("the tables of {}", server()), facts, tables_charset::check),
        ServerCheck::Db19 => live(format!("the write test on {}", server()), facts, test_string::check),
        ServerCheck::Db26 => live(format!("the rows of {}", server()), facts, scripts_data::check),
        ServerCheck::Db20 => live(format!("the collations of {}", server()), facts, schemas_collation::check),
        ServerCheck::Db21 => live(format!("the variables of {}", server()), facts, server_storage::key_length),
        ServerCheck::Db22 => {
            live(format!("the authentication plugin at {}", server()), facts, account_plugin::is_on_server)
        }
        ServerCheck::Db23 => live(format!("the storage engines of {}", server()), facts, server_storage::engines),
        ServerCheck::Db24 => live(format!("the variables of {}", server()), facts, server_storage::primary_keys),
        ServerCheck::Db25 => live(format!("the variables of {}", server()), facts, server_settings::sql_mode),
        ServerCheck::Db27 => live(format!("the variables of {}", server()), facts, server_settings::case_of_names),
        ServerCheck::Db28 => live(format!("the variables of {}", server()), facts, server_connections::enough),
        ServerCheck::Db29 => live(format!("the open connections of {}", server()), facts, server_connections::free),
        ServerCheck::Db30 => live(format!("the variables of {}", server()), facts, server_settings::idle_timeout),
        ServerCheck::Db31 => live(format!("the variables of {}", server()), facts, server_settings::packet_size),
        ServerCheck::Db32 => live(format!("the variables of {}", server()), facts, server_settings::isolation),
        ServerCheck::Db33 => live(format!("the variables of {}", server()), facts, replication::is_writable),
        ServerCheck::Db34 => live(format!("the variables of {}", server()), facts, replication::is_consistent),
        ServerCheck::Db35 => live(format!("the time of {}", server()), facts, round_trip::clock),
        ServerCheck::Db36 => live(format!("the variables of {}", server()), facts, server_settings::time_zone),
        ServerCheck::Db37 => live(format!("20 round trips to {}", server()), facts, round_trip::round_trip),
        ServerCheck::Db38 => live(format!("the sizes of the databases of {}", server()), facts, disk_usage::check),
        ServerCheck::Db43 => live(format!("the API resources in {}", server()), facts, first_start::ran_once),
        ServerCheck::Db44 => live(format!("the callbacks stored in {}", server()), facts, first_start::callbacks),
        ServerCheck::Nd02 => live("the ports of the nodes".to_owned(), facts, node_port::check),
        ServerCheck::Us01 => live("the bind to the directory".to_owned(), facts, directory::check),
        ServerCheck::Us02 => live("the entries of the directory".to_owned(), facts, directory_entries::check),
        ServerCheck::Us03 => live("the users of the directory".to_owned(), facts, directory_entries::check_attributes),
        ServerCheck::Us04 => live("the schema of the directory".to_owned(), facts, directory_schema::check),
        ServerCheck::Us06 => live("the name of the super admin".to_owned(), facts, directory_entries::check_admin),
        ServerCheck::Tl05 => {
            live("the certificates of load balancer and nodes".to_owned(), facts, pack_certificate::check)
        }
        ServerCheck::Tl08 => live("TLS handshakes with load balancer and nodes".to_owned(), facts, tls_versions::check),
        ServerCheck::Lb05 => live("responses through the load balancer".to_owned(), facts, forwarded::check),
        ServerCheck::Lb06 => live("20 requests through the load balancer".to_owned(), facts, stickiness::check),
        ServerCheck::Lb01 => live("the addresses of the hostname".to_owned(), facts, public_name::check),
    }
}
