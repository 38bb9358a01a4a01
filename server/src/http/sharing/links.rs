//! The links of a plan: making, listing and revoking them. What links are is [`service::sharing`]'s.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use app::urls;
use app::view::{CreatedLinkView, LinkFormError, LinkFormView, LinkRow, ShareView};
use domain::author::DisplayName;
use domain::history::journal::JournalAction;
use domain::limits::{LINK_LABEL, PERSON_NAME, TooLong};
use domain::rights::LinkAccess;
use domain::sharing::{LinkId, LinkLifetime};
use domain::step::Step;

use crate::http::error::{RequestError, plan, plan_id};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::security::request_context::RequestContext;
use crate::http::sharing::qr::svg_path;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::clock;
use service::plans::OpenPlan;
use service::sharing::{NewLink, ShareLink, SharingError, password};

/// The shortest password of a link, in letters.
const MIN_PASSWORD_CHARS: usize = 8;
/// How often a link with a bound may be opened at most.
const MAX_USES: u32 = 1000;

/// From which page one came.
#[derive(Deserialize)]
pub(crate) struct ShareQuery {
    #[serde(default)]
    step: String,
}

/// `GET /plans/{plan}/share`.
pub(crate) async fn show(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(from): Query<ShareQuery>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let step = Step::from_slug(&from.step);
    let name = actor.author().name.map_or_else(String::new, |name| name.to_string());
    let entered = LinkFormView { step, name, ..LinkFormView::default() };
    page(&site, &actor, &plan, StatusCode::OK, ShareView { entered, ..ShareView::default() }).await
}

/// `POST /plans/{plan}/share`: makes a link and shows it, this once. A redirect could not: an address is no place for it.
pub(crate) async fn create(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Extension(visit): Extension<RequestContext>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let (wanted, entered, mut problems) = read(&form)?;
    let view = |entered, problems| ShareView { entered, problems, ..ShareView::default() };
    let Some(mut wanted) = wanted.filter(|_| problems.is_empty()) else {
        return page(&site, &actor, &plan, StatusCode::UNPROCESSABLE_ENTITY, view(entered, problems)).await;
    };
    if let Some(typed) = form.get("password").filter(|typed| !typed.is_empty()) {
        wanted.password = Some(password::hash(typed).await.map_err(SharingError::Password)?);
    }
    let (token, link) = match site.links.make(plan.id, wanted).await {
        Ok(made) => made,
        Err(SharingError::TooMany) => {
            let message = "The plan has 100 links. Revoke one first, in the list below.";
            problems.push(LinkFormError { field: "links-title", message });
            return page(&site, &actor, &plan, StatusCode::UNPROCESSABLE_ENTITY, view(entered, problems)).await;
        }
        Err(error) => return Err(error.into()),
    };
    site.plans.note(plan.id, &actor.author(), JournalAction::MakeLink, &describe_link(&link)).await?;
    #[expect(clippy::disallowed_methods, reason = "the page shows the URL of the new link, once")]
    let path = urls::share_link(token.reveal());
    let address = format!("{}{path}", origin(&visit, &headers));
    let made = CreatedLinkView {
        is_only_here: visit.names_this_machine() && address.contains(&visit.host),
        code: svg_path(&address).unwrap_or_default(),
        address,
        right: link.right,
        ends: crate::http::moments::format_date_time(link.ends_at),
        has_password: link.password.is_some(),
        most_uses: link.most_uses,
    };
    let name = link.made_by.map_or_else(String::new, |name| name.to_string());
    let entered = LinkFormView { name, ..LinkFormView::default() };
    let view = ShareView { made: Some(made), entered, ..ShareView::default() };
    page(&site, &actor, &plan, StatusCode::OK, view).await
}

/// `POST /plans/{plan}/share/{link}/revoke`.
pub(crate) async fn revoke(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path((id, link)): Path<(String, LinkId)>,
) -> Result<Response, RequestError> {
    let plan = plan_id(&id)?;
    let revoked = site.links.revoke(plan, &link).await?.ok_or(RequestError::NotFound)?;
    site.plans.note(plan, &actor.author(), JournalAction::RevokeLink, &describe_link(&revoked)).await?;
    Ok(Redirect::to(&format!("{}#links-title", urls::share(&id))).into_response())
}

async fn page(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    status: StatusCode,
    view: ShareView,
) -> Result<Response, RequestError> {
    let links = site.links.list(plan.id).await?.into_iter().map(row).collect();
    let view = ShareView { assets: page::assets(), plan: page::head(plan, actor), links, ..view };
    Ok((status, Html(app::pages::share(&view))).into_response())
}

