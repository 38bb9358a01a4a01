//! The faults that end a request before its handler: health that is off or bad, SCIM that fails, a database that does not
//! answer or breaks its connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::StatusCode;

use crate::api::errors::{ErrorStyle, oauth_error, scim_error, unauthorized, unexpected};
use crate::api::health;
use crate::http::answer::Answer;
use crate::is_messages::{SCIM_FAILURE, UNEXPECTED_ERROR, WRONG_CREDENTIALS};
use crate::node::NodeState;

/// With connections that break, a request holds the one that works for so long: parallel requests find it taken.
const CONNECTION_DELAY: Duration = Duration::from_millis(100);
/// Of parallel requests to SCIM, each eighth is answered with 401, as 2 of 16 were.
const REQUESTS_PER_401: usize = 8;

/// What a path needs the database for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PathArea {
    Health,
    Scim,
    /// Tokens, sign-in and logout.
    OAuth,
    Management,
    /// What is answered without the database.
    Static,
}

fn area(segments: &[&str]) -> PathArea {
    match segments {
        ["api", "health-check", ..] => PathArea::Health,
        ["scim2", ..] => PathArea::Scim,
        ["oauth2", "token", ".well-known", ..] | ["oauth2", "jwks"] => PathArea::Static,
        ["oauth2", ..] | ["commonauth"] | ["oidc", ..] => PathArea::OAuth,
        ["api", ..] => PathArea::Management,
        _ => PathArea::Static,
    }
}

/// The answer of a faulty node; `None` where the handler answers.
pub(crate) async fn answer(node: &NodeState, segments: &[&str]) -> Option<Answer> {
    let (faults, area) = (node.faults(), area(segments));
    if faults.status_500_on_scim && area == PathArea::Scim {
        return Some(scim_error(StatusCode::INTERNAL_SERVER_ERROR, SCIM_FAILURE));
    }
    if faults.unhealthy && area == PathArea::Health {
        return Some(health::without_database());
    }
    if area == PathArea::Static || (area == PathArea::Health && faults.health_disabled) {
        return None;
    }
    if faults.database_down {
        return Some(match area {
            PathArea::Health => health::without_database(),
            // The account is looked up in the database, and the failure is taken for a wrong password.
            PathArea::Scim => unauthorized(node, ErrorStyle::Scim, WRONG_CREDENTIALS),
            PathArea::Management => unauthorized(node, ErrorStyle::Management, WRONG_CREDENTIALS),
            PathArea::OAuth | PathArea::Static => token_failure(),
        });
    }
    if faults.sick_under_parallel_load {
        let position = hold_connection(&node.database_requests).await;
        return (position > 0).then(|| sick_answer(node, area, position));
    }
    None
}

fn token_failure() -> Answer {
    oauth_error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", UNEXPECTED_ERROR)
}

/// How many requests used the database when this one began.
async fn hold_connection(requests: &AtomicUsize) -> usize {
    struct HeldConnection<'a>(&'a AtomicUsize);

    impl Drop for HeldConnection<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    let position = requests.fetch_add(1, Ordering::Relaxed);
    let held = HeldConnection(requests);
    tokio::time::sleep(CONNECTION_DELAY).await;
    drop(held);
    position
}

fn sick_answer(node: &NodeState, area: PathArea, position: usize) -> Answer {
    let is_401 = (position + 1).is_multiple_of(REQUESTS_PER_401);
    match area {
        PathArea::Health => health::with_broken_connections(),
        PathArea::Scim if is_401 => unauthorized(node, ErrorStyle::Scim, WRONG_CREDENTIALS),
        PathArea::Scim => scim_error(StatusCode::SERVICE_UNAVAILABLE, SCIM_FAILURE),
        PathArea::Management => unexpected(node),
        PathArea::OAuth | PathArea::Static => token_failure(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_no_database_is_answered_without_it() {
        for path in ["oauth2/jwks", "oauth2/token/.well-known/openid-configuration", "console", ""] {
            let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
            assert_eq!(area(&segments), PathArea::Static, "{path}");
        }
        assert_eq!(area(&["oauth2", "token"]), PathArea::OAuth);
        assert_eq!(area(&["api", "server", "v1", "applications"]), PathArea::Management);
    }

    #[tokio::test]
    async fn requests_one_after_another_find_the_connection_free() {
        let requests = AtomicUsize::new(0);
        for _ in 0..2 {
            assert_eq!(hold_connection(&requests).await, 0);
        }
        let (first, second) = tokio::join!(hold_connection(&requests), hold_connection(&requests));
        assert_eq!((first, second, requests.load(Ordering::Relaxed)), (0, 1, 0));
    }
}
