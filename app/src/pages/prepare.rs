//! The preparation of the databases: the form, the planned changes, the run, and its result.
//!
//! During a run, the page is sent in pieces: [`prepare_running`] renders the parts around the lines and the result,
//! which [`prepare_piece`] and [`prepare_end`] render. So progress is shown without JavaScript and without a reload.

use domain::step::Step;
use leptos::prelude::*;

use crate::components::{
    Document, ErrorLink, ErrorSummary, LabelledField, Shell, TextField, Time, described, document,
};
use crate::urls;
use crate::view::{
    PrepareBar, PrepareChanges, PrepareDatabase, PrepareEnd, PrepareForm, PreparePlan, PrepareStage, PrepareView,
};

/// The id of the check box that confirms changed scripts.
const CHANGES: &str = "prepare-changes";

/// The placeholder for the lines, and for the result. No text of the product contains it.
const MARK: &str = "\u{e000}";

/// The page. For a run in progress see [`prepare_running`].
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

/// The page of a run in three parts: before the lines, between the lines and the result, and after the result.
#[must_use]
pub fn prepare_running(view: &PrepareView) -> [String; 3] {
    let page = prepare(&PrepareView { stage: PrepareStage::Running, ..view.clone() });
    let mut parts = page.splitn(3, MARK).map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// What a run reported since the last piece: new lines, and the current progress. The style sheet shows only the last
/// bars.
#[must_use]
pub fn prepare_piece(lines: &[String], bars: &[PrepareBar]) -> String {
    let (lines, bars) = (lines.to_vec(), bars.to_vec());
    Owner::new().with(|| {
        let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
        view! { {lines} <li class="run-state" aria-live="off"><Bars bars/></li> }.to_html()
    })
}

/// The result of a run, for a page that followed it: the browser reloads the page, whose heading then states the
/// result. The URL has no fragment: a browser does not reload a page if the new URL differs only in its fragment.
#[must_use]
pub fn prepare_end(plan: &str, end: &PrepareEnd) -> String {
    let (plan, end) = (plan.to_owned(), end.clone());
    let refresh = format!("0; url={}", urls::prepare(&plan));
    Owner::new().with(|| view! { <meta http-equiv="refresh" content=refresh/> <PrepareResult plan end/> }.to_html())
}

fn body(view: PrepareView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let head = view.plan.clone();
    let heading = match &view.stage {
        PrepareStage::Plan(_) => "Review database changes",
        PrepareStage::Running => "Preparing the databases",
        PrepareStage::Ended(_, end) if end.complete => "The databases are prepared",
        PrepareStage::Ended(..) => "The databases are not complete",
        _ => "Prepare the databases",
    };
    let errors = match &view.stage {
        PrepareStage::Form(form) => form.problems.iter().map(ErrorLink::to_field).collect(),
        PrepareStage::Plan(plan) => plan.problem.iter().map(ErrorLink::to_field).collect(),
        _ => Vec::new(),
    };
    let back = urls::step_title(&plan, Step::Database);
    let content = match view.stage {
        PrepareStage::Incomplete(missing) => view! { <Incomplete plan missing/> }.into_any(),
        PrepareStage::Form(form) => view! { <Form plan version=view.version form/> }.into_any(),
        PrepareStage::Plan(waiting) => view! { <Plan plan waiting/> }.into_any(),
        PrepareStage::Running => view! {
            <p>
                "The run continues if you leave this page. "
                <a href=urls::prepare(&plan)>"Reload this page"</a> " to see the current progress."
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
                <h2>"Log"</h2>
                <div class="run-log"><ol>{lines}</ol></div>
                // After a failure, this is the primary button of the result.
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

#[component]
fn Incomplete(plan: String, missing: Vec<(Step, String)>) -> impl IntoView {
    let items = missing
        .into_iter()
        .map(|(step, message)| view! { <li><a href=urls::step(&plan, step)>{step.title()}</a> ": " {message}</li> })
        .collect_view();
    view! {
        <p>"Complete the Product and Database steps first."</p>
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
            "Creates " <b>{databases}</b> " on " <b>{server}</b> ", creates the IS account with its privileges, and runs the scripts of IS "
            {version} ". You review the changes first; nothing changes until you confirm. Databases that contain other data are not changed, and nothing is dropped."
        </p>
        <form class="prepare-form" method="post" action=urls::prepare(&plan) enctype="multipart/form-data" novalidate>
            <input type="hidden" name="server" value=shown/>
            <TextField id="prepare-user" name="user" label="Administrator" hint="An account with privileges to create databases, tables and accounts." value=user error=error("prepare-user")/>
            <Password hint="Used only for this preparation. Kept in memory until you confirm, for at most ten minutes, and never stored. If the plan does not verify the server certificate, any server at this address can receive the password." error=error("prepare-password")/>
            <fieldset class="field">
                <legend class="label">"SQL scripts of your IS pack"</legend>
                <p class="hint">"Clusterwright does not include WSO2's SQL scripts. Enter a folder or upload a zip."</p>
                <TextField id="prepare-folder" name="folder" label="Folder on this server" hint="The full path of IS_HOME or IS_HOME/dbscripts, such as /opt/wso2is-7.2.0/dbscripts." value=folder error=error("prepare-folder")/>
                <LabelledField id="prepare-pack" label="Or upload a zip" hint="A zip of the dbscripts folder, or the original pack from WSO2." error=error("prepare-pack")>
                    <input class="drop-zone" type="file" id="prepare-pack" name="pack" accept=".zip" aria-invalid=pack_is_wrong aria-describedby=pack_described_by/>
                </LabelledField>
            </fieldset>
            <button class="primary">"Review changes"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Password(hint: &'static str, error: Option<String>) -> impl IntoView {
    let id = "prepare-password";
    let (wrong, described_by) = described(id, error.is_some());
    view! {
        <LabelledField id label="Administrator password" hint error>
            <input type="password" class="w-30" id=id name="password" autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=wrong aria-describedby=described_by/>
        </LabelledField>
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
    let actions = if refused {
        view! {
            <p class="note note-problem"><b>"Nothing was changed. "</b>"Fix this first, then prepare again."</p>
            <form method="post" action=urls::prepare_withdraw(&plan)>
                <button class="primary">"Start again"</button>
            </form>
        }
        .into_any()
    } else {
        let password = (!has_password).then(|| {
            let error = problem_of("prepare-password");
            view! {
                <Password hint="Another replica of Clusterwright holds the password in its memory. Enter it again." error/>
            }
        });
        let forgotten = has_password.then(|| view! {
            <p class="hint">"The administrator password is kept in memory until " <Time moment=until/> ", then deleted."</p>
        });
        view! {
            <h2>"Database account"</h2>
            <p>"Created if it does not exist, then granted these privileges. An existing account keeps its password."</p>
            <Sql label="SQL for the account" sql=account/>
            <p>"The preparation stops at the first error and reports the resulting state. Nothing is dropped."</p>
            <form class="prepare-form" id="prepare-run" method="post" action=urls::prepare_run(&plan)>
                <input type="hidden" name="token" value=token/>
                {changes.map(|changes| view! { <Changes changes error=unconfirmed/> })}
                {password}
            </form>
            <div class="actions">
                <button class="primary" form="prepare-run">"Prepare the databases"</button>
                <form method="post" action=urls::prepare_withdraw(&plan)>
                    <button class="secondary">"Cancel"</button>
                </form>
            </div>
            {forgotten}
        }
        .into_any()
    };
    view! {
        <p>"On " <b>{server}</b> " as " <b>{user}</b> ". No changes have been made yet."</p>
        <dl class="prepare-plan">{list}</dl>
        {actions}
    }
    .into_any()
}

/// Scripts that differ from WSO2's: shown in full, and confirmed before they run with an administrator's privileges.
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
                {summary} " A pack at a later update level can differ in this way. The statements run with the privileges of the administrator: read them first."
            </p>
            <ol class="statements">{list}</ol>
            {error.map(|error| view! {
                <p class="error-message" id="prepare-changes-error"><span class="visually-hidden">"Error: "</span>{error}</p>
            })}
            <label class="choice-label" for=CHANGES>
                <input type="checkbox" id=CHANGES name="confirm_changes" value="yes" aria-invalid=wrong/>
                " I have read the differences. Run the scripts unchanged."
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

/// The progress of each database.
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
            <p>"The check results of the Database step are now outdated. Run the checks again."</p>
            <p><a class="button primary" href=database>"Go to the checks of the Database step"</a></p>
        }
        .into_any();
    }
    let list =
        failures.into_iter().map(|(why, left)| view! { <li><p><b>{why}</b></p><p>{left}</p></li> }).collect_view();
    view! {
        <div class="prepare-stopped" role="alert">
            <h2>"The preparation stopped at " <Time moment=at/></h2>
            <ul class="plain-list">{list}</ul>
            <p>{words}</p>
            <p><a class="button primary" href=urls::prepare_again(&plan)>"Prepare again"</a></p>
            <p class="hint">"The next preparation inspects the databases first and shows where it continues."</p>
        </div>
    }
    .into_any()
}
