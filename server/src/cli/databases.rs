//! `clusterwright databases PLAN --scripts DIR|ZIP`: creates and fills the databases of a plan.
//!
//! The SQL that creates databases and account is the bundle's own, from the same templates. What may be done to a database
//! and how it is done is said in `probe::prepare`; here it is shown, asked for and told.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use domain::cluster::judge;
use domain::finding::Severity;
use domain::inputs::Answers;
use domain::render_plan::RenderPlan;
use domain::schema::script::statements;
use domain::secret::Secret;
use probe::prepare::{Administrator, Event, Job, Script, Server, Target, Todo};

use super::plan::ReadPlan;
use super::scripts::Pack;
use super::{Stop, chain, complain, plan, say};
use crate::plans;

/// Names the administrator's password in the environment.
const PASSWORD_VARIABLE: &str = "CLUSTERWRIGHT_DB_ADMIN_PASSWORD";
/// After how many statements a long script says how far it is.
const EVERY: usize = 50;

/// What `databases` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A plan file, or a bundle's zip
    plan: PathBuf,
    /// IS_HOME/dbscripts of your own pack, IS_HOME, a zip of either, or the pack's zip
    #[arg(long, value_name = "DIR|ZIP")]
    scripts: PathBuf,
    /// An account that may create databases, tables and accounts; used now and never kept
    #[arg(long, value_name = "NAME", default_value = "root")]
    admin_user: String,
    /// A file with its password; without it CLUSTERWRIGHT_DB_ADMIN_PASSWORD is taken from the environment
    #[arg(long, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

/// Shows what would be done, asks, and does it.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let read = plan::read(&arguments.plan)?;
    let (job, account) = job(arguments, &read)?;
    let administrator = Administrator { user: arguments.admin_user.clone(), password: password(arguments)? };
    let (answers, _) = Answers::read(&read.draft, &read.secrets);
    let failed =
        |error: probe::prepare::PrepareError| Stop::Failed(format!("{}.", chain(&error).trim_end_matches('.')));
    let server = Server::find(&answers, administrator).await.map_err(failed)?;
    let todos = server.plan(&job).await.map_err(failed)?;
    if !show(&job, &todos, &account) {
        complain("Nothing was changed.");
        return Err(Stop::Blocked);
    }
    if !arguments.yes && !confirmed() {
        complain("Nothing was changed.");
        return Err(Stop::Blocked);
    }
    let outcome = server.run(&job, &todos, |event| tell(&event)).await;
    for failure in &outcome.failures {
        let name = if failure.database.is_empty() { String::new() } else { format!("{}: ", failure.database) };
        complain(&format!("{name}{}\n    {}", failure.why, failure.left));
    }
    if !outcome.failures.is_empty() {
        return Err(Stop::Failed(format!(
            "{} of {} databases are complete. Nothing was dropped.",
            outcome.complete.len(),
            job.targets.len()
        )));
    }
    say("All databases are complete: their tables are those of the version.");
    Ok(())
}

/// What is to be done, and the SQL of the account as it may be shown.
fn job(arguments: &Arguments, read: &ReadPlan) -> Result<(Job, String), Stop> {
    let judgement = judge(&read.draft, &read.secrets, &plans::evidence(&read.draft, &read.secrets));
    for finding in judgement.findings.iter().filter(|finding| finding.severity == Severity::Blocks) {
        complain(&read.print(finding));
    }
    let Some(cluster) = judgement.cluster else {
        complain("The plan is not complete. Correct it and run this again.");
        return Err(Stop::Blocked);
    };
    let render_plan = RenderPlan::new(&cluster);
    let unmade = |error: &dyn std::error::Error| Stop::Failed(format!("The SQL cannot be made: {}.", chain(error)));
    let files = render::database_files(&render_plan, &read.secrets).map_err(|error| unmade(&error))?;
    let preview = render::preview(&render_plan).map_err(|error| unmade(&error))?;
    let account = preview.into_iter().find(|file| file.path == "database/grants.sql").and_then(|file| file.content.0);
    let account = shown(&account.unwrap_or_default());
    let version = cluster.inputs().product.version;
    let all = version.scripts();
    let wanted: Vec<&str> = all.iter().map(|script| script.path).collect();
    let mut pack = Pack::open(&arguments.scripts, &wanted).map_err(Stop::Unreadable)?;
    let creates = statements(&files.create);
    let mut targets = Vec::new();
    for (role, name) in cluster.databases() {
        let begin = format!("CREATE DATABASE `{name}`");
        let create = creates.iter().find(|statement| statement.sql.starts_with(&begin));
        let mut scripts = Vec::new();
        for script in all.iter().filter(|script| script.database == role) {
            let text = pack.read(script.path).map_err(Stop::Unreadable)?;
            let script = Script::read(script.path, &text);
            if let Some((line, sql)) = script.unfit() {
                let sql: String = sql.chars().take(60).filter(|letter| !letter.is_control()).collect();
                return Err(Stop::Unreadable(format!(
                    "{}:{line}: no script of IS for MySQL holds \u{201c}{sql}\u{201d}. Give the scripts of a pack.",
                    script.path
                )));
            }
            scripts.push(script);
        }
        let create = create.map(|statement| statement.sql.clone()).unwrap_or_default();
        targets.push(Target { role, name: name.to_owned(), create, scripts });
    }
    Ok((Job { version, targets, grants: files.grants }, account))
}

