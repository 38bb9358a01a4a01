//! `clusterwright plans …`: the plans of a store on the command line. Servers may run meanwhile.

use domain::error_text::error_chain;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use domain::author::Author;
use domain::plan_file;
use store::PlanId;

use crate::cli::output::{CliError, print, print_error};
use crate::cli::{open_store, plan};
use crate::config::{Configuration, StoreFlags, default_data_dir};
use service::error::PlansError;
use service::plans::Plans;

/// `clusterwright plans …`
#[derive(Subcommand)]
pub(crate) enum PlansCommand {
    /// List plans, most recently changed first: ID, time of the last change (UTC), title
    List {
        #[command(flatten)]
        place: StoreFlags,
    },
    /// Print a plan as a plan file, without secrets
    Export {
        /// ID of the plan, from `plans list`
        #[arg(required_unless_present = "all")]
        id: Option<PlanId>,
        /// Write to this file, which must not exist
        #[arg(long, value_name = "FILE", conflicts_with = "all")]
        out: Option<PathBuf>,
        /// Write every plan to a separate file in this folder
        #[arg(long, value_name = "DIR", conflicts_with = "id")]
        all: Option<PathBuf>,
        #[command(flatten)]
        place: StoreFlags,
    },
    /// Save plan files or bundles as new plans, and print their IDs
    Import {
        /// Plan files or zips of bundles
        #[arg(required = true, value_name = "PLAN")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        place: StoreFlags,
    },
    /// Delete plans with their secrets and links
    Delete {
        /// IDs of the plans, from `plans list`
        #[arg(required = true, value_name = "ID")]
        ids: Vec<PlanId>,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        place: StoreFlags,
    },
}

/// Runs `clusterwright plans …`.
pub(crate) async fn run(command: PlansCommand) -> Result<(), CliError> {
    match command {
        PlansCommand::List { place } => {
            let plans = open(place).await?;
            with_store_closed(&plans, list(&plans).await).await
        }
        PlansCommand::Export { id, out, all, place } => {
            let plans = open(place).await?;
            let exported = match (id, all) {
                (_, Some(folder)) => export_all(&plans, &folder).await,
                (Some(id), None) => export(&plans, id, out.as_deref()).await,
                (None, None) => Ok(()),
            };
            with_store_closed(&plans, exported).await
        }
        PlansCommand::Import { files, place } => {
            // All are read before any is kept.
            let read = files.iter().map(|file| plan::read(file)).collect::<Result<Vec<_>, _>>()?;
            let plans = open(place).await?;
            with_store_closed(&plans, import(&plans, &read).await).await
        }
        PlansCommand::Delete { ids, yes, place } => {
            let plans = open(place).await?;
            with_store_closed(&plans, delete(&plans, &ids, yes).await).await
        }
    }
}

async fn open(place: StoreFlags) -> Result<Plans, CliError> {
    let configuration = Configuration::read(&place.0, default_data_dir())
        .map_err(|problems| CliError::Unreadable(problems.to_string()))?;
    open_store::open_plans(&configuration).await
}

async fn with_store_closed(plans: &Plans, done: Result<(), CliError>) -> Result<(), CliError> {
    plans.store().close().await;
    done
}

fn failed(error: &PlansError) -> CliError {
    CliError::Failed(format!("{}. {}", error_chain(error), error.advice()))
}

async fn list(plans: &Plans) -> Result<(), CliError> {
    let listed = plans.store().list(u32::MAX).await.map_err(|error| failed(&error.into()))?;
    for summary in listed {
        print(&format!("{}  {}  {}", summary.id, time(summary.updated_at), shown(&summary.title)));
    }
    Ok(())
}

/// A moment as machines sort it.
fn time(unix_seconds: i64) -> String {
    jiff::Timestamp::from_second(unix_seconds).map_or_else(|_| unix_seconds.to_string(), |time| time.to_string())
}

