//! `clusterwright databases PLAN_PATH --scripts DIR|ZIP`: creates and fills the databases of a plan.
//!
//! What is to be done and how that is said is in [`service::preparation`]; here it is printed and asked for.

use domain::error_text::error_chain;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use domain::secret::Secret;
use probe::address::AllowedNetworks;
use probe::prepare::{Administrator, DatabaseAction, DatabaseAdmin, PreparationJob, PrepareError};

use crate::cli::output::{CliError, print, print_error};
use crate::cli::plan;
use crate::cli::plan::ReadPlan;
use crate::config::environment;
use service::preparation::{self, Preparation, PrepareInputError, ScriptChanges, ScriptLocation, messages};

/// Names the administrator's password in the environment.
const ADMIN_PASSWORD_VARIABLE: &str = "CLUSTERWRIGHT_DB_ADMIN_PASSWORD";

/// What `databases` takes.
#[derive(clap::Args)]
pub(crate) struct DatabasesArguments {
    /// A plan file, or a bundle's zip
    plan: PathBuf,
    /// Script pack: IS_HOME/dbscripts, IS_HOME, a zip of either, or the zip of the pack
    #[arg(long, value_name = "DIR|ZIP")]
    scripts: PathBuf,
    /// Account that can create databases, tables and accounts; used once and never stored
    #[arg(long, value_name = "NAME", default_value = "root")]
    admin_user: String,
    /// File with its password [default: the environment variable CLUSTERWRIGHT_DB_ADMIN_PASSWORD]
    #[arg(long, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    /// Run scripts that differ from WSO2's release, such as those of a later update level
    #[arg(long)]
    allow_changed_scripts: bool,
}

/// Shows what would be done, asks, and does it.
pub(crate) async fn run(arguments: &DatabasesArguments) -> Result<(), CliError> {
    let read = plan::read(&arguments.plan)?;
    read.complain_of_unset();
    let Preparation { answers, job, account, changes, .. } = prepare(arguments, &read)?;
    confirm_changes(&changes, job.version.value(), arguments.allow_changed_scripts)?;
    let administrator = Administrator { user: arguments.admin_user.clone(), password: password(arguments)? };
    let failed = |error: PrepareError| CliError::Failed(error.message());
    // The person who gives an administrator account at the command line also decides which addresses may be dialled.
    let server = DatabaseAdmin::find(&answers, administrator, AllowedNetworks::default()).await.map_err(failed)?;
    let todos = server.plan(&job).await.map_err(failed)?;
    if !show(&job, &todos, &account) {
        print_error("Nothing was changed.");
        return Err(CliError::Blocked);
    }
    if !arguments.yes {
        server.close_idle().await;
        if !ask_for_confirmation() {
            print_error("Nothing was changed.");
            return Err(CliError::Blocked);
        }
    }
    let on_event = |event: probe::prepare::PreparationEvent<'_>| {
        if let Some(line) = messages::describe_event(&event) {
            print(&line);
        }
    };
    let outcome = server.run(&job, &todos, on_event).await;
    for failure in &outcome.failures {
        print_error(&format!("{}\n    {}", messages::describe_failure(failure), failure.aftermath));
    }
    let end = messages::describe_result(&outcome, &job);
    if !outcome.failures.is_empty() {
        return Err(CliError::Failed(end));
    }
    print(&end);
    Ok(())
}

/// Prints how the scripts differ from WSO2's release; an error unless the operator allowed it.
fn confirm_changes(changes: &ScriptChanges, version: &str, is_allowed: bool) -> Result<(), CliError> {
    if changes.is_empty() {
        return Ok(());
    }
    let print = |line: &str| if is_allowed { print(line) } else { print_error(line) };
    print(&changes.summary(version));
    for statement in &changes.added {
        print(&format!("  {}\n{}", statement.place, indented(&statement.sql)));
    }
    if is_allowed {
        return Ok(());
    }
    print_error("Nothing was changed. Review the differences, then add --allow-changed-scripts to run these scripts.");
    Err(CliError::Blocked)
}

fn prepare(arguments: &DatabasesArguments, read: &ReadPlan) -> Result<Preparation, CliError> {
    let scripts = ScriptLocation::At(arguments.scripts.clone());
    preparation::prepare(&read.draft, &read.secrets, scripts).map_err(|error| match error {
        PrepareInputError::Blocked(findings) => {
            findings.iter().for_each(|finding| print_error(&read.print(finding)));
            print_error("The Product and Database steps of the plan are incomplete. Fix the problems above and run the command again.");
            CliError::Blocked
        }
        PrepareInputError::Scripts(text) => CliError::Unreadable(text),
        PrepareInputError::Sql(error) => CliError::Failed(format!("Cannot create the SQL: {}.", error_chain(&error))),
    })
}

fn password(arguments: &DatabasesArguments) -> Result<Secret, CliError> {
    let Some(file) = &arguments.admin_password_file else {
        let found = environment::text(ADMIN_PASSWORD_VARIABLE).map(Secret::new);
        return found.map_err(|_| {
            CliError::Unreadable(format!(
                "The password of {} is missing. Add --admin-password-file FILE, or set {ADMIN_PASSWORD_VARIABLE}.",
                arguments.admin_user
            ))
        });
    };
    let text = std::fs::read_to_string(file).map(zeroize::Zeroizing::new).map_err(|error| {
        CliError::Unreadable(format!("Cannot read {}: {error}. Correct --admin-password-file.", file.display()))
    })?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// Shows what would be done in words and SQL; `false` where something must not be done.
fn show(job: &PreparationJob, todos: &[DatabaseAction], account: &str) -> bool {
    let planned = messages::describe_plan(job, todos);
    print(&format!("Databases for IS {}:", job.version.value()));
    for database in &planned {
        let line = format!("  {}: {}", database.database, database.words);
        match (database.is_refused(), database.sql.as_str()) {
            (true, _) => print_error(&format!("{line}\n    {}", database.remedy)),
            (false, "") => print(&line),
            (false, sql) => print(&format!("{line}\n{}", indented(sql))),
        }
    }
    let may = !planned.iter().any(messages::PlannedDatabase::is_refused);
    if may {
        print(&format!("Then the account, created if missing, and its privileges:\n{}", indented(account)));
        print("Nothing is dropped. The preparation stops at the first error.");
    }
    may
}

fn indented(sql: &str) -> String {
    sql.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn ask_for_confirmation() -> bool {
    let _ = write!(std::io::stdout().lock(), "Make these changes? Type yes to confirm: ");
    let _ = std::io::stdout().lock().flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).is_ok() && line.trim().eq_ignore_ascii_case("yes")
}
