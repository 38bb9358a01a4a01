//! Who is asking, and whether they get in: decided once for every route, before its handler runs. What a route needs
//! stands in [`super::routes`], who may do it in `domain::rights`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::check::CheckId;
use domain::rights::{Act, Holder};
use domain::step::Step;

use super::failure::Failure;
use super::routes::{Needs, Route};
use super::{Site, answers};
use crate::person::Person;

/// What each address needs, by its path and method.
#[derive(Clone)]
pub(super) struct Needed(Arc<HashMap<&'static str, Vec<(Method, Needs)>>>);

impl Needed {
    /// What the rows of the table need.
    pub(super) fn of(table: &[Route]) -> Self {
        let mut needed: HashMap<&'static str, Vec<(Method, Needs)>> = HashMap::new();
        for route in table {
            needed.entry(route.path).or_default().push((route.method.clone(), route.needs));
        }
        Self(Arc::new(needed))
    }
}

/// Finds out who asks. On a server that only its own machine reaches, everybody is the owner.
pub(super) async fn identify(State(_): State<Site>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(Person::owner(""));
    next.run(request).await
}

/// Lets through whom the table lets through.
pub(super) async fn admit(State(needed): State<Needed>, request: Request, next: Next) -> Response {
    match refusal(&needed, &request) {
        None => next.run(request).await,
        Some(refusal) => refusal,
    }
}

/// What is answered instead of the page; `None` for who gets in.
fn refusal(needed: &Needed, request: &Request) -> Option<Response> {
    // No route at all: what answers says that there is nothing.
    let path = request.extensions().get::<MatchedPath>()?;
    let Some(methods) = needed.0.get(path.as_str()) else { return Some(Failure::NotFound.into_response()) };
    let wanted = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let Some((_, needs)) = methods.iter().find(|(method, _)| method == wanted) else {
        return Some(other_method(methods));
    };
    let may: &dyn Fn(&Person) -> bool = match needs {
        Needs::Nothing => return None,
        Needs::Act(act) => &|person| person.may(*act),
        Needs::ToSomeStep(act) => &|person| person.may_some(*act),
        Needs::ToStep(act) => match step_in(path.as_str(), request.uri().path()) {
            Some(step) => &move |person| person.may(act(step)),
            None => return Some(Failure::NotFound.into_response()),
        },
    };
    match request.extensions().get::<Person>() {
        Some(person) if may(person) => None,
        Some(_) => Some(Failure::Refused.into_response()),
        None => Some(Failure::Unknown.into_response()),
    }
}

/// The step that stands in an address where its route has `{step}`.
fn step_in(route: &str, path: &str) -> Option<Step> {
    let place = route.split('/').position(|part| part == "{step}")?;
    Step::from_slug(path.split('/').nth(place)?)
}

fn other_method(methods: &[(Method, Needs)]) -> Response {
    let names: Vec<&str> = methods.iter().map(|(method, _)| method.as_str()).collect();
    let allow = HeaderValue::from_str(&names.join(",")).unwrap_or(HeaderValue::from_static("GET"));
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allow)]).into_response()
}

/// Whether a person may send this field of a form. Forms name every setting alike whichever step's address they go to, so
/// a form is narrowed to what its sender may change before any handler reads it.
pub(super) fn may_send(person: &Person, name: &str, value: &str) -> bool {
    if person.holder == Holder::Owner {
        return true;
    }
    let edits = |step: Option<Step>| step.is_some_and(|step| person.may(Act::EditStep(step)));
    match name {
        "action" => match value.split_once('.') {
            _ if answers::is_node_action(value) => edits(Some(Step::Clustering)),
            Some(("check", code)) => code.parse().is_ok_and(|check: CheckId| person.may(Act::RunChecks(check.step()))),
            Some((_, key)) => edits(step_of(key)),
            None => true,
        },
        _ => step_of(name).is_none_or(|step| edits(Some(step))),
    }
}

/// The step that a field of a form belongs to; `None` for one that is no answer.
fn step_of(name: &str) -> Option<Step> {
    match name {
        "title" => Some(Step::Product),
        "paste" => Some(Step::Clustering),
        _ if name.starts_with("nodes.") => Some(Step::Clustering),
        _ => {
            let key = name.strip_suffix(".file").unwrap_or(name);
            domain::steps::setting(key).map(|setting| setting.step)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::rights::Right;

    use super::*;

    #[test]
    fn a_form_is_narrowed_to_the_step_of_its_sender() {
        let person = |right| Person { holder: Holder::Link(right), name: String::new(), via: "1".to_owned() };
        let dba = person(Right::Fill(Step::Database));
        for (name, value, expected) in [
            ("database.host", "db", true),
            ("database.password", "x", true),
            ("database.ca_certificate.file", "x", true),
            ("revision", "4", true),
            ("action", "continue", true),
            ("action", "forget.database.password", true),
            ("action", "check.DB-05", true),
            ("title", "x", false),
            ("product.version", "7.2.0", false),
            ("user_store.admin_password", "x", false),
            ("load_balancer.provided_key.file", "x", false),
            ("clustering.scheme", "wka", false),
            ("nodes.0.host", "x", false),
            ("paste", "10.0.0.1", false),
            ("action", "forget.user_store.admin_password", false),
            ("action", "check.LB-01", false),
            ("action", "remove-node.0", false),
            ("action", "unheard.of", false),
        ] {
            assert_eq!(may_send(&dba, name, value), expected, "{name}={value}");
            assert!(may_send(&Person::owner(""), name, value), "{name}={value}");
            assert_eq!(may_send(&person(Right::Edit), name, value), value != "unheard.of", "{name}={value}");
        }
        assert!(!may_send(&person(Right::View), "database.host", "db"));
    }

    #[test]
    fn the_step_is_read_where_the_route_has_it() {
        assert_eq!(step_in("/plans/{plan}/{step}", "/plans/product/user-store"), Some(Step::UserStore));
        assert_eq!(step_in("/plans/{plan}/{step}", "/plans/database/nonsense"), None);
        assert_eq!(step_in("/plans/{plan}", "/plans/database"), None);
    }
}
