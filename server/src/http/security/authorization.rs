//! Who is asking, and whether they get in: decided once for every route, before its handler runs. What a route needs
//! stands in [`crate::http::routes`], who may do it in `domain::rights`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::rights::Permission;
use domain::step::Step;
use store::PlanId;

use crate::http::error::RequestError;
use crate::http::login::{self};
use crate::http::plan::page;
use crate::http::security::cookies;
use crate::http::security::permission::RequiredPermission;
use crate::http::sharing::open;
use crate::http::state::AppState;
use service::access::actor::{Actor, Owner, Visitor};
use service::access::sessions::{VisitorLookup, VisitorSession};
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
#[derive(Debug, Eq, PartialEq)]
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
    let actor = match identify(&admission.site, request.headers(), plan_in(request.uri().path()), secure).await {
        Ok(Identity::Known(actor)) => actor,
        Ok(Identity::Unknown) => return login::redirect_to_login(&request, RequestError::Unknown.into_response()),
        Ok(Identity::Ended(plan)) => return open::unavailable_page(Some(&plan.to_string())),
        Err(failure) => return failure.into_response(),
    };
    let may = match asked {
        Requirement::Act(act) => actor.may(act),
        Requirement::SomeStep(act) => Step::ALL.into_iter().any(|step| actor.may(act(step))),
        _ => false,
    };
    if !may {
        return RequestError::Refused.into_response();
    }
    let signed_in = match &actor {
        Actor::Owner(owner) => owner.session.as_ref().map(|session| session.ends_at),
        Actor::Visitor(_) => None,
    };
    request.extensions_mut().insert(actor);
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
            VisitorLookup::Of(VisitorSession { link, name, .. }) => {
                return Ok(match site.links.active_link(plan, &link).await? {
                    Some(ShareLink { right: access, ends_at, .. }) => {
                        Identity::Known(Actor::Visitor(Visitor { link, access, name, ends_at }))
                    }
                    None => Identity::Ended(plan),
                });
            }
        }
    }
    let Some(login) = &site.login else {
        return Ok(Identity::Known(Actor::Owner(Owner { name: cookies::owner_name(headers, secure), session: None })));
    };
    match site.sessions.owner(cookies::owner_tokens(headers, secure)).await? {
        // A new access token ends all sessions of the old one.
        Some((owner, mark)) if login.still_counts(&mark).await? => Ok(Identity::Known(Actor::Owner(owner))),
        _ => Ok(was_visitor.map_or(Identity::Unknown, Identity::Ended)),
    }
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
#[expect(clippy::disallowed_methods, reason = "a test sends the tokens that it got")]
mod tests {
    use std::time::Duration;

    use axum::http::HeaderValue;
    use domain::author::{Author, DisplayName};
    use domain::draft::Draft;
    use domain::rights::LinkAccess;
    use domain::secret::Secrets;
    use domain::server_credential::ServerCredential;
    use service::access::access_token::AccessToken;
    use service::plans::Plans;
    use service::sharing::NewLink;
    use service::vault::Vault;
    use store::{SqliteStore, Store};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::http::security::login_state::LoginState;

    #[test]
    fn the_step_is_read_where_the_route_has_it() {
        assert_eq!(step_in("/plans/{plan}/{step}", "/plans/product/user-store"), Some(Step::UserStore));
        assert_eq!(step_in("/plans/{plan}/{step}", "/plans/database/nonsense"), None);
        assert_eq!(step_in("/plans/{plan}", "/plans/database"), None);
    }

    async fn identified(site: &AppState, plan: PlanId, cookie: &str) -> Identity {
        let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())]);
        identify(site, &headers, Some(plan), false).await.ok().unwrap()
    }

    #[tokio::test]
    async fn an_actor_is_recognised_by_cookies() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap());
        let vault = Vault::open(folder.path(), Some(&ServerCredential::new("00".repeat(32)))).unwrap();
        let plans = Plans::new(Arc::clone(&store), vault.clone());
        let plan = plans.create(&Author::default(), &Draft::default(), &Secrets::new()).await.unwrap();
        let site = AppState::new(plans, CancellationToken::new());
        let name = DisplayName::new("Kasun");

        // Where no sign-in is required, every client without a link is the owner.
        let owner = |name| Identity::Known(Actor::Owner(Owner { name, session: None }));
        assert_eq!(identified(&site, plan, "other=1").await, owner(None));
        assert_eq!(identified(&site, plan, "clusterwright_name=Kasun").await, owner(name.clone()));

        let wanted = NewLink {
            right: LinkAccess::Comment,
            seconds: 3600,
            label: String::new(),
            made_by: None,
            password: None,
            most_uses: None,
        };
        let (token, ShareLink { ends_at, .. }) = site.links.make(plan, wanted).await.unwrap();
        let link = site.links.find(token.reveal()).await.unwrap().unwrap().id;
        let session = VisitorSession { plan: plan.to_string(), link: link.clone(), name: name.clone() };
        let token = site.sessions.create_visitor(session, Duration::from_secs(3600)).await.unwrap();
        let cookie = format!("clusterwright_link={}", token.reveal());
        let visitor = Visitor { link: link.clone(), access: LinkAccess::Comment, name: name.clone(), ends_at };
        assert_eq!(identified(&site, plan, &cookie).await, Identity::Known(Actor::Visitor(visitor)));
        assert!(site.links.revoke(plan, &link).await.unwrap().is_some());
        assert_eq!(identified(&site, plan, &cookie).await, Identity::Ended(plan));

        let token = AccessToken::new(store, vault, Some(&ServerCredential::new("0123456789012345678901")));
        let mark = token.mark().await.unwrap().unwrap().0;
        let site = site.with_login(Some(LoginState::with(token)));
        assert_eq!(identified(&site, plan, "clusterwright_name=Kasun").await, Identity::Unknown);
        for (mark, is_valid) in [(mark.as_str(), true), ("of another access token", false)] {
            let token = site.sessions.create_owner(name.clone(), mark).await.unwrap();
            let found = identified(&site, plan, &format!("clusterwright_owner={}", token.reveal())).await;
            let is_owner = matches!(
                &found,
                Identity::Known(Actor::Owner(Owner { name: known, session: Some(_) })) if *known == name
            );
            assert!(is_owner == is_valid && (is_valid || found == Identity::Unknown), "{mark}: {found:?}");
        }
    }
}
