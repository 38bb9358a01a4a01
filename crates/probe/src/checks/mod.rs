//! From the id of a check to what it does: one exhaustive match, so that a check without a function does not compile.

pub(crate) mod account_plugin;
pub(crate) mod account_rights;
pub(crate) mod contents;
pub(crate) mod database_login;
pub(crate) mod database_name;
pub(crate) mod database_port;
pub(crate) mod database_protocol;
mod database_tls;
pub(crate) mod database_version;
pub(crate) mod directory;
pub(crate) mod directory_entries;
mod first_start;
mod forwarded;
mod front;
mod front_tls;
mod letters;
mod node_port;
mod pack_certificate;
mod public_name;
pub(crate) mod schemas;
mod schemas_charset;
mod schemas_collation;
mod schemas_differ;
mod schemas_exist;
mod scripts_data;
mod scripts_ran;
pub(crate) mod server_connections;
mod server_modes;
pub(crate) mod server_pace;
mod server_role;
pub(crate) mod server_storage;
pub(crate) mod server_variables;
mod sql;
mod tables_charset;
mod tables_complete;
mod tables_foreign;
mod tables_version;

use std::future::Future;

use domain::check::CheckId;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::fault::Verdict;
use crate::shared::Shared;

/// How a check is decided.
pub(crate) enum Task<'a> {
    /// Here, over the network.
    Live {
        /// What it waits for, as shown while it runs.
        waits_for: String,
        /// Does it.
        work: BoxFuture<'a, Vec<Verdict>>,
    },
    /// By the caller's rules, from the answers and from what the probes of the nodes said.
    Answers,
}

fn live<'a>(waits_for: String, work: impl Future<Output = Vec<Verdict>> + Send + 'a) -> Task<'a> {
    Task::Live { waits_for, work: work.boxed() }
}

