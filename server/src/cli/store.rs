//! `clusterwright store copy FROM TO`: all that is kept, from one store into another. Secrets stay sealed: the target's
//! servers need the same vault key.

use clap::Subcommand;
use domain::error_text::error_chain;
use store::{CreateOutcome, PlanId, Store, StoreAddress, StoreError};

use crate::cli::open_store;
use crate::cli::output::{CliError, print};
use crate::config::environment;

/// Plans that are asked for at once.
const PAGE_SIZE: u32 = 500;

/// `clusterwright store …`
#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Copy all plans with their sealed secrets, check results, histories and links. Stop the servers first: changes that
    /// are saved meanwhile may not be copied
    Copy {
        /// Store to read from: sqlite:///FILE, mysql://USER@HOST/DATABASE or postgres://USER@HOST/DATABASE
        from: String,
        /// Store to write to, which must not contain plans
        to: String,
        /// Continue an interrupted copy: plans that already exist are compared and skipped
        #[arg(long)]
        resume: bool,
    },
}

/// Runs `clusterwright store …`.
pub(crate) async fn run(command: &StoreCommand) -> Result<(), CliError> {
    let StoreCommand::Copy { from, to, resume } = command;
    let address = |name: &str, text: &str| {
        let password = environment::credential("CLUSTERWRIGHT_STORE_PASSWORD");
        StoreAddress::parse(text)
            .map(|address| address.with_password(password))
            .map_err(|problem| CliError::Unreadable(format!("{name}: {problem}.")))
    };
    let (from, to) = (address("FROM", from)?, address("TO", to)?);
    if let StoreAddress::Sqlite(path) = &from
        && !path.exists()
    {
        return Err(CliError::Unreadable(format!(
            "FROM: the file {} does not exist. Correct its path.",
            path.display()
        )));
    }
    let from = open_store::open(&from).await?;
    let to = open_store::open(&to).await?;
    let copied = copy(from.as_ref(), to.as_ref(), *resume).await;
    from.close().await;
    to.close().await;
    copied
}

fn failed(error: &StoreError) -> CliError {
    let advice = error.advice();
    CliError::Failed(format!(
        "{}. {advice} Then run the command again with --resume: copied plans are kept.",
        error_chain(error)
    ))
}

async fn copy(from: &dyn Store, to: &dyn Store, resume: bool) -> Result<(), CliError> {
    let there = to.plan_ids(None, 1).await.map_err(|error| failed(&error))?;
    if !there.is_empty() && !resume {
        return Err(CliError::Failed(
            "TO already contains plans. Choose an empty database, or add --resume to continue an interrupted copy."
                .to_owned(),
        ));
    }
    // What belongs to no plan, such as which key seals, goes first: servers may start on a part of the plans.
    if let Some(program) = from.export(None).await.map_err(|error| failed(&error))? {
        let _outcome = to.import(&program).await.map_err(|error| failed(&error))?;
    }
    let (mut plans, mut secrets, mut records) = (0_usize, 0, 0);
    let mut after = None;
    loop {
        let ids = from.plan_ids(after, PAGE_SIZE).await.map_err(|error| failed(&error))?;
        let Some(last) = ids.last().copied() else { break };
        for id in ids {
            // Deleted meanwhile: then it is gone in both.
            let Some(counted) = copy_plan(from, to, id).await? else { continue };
            plans += 1;
            secrets += counted.0;
            records += counted.1;
        }
        after = Some(last);
    }
    let counted = count(to).await.map_err(|error| failed(&error))?;
    if counted != plans {
        return Err(CliError::Failed(format!(
            "{plans} plans were copied, but TO contains {counted}: another program writes to it. Stop it, then copy to an empty database."
        )));
    }
    print(&format!("Copied {plans} plans with {secrets} secrets and {records} records to {}.", to.describe()));
    print("Start the servers with this store and the same vault key: the secrets are still sealed with it.");
    Ok(())
}

/// Copies one plan and reads it back: the numbers of its secrets and records.
async fn copy_plan(from: &dyn Store, to: &dyn Store, id: PlanId) -> Result<Option<(usize, usize)>, CliError> {
    let Some(whole) = from.export(Some(id)).await.map_err(|error| failed(&error))? else { return Ok(None) };
    let outcome = to.import(&whole).await.map_err(|error| failed(&error))?;
    let back = to.export(Some(id)).await.map_err(|error| failed(&error))?;
    if back.as_ref() != Some(&whole) {
        let why = match outcome {
            CreateOutcome::Exists => "differs from the plan with this ID in TO",
            CreateOutcome::Created { .. } => "was not copied correctly",
        };
        return Err(CliError::Failed(format!("Plan {id} {why}. Copy to an empty database.")));
    }
    Ok(Some((whole.secrets.len(), whole.records.len())))
}

async fn count(store: &dyn Store) -> Result<usize, StoreError> {
    let (mut count, mut after) = (0, None);
    loop {
        let ids = store.plan_ids(after, PAGE_SIZE).await?;
        let Some(last) = ids.last().copied() else { return Ok(count) };
        count += ids.len();
        after = Some(last);
    }
}
