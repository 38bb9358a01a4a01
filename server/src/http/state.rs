//! What all handlers share.

use std::sync::Arc;

use probe::address::AllowedNetworks;
use service::access::sessions::Sessions;
use service::checks::probe_tokens::ProbeTokens;
use service::checks::runs::{PlanRuns, Runs};
use service::collaboration::change_feed::ChangeFeed;
use service::error::PlansError;
use service::plans::Plans;
use service::plans::flash_messages::FlashMessages;
use service::preparation::approval::PendingApprovals;
use service::preparation::run::PreparationRuns;
use service::sharing::ShareLinks;
use store::PlanId;
use tokio_util::sync::CancellationToken;

use super::collaboration::export_limiter::ExportLimiter;
use super::metrics::Metrics;
use super::preparation::uploads::UploadLimiter;
use super::save_probe::SaveProbe;
use super::security::login_state::LoginState;
use super::security::metrics_token::MetricsToken;

/// What all routes share.
#[derive(Clone)]
pub struct AppState {
    pub(crate) plans: Plans,
    pub(crate) runs: Runs,
    pub(crate) notices: FlashMessages,
    pub(crate) followers: ChangeFeed,
    pub(crate) probe_tokens: ProbeTokens,
    /// Preparations of databases that wait for a yes, and those that run.
    pub(crate) waiting: PendingApprovals,
    pub(crate) preparings: PreparationRuns,
    pub(crate) exports: ExportLimiter,
    pub(crate) uploads: UploadLimiter,
    pub(crate) saves: SaveProbe,
    pub(crate) stopping: CancellationToken,
    pub(crate) allowed: AllowedNetworks,
    pub(crate) links: ShareLinks,
    pub(crate) sessions: Sessions,
    /// How the owner signs in, where they have to.
    pub(crate) login: Option<LoginState>,
    pub(crate) metrics: Metrics,
    pub(crate) metrics_token: Option<MetricsToken>,
}

impl AppState {
    /// A site over `plans`. Streams end when `stopping` is cancelled, so that the server can stop.
    #[must_use]
    pub fn new(plans: Plans, stopping: CancellationToken) -> Self {
        let runs = Runs::new(Arc::clone(plans.store()));
        let notices = FlashMessages::new(Arc::clone(plans.store()));
        let probe_tokens = ProbeTokens::new(plans.clone());
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
            probe_tokens,
            waiting,
            preparings,
            exports: ExportLimiter::default(),
            uploads: UploadLimiter::default(),
            saves: SaveProbe::default(),
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
    pub(crate) async fn log(&self, plan: PlanId) -> Result<Arc<PlanRuns>, PlansError> {
        self.runs.open(plan).await
    }

    /// The same site, where the owner has to sign in.
    #[must_use]
    pub fn with_login(self, login: Option<LoginState>) -> Self {
        Self { login, ..self }
    }

    /// The same site, whose counters every client that presents this token may also read.
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
