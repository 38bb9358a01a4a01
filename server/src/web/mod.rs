//! The wizard over HTTP: routes, and what they share. Pages are drawn by `app`, rules are `domain`'s.

mod accept;
mod admission;
mod answers;
mod asking;
mod attempts;
mod checks;
mod comments;
mod conflicts;
mod doors;
mod download;
mod exports;
mod failure;
mod files;
mod form;
mod guard;
mod health;
mod history;
mod keys;
mod live;
mod login;
mod notices;
mod opening;
mod prefix;
mod prepare;
mod preview;
mod probes;
mod redirects;
mod report;
mod review;
mod routes;
mod sharing;
mod standing;
mod start;
mod steps;
mod told;
mod views;
mod visit;
mod watch;

use std::sync::Arc;

use app::urls;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use probe::address::AllowedNetworks;
use store::PlanId;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

pub use health::MetricsToken;
pub use login::LoginState;
pub use visit::{AllowedHosts, RequestContext};
pub use watch::run_maintenance;

use doors::ProbeTokens;
use exports::JournalExports;
use notices::FlashMessages;
use prepare::UploadLimiter;

use crate::following::ChangeFeed;
use crate::metrics::Metrics;
use crate::plans::{Plans, PlansError};
use crate::preparing::runs::PreparationRuns;
use crate::preparing::waiting::PendingApprovals;
use crate::runs::{PlanRuns, Runs};
use crate::sessions::Sessions;
use crate::sharing::ShareLinks;

/// The largest form, in bytes: every field at its longest, with some PEM texts.
const MAX_FORM_BYTES: usize = 1024 * 1024;
/// The largest plan or bundle that is opened, in bytes.
const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;

/// What all routes share.
#[derive(Clone)]
pub struct AppState {
    plans: Plans,
    runs: Runs,
    notices: FlashMessages,
    followers: ChangeFeed,
    doors: ProbeTokens,
    /// Preparations of databases that wait for a yes, and those that run.
    waiting: PendingApprovals,
    preparings: PreparationRuns,
    exports: JournalExports,
    uploads: UploadLimiter,
    saves: health::SaveProbe,
    stopping: CancellationToken,
    allowed: AllowedNetworks,
    links: ShareLinks,
    sessions: Sessions,
    /// How the owner signs in, where they have to.
    login: Option<LoginState>,
    metrics: Metrics,
    metrics_token: Option<MetricsToken>,
}

impl AppState {
    /// A site over `plans`. Streams end when `stopping` is cancelled, so that the server can stop.
    #[must_use]
    pub fn new(plans: Plans, stopping: CancellationToken) -> Self {
        let runs = Runs::new(Arc::clone(plans.store()));
        let notices = FlashMessages::new(Arc::clone(plans.store()));
        let doors = ProbeTokens::new(plans.clone());
        let links = ShareLinks::new(Arc::clone(plans.store()), plans.vault().clone());
        let sessions = Sessions::new(Arc::clone(plans.store()), plans.vault().clone());
        let (allowed, metrics) = (AllowedNetworks::default(), Metrics::default());
        let followers = ChangeFeed::default();
        let (login, metrics_token) = (None, None);
        let waiting = PendingApprovals::new(Arc::clone(plans.store()));
        let preparings = PreparationRuns::new(Arc::clone(plans.store()));
        Self {
            plans,
            runs,
            notices,
            followers,
            doors,
            waiting,
            preparings,
            exports: JournalExports::default(),
            uploads: UploadLimiter::default(),
            saves: health::SaveProbe::default(),
            stopping,
            allowed,
            links,
            sessions,
            login,
            metrics,
            metrics_token,
        }
    }

    /// The log of the checks of a plan that exists, up to date.
    async fn log(&self, plan: PlanId) -> Result<Arc<PlanRuns>, PlansError> {
        self.runs.open(plan).await
    }

    /// The same site, where the owner has to sign in.
    #[must_use]
    pub fn with_login(self, login: Option<LoginState>) -> Self {
        Self { login, ..self }
    }

    /// The same site, whose counters may also be read by whoever shows this token.
    #[must_use]
    pub fn with_metrics_token(self, token: Option<MetricsToken>) -> Self {
        Self { metrics_token: token, ..self }
    }

    /// The same site, which dials these networks alone.
    #[must_use]
    pub fn dialling(self, allowed: AllowedNetworks) -> Self {
        Self { allowed, ..self }
    }
}

/// The whole site.
pub fn router(site: AppState, hosts: AllowedHosts) -> Router {
    let pages = with_authorization(routes::table(), site.clone())
        .layer(middleware::from_fn_with_state(hosts, guard::check_origin))
        .layer(middleware::from_fn_with_state(site, health::count));
    prefix::nest_under_prefix(urls::prefix(), pages)
}

/// Every method and path that is answered, such as `/plans/{plan}/review`; for tests.
#[must_use]
pub fn addresses() -> Vec<(Method, &'static str)> {
    routes::table().into_iter().map(|route| (route.method, route.path)).collect()
}

/// The routes of `table`, each for whom it lets in.
fn with_authorization(table: Vec<routes::Route>, site: AppState) -> Router {
    let admission = admission::Authorization::of(&table, site.clone());
    let (as_they_are, pages): (Vec<_>, Vec<_>) =
        table.into_iter().partition(|route| routes::UNCOMPRESSED.contains(&route.path));
    let add = |router: Router<AppState>, route: routes::Route| router.route(route.path, route.answers);
    let pages = pages
        .into_iter()
        .fold(Router::new(), add)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(CompressionLayer::new().br(true).gzip(true).quality(tower_http::CompressionLevel::Precise(5)));
    as_they_are
        .into_iter()
        .fold(pages, add)
        .fallback(failure::not_found)
        .layer(middleware::from_fn_with_state(admission, admission::authorize))
        .with_state(site)
}
