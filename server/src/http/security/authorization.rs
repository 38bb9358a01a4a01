//! Who is asking, and whether they get in: decided once for every route, before its handler runs. What a route needs
//! stands in [`crate::http::routes`], who may do it in `domain::rights`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::rights::{Holder, Permission};
use domain::step::Step;
use store::PlanId;

use crate::http::error::RequestError;
use crate::http::login::{self};
use crate::http::plan::page;
use crate::http::security::cookies;
use crate::http::security::permission::RequiredPermission;
use crate::http::sharing::open;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::access::sessions::{OwnerSession, VisitorLookup};
use service::sharing::ShareLink;

/// What each address needs, by its path and method, and where people are known.
#[derive(Clone)]
pub(crate) struct Authorization {
    needed: Arc<HashMap<&'static str, Vec<(Method, RequiredPermission)>>>,
    site: AppState,
}

impl Authorization {
    /// What the routes need, each by its path and method.
    pub(crate) fn of(
        routes: impl IntoIterator<Item = (&'static str, Method, RequiredPermission)>,
        site: AppState,
    ) -> Self {
        let mut needed: HashMap<&'static str, Vec<(Method, RequiredPermission)>> = HashMap::new();
        for (path, method, needs) in routes {
            needed.entry(path).or_default().push((method, needs));
        }
        Self { needed: Arc::new(needed), site }
    }
}

/// What a request needs, derived from its address.
enum Requirement {
    /// Nothing, or no such route exists and the handler answers that.
    Nothing,
    /// To be allowed this.
    Act(Permission),
    /// To be allowed this for some step.
    SomeStep(fn(Step) -> Permission),
    /// What there is not.
    Absent,
    /// Another method: these are the ones there are.
    OtherMethod(String),
}

/// Who asks.
enum Identity {
    /// An identified person.
    Known(Actor),
    /// An unidentified client.
    Unknown,
    /// A visitor whose link has ended.
    Ended(PlanId),
}

/// Lets through whom the table lets through.
pub(crate) async fn authorize(State(admission): State<Authorization>, mut request: Request, next: Next) -> Response {
    let asked = admission.asked(&request);
    match asked {
        Requirement::Nothing => return next.run(request).await,
        Requirement::Absent => return RequestError::NotFound.into_response(),
        Requirement::OtherMethod(allow) => {
            return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allow)]).into_response();
        }
        Requirement::Act(_) | Requirement::SomeStep(_) => {}
    }
    let secure = request
        .extensions()
        .get::<crate::http::security::request_context::RequestContext>()
        .is_some_and(|visit| visit.secure);
    let person = match identify(&admission.site, request.headers(), plan_in(request.uri().path()), secure).await {
        Ok(Identity::Known(person)) => person,
        Ok(Identity::Unknown) => return login::redirect_to_login(&request, RequestError::Unknown.into_response()),
        Ok(Identity::Ended(plan)) => return open::unavailable_page(Some(&plan.to_string())),
        Err(failure) => return failure.into_response(),
    };
    let may = match asked {
        Requirement::Act(act) => person.may(act),
        Requirement::SomeStep(act) => person.may_some(act),
        _ => false,
    };
    if !may {
        return RequestError::Refused.into_response();
    }
    let signed_in = person.until.filter(|_| person.holder == Holder::Owner);
    request.extensions_mut().insert(person);
    page::OWNER_SESSION_END.scope(signed_in, next.run(request)).await
}

impl Authorization {
    fn asked(&self, request: &Request) -> Requirement {
        let Some(path) = request.extensions().get::<MatchedPath>() else { return Requirement::Nothing };
        let Some(methods) = self.needed.get(path.as_str()) else { return Requirement::Absent };
        let wanted = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let Some((_, needs)) = methods.iter().find(|(method, _)| method == wanted) else {
            let names: Vec<&str> = methods.iter().map(|(method, _)| method.as_str()).collect();
            return Requirement::OtherMethod(names.join(","));
        };
        match *needs {
            RequiredPermission::Nothing => Requirement::Nothing,
            RequiredPermission::Act(act) => Requirement::Act(act),
            RequiredPermission::ToSomeStep(act) => Requirement::SomeStep(act),
            RequiredPermission::ToStep(act) => match step_in(path.as_str(), request.uri().path()) {
                Some(step) => Requirement::Act(act(step)),
                None => Requirement::Absent,
            },
        }
    }
}

/// The person with these cookies. A visitor with a share link has its rights and no more, also if they are the owner: so
/// they see what others see, until they leave. An unknown link cookie does not lock the owner out: any other port of the
/// host may plant one. On a server that only its own machine reaches, every other client is the owner.
async fn identify(
    site: &AppState,
    headers: &HeaderMap,
    plan: Option<PlanId>,
    secure: bool,
) -> Result<Identity, RequestError> {
    let mut was_visitor = None;
    if let Some(plan) = plan {
        match site.sessions.visitor(cookies::visitor_tokens(headers, secure), plan).await? {
            VisitorLookup::None => {}
            VisitorLookup::Unknown => was_visitor = Some(plan),
            VisitorLookup::Elsewhere if site.login.is_none() => return Ok(Identity::Ended(plan)),
            VisitorLookup::Elsewhere => was_visitor = Some(plan),
            VisitorLookup::Ended => return Ok(Identity::Ended(plan)),
            VisitorLookup::Of(visitor) => {
                let link = site.links.active_link(plan, &visitor.link).await?;
                let known = |link: ShareLink| Actor {
                    holder: Holder::Link(link.right),
                    name: visitor.name,
                    via: visitor.link,
                    until: Some(link.ends_at),
                    session: String::new(),
                };
                return Ok(link.map_or(Identity::Ended(plan), |link| Identity::Known(known(link))));
            }
        }
    }
    let Some(login) = &site.login else {
        return Ok(Identity::Known(Actor::owner(&cookies::owner_name(headers, secure))));
    };
    let owner = match site.sessions.owner(cookies::owner_tokens(headers, secure)).await? {
        // A new access token ends all sessions of the old one.
        Some(owner) if login.still_counts(&owner.mark).await? => Some(owner),
        _ => None,
    };
    let known =
        |owner: OwnerSession| Actor { until: Some(owner.ends_at), session: owner.session, ..Actor::owner(&owner.name) };
    Ok(owner.map_or(was_visitor.map_or(Identity::Unknown, Identity::Ended), |owner| Identity::Known(known(owner))))
}

/// The plan that an address is about.
fn plan_in(path: &str) -> Option<PlanId> {
    path.strip_prefix("/plans/")?.split('/').next()?.parse().ok()
}

/// The step that stands in an address where its route has `{step}`.
fn step_in(route: &str, path: &str) -> Option<Step> {
    let place = route.split('/').position(|part| part == "{step}")?;
    Step::from_slug(path.split('/').nth(place)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_read_where_the_route_has_it() {
        assert_eq!(step_in("/plans/{plan}/{step}", "/plans/product/user-store"), Some(Step::UserStore));
        assert_eq!(step_in("/plans/{plan}/{step}", "/plans/database/nonsense"), None);
        assert_eq!(step_in("/plans/{plan}", "/plans/database"), None);
    }
}
