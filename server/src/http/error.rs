//! What is answered when something fails: a page for the person, one line with the causes for the log.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use app::view::MessageView;
use domain::error_text::error_chain;
use domain::limits::TooLong;
use store::PlanId;

use crate::http::plan::page::assets;
use crate::http::security::cookies::CookieError;
use service::access::access_token::AccessTokenError;
use service::access::sessions::SessionsError;
use service::checks::runs::StartRunError;
use service::error::PlansError;
use service::plans::{OpenPlan, Plans};
use service::random;
use service::sharing::SharingError;

/// Why a request is answered with an error page instead of its regular page.
pub(crate) enum RequestError {
    /// There is no such page or plan.
    NotFound,
    /// The client is not identified.
    Unknown,
    /// Who is asking may not do this.
    Refused,
    /// Who is asking began too many runs of checks.
    TooManyRuns,
    /// A text that was entered is longer than its limit.
    TooLong(TooLong),
    /// Ours or the database's fault.
    Plans(PlansError),
    /// The same, with links.
    Sharing(SharingError),
    /// The same, with sessions.
    Sessions(SessionsError),
    /// A cookie is no header value.
    Cookie,
    /// The files could not be created.
    Render(render::RenderError),
}

/// On an answer that the store could not give.
#[derive(Clone, Copy)]
pub(crate) struct StoreUnavailable;

impl From<PlansError> for RequestError {
    fn from(error: PlansError) -> Self {
        if matches!(error, PlansError::Absent) { Self::NotFound } else { Self::Plans(error) }
    }
}

impl From<TooLong> for RequestError {
    fn from(error: TooLong) -> Self {
        Self::TooLong(error)
    }
}

impl From<store::StoreError> for RequestError {
    fn from(error: store::StoreError) -> Self {
        Self::Plans(error.into())
    }
}

impl From<StartRunError> for RequestError {
    fn from(error: StartRunError) -> Self {
        match error {
            StartRunError::TooMany => Self::TooManyRuns,
            StartRunError::Plans(error) => error.into(),
            // Handlers for which this can happen answer it with a text that fits the request.
            StartRunError::Busy => Self::Plans(PlansError::Contended),
        }
    }
}

impl From<SharingError> for RequestError {
    fn from(error: SharingError) -> Self {
        if matches!(error, SharingError::Absent) { Self::NotFound } else { Self::Sharing(error) }
    }
}

impl From<SessionsError> for RequestError {
    fn from(error: SessionsError) -> Self {
        Self::Sessions(error)
    }
}

impl From<CookieError> for RequestError {
    fn from(CookieError: CookieError) -> Self {
        Self::Cookie
    }
}

impl From<AccessTokenError> for RequestError {
    fn from(error: AccessTokenError) -> Self {
        match error {
            AccessTokenError::Store(error) => Self::Plans(error.into()),
            AccessTokenError::Random(error) => Self::Sessions(error.into()),
            AccessTokenError::Vault(error) => Self::Sessions(error.into()),
            // Only the command line creates tokens.
            AccessTokenError::Given | AccessTokenError::Foreign | AccessTokenError::Record(_) => Self::NotFound,
        }
    }
}

impl From<render::RenderError> for RequestError {
    fn from(error: render::RenderError) -> Self {
        Self::Render(error)
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => message(
                StatusCode::NOT_FOUND,
                "Page not found",
                "The URL is wrong, or the plan was deleted. The start page lists all saved plans.",
                String::new(),
            ),
            Self::Unknown => message(
                StatusCode::UNAUTHORIZED,
                "Sign in first",
                "This page requires that you sign in or open a share link.",
                String::new(),
            ),
            Self::Refused => message(
                StatusCode::FORBIDDEN,
                "Your link does not allow this",
                "Go back, or ask the sender for a link with more access.",
                String::new(),
            ),
            Self::TooManyRuns => message(
                StatusCode::TOO_MANY_REQUESTS,
                "The checks did not run",
                "Too many check runs were started within a minute. Go back, wait a minute, then run the checks again.",
                String::new(),
            ),
            Self::TooLong(error) => message(
                StatusCode::UNPROCESSABLE_ENTITY,
                "A text is too long",
                &format!("{error} Nothing was saved. Go back: the form still holds what you entered."),
                String::new(),
            ),
            Self::Plans(error) => {
                let advice = error.advice();
                let mut response = fault(&error, &advice);
                if matches!(error, PlansError::Store(_)) {
                    response.extensions_mut().insert(StoreUnavailable);
                }
                response
            }
            Self::Sharing(SharingError::Store(error)) => {
                let advice = error.advice();
                fault(&error, &advice)
            }
            Self::Sharing(error) => fault(&error, "Try again. If the problem persists, report the incident number."),
            Self::Sessions(error) => fault(&error, "Try again. If the problem persists, report the incident number."),
            Self::Cookie => fault(&CookieError, "Try again. If the problem persists, report the incident number."),
            Self::Render(error) => {
                fault(&error, "Your answers are kept. Try again. If the problem persists, report the incident number.")
            }
        }
    }
}

/// A fault that is not the operator's: logged once with its causes, shown with a number to ask for.
fn fault(error: &dyn std::error::Error, advice: &str) -> Response {
    let incident = random::hex::<4>().unwrap_or_else(|_| "unknown".to_owned());
    let causes = error_chain(error);
    tracing::error!(incident, causes, "request failed");
    message(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", advice, incident)
}

/// A page that states the problem and the remedy.
pub(crate) fn message(status: StatusCode, title: &str, text: &str, incident: String) -> Response {
    let view = MessageView { assets: assets(), title: title.to_owned(), text: text.to_owned(), incident };
    (status, Html(app::pages::message(&view))).into_response()
}

/// Any address that means nothing.
pub(crate) async fn not_found() -> RequestError {
    RequestError::NotFound
}

/// The plan that an address names.
pub(crate) async fn plan(plans: &Plans, id: &str) -> Result<OpenPlan, RequestError> {
    plans.open(plan_id(id)?).await?.ok_or(RequestError::NotFound)
}

/// The id that an address names.
pub(crate) fn plan_id(id: &str) -> Result<PlanId, RequestError> {
    id.parse().map_err(|_| RequestError::NotFound)
}
