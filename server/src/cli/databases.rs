//! `clusterwright databases PLAN --scripts DIR|ZIP`: creates and fills the databases of a plan.
//!
//! What is to be done and how that is said is in [`crate::preparing`]; here it is printed and asked for.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use domain::secret::Secret;
use probe::address::Allowed;
use probe::prepare::{Administrator, DatabasePlan, Job, PrepareError, Server};

use super::plan::ReadPlan;
use super::{Stop, chain, complain, plan, say};
use crate::preparing::{self, Preparation, ScriptChanges, Scripts, Unprepared, words};

/// Names the administrator's password in the environment.
const PASSWORD_VARIABLE: &str = "CLUSTERWRIGHT_DB_ADMIN_PASSWORD";

/// What `databases` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
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
pub(crate) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let read = plan::read(&arguments.plan)?;
    let Preparation { answers, job, account, changes, .. } = prepare(arguments, &read)?;
    confirm_changes(&changes, job.version.value(), arguments.allow_changed_scripts)?;
    let administrator = Administrator { user: arguments.admin_user.clone(), password: password(arguments)? };
    let failed = |error: PrepareError| Stop::Failed(format!("{}.", chain(&error).trim_end_matches('.')));
    // Whoever gives an administrator account at the command line says what may be dialled.
    let server = Server::find(&answers, administrator, Allowed::default()).await.map_err(failed)?;
    let todos = server.plan(&job).await.map_err(failed)?;
    if !show(&job, &todos, &account) {
        complain("Nothing was changed.");
        return Err(Stop::Blocked);
    }
    if !arguments.yes {
        server.close_idle().await;
        if !confirmed() {
            complain("Nothing was changed.");
            return Err(Stop::Blocked);
        }
    }
    let tell = |event: probe::prepare::Event<'_>| {
        if let Some(line) = words::event(&event) {
            say(&line);
        }
    };
    let outcome = server.run(&job, &todos, tell).await;
    for failure in &outcome.failures {
        complain(&format!("{}\n    {}", words::failure(failure), failure.aftermath));
    }
    let end = words::end(&outcome, &job);
    if !outcome.failures.is_empty() {
        return Err(Stop::Failed(end));
    }
    say(&end);
    Ok(())
}

/// Prints how the scripts differ from WSO2's release; an error unless the operator allowed it.
fn confirm_changes(changes: &ScriptChanges, version: &str, is_allowed: bool) -> Result<(), Stop> {
    if changes.is_empty() {
        return Ok(());
    }
    let print = |line: &str| if is_allowed { say(line) } else { complain(line) };
    print(&changes.summary(version));
    for statement in &changes.added {
        print(&format!("  {}\n{}", statement.place, indented(&statement.sql)));
    }
    if is_allowed {
        return Ok(());
    }
    complain("Nothing was changed. Review the differences, then add --allow-changed-scripts to run these scripts.");
    Err(Stop::Blocked)
}

fn prepare(arguments: &Arguments, read: &ReadPlan) -> Result<Preparation, Stop> {
    let scripts = Scripts::At(arguments.scripts.clone());
    preparing::prepare(&read.draft, &read.secrets, scripts).map_err(|error| match error {
        Unprepared::Blocked(findings) => {
            findings.iter().for_each(|finding| complain(&read.print(finding)));
            complain("The Product and Database steps of the plan are incomplete. Fix the problems above and run the command again.");
            Stop::Blocked
        }
        Unprepared::Scripts(text) => Stop::Unreadable(text),
        Unprepared::Sql(error) => Stop::Failed(format!("Cannot create the SQL: {}.", chain(&error))),
    })
}

fn password(arguments: &Arguments) -> Result<Secret, Stop> {
    let Some(file) = &arguments.admin_password_file else {
        let found = std::env::var(PASSWORD_VARIABLE).map(Secret::new);
        return found.map_err(|_| {
            Stop::Unreadable(format!(
                "The password of {} is missing. Add --admin-password-file FILE, or set {PASSWORD_VARIABLE}.",
                arguments.admin_user
            ))
        });
    };
    let text = std::fs::read_to_string(file).map(zeroize::Zeroizing::new).map_err(|error| {
        Stop::Unreadable(format!("Cannot read {}: {error}. Correct --admin-password-file.", file.display()))
    })?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// Shows what would be done in words and SQL; `false` where something must not be done.
fn show(job: &Job, todos: &[DatabasePlan], account: &str) -> bool {
    let planned = words::plan(job, todos);
    say(&format!("Databases for IS {}:", job.version.value()));
    for database in &planned {
        let line = format!("  {}: {}", database.database, database.words);
        match (database.is_refused(), database.sql.as_str()) {
            (true, _) => complain(&format!("{line}\n    {}", database.remedy)),
            (false, "") => say(&line),
            (false, sql) => say(&format!("{line}\n{}", indented(sql))),
        }
    }
    let may = !planned.iter().any(words::Planned::is_refused);
    if may {
        say(&format!("Then the account, created if missing, and its privileges:\n{}", indented(account)));
        say("Nothing is dropped. The preparation stops at the first error.");
    }
    may
}

fn indented(sql: &str) -> String {
    sql.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn confirmed() -> bool {
    let _ = write!(std::io::stdout().lock(), "Make these changes? Type yes to confirm: ");
    let _ = std::io::stdout().lock().flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).is_ok() && line.trim().eq_ignore_ascii_case("yes")
}
