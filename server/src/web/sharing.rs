//! The links of a plan: making, listing and revoking them. What links are is [`crate::sharing`]'s.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use app::urls;
use app::view::{EnteredLink, LinkRow, MadeLink, ShareProblem, ShareView};
use domain::history::journal::Act;
use domain::rights::Right;
use domain::sharing::Lifetime;
use domain::step::Step;

use super::failure::{Failure, plan, plan_id};
use super::form::Form;
use super::{Site, Visit, answers, views};
use crate::clock;
use crate::journal::By;
use crate::person::Person;
use crate::plans::OpenPlan;
use crate::sharing::{Link, SharingError, Wanted, password, squares};

/// The shortest password of a link, in letters.
const SHORTEST_PASSWORD: usize = 8;
/// How often a link with a bound may be opened at most.
const MOST_USES: u32 = 1000;

/// From which page one came.
#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    step: String,
}

/// `GET /plans/{plan}/share`.
pub(super) async fn show(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let step = Step::from_slug(&from.step);
    let entered = EnteredLink { step, name: person.name.clone(), ..EnteredLink::default() };
    page(&site, &person, &plan, StatusCode::OK, ShareView { entered, ..ShareView::default() }).await
}

/// `POST /plans/{plan}/share`: makes a link and shows it, this once. A redirect could not: an address is no place for it.
pub(super) async fn make(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let (wanted, entered, mut problems) = read(&form);
    let view = |entered, problems| ShareView { entered, problems, ..ShareView::default() };
    let Some(mut wanted) = wanted.filter(|_| problems.is_empty()) else {
        return page(&site, &person, &plan, StatusCode::UNPROCESSABLE_ENTITY, view(entered, problems)).await;
    };
    if let Some(typed) = form.get("password").filter(|typed| !typed.is_empty()) {
        wanted.password = Some(password::hash(typed).await.map_err(SharingError::Password)?);
    }
    let (token, link) = match site.links.make(plan.id, wanted).await {
        Ok(made) => made,
        Err(SharingError::TooMany) => {
            let message = "The plan has 100 links. Revoke one first, in the list below";
            problems.push(ShareProblem { field: "links-title", message });
            return page(&site, &person, &plan, StatusCode::UNPROCESSABLE_ENTITY, view(entered, problems)).await;
        }
        Err(error) => return Err(error.into()),
    };
    let by = By::person(&person);
    site.plans.note(plan.id, &by, Act::MakeLink, &told(&link)).await?;
    let address = format!("{}{}", origin(&visit, &headers), urls::opening(token.reveal()));
    let made = MadeLink {
        is_only_here: visit.names_this_machine() && address.contains(&visit.host),
        code: squares(&address).unwrap_or_default(),
        address,
        right: link.right,
        ends: clock::day_and_time(link.ends_at),
        has_password: link.password.is_some(),
        most_uses: link.most_uses,
    };
    let entered = EnteredLink { name: link.made_by, ..EnteredLink::default() };
    let view = ShareView { made: Some(made), entered, ..ShareView::default() };
    page(&site, &person, &plan, StatusCode::OK, view).await
}