/// What `id` does.
pub(crate) fn task(id: CheckId, shared: &Shared) -> Task<'_> {
    let server = || match shared.database() {
        Ok(database) => format!("{}:{}", database.host.in_url(), database.port.get()),
        Err(_) => "the database".to_owned(),
    };
    match id {
        CheckId::Db01 => live(format!("the addresses of {}", server()), database_name::check(shared)),
        CheckId::Db02 => live(format!("a TCP connection to {}", server()), database_port::check(shared)),
        CheckId::Db03 => live(format!("the greeting of {}", server()), database_protocol::check(shared)),
        CheckId::Db04 => live(format!("the version of {}", server()), database_version::check(shared)),
        CheckId::Db05 => live(format!("the login at {}", server()), database_login::check(shared)),
        CheckId::Db07 => live(format!("the login method at {}", server()), account_plugin::fits_security(shared)),
        CheckId::Db08 => live(format!("the certificate of {}", server()), database_tls::check(shared)),
        CheckId::Db09 => live(format!("the rights at {}", server()), account_rights::own(shared)),
        CheckId::Db10 => live(format!("the rights at {}", server()), account_rights::needed(shared)),
        CheckId::Db11 => live(format!("the databases of {}", server()), schemas_exist::check(shared)),
        CheckId::Db12 => live(format!("the names of the databases of {}", server()), schemas_differ::check(shared)),
        CheckId::Db17 => live(format!("the character sets of {}", server()), schemas_charset::check(shared)),
        CheckId::Db13 => live(format!("the tables of {}", server()), tables_foreign::check(shared)),
        CheckId::Db14 => live(format!("the tables of {}", server()), tables_complete::check(shared)),
        CheckId::Db15 => live(format!("the tables of {}", server()), tables_version::check(shared)),
        CheckId::Db16 => live(format!("the tables of {}", server()), scripts_ran::check(shared)),
        CheckId::Db18 => live(format!("the tables of {}", server()), tables_charset::check(shared)),
        CheckId::Db19 => live(format!("a row written to {}", server()), letters::check(shared)),
        CheckId::Db26 => live(format!("the rows of {}", server()), scripts_data::check(shared)),
        CheckId::Db20 => live(format!("the collations of {}", server()), schemas_collation::check(shared)),
        CheckId::Db21 => live(format!("the variables of {}", server()), server_storage::key_length(shared)),
        CheckId::Db22 => live(format!("the login method at {}", server()), account_plugin::is_there(shared)),
        CheckId::Db23 => live(format!("the storage engines of {}", server()), server_storage::engines(shared)),
        CheckId::Db24 => live(format!("the variables of {}", server()), server_storage::primary_keys(shared)),
        CheckId::Db25 => live(format!("the variables of {}", server()), server_modes::sql_mode(shared)),
        CheckId::Db27 => live(format!("the variables of {}", server()), server_modes::case_of_names(shared)),
        CheckId::Db28 => live(format!("the variables of {}", server()), server_connections::enough(shared)),
        CheckId::Db29 => live(format!("the open connections of {}", server()), server_connections::free(shared)),
        CheckId::Db30 => live(format!("the variables of {}", server()), server_modes::idle_time(shared)),
        CheckId::Db31 => live(format!("the variables of {}", server()), server_modes::packet_size(shared)),
        CheckId::Db32 => live(format!("the variables of {}", server()), server_modes::isolation(shared)),
        CheckId::Db33 => live(format!("the variables of {}", server()), server_role::takes_writes(shared)),
        CheckId::Db34 => live(format!("the variables of {}", server()), server_role::is_consistent(shared)),
        CheckId::Db35 => live(format!("the time of {}", server()), server_pace::clock(shared)),
        CheckId::Db36 => live(format!("the variables of {}", server()), server_modes::time_zone(shared)),
        CheckId::Db37 => live(format!("20 round trips to {}", server()), server_pace::round_trip(shared)),
        CheckId::Db38 => live(format!("the sizes of the databases of {}", server()), server_storage::room(shared)),
        CheckId::Db43 => live(format!("the API resources in {}", server()), first_start::ran_once(shared)),
        CheckId::Db44 => live(format!("the callbacks stored in {}", server()), first_start::callbacks(shared)),
        CheckId::Nd02 => live("the HTTPS ports of the nodes".to_owned(), node_port::check(shared)),
        CheckId::Us01 => live("the login at the directory".to_owned(), directory::check(shared)),
        CheckId::Us02 => live("the entries of the directory".to_owned(), directory_entries::check(shared)),
        CheckId::Us03 => live("the users of the directory".to_owned(), directory_entries::check_attributes(shared)),
        CheckId::Us06 => live("the super admin's name".to_owned(), directory_entries::check_admin(shared)),
        CheckId::Tl05 => {
            live("the certificates of load balancer and nodes".to_owned(), pack_certificate::check(shared))
        }
        CheckId::Tl08 => live("TLS handshakes with load balancer and nodes".to_owned(), front_tls::check(shared)),
        CheckId::Lb05 => live("answers through the load balancer".to_owned(), forwarded::check(shared)),
        CheckId::Lb06 => live("20 requests through the load balancer".to_owned(), front::check_stickiness(shared)),
        CheckId::Lb01 => live("the addresses of the hostname".to_owned(), public_name::check(shared)),
        CheckId::Db39
        | CheckId::Db40
        | CheckId::Db42
        | CheckId::Us04
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
        | CheckId::Lb02 => Task::Answers,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use domain::check::Reach;
    use domain::inputs::Answers;

    use super::*;
    use crate::address::Allowed;
    use crate::shared::Moment;
    use crate::subject::Subject;

    #[test]
    fn a_check_is_live_exactly_if_the_catalogue_says_so() {
        let shared = Shared::new(
            Arc::new(Subject::new(Answers::default(), Allowed::default())),
            Moment { at: Instant::now(), since_1970: Duration::ZERO },
        );
        for id in CheckId::ALL {
            let is_live = matches!(task(*id, &shared), Task::Live { .. });
            assert_eq!(is_live, id.reach() == Reach::Server, "{id}");
        }
    }
}