/// A title on one line of a terminal, whatever is in it.
fn shown(title: &str) -> String {
    title.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

async fn text(plans: &Plans, id: PlanId) -> Result<String, CliError> {
    let plan = plans.open(id).await.map_err(|error| failed(&error))?;
    let plan = plan.ok_or_else(|| unknown(id))?;
    Ok(plan_file::write(&plan.draft, &plan.secrets))
}

fn unknown(id: PlanId) -> CliError {
    CliError::Unreadable(format!(
        "Plan {id} does not exist in this store. To list all plans, run `clusterwright plans list`."
    ))
}

async fn export(plans: &Plans, id: PlanId, out: Option<&Path>) -> Result<(), CliError> {
    let text = text(plans, id).await?;
    match out {
        None => print(text.trim_end()),
        Some(file) => write_new(file, &text)?,
    }
    Ok(())
}

async fn export_all(plans: &Plans, folder: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|error| {
        CliError::Failed(format!("Cannot create the folder {}: {error}. Choose another with --all.", folder.display()))
    })?;
    let (mut after, mut written, mut unreadable) = (None, 0_u64, Vec::new());
    loop {
        let ids = plans.store().plan_ids(after, 500).await.map_err(|error| failed(&error.into()))?;
        let Some(last) = ids.last().copied() else { break };
        for id in ids {
            match plans.open(id).await {
                Ok(Some(plan)) => {
                    let text = plan_file::write(&plan.draft, &plan.secrets);
                    write_new(&folder.join(format!("{id}.toml")), &text)?;
                    written += 1;
                }
                Ok(None) => {}
                // One that this version cannot read keeps the others from nothing.
                Err(PlansError::Document(error)) => unreadable.push(format!("{id}: {error}")),
                Err(error) => return Err(failed(&error)),
            }
        }
        after = Some(last);
    }
    print(&format!(
        "Exported {written} plans to {}, without secrets. To keep the secrets, use `clusterwright store copy`.",
        folder.display()
    ));
    if unreadable.is_empty() {
        return Ok(());
    }
    Err(CliError::Failed(format!("This version cannot read these plans:\n{}", unreadable.join("\n"))))
}

fn write_new(file: &Path, text: &str) -> Result<(), CliError> {
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
    created.and_then(|mut open| open.write_all(text.as_bytes())).map_err(|error| {
        CliError::Failed(format!("Cannot write {}: {error}. Choose a file that does not exist.", file.display()))
    })
}

async fn import(plans: &Plans, read: &[plan::ReadPlan]) -> Result<(), CliError> {
    for plan in read {
        plan.complain_of_unset();
        for note in &plan.notes {
            print_error(&plan.print(note));
        }
        let id = plans
            .create_with_keys(&Author::default(), &plan.draft, &plan.secrets, plan.keys.as_ref())
            .await
            .map_err(|error| failed(&error))?;
        print(&format!("{id}  {}", shown(&plan.draft.title)));
    }
    Ok(())
}

async fn delete(plans: &Plans, ids: &[PlanId], yes: bool) -> Result<(), CliError> {
    let mut found = Vec::new();
    for id in ids {
        let plan = plans.listed(*id).await.map_err(|error| failed(&error))?.ok_or_else(|| unknown(*id))?;
        found.push((*id, shown(&plan.title)));
    }
    if !yes {
        if !std::io::stdin().is_terminal() {
            return Err(CliError::Unreadable(
                "Cannot ask for confirmation, because the input is not a terminal. To delete without confirmation, add --yes.".to_owned(),
            ));
        }
        for (id, title) in &found {
            print_error(&format!("{id}  {title}"));
        }
        print_error("Delete these plans with their secrets and links? Type yes to confirm:");
        let mut answer = String::new();
        let _ = std::io::stdin().lock().read_line(&mut answer);
        if answer.trim() != "yes" {
            return Err(CliError::Unreadable("Nothing was deleted.".to_owned()));
        }
    }
    for (id, title) in found {
        plans.delete(id).await.map_err(|error| failed(&error))?;
        print(&format!("{id}  {title}  deleted"));
    }
    Ok(())
}
