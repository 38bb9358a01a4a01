//! The probes of the nodes: their script, what they send, and what is pasted. What a report means is `domain`'s.
//!
//! A node gets an address with a token that lives for two hours and leads to its plan without naming it: who has a
//! plan's id may change the plan.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};
use store::PlanId;

use app::urls;
use app::view::Probes;
use domain::inputs::Answers;
use domain::node_report::{self, Matrix, NodeReport, Role};
use domain::render_plan::ProbePlan;
use domain::step::Step;

use super::failure::{Failure, plan, plan_id};
use super::form::Form;
use super::{Site, checks};
use crate::clock;
use crate::plans::OpenPlan;

/// How long an address lives, in seconds.
const LIFE: u64 = 2 * 60 * 60;
/// How often one address may be used: 16 nodes, each a few times.
const MOST_USES: u32 = 200;
/// How many addresses live at once; the oldest go first.
const MOST_DOORS: usize = 1000;

/// Why an address leads nowhere, for whoever runs curl.
type Refusal = (StatusCode, &'static str);

/// The addresses that live. They end with the process: a page that is shown again has new ones.
#[derive(Clone, Default)]
pub(super) struct Doors(Arc<Mutex<HashMap<[u8; 32], Door>>>);

struct Door {
    plan: PlanId,
    token: String,
    ends: u64,
    uses: u32,
}

impl Doors {
    /// The token of a plan: the one that lives for another hour at least, or a new one.
    fn token(&self, plan: PlanId, now: u64) -> Option<String> {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors.retain(|_, door| door.ends > now);
        let lives = |door: &&Door| door.plan == plan && door.ends > now + LIFE / 2 && door.uses < MOST_USES / 2;
        if let Some(door) = doors.values().find(lives) {
            return Some(door.token.clone());
        }
        if doors.len() >= MOST_DOORS {
            let oldest = doors.iter().min_by_key(|(_, door)| door.ends).map(|(digest, _)| *digest);
            oldest.and_then(|digest| doors.remove(&digest));
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        let token = hex::encode(random);
        doors.insert(digest(&token), Door { plan, token: token.clone(), ends: now + LIFE, uses: 0 });
        Some(token)
    }

    /// The plan a token leads to. Tokens are found by their digest, so that the time it takes tells nothing about them.
    fn enter(&self, token: &str, now: u64) -> Result<PlanId, Refusal> {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let door = doors.get_mut(&digest(token)).filter(|door| door.ends > now);
        let Some(door) = door else {
            return Err((
                StatusCode::NOT_FOUND,
                "This address does not live any more. Open the step Clustering and take a new one.",
            ));
        };
        if door.uses >= MOST_USES {
            return Err((
                StatusCode::TOO_MANY_REQUESTS,
                "This address was used too often. Open the step Clustering and take a new one.",
            ));
        }
        door.uses += 1;
        Ok(door.plan)
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A line for whoever runs curl.
fn told(status: StatusCode, text: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
}

fn answers(plan: &OpenPlan) -> Answers {
    Answers::read(&plan.draft, &plan.secrets).0
}

/// `GET /probes/{token}/{node}`: probe.sh of one node.
pub(super) async fn script(
    State(site): State<Site>,
    Path((token, node)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = match site.doors.enter(&token, clock::now()) {
        Ok(id) => id,
        Err((status, text)) => return Ok(told(status, text)),
    };
    let plan = site.plans.open(id).await?.ok_or(Failure::NotFound)?;
    let probes = ProbePlan::of(&answers(&plan));
    let found = probes.as_ref().and_then(|probes| probes.nodes.iter().position(|known| known.name == node));
    let (Some(probes), Some(row)) = (probes, found) else {
        return Ok(told(
            StatusCode::NOT_FOUND,
            "The plan has no such node, or its steps Product and Clustering are not complete.",
        ));
    };
    let text = render::probe_script(&probes, row)?;
    Ok(([(header::CONTENT_TYPE, "text/x-shellscript; charset=utf-8")], text).into_response())
}

/// `POST /probes/{token}/{node}`: what that probe says.
pub(super) async fn take(
    State(site): State<Site>,
    Path((token, node)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Failure> {
    let id = match site.doors.enter(&token, clock::now()) {
        Ok(id) => id,
        Err((status, text)) => return Ok(told(status, text)),
    };
    let plan = site.plans.open(id).await?.ok_or(Failure::NotFound)?;
    let text = String::from_utf8_lossy(&body);
    Ok(match keep(&site, &plan, &text).await? {
        Ok(report) if report.role == Role::Node && report.node != node => {
            told(StatusCode::OK, &format!("Taken, as the report of {}.", report.node))
        }
        Ok(_) => told(StatusCode::OK, "The report has arrived."),
        Err(why) => told(StatusCode::UNPROCESSABLE_ENTITY, &why),
    })
}

/// `POST /plans/{plan}/reports`: a report that was pasted.
pub(super) async fn paste(State(site): State<Site>, Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let text = form.get("report").unwrap_or_default();
    let notice = match keep(&site, &plan, text).await? {
        Ok(report) => format!("The report of {} is taken.", report.node),
        Err(why) => why,
    };
    site.notices.keep(plan_id(&id)?, vec![notice]);
    Ok(Redirect::to(&format!("{}#{}", urls::step(&id, Step::Clustering), urls::PROBES)).into_response())
}

/// Keeps a report and decides anew what it tells; or says why it is not taken.
async fn keep(site: &Site, plan: &OpenPlan, text: &str) -> Result<Result<NodeReport, String>, Failure> {
    let report = match node_report::read(text) {
        Ok(report) => report,
        Err(problem) => return Ok(Err(problem.message().to_owned())),
    };
    let probes = ProbePlan::of(&answers(plan));
    let fits = probes
        .is_some_and(|probes| probes.plan == report.plan && probes.nodes.iter().any(|node| node.name == report.node));
    if !fits {
        return Ok(Err(
            "This report is of other nodes than the plan has now. Run the probe.sh of the plan as it is.".to_owned()
        ));
    }
    site.plans.keep_report(plan.id, &report, text).await?;
    checks::begin_nodes(site, plan.id).await?;
    Ok(Ok(report))
}

/// What pages show. Nodes fetch from this server only where it answers under a name that is not of this machine alone.
pub(super) async fn view(site: &Site, plan: &OpenPlan, headers: &HeaderMap) -> Result<Probes, Failure> {
    let answers = answers(plan);
    let reports = site.plans.reports(plan.id).await?;
    let matrix = Matrix::of(&answers, &reports);
    let shown = |at: &Option<u64>| at.map_or_else(String::new, clock::hour_and_minute);
    let said_at = matrix.iter().flat_map(|matrix| &matrix.said_at).map(shown).collect();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_here = host.is_empty() || ["localhost", "127.", "[::1]"].iter().any(|own| host.starts_with(own));
    let on_one_machine = answers.nodes.iter().flatten().all(|node| node.host.is_loopback());
    let token = if is_here && !on_one_machine { None } else { site.doors.token(plan.id, clock::now()) };
    let command = |node: &str, token: &str| {
        let address = format!("http://{host}{}", urls::probe(token, node));
        format!("curl -fsS {address} -o probe.sh && sh probe.sh --listen --reach --send {address}")
    };
    let commands = match (token, ProbePlan::of(&answers)) {
        (Some(token), Some(probes)) => {
            probes.nodes.iter().map(|node| (node.name.clone(), command(&node.name, &token))).collect()
        }
        _ => Vec::new(),
    };
    Ok(Probes { matrix, said_at, commands })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_lives_for_its_time_and_number_of_uses() {
        let doors = Doors::default();
        let plan = PlanId::from_random([1; 16]);
        let token = doors.token(plan, 1000).unwrap();
        assert_eq!(doors.token(plan, 1010), Some(token.clone()));
        assert_eq!(doors.enter(&token, 1000).ok(), Some(plan));
        assert_eq!(doors.enter("0", 1000).unwrap_err().0, StatusCode::NOT_FOUND);
        assert_eq!(doors.enter(&token, 1000 + LIFE).unwrap_err().0, StatusCode::NOT_FOUND);
        for _ in 1..MOST_USES {
            assert!(doors.enter(&token, 1000).is_ok());
        }
        assert_eq!(doors.enter(&token, 1000).unwrap_err().0, StatusCode::TOO_MANY_REQUESTS);
        assert_ne!(doors.token(plan, 1000), Some(token));
        for number in 0..=MOST_DOORS {
            let number = u128::try_from(number).unwrap().to_be_bytes();
            assert!(doors.token(PlanId::from_random(number), 1000).is_some());
        }
        assert!(doors.0.lock().unwrap().len() <= MOST_DOORS);
    }
}
