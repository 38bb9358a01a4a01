//! The keys of a plan: what they are, and bringing, renewing and replacing them.

use axum::Extension;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::{KeysSummary, KeysView, SavedKeys};
use domain::certificate::{CertificateExpiry, MIN_VALID_SECONDS};
use domain::history::journal::JournalAction;
use domain::render_plan::RenderPlan;
use domain::secret::Secret;
use domain::steps::keys;
use render::certificates::signing_fingerprint;
use render::keyring::KeyRing;

use crate::http::error::{RequestError, plan};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::plan::start::{UploadForm, upload};
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::collaboration::action::PlanAction;
use service::plans::{OpenPlan, is_running};
use service::records::Timestamp;

/// `GET /plans/{plan}/keys`.
pub(crate) async fn show(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let notices = site.notices.take(plan.id, &actor).await?;
    page(&site, &actor, &plan, None, notices).await
}

async fn page(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    problem: Option<(&'static str, String)>,
    notices: Vec<String>,
) -> Result<Response, RequestError> {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = KeysView {
        assets: page::assets(),
        plan: page::head(plan, actor),
        keys: facts(site, plan).await?,
        problem,
        notices,
    };
    Ok((status, Html(app::pages::keys(&view))).into_response())
}

/// What pages say about the keys of a plan. No key is in it.
pub(crate) async fn facts(site: &AppState, plan: &OpenPlan) -> Result<KeysSummary, RequestError> {
    let is_running = is_running(&plan.draft);
    let Some(ring) = site.plans.keys(plan.id).await? else { return Ok(KeysSummary { is_running, kept: None }) };
    let hostname = plan.draft.text(keys::LOAD_BALANCER.hostname);
    // Beside the keys of a whole plan lie the certificates that were provided; of a plan that is not whole nothing is
    // issued yet.
    let expiries = (plan.validate().cluster.as_ref())
        .map(|cluster| render::certificate_expiries(&RenderPlan::new(cluster), &ring))
        .unwrap_or_default();
    let now = Timestamp::now().to_stored();
    let row = |CertificateExpiry { what, not_after, .. }: CertificateExpiry| {
        (
            what,
            domain::moment::iso_date(u64::try_from(not_after).unwrap_or_default()),
            not_after - now < MIN_VALID_SECONDS,
        )
    };
    Ok(KeysSummary {
        is_running,
        kept: Some(SavedKeys {
            fingerprint: signing_fingerprint(&ring, hostname)
                .map_err(|error| RequestError::Render(render::RenderError::Certificates(error)))?,
            made: crate::http::moments::format_date_time(u64::try_from(ring.created_at()).unwrap_or_default()),
            expiries: expiries.into_iter().map(row).collect(),
        }),
    })
}

/// The keys out of an uploaded key file or bundle.
fn keys_of(bytes: &[u8]) -> Result<KeyRing, String> {
    if bytes.is_empty() {
        return Err("Choose a key file or a bundle.".to_owned());
    }
    if bytes.starts_with(b"PK") {
        let bundle = render::open_bundle(bytes)
            .map_err(|error| format!("This is not a bundle: {error}. Choose an unchanged bundle of Clusterwright."))?;
        return bundle.keys.ok_or_else(|| {
            "The bundle contains no cluster-keys.json, because it was downloaded without secrets or from an earlier release. Choose another file."
                .to_owned()
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        "This is neither a key file nor a bundle. Choose cluster-keys.json or the zip of a bundle.".to_owned()
    })?;
    KeyRing::from_secret(&Secret::new(text.trim()))
        .map_err(|error| format!("The file contains no keys of a cluster: {error}. Choose cluster-keys.json."))
}

/// `POST /plans/{plan}/keys/upload`: takes the keys of an earlier bundle.
pub(crate) async fn restore_keys(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    mut parts: Multipart,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let UploadForm { bytes, confirmed, .. } = match upload(&mut parts).await {
        Ok(uploaded) => uploaded,
        Err(error) => return Ok(error.into_response()),
    };
    let ring = match keys_of(&bytes) {
        Ok(ring) => ring,
        Err(message) => return page(&site, &actor, &plan, Some(("file", message)), Vec::new()).await,
    };
    let kept = site.plans.keys(plan.id).await?;
    if kept.is_some_and(|kept| !kept.is_same(&ring)) && !confirmed {
        let message = "The plan has other keys. Confirm that the keys in the file replace them.".to_owned();
        return page(&site, &actor, &plan, Some(("confirm-upload", message)), Vec::new()).await;
    }
    save(&site, &actor, &plan, &ring, "from a file", "The plan now uses the keys in the file.").await
}

/// `POST /plans/{plan}/keys/renew-tls`.
pub(crate) async fn renew_tls(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let Some(ring) = site.plans.keys(plan.id).await? else {
        let message = "The plan has no keys, so its certificates cannot be renewed. Upload its key file.".to_owned();
        return page(&site, &actor, &plan, Some(("file", message)), Vec::new()).await;
    };
    let at = Timestamp::now().to_stored();
    let renewed = ring.renew_tls(at).map_err(service::error::PlansError::KeyRing)?;
    let notice = "The TLS certificates are renewed. Download the bundle and install it on one node at a time.";
    save(&site, &actor, &plan, &renewed, "TLS certificates renewed", notice).await
}

/// `POST /plans/{plan}/keys/new`: creates new keys, once the user confirmed what is lost.
pub(crate) async fn create(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    if form.get("confirm") != Some("yes") {
        let message = "Confirm that the cluster loses what the list shows.".to_owned();
        return page(&site, &actor, &plan, Some(("confirm-new", message)), Vec::new()).await;
    }
    let ring = site.plans.generate_keys().await?;
    let notice = "The plan has new keys. On each node, run install.sh of the next bundle with --replace-keys.";
    save(&site, &actor, &plan, &ring, "existing keys replaced with new ones", notice).await
}

/// Stores `ring` as the keys of the plan, with a `note` in the journal, and shows `notice` on the page.
async fn save(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    ring: &KeyRing,
    note: &str,
    notice: &str,
) -> Result<Response, RequestError> {
    let action = PlanAction { note: note.to_owned(), ..PlanAction::new(actor.author(), JournalAction::MakeKeys) };
    site.plans.save_keys(plan.id, &action, ring).await?;
    site.notices.keep(plan.id, actor, vec![notice.to_owned()]).await?;
    Ok(Redirect::to(&urls::keys(&plan.id.to_string())).into_response())
}
