//! From the id of a check to what it does: one exhaustive match, so that a check without a function does not compile.

pub(crate) mod contents;
pub(crate) mod database_login;
pub(crate) mod database_name;
pub(crate) mod database_port;
pub(crate) mod database_protocol;
pub(crate) mod database_version;
mod node_port;
mod public_name;
pub(crate) mod schemas;
mod schemas_charset;
mod schemas_differ;
mod schemas_exist;
mod scripts_data;
mod scripts_ran;
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
    /// By nothing yet ([`domain::check::LATER`]).
    Later,
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
        CheckId::Db11 => live(format!("the databases of {}", server()), schemas_exist::check(shared)),
        CheckId::Db12 => live(format!("the names of the databases of {}", server()), schemas_differ::check(shared)),
        CheckId::Db17 => live(format!("the character sets of {}", server()), schemas_charset::check(shared)),
        CheckId::Db13 => live(format!("the tables of {}", server()), tables_foreign::check(shared)),
        CheckId::Db14 => live(format!("the tables of {}", server()), tables_complete::check(shared)),
        CheckId::Db15 => live(format!("the tables of {}", server()), tables_version::check(shared)),
        CheckId::Db16 => live(format!("the tables of {}", server()), scripts_ran::check(shared)),
        CheckId::Db18 => live(format!("the tables of {}", server()), tables_charset::check(shared)),
        CheckId::Db26 => live(format!("the rows of {}", server()), scripts_data::check(shared)),
        CheckId::Nd02 => live("the HTTPS ports of the nodes".to_owned(), node_port::check(shared)),
        CheckId::Lb01 => live("the addresses of the hostname".to_owned(), public_name::check(shared)),
        CheckId::Db39
        | CheckId::Db40
        | CheckId::Us04
        | CheckId::Us05
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
        | CheckId::Tl05
        | CheckId::Tl06
        | CheckId::Tl07
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
        | CheckId::Lb02 => Task::Answers,
        CheckId::Db07
        | CheckId::Db08
        | CheckId::Db09
        | CheckId::Db10
        | CheckId::Db19
        | CheckId::Db20
        | CheckId::Db21
        | CheckId::Db22
        | CheckId::Db23
        | CheckId::Db24
        | CheckId::Db25
        | CheckId::Db27
        | CheckId::Db28
        | CheckId::Db29
        | CheckId::Db30
        | CheckId::Db31
        | CheckId::Db32
        | CheckId::Db33
        | CheckId::Db34
        | CheckId::Db35
        | CheckId::Db36
        | CheckId::Db37
        | CheckId::Db38
        | CheckId::Us01
        | CheckId::Us02
        | CheckId::Us03
        | CheckId::Us06
        | CheckId::Tl08
        | CheckId::Lb05
        | CheckId::Lb06 => Task::Later,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::check::Reach;
    use domain::inputs::Answers;

    use super::*;
    use crate::subject::Subject;

    #[test]
    fn a_check_is_live_exactly_if_the_catalogue_says_so() {
        let shared = Shared::new(Arc::new(Subject::new(Answers::default())));
        for id in CheckId::ALL {
            let is_live = matches!(task(*id, &shared), Task::Live { .. });
            assert_eq!(is_live, id.reach() == Reach::Server && id.is_decided(), "{id}");
        }
    }
}