/// SQL without its comments, one statement a line.
fn shown(sql: &str) -> String {
    let lines: Vec<String> = statements(sql).into_iter().map(|statement| format!("    {};", statement.sql)).collect();
    lines.join("\n")
}

fn password(arguments: &Arguments) -> Result<Secret, Stop> {
    let Some(file) = &arguments.admin_password_file else {
        let found = std::env::var(PASSWORD_VARIABLE).map(Secret::new);
        return found.map_err(|_| {
            Stop::Unreadable(format!(
                "The password of {} is missing. Give --admin-password-file FILE, or set {PASSWORD_VARIABLE}.",
                arguments.admin_user
            ))
        });
    };
    let text = std::fs::read_to_string(file).map(zeroize::Zeroizing::new).map_err(|error| {
        Stop::Unreadable(format!("{} cannot be read: {error}. Correct --admin-password-file.", file.display()))
    })?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// Shows what would be done in words and SQL; `false` where something must not be done.
fn show(job: &Job, todos: &[Todo], account: &str) -> bool {
    let mut may = true;
    say(&format!("Databases for IS {}:", job.version.value()));
    for (target, todo) in job.targets.iter().zip(todos) {
        let scripts = |from: usize| {
            let rest = target.scripts.iter().skip(from);
            let words = rest.map(|script| format!("{} ({} statements)", script.path, script.statements.len()));
            words.collect::<Vec<_>>().join(", ")
        };
        let name = &target.name;
        match todo {
            Todo::Create => say(&format!("  {name}: create it, then run {}\n    {};", scripts(0), target.create)),
            Todo::GoOn { script: 0, statement: 0 } => say(&format!("  {name}: it is empty; run {}", scripts(0))),
            Todo::GoOn { script, statement } => {
                let next = target.scripts.get(*script);
                let path = next.map_or("", |script| script.path.as_str());
                let line = next.and_then(|script| script.statements.get(*statement)).map_or(0, |next| next.line);
                say(&format!(
                    "  {name}: a script stopped in it; go on with {path}, line {line}, statement {}, to the end of {}",
                    statement + 1,
                    scripts(*script)
                ));
            }
            Todo::Nothing => say(&format!("  {name}: complete; nothing is to be done")),
            Todo::Refuse { why, remedy } => {
                may = false;
                complain(&format!("  {name}: not touched, for {why}.\n    {remedy}"));
            }
        }
    }
    if may {
        say(&format!("Then the account, unless it is there, and its rights:\n{account}"));
        say("Nothing is dropped. It stops at the first error.");
    }
    may
}

fn confirmed() -> bool {
    let _ = write!(std::io::stdout().lock(), "Do this? Write yes: ");
    let _ = std::io::stdout().lock().flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).is_ok() && line.trim().eq_ignore_ascii_case("yes")
}

fn tell(event: &Event<'_>) {
    match event {
        Event::Created { database } => say(&format!("{database}: created")),
        Event::Statement { database, script, done, of } if done == of || done % EVERY == 0 => {
            say(&format!("{database}: {script}, {done} of {of} statements"));
        }
        Event::Statement { .. } => {}
        Event::Proved { database, tables } => say(&format!("{database}: complete, {tables} tables")),
        Event::Granted => say("The account is there with its rights."),
    }
}