/// A link as the journal names it: what it gives, and what its maker calls it.
pub(crate) fn describe_link(link: &ShareLink) -> String {
    match link.label.as_str() {
        "" => link.right.title(),
        label => format!("{}, {label}", link.right.title()),
    }
}

fn row((id, link): (LinkId, ShareLink)) -> LinkRow {
    let state = link.state(clock::now());
    LinkRow {
        id: id.0,
        state,
        made_at: crate::http::moments::format_date_time(link.made_at),
        ends: crate::http::moments::format_date_time(link.ends_at),
        used_at: link.used_at.map(crate::http::moments::format_date_time),
        has_password: link.password.is_some(),
        label: link.label,
        right: link.right,
        made_by: link.made_by,
        uses: link.uses,
        most_uses: link.most_uses,
    }
}

/// What the form asks for, what was entered, and what is wrong with it, all of it at once.
///
/// # Errors
/// [`TooLong`] for a label or a name above its limit.
fn read(form: &Form) -> Result<(Option<NewLink>, LinkFormView, Vec<LinkFormError>), TooLong> {
    let mut problems = Vec::new();
    let get = |name| form.get(name).unwrap_or_default().trim();
    let step = Step::from_slug(get("step"));
    let lifetime = LinkLifetime::from_slug(get("lifetime"));
    let entered = LinkFormView {
        right: get("right").to_owned(),
        step,
        lifetime: lifetime.unwrap_or_default(),
        label: form.line("label", LINK_LABEL)?,
        uses: get("uses").to_owned(),
        name: form.line("name", PERSON_NAME)?,
    };
    let right = match (get("right"), step) {
        ("fill", Some(step)) => Some(LinkAccess::Fill(step)),
        ("fill", None) => None,
        (slug, _) => LinkAccess::from_slug(slug),
    };
    if right.is_none() {
        problems.push(LinkFormError { field: "right-view", message: "Choose what the link allows" });
    }
    let most_uses = match entered.uses.as_str() {
        "" => None,
        text => match text.parse() {
            Ok(uses @ 1..=MAX_USES) => Some(uses),
            _ => {
                let message = "Enter a number from 1 to 1000, or leave it empty.";
                problems.push(LinkFormError { field: "link-uses", message });
                None
            }
        },
    };
    let typed = form.get("password").unwrap_or_default();
    if !typed.is_empty() && typed.chars().count() < MIN_PASSWORD_CHARS {
        problems.push(LinkFormError { field: "link-password", message: "Enter at least 8 characters" });
    }
    if typed.len() > password::MAX_PASSWORD_BYTES {
        problems.push(LinkFormError { field: "link-password", message: "Enter at most 200 characters" });
    }
    let wanted = right.map(|right| NewLink {
        right,
        seconds: entered.lifetime.seconds(),
        label: entered.label.clone(),
        made_by: DisplayName::new(entered.name.as_str()),
        password: None,
        most_uses,
    });
    Ok((wanted, entered, problems))
}

/// Under which name the browser knows this server: from its `Origin` header, which the guard has compared, or from the
/// request.
fn origin(visit: &RequestContext, headers: &HeaderMap) -> String {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.filter(|origin| origin.contains("://")).map_or_else(|| visit.origin(), str::to_owned)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test shows the tokens that it got")]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported_at_once() {
        let (wanted, entered, problems) =
            read(&Form::urlencoded(b"right=owner&uses=0&password=short&label=a%0Ab&lifetime=99y")).unwrap();
        assert!(wanted.is_none());
        assert_eq!((entered.label.as_str(), entered.lifetime), ("ab", LinkLifetime::Week));
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["right-view", "link-uses", "link-password"]);
    }

    #[test]
    fn a_form_describes_the_link() {
        let (wanted, _, problems) =
            read(&Form::urlencoded(b"right=fill&step=database&lifetime=1h&uses=2&label=DBA&name=Kasun&password="))
                .unwrap();
        assert!(problems.is_empty());
        let wanted = wanted.unwrap();
        assert_eq!((wanted.right, wanted.seconds, wanted.most_uses), (LinkAccess::Fill(Step::Database), 3600, Some(2)));
        let (wanted, ..) = read(&Form::urlencoded(b"right=fill&step=nonsense")).unwrap();
        assert!(wanted.is_none());
    }

    #[test]
    fn addresses_are_short() {
        for origin in ["http://localhost:3000", "https://clusterwright.identity.example-company.com:8443"] {
            let token = service::random_token::generate().unwrap();
            assert!(format!("{origin}{}", urls::share_link(token.reveal())).len() <= 90, "{origin}");
        }
    }
}
