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

use domain::check::CheckId;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::facts::Facts;
use crate::fault::Verdict;

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

/// Calls `check` itself, so that the stack frame of [`task`] does not hold the future of every check: together they exceed
/// the stack of a thread in an unoptimised build.
fn live<'a, W>(waits_for: String, facts: &'a Facts, check: impl FnOnce(&'a Facts) -> W) -> CheckTask<'a>
where
    W: Future<Output = Vec<Verdict>> + Send + 'a,
{
    CheckTask::Live { waits_for, work: check(facts).boxed() }
}

/// The task of check `id`.
pub(crate) fn task(id: CheckId, facts: &Facts) -> CheckTask<'_> {
    let server = || match facts.database() {
        Ok(database) => format!("{}:{}", database.host.in_url(), database.port.get()),
        Err(_) => "the database".to_owned(),
    };
    match id {
        CheckId::Db01 => live(format!("the addresses of {}", server()), facts, database_name::check),
        CheckId::Db02 => live(format!("a TCP connection to {}", server()), facts, database_port::check),
        CheckId::Db03 => live(format!("the greeting of {}", server()), facts, database_protocol::check),
        CheckId::Db04 => live(format!("the version of {}", server()), facts, database_version::check),
        CheckId::Db05 => live(format!("the login at {}", server()), facts, database_login::check),
        CheckId::Db07 => {
            live(format!("the authentication plugin at {}", server()), facts, account_plugin::fits_security)
        }
        CheckId::Db08 => live(format!("the certificate of {}", server()), facts, database_tls::check),
        CheckId::Db09 => live(format!("the privileges at {}", server()), facts, account_rights::dedicated),
        CheckId::Db10 => live(format!("the privileges at {}", server()), facts, account_rights::needed),
        CheckId::Db11 => live(format!("the databases of {}", server()), facts, schemas_exist::check),
        CheckId::Db12 => live(format!("the names of the databases of {}", server()), facts, schemas_differ::check),
        CheckId::Db17 => live(format!("the character sets of {}", server()), facts, schemas_charset::check),
        CheckId::Db13 => live(format!("the tables of {}", server()), facts, tables_foreign::check),
        CheckId::Db14 => live(format!("the tables of {}", server()), facts, tables_complete::check),
        CheckId::Db15 => live(format!("the tables of {}", server()), facts, tables_version::check),
        CheckId::Db16 => live(format!("the tables of {}", server()), facts, scripts_ran::check),
        CheckId::Db18 => live(format!("the tables of {}", server()), facts, tables_charset::check),
        CheckId::Db19 => live(format!("the write test on {}", server()), facts, test_string::check),
        CheckId::Db26 => live(format!("the rows of {}", server()), facts, scripts_data::check),
        CheckId::Db20 => live(format!("the collations of {}", server()), facts, schemas_collation::check),
        CheckId::Db21 => live(format!("the variables of {}", server()), facts, server_storage::key_length),
        CheckId::Db22 => {
            live(format!("the authentication plugin at {}", server()), facts, account_plugin::is_on_server)
        }
        CheckId::Db23 => live(format!("the storage engines of {}", server()), facts, server_storage::engines),
        CheckId::Db24 => live(format!("the variables of {}", server()), facts, server_storage::primary_keys),
        CheckId::Db25 => live(format!("the variables of {}", server()), facts, server_settings::sql_mode),
        CheckId::Db27 => live(format!("the variables of {}", server()), facts, server_settings::case_of_names),
        CheckId::Db28 => live(format!("the variables of {}", server()), facts, server_connections::enough),
        CheckId::Db29 => live(format!("the open connections of {}", server()), facts, server_connections::free),
        CheckId::Db30 => live(format!("the variables of {}", server()), facts, server_settings::idle_timeout),
        CheckId::Db31 => live(format!("the variables of {}", server()), facts, server_settings::packet_size),
        CheckId::Db32 => live(format!("the variables of {}", server()), facts, server_settings::isolation),
        CheckId::Db33 => live(format!("the variables of {}", server()), facts, replication::is_writable),
        CheckId::Db34 => live(format!("the variables of {}", server()), facts, replication::is_consistent),
        CheckId::Db35 => live(format!("the time of {}", server()), facts, round_trip::clock),
        CheckId::Db36 => live(format!("the variables of {}", server()), facts, server_settings::time_zone),
        CheckId::Db37 => live(format!("20 round trips to {}", server()), facts, round_trip::round_trip),
        CheckId::Db38 => live(format!("the sizes of the databases of {}", server()), facts, disk_usage::check),
        CheckId::Db43 => live(format!("the API resources in {}", server()), facts, first_start::ran_once),
        CheckId::Db44 => live(format!("the callbacks stored in {}", server()), facts, first_start::callbacks),
        CheckId::Nd02 => live("the ports of the nodes".to_owned(), facts, node_port::check),
        CheckId::Us01 => live("the bind to the directory".to_owned(), facts, directory::check),
        CheckId::Us02 => live("the entries of the directory".to_owned(), facts, directory_entries::check),
        CheckId::Us03 => live("the users of the directory".to_owned(), facts, directory_entries::check_attributes),
        CheckId::Us04 => live("the schema of the directory".to_owned(), facts, directory_schema::check),
        CheckId::Us06 => live("the name of the super admin".to_owned(), facts, directory_entries::check_admin),
        CheckId::Tl05 => live("the certificates of load balancer and nodes".to_owned(), facts, pack_certificate::check),
        CheckId::Tl08 => live("TLS handshakes with load balancer and nodes".to_owned(), facts, tls_versions::check),
        CheckId::Lb05 => live("responses through the load balancer".to_owned(), facts, forwarded::check),
        CheckId::Lb06 => live("20 requests through the load balancer".to_owned(), facts, stickiness::check),
        CheckId::Lb01 => live("the addresses of the hostname".to_owned(), facts, public_name::check),
        CheckId::Db39
        | CheckId::Db40
        | CheckId::Db42
        | CheckId::Us05
        | CheckId::Us07
        | CheckId::Us08
        | CheckId::Nd16
        | CheckId::Nd17
        | CheckId::Cl01
        | CheckId::Cl02
        | CheckId::Cl03
        | CheckId::Cl04
        | CheckId::Cl05
        | CheckId::Cl06
        | CheckId::Cl07
        | CheckId::Cl08
        | CheckId::Cl09
        | CheckId::Cl10
        | CheckId::Cl11
        | CheckId::Cl12
        | CheckId::Cl13
        | CheckId::Tl01
        | CheckId::Tl02
        | CheckId::Tl03
        | CheckId::Tl04
        | CheckId::Tl06
        | CheckId::Tl07
        | CheckId::Tl09
        | CheckId::Lb03
        | CheckId::Lb04
        | CheckId::Lb07
        | CheckId::Db06
        | CheckId::Db41
        | CheckId::Nd01
        | CheckId::Nd03
        | CheckId::Nd04
        | CheckId::Nd05
        | CheckId::Nd06
        | CheckId::Nd07
        | CheckId::Nd08
        | CheckId::Nd09
        | CheckId::Nd10
        | CheckId::Nd11
        | CheckId::Nd12
        | CheckId::Nd13
        | CheckId::Nd14
        | CheckId::Nd15
        | CheckId::Nd18
        | CheckId::Nd19
        | CheckId::Lb02 => CheckTask::Answers,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use domain::check::Reach;
    use domain::inputs::ReadableAnswers;

    use super::*;
    use crate::address::AllowedNetworks;
    use crate::facts::time::ClockReading;
    use crate::subject::RunSubject;

    #[test]
    fn a_check_is_live_exactly_if_its_reach_is_the_server() {
        let facts = Facts::new(
            Arc::new(RunSubject::new(ReadableAnswers::default(), AllowedNetworks::default())),
            ClockReading { instant: Instant::now(), unix_time: Duration::ZERO },
        );
        for id in CheckId::ALL {
            let is_live = matches!(task(*id, &facts), CheckTask::Live { .. });
            assert_eq!(is_live, id.reach() == Reach::Server, "{id}");
        }
    }
}
