//! Preparing the databases: the form, the plan that waits for a yes, the run, and its end.
//!
//! While it runs, the page is sent piece by piece: [`prepare_running`] gives what stands around the lines and the end, which
//! [`prepare_piece`] and [`prepare_end`] write. So it lives without JavaScript and without loading itself again.

use domain::step::Step;
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, Shell, Time, document};
use crate::urls;
use crate::view::{
    PrepareBar, PrepareChanges, PrepareDatabase, PrepareEnd, PrepareForm, PreparePlan, PrepareStage, PrepareView,
};

/// The id of the box that confirms changed scripts.
const CHANGES: &str = "prepare-changes";

/// Stands where lines go, and where the end goes. No text of ours holds it.
const MARK: &str = "\u{e000}";

/// The page. For a run that goes on see [`prepare_running`].
#[must_use]
pub fn prepare(view: &PrepareView) -> String {
    let wrong = match &view.stage {
        PrepareStage::Form(form) => !form.problems.is_empty(),
        PrepareStage::Plan(plan) => plan.problem.is_some(),
        _ => false,
    };
    let error = if wrong { "Error: " } else { "" };
    let title = format!("{error}Prepare the databases – Cluster setup");
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

/// What comes before the lines of a run, between them and its end, and after that.
#[must_use]
pub fn prepare_running(view: &PrepareView) -> [String; 3] {
    let page = prepare(&PrepareView { stage: PrepareStage::Running, ..view.clone() });
    let mut parts = page.splitn(3, MARK).map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// What a run told since the last piece: lines, and how far it is now. The style sheet shows the last bars alone.
#[must_use]
pub fn prepare_piece(lines: &[String], bars: &[PrepareBar]) -> String {
    let (lines, bars) = (lines.to_vec(), bars.to_vec());
    Owner::new().with(|| {
        let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
        view! { {lines} <li class="run-state" aria-live="off"><Bars bars/></li> }.to_html()
    })
}

/// The end of a run, for a page that followed it: the browser loads the page again, whose heading then states the result.
/// The address has no fragment: with one, it differs from the current address in nothing that makes a browser load it.
#[must_use]
pub fn prepare_end(plan: &str, end: &PrepareEnd) -> String {
    let (plan, end) = (plan.to_owned(), end.clone());
    let there = format!("0; url={}", urls::prepare(&plan));
    Owner::new().with(|| view! { <meta http-equiv="refresh" content=there/> <PrepareResult plan end/> }.to_html())
}

fn body(view: PrepareView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let head = view.plan.clone();
    let heading = match &view.stage {
        PrepareStage::Plan(_) => "What will be done to the databases",
        PrepareStage::Running => "Prepare the databases: progress",
        PrepareStage::Ended(_, end) if end.complete => "The databases are prepared",
        PrepareStage::Ended(..) => "The databases are not complete",
        _ => "Prepare the databases",
    };
    let errors = match &view.stage {
        PrepareStage::Form(form) => form.problems.iter().map(link).collect(),
        PrepareStage::Plan(plan) => plan.problem.iter().map(link).collect(),
        _ => Vec::new(),
    };
    let back = urls::step_title(&plan, Step::Database);
    let content = match view.stage {
        PrepareStage::Incomplete(missing) => view! { <Incomplete plan missing/> }.into_any(),
        PrepareStage::Form(form) => view! { <Form plan version=view.version form/> }.into_any(),
        PrepareStage::Plan(waiting) => view! { <Plan plan waiting/> }.into_any(),
        PrepareStage::Running => view! {
            <p>
                "The run continues when you leave this page. "
                <a href=urls::prepare(&plan)>"Load this page again"</a> " to see its progress."
            </p>
            <div class="run-log" role="log" aria-label="Progress"><ol>{MARK}</ol></div>
            {MARK}
        }
        .into_any(),
        PrepareStage::Ended(lines, end) => {
            let complete = end.complete;
            let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
            view! {
                <PrepareResult plan=plan.clone() end=end.clone()/>
                <Bars bars=end.bars/>
                <h2>"What was done"</h2>
                <div class="run-log"><ol>{lines}</ol></div>
                // After a failure it is the page's next step.
                {complete.then(|| view! { <p><a href=urls::prepare_again(&plan)>"Prepare again"</a></p> })}
            }
            .into_any()
        }
    };
    view! {
        <Shell head>
            <main id="main" tabindex="-1" class="main narrow">
                <ErrorSummary errors/>
                <a class="back" href=back>"Back to Database"</a>
                <h1 id=urls::TITLE tabindex="-1">{heading}</h1>
                {content}
            </main>
        </Shell>
    }
    .into_any()
}

fn link((field, message): &(&'static str, String)) -> ErrorLink {
    let href = if field.is_empty() { String::new() } else { format!("#{field}") };
    ErrorLink { href, message: message.clone() }
}

#[component]
fn Incomplete(plan: String, missing: Vec<(Step, String)>) -> impl IntoView {
    let items = missing
        .into_iter()
        .map(|(step, message)| view! { <li><a href=urls::step(&plan, step)>{step.title()}</a> ": " {message}</li> })
        .collect_view();
    view! {
        <p>"The steps Product and Database have to be complete first."</p>
        <ul class="plain-list">{items}</ul>
    }
    .into_any()
}

#[component]
fn Form(plan: String, version: String, form: PrepareForm) -> impl IntoView {
    let PrepareForm { server, databases, user, folder, problems } = form;
    let (databases, shown) = (databases.join(", "), server.clone());
    let error = |field: &str| problems.iter().find(|(of, _)| *of == field).map(|(_, message)| message.clone());
    let (pack_is_wrong, pack_described_by) = described("prepare-pack", error("prepare-pack").is_some());
    view! {
        <p>
            "Creates " <b>{databases}</b> " on " <b>{server}</b> ", makes the account of IS with its rights, and runs the scripts of IS "
            {version} ". First you see what will be done; nothing is changed before you say yes. A database that holds data is not touched, and nothing is dropped."
        </p>
        <form class="prepare-form" method="post" action=urls::prepare(&plan) enctype="multipart/form-data" novalidate>
            <input type="hidden" name="server" value=shown/>
            <Text id="prepare-user" name="user" label="Administrator" hint="An account that may create databases, tables and accounts." value=user error=error("prepare-user")/>
            <Password hint="Used for this alone: kept in memory until you say yes or for ten minutes, and never stored. Without a checked certificate it goes to whoever answers at the database's address." error=error("prepare-password")/>
            <fieldset class="field">
                <legend class="label">"Scripts of your own pack"</legend>
                <p class="hint">"WSO2's SQL is not in Clusterwright. Say where your pack has it, one of both."</p>
                <Text id="prepare-folder" name="folder" label="Folder on the machine of Clusterwright" hint="IS_HOME or IS_HOME/dbscripts with its whole path, such as /opt/wso2is-7.2.0/dbscripts." value=folder error=error("prepare-folder")/>
                <Labelled id="prepare-pack" label="Or a zip" hint="Of the folder dbscripts, or the pack as WSO2 gives it out." error=error("prepare-pack")>
                    <input class="drop-zone" type="file" id="prepare-pack" name="pack" accept=".zip" aria-invalid=pack_is_wrong aria-describedby=pack_described_by/>
                </Labelled>
            </fieldset>
            <button class="primary">"Show what will be done"</button>
        </form>
    }
    .into_any()
}

/// What an entry says to those who do not see it: whether it is wrong, and which texts are about it.
fn described(id: &str, is_wrong: bool) -> (Option<&'static str>, String) {
    if is_wrong { (Some("true"), format!("{id}-hint {id}-error")) } else { (None, format!("{id}-hint")) }
}

#[component]
fn Password(hint: &'static str, error: Option<String>) -> impl IntoView {
    let id = "prepare-password";
    let (wrong, described_by) = described(id, error.is_some());
    view! {
        <Labelled id label="Administrator password" hint error>
            <input type="password" class="w-30" id=id name="password" autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=wrong aria-describedby=described_by/>
        </Labelled>
    }
    .into_any()
}

#[component]
fn Text(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    error: Option<String>,
) -> impl IntoView {
    let (wrong, described_by) = described(id, error.is_some());
    view! {
        <Labelled id label hint error>
            <input type="text" class="w-full" id=id name=name value=value autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=wrong aria-describedby=described_by/>
        </Labelled>
    }
    .into_any()
}

#[component]
fn Labelled(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    error: Option<String>,
    children: Children,
) -> impl IntoView {
    let class = if error.is_some() { "field field-error" } else { "field" };
    view! {
        <div class=class>
            <label class="label" for=id>{label}</label>
            <p class="hint" id=format!("{id}-hint")>{hint}</p>
            {error.map(|error| view! {
                <p class="error-message" id=format!("{id}-error")><span class="visually-hidden">"Error: "</span>{error}</p>
            })}
            {children()}
        </div>
    }
    .into_any()
}

#[component]
fn Plan(plan: String, waiting: PreparePlan) -> impl IntoView {
    let PreparePlan { databases, account, server, user, token, has_password, changes, problem, until } = waiting;
    let problem_of = |field: &str| problem.iter().find(|(of, _)| *of == field).map(|(_, message)| message.clone());
    let unconfirmed = problem_of(CHANGES);
    let refused = databases.iter().any(|database| !database.remedy.is_empty());
    let list = databases.into_iter().map(|database| view! { <Database database/> }).collect_view();
    let go = if refused {
        view! {
            <p class="note note-problem"><b>"Nothing was changed. "</b>"Put this right first, then prepare again."</p>
            <form method="post" action=urls::prepare_withdraw(&plan)>
                <button class="primary">"Start again"</button>
            </form>
        }
        .into_any()
    } else {
        let password = (!has_password).then(|| {
            let error = problem_of("prepare-password");
            view! {
                <Password hint="Another server of this Clusterwright was given it and keeps it to itself: enter it once more." error/>
            }
        });
        let forgotten = has_password.then(|| view! {
            <p class="hint">"The administrator's password is kept in memory until " <Time moment=until/> " for this and then forgotten."</p>
        });
        view! {
            <h2>"Then the account"</h2>
            <p>"It is made unless it is there, and gets its rights. One that is there keeps its password."</p>
            <Sql label="SQL of the account" sql=account/>
            <p>"It stops at the first error and says what state that leaves. Nothing is dropped."</p>
            <form class="prepare-form" id="prepare-run" method="post" action=urls::prepare_run(&plan)>
                <input type="hidden" name="token" value=token/>
                {changes.map(|changes| view! { <Changes changes error=unconfirmed/> })}
                {password}
            </form>
            <div class="actions">
                <button class="primary" form="prepare-run">"Prepare the databases"</button>
                <form method="post" action=urls::prepare_withdraw(&plan)>
                    <button class="secondary">"Do nothing"</button>
                </form>
            </div>
            {forgotten}
        }
        .into_any()
    };
    view! {
        <p>"On " <b>{server}</b> " as " <b>{user}</b> ". Nothing was changed yet."</p>
        <dl class="prepare-plan">{list}</dl>
        {go}
    }
    .into_any()
}

/// Scripts that differ from WSO2's: shown whole, and confirmed before they run with an administrator's rights.
#[component]
fn Changes(changes: PrepareChanges, error: Option<String>) -> impl IntoView {
    let PrepareChanges { summary, statements } = changes;
    let class = if error.is_some() { "field field-error" } else { "field" };
    let wrong = error.is_some().then_some("true");
    let list = statements
        .into_iter()
        .map(|(place, sql)| {
            let label = format!("Statement at {place}");
            view! { <li><p>{place}</p><Sql label sql/></li> }
        })
        .collect_view();
    view! {
        <div class=class>
            <h2>"Statements that WSO2 did not release"</h2>
            <p>
                {summary} " A pack at a later update level differs in this way. They run with the administrator's rights: read them first."
            </p>
            <ol class="statements">{list}</ol>
            {error.map(|error| view! {
                <p class="error-message" id="prepare-changes-error"><span class="visually-hidden">"Error: "</span>{error}</p>
            })}
            <label class="choice-label" for=CHANGES>
                <input type="checkbox" id=CHANGES name="confirm_changes" value="yes" aria-invalid=wrong/>
                " I have read the differences. Run the scripts as they are."
            </label>
        </div>
    }
    .into_any()
}

#[component]
fn Database(database: PrepareDatabase) -> impl IntoView {
    let PrepareDatabase { name, words, sql, remedy } = database;
    let label = format!("SQL for {name}");
    let refused = !remedy.is_empty();
    view! {
        <dt>{name}</dt>
        <dd>
            {if refused {
                view! { <p class="note note-problem"><b>"Problem: "</b>{words}" "{remedy}</p> }.into_any()
            } else {
                view! { <p>{words}</p> }.into_any()
            }}
            {(!sql.is_empty()).then(|| view! { <Sql label sql/> })}
        </dd>
    }
    .into_any()
}

#[component]
fn Sql(#[prop(into)] label: String, sql: String) -> impl IntoView {
    view! { <pre class="sql" tabindex="0" role="region" aria-label=label><code>{sql}</code></pre> }.into_any()
}

/// How far each database is.
#[component]
fn Bars(bars: Vec<PrepareBar>) -> impl IntoView {
    let bar = |PrepareBar { name, done, of, complete }: PrepareBar| {
        let words = if complete { "complete".to_owned() } else { format!("{done} of {of} statements") };
        let label = format!("{name}: {words}");
        view! {
            <li>
                <span class="run-bar-name">{name}</span>
                <progress aria-label=label value=done.to_string() max=of.max(1).to_string()></progress>
                <span>{words}</span>
            </li>
        }
    };
    view! { <ul class="run-bars">{bars.into_iter().map(bar).collect_view()}</ul> }.into_any()
}

#[component]
fn PrepareResult(plan: String, end: PrepareEnd) -> impl IntoView {
    let PrepareEnd { at, words, failures, complete, .. } = end;
    let database = format!("{}#{}", urls::step(&plan, Step::Database), urls::CHECKS);
    if complete {
        return view! {
            <p class="all-clear" role="status"><b>"Done at " <Time moment=at/> ". "</b>{words}</p>
            <p>"The results of the Database step's checks are outdated now. Run them again on that step."</p>
            <p><a class="button primary" href=database>"Go to the checks of the Database step"</a></p>
        }
        .into_any();
    }
    let list =
        failures.into_iter().map(|(why, left)| view! { <li><p><b>{why}</b></p><p>{left}</p></li> }).collect_view();
    view! {
        <div class="prepare-stopped" role="alert">
            <h2>"The run stopped at " <Time moment=at/></h2>
            <ul class="plain-list">{list}</ul>
            <p>{words}</p>
            <p><a class="button primary" href=urls::prepare_again(&plan)>"Prepare again"</a></p>
            <p class="hint">"It inspects the databases first and shows where it continues."</p>
        </div>
    }
    .into_any()
}