/// `POST /plans/{plan}/share/{link}/revoke`.
pub(super) async fn revoke(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path((id, link)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let plan = plan_id(&id)?;
    if !site.links.revoke(plan, &link).await? {
        return Err(Failure::NotFound);
    }
    let links = site.links.list(plan).await?;
    let revoked = links.iter().find(|(known, _)| *known == link).map_or_else(String::new, |(_, link)| told(link));
    site.plans.note(plan, &By::person(&person), Act::RevokeLink, &revoked).await?;
    Ok(Redirect::to(&format!("{}#links-title", urls::share(&id))).into_response())
}

async fn page(
    site: &Site,
    person: &Person,
    plan: &OpenPlan,
    status: StatusCode,
    view: ShareView,
) -> Result<Response, Failure> {
    let links = site.links.list(plan.id).await?.into_iter().map(row).collect();
    let view = ShareView { assets: views::assets(), plan: views::head(plan, person), links, ..view };
    Ok((status, Html(app::pages::share(&view))).into_response())
}

/// A link as the journal names it: what it gives, and what its maker calls it.
pub(super) fn told(link: &Link) -> String {
    match link.label.as_str() {
        "" => link.right.title(),
        label => format!("{}, {label}", link.right.title()),
    }
}

fn row((id, link): (String, Link)) -> LinkRow {
    let state = link.state(clock::now());
    LinkRow {
        id,
        state,
        made_at: clock::day_and_time(link.made_at),
        ends: clock::day_and_time(link.ends_at),
        used_at: link.used_at.map_or_else(String::new, clock::day_and_time),
        has_password: link.password.is_some(),
        label: link.label,
        right: link.right,
        made_by: link.made_by,
        uses: link.uses,
        most_uses: link.most_uses,
    }
}

/// What the form asks for, what was entered, and what is wrong with it, all of it at once.
fn read(form: &Form) -> (Option<Wanted>, EnteredLink, Vec<ShareProblem>) {
    let mut problems = Vec::new();
    let get = |name| form.get(name).unwrap_or_default().trim();
    let step = Step::from_slug(get("step"));
    let lifetime = Lifetime::from_slug(get("lifetime"));
    let entered = EnteredLink {
        right: get("right").to_owned(),
        step,
        lifetime: lifetime.unwrap_or_default(),
        label: answers::title(get("label")),
        uses: get("uses").chars().take(20).collect(),
        name: answers::title(get("name")),
    };
    let right = match (get("right"), step) {
        ("fill", Some(step)) => Some(Right::Fill(step)),
        ("fill", None) => None,
        (slug, _) => Right::from_slug(slug),
    };
    if right.is_none() {
        problems.push(ShareProblem { field: "right-view", message: "Choose what the link allows" });
    }
    let most_uses = match entered.uses.as_str() {
        "" => None,
        text => match text.parse() {
            Ok(uses @ 1..=MOST_USES) => Some(uses),
            _ => {
                let message = "Enter a number from 1 to 1000, or leave it empty";
                problems.push(ShareProblem { field: "link-uses", message });
                None
            }
        },
    };
    let typed = form.get("password").unwrap_or_default();
    if !typed.is_empty() && typed.chars().count() < SHORTEST_PASSWORD {
        problems.push(ShareProblem { field: "link-password", message: "Enter at least 8 characters" });
    }
    if typed.len() > password::LONGEST {
        problems.push(ShareProblem { field: "link-password", message: "Enter at most 200 characters" });
    }
    let wanted = right.map(|right| Wanted {
        right,
        seconds: entered.lifetime.seconds(),
        label: entered.label.clone(),
        made_by: entered.name.clone(),
        password: None,
        most_uses,
    });
    (wanted, entered, problems)
}

/// Under which name the browser knows this server: as it says itself, which the guard has compared, or as we know it.
fn origin(visit: &Visit, headers: &HeaderMap) -> String {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.filter(|origin| origin.contains("://")).map_or_else(|| visit.origin(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let (wanted, entered, problems) =
            read(&Form::urlencoded(b"right=owner&uses=0&password=short&label=a%0Ab&lifetime=99y"));
        assert!(wanted.is_none());
        assert_eq!((entered.label.as_str(), entered.lifetime), ("ab", Lifetime::Week));
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["right-view", "link-uses", "link-password"]);
    }

    #[test]
    fn a_form_says_what_the_link_is() {
        let (wanted, _, problems) =
            read(&Form::urlencoded(b"right=fill&step=database&lifetime=1h&uses=2&label=DBA&name=Kasun&password="));
        assert!(problems.is_empty());
        let wanted = wanted.unwrap();
        assert_eq!((wanted.right, wanted.seconds, wanted.most_uses), (Right::Fill(Step::Database), 3600, Some(2)));
        let (wanted, ..) = read(&Form::urlencoded(b"right=fill&step=nonsense"));
        assert!(wanted.is_none());
    }

    #[test]
    fn addresses_are_short() {
        for origin in ["http://localhost:3000", "https://clusterwright.identity.example-company.com:8443"] {
            let token = crate::token::Token::fresh().unwrap();
            assert!(format!("{origin}{}", urls::opening(token.reveal())).len() <= 90, "{origin}");
        }
    }
}
