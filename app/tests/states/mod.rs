//! Every page in each of its states: for the gallery and the tests.

#![expect(unreachable_pub, reason = "a module of a test is used from its file alone")]

mod checks;
mod comments;
mod history;
mod logs;
mod prepare;
pub mod sharing;

use std::collections::{BTreeMap, BTreeSet};

use app::view::{
    AcceptView, AccountView, Assets, CheckDocView, CheckPanelView, DeleteView, Expiry, FileEntry, KeysSummary,
    KeysView, LoginView, MessageView, Moment, OpenProblem, PlanEntry, PlanHead, PreviewPaneView, PreviewView,
    ProbesView, RefusedReport, ReviewView, SavedKeys, StartView, StepStatus, StepView, TimedText, WizardProgress,
};
use app::wire::PreviewFile;
use checks::{done, passed, running, stale};
use domain::acceptance::AcceptanceKey;
use domain::check::{CheckId, CheckReport};
use domain::draft::{Acceptance, Draft};
use domain::finding::{Finding, FindingLocation, Severity};
use domain::inputs::ReadableAnswers;
use domain::issues::Issues;
use domain::secret::Secrets;
use domain::step::Step;
use testbed::plan::TestPlan;

/// A text that would be harmful as markup.
pub const HOSTILE: &str = "</textarea></title>\"'><script>alert(1)</script>&amp;{{7*7}}";

/// Every page with the name of its state.
pub fn all() -> Vec<(String, String)> {
    let mut pages = vec![
        ("start".to_owned(), app::pages::start(&StartView { assets: assets(), ..StartView::default() })),
        ("start-plans".to_owned(), app::pages::start(&start_with_plans())),
        ("start-errors".to_owned(), app::pages::start(&start_with_errors())),
        ("delete".to_owned(), app::pages::delete(&DeleteView { assets: assets(), plan: head() })),
        ("message".to_owned(), app::pages::message(&not_found())),
        ("preview".to_owned(), app::pages::preview(&preview_page())),
        ("review-empty".to_owned(), app::pages::review(&review(Draft::default(), true))),
        ("review".to_owned(), app::pages::review(&review(filled(), false))),
        ("keys".to_owned(), app::pages::keys(&keys(kept_keys(), None))),
        (
            "keys-missing".to_owned(),
            app::pages::keys(&keys(
                KeysSummary { is_running: true, kept: None },
                Some(("file", "Choose a key file or a bundle.".to_owned())),
            )),
        ),
        ("review-checked".to_owned(), app::pages::review(&review_checked())),
    ];
    let login = LoginView { assets: assets(), to: "/plans/7f3k/database".to_owned(), ..LoginView::default() };
    pages.push(("login".to_owned(), app::pages::login(&login)));
    let problem = Some("This is not the access token. Copy the complete token as it was printed".to_owned());
    let failed = LoginView { problem, name: HOSTILE.to_owned(), to: HOSTILE.to_owned(), ..login };
    pages.push(("login-errors".to_owned(), app::pages::login(&failed)));
    let signed_in = Assets { signed_in: Some(Expiry { at: moment(), is_near: false }), ..assets() };
    pages.push((
        "account".to_owned(),
        app::pages::account(&AccountView { assets: signed_in, name: HOSTILE.to_owned(), signs_in: true }),
    ));
    for (name, failed, accepted) in [
        ("accept", false, None),
        ("accept-errors", true, None),
        ("accept-accepted", false, Some(Acceptance::with_reason(HOSTILE))),
    ] {
        pages.push((name.to_owned(), app::pages::accept(&accept(failed, accepted))));
    }
    for (name, check) in [("checks", None), ("checks-one", Some(CheckId::Db17))] {
        let view = CheckDocView { assets: assets(), check };
        pages.push((name.to_owned(), app::pages::checks(&view)));
    }
    for step in Step::ALL {
        let slug = step.slug();
        pages.push((format!("{slug}-empty"), app::pages::step(&empty(step))));
        pages.push((format!("{slug}-filled"), app::pages::step(&step_view(step, filled()))));
        pages.push((format!("{slug}-errors"), app::pages::step(&wrong(step))));
        pages.push((format!("{slug}-hostile"), app::pages::step(&step_view(step, hostile()))));
    }
    for (name, checks) in [("running", running()), ("done", done()), ("passed", passed()), ("stale", stale())] {
        let view = StepView { checks, ..step_view(Step::Database, filled()) };
        pages.push((format!("database-checks-{name}"), app::pages::step(&view)));
    }
    for (name, step, key, answer) in [
        ("user-store-ldap", Step::UserStore, "user_store.kind", "ldap"),
        ("clustering-aws", Step::Clustering, "clustering.scheme", "aws"),
        ("load-balancer-provided", Step::LoadBalancer, "load_balancer.certificate", "provided"),
    ] {
        let mut draft = filled();
        draft.set(key, answer);
        pages.push((name.to_owned(), app::pages::step(&step_view(step, draft))));
    }
    pages.push(("history".to_owned(), app::pages::history(&history::history())));
    pages.push(("comment-errors".to_owned(), app::pages::comment(&comments::wrong())));
    pages.push(("conflict".to_owned(), app::pages::conflict(&history::conflict())));
    let refused = RefusedReport {
        text: HOSTILE.to_owned(),
        problem: "This is not what probe.sh prints. Paste its whole output.".to_owned(),
    };
    let probes = ProbesView { refused: Some(refused), ..ProbesView::default() };
    let view = StepView { probes, ..step_view(Step::Clustering, filled()) };
    pages.push(("clustering-report-errors".to_owned(), app::pages::step(&view)));
    pages.extend(logs::all());
    pages.extend(prepare::all());
    pages.extend(sharing::all());
    pages
}

/// A step without answers.
pub fn empty(step: Step) -> StepView {
    let preview = PreviewPaneView {
        missing: "The files appear when every step has its answers.".to_owned(),
        ..PreviewPaneView::default()
    };
    StepView {
        secrets: BTreeSet::new(),
        preview,
        plan: PlanHead { id: "7f3k".to_owned(), ..head() },
        ..step_view(step, Draft::default())
    }
}

/// A step with these answers and nothing wrong.
pub fn step_view(step: Step, draft: Draft) -> StepView {
    StepView {
        assets: assets(),
        plan: head(),
        progress: progress(),
        step,
        draft,
        secrets: secrets(),
        secret_statuses: [(
            "database.password".to_owned(),
            sentence(&format!("Set by {HOSTILE}, "), ", works from 3 of 3 nodes."),
        )]
        .into(),
        findings: Vec::new(),
        failed: false,
        notices: Vec::new(),
        checks: CheckPanelView::default(),
        probes: ProbesView::default(),
        preview: preview(),
        return_to_review: false,
        together: history::together(),
        comments: comments::on(step),
    }
}

/// A step that was submitted with an error in every field.
pub fn wrong(step: Step) -> StepView {
    let mut draft = Draft::default();
    for setting in domain::steps::settings(step) {
        draft.set(setting.key, if setting.name.contains("port") { "70000" } else { "" });
    }
    draft.nodes =
        vec![[("name", "is 1"), ("host", "")].map(|(name, text)| (name.to_owned(), text.to_owned())).into(); 2];
    let (_, mut findings) = ReadableAnswers::read(&draft, &Secrets::default());
    findings.push(Finding {
        severity: Severity::Blocks,
        check: Some(CheckId::Cl13),
        at: FindingLocation::step(step),
        what: "The step contradicts another.".to_owned(),
        why: String::new(),
        remedy: "Correct one of the two.".to_owned(),
    });
    findings.push(warning());
    StepView {
        findings,
        failed: true,
        secrets: BTreeSet::new(),
        notices: vec!["The JDBC URL was split into host, port and database.".to_owned()],
        ..step_view(step, draft)
    }
}

/// Every text answer would be harmful as markup.
pub fn hostile() -> Draft {
    let mut draft = filled();
    for setting in domain::steps::all() {
        draft.set(setting.key, HOSTILE);
    }
    draft.set("database.tls", "verify-ca");
    draft.set("user_store.kind", "ldap");
    draft.set("load_balancer.certificate", "provided");
    draft.title = HOSTILE.to_owned();
    for node in &mut draft.nodes {
        for text in node.values_mut() {
            HOSTILE.clone_into(text);
        }
    }
    draft
}

/// Answers of three machines with TLS to the database.
pub fn filled() -> Draft {
    let plan = TestPlan::machines(3).titled("Production login").with("database.host", "db.internal.example.com");
    plan.with("database.tls", "verify-ca").draft()
}

/// 23 November 2026, 12:04 UTC as pages show it: a time of today.
pub fn moment() -> Moment {
    Moment { at: 1_795_435_440, shown: "12:04 UTC".to_owned(), is_dated: false }
}

/// The same with its day.
pub fn day() -> Moment {
    Moment { shown: "23 November 2026, 12:04 UTC".to_owned(), is_dated: true, ..moment() }
}

pub fn sentence(before: &str, after: &str) -> TimedText {
    TimedText { before: before.to_owned(), at: Some(moment()), after: after.to_owned() }
}

fn assets() -> Assets {
    Assets {
        style: "style.css".to_owned(),
        script: "islands.js".to_owned(),
        icon: "icon.svg".to_owned(),
        signed_in: None,
    }
}

fn head() -> PlanHead {
    PlanHead {
        id: "7f3k".to_owned(),
        title: "Production login".to_owned(),
        revision: 12,
        saved_at: Some(moment()),
        visitor: None,
    }
}

fn secrets() -> BTreeSet<String> {
    ["database.password", "user_store.admin_password"].map(str::to_owned).into()
}

fn progress() -> WizardProgress {
    use StepStatus::{Completed, NotStarted, Problems};
    WizardProgress {
        steps: [Completed, Problems(2), Completed, NotStarted, NotStarted],
        review: StepStatus::Unavailable("after Load balancer".to_owned()),
        verify: NotStarted,
    }
}

const DEPLOYMENT: &str = "# WSO2 Identity Server 7.3.0, node is-1 of 3.\n\n[server]\nhostname = \"login.example.com\"\nbase_path = \"https://$ref{server.hostname}:443\"\noffset = 0\n\n[database.identity_db]\ntype = \"mysql\"\nurl = \"jdbc:mysql://db.internal.example.com:3306/wso2identity_db?useSSL=true&amp;sslMode=VERIFY_CA\"\nusername = \"wso2is\"\npassword = \"••••••••\"\ndriver = \"com.mysql.cj.jdbc.Driver\"\n\n[database.identity_db.pool_options]\nmaxActive = 50\nvalidationQuery = \"SELECT 1\"\n\n[clustering]\nmembership_scheme = \"wka\"\nlocal_member_host = \"10.20.0.11\"\nlocal_member_port = \"4000\"\nmembers = [\"10.20.0.11:4000\", \"10.20.0.12:4000\", \"10.20.0.13:4000\"]\n";

fn preview() -> PreviewPaneView {
    let node = |name: &str| format!("nodes/{name}/repository/conf/deployment.toml");
    let mut files: Vec<String> = ["is-1", "is-2", "is-3"].map(node).into();
    files.push("database/create.sql".to_owned());
    let shown = Some(PreviewFile { path: node("is-1"), text: DEPLOYMENT.to_owned() });
    PreviewPaneView { files, shown, missing: String::new() }
}

fn preview_page() -> PreviewView {
    let entry =
        |path: &str, purpose: &str, shown| FileEntry { path: path.to_owned(), purpose: purpose.to_owned(), shown };
    PreviewView {
        assets: assets(),
        plan: head(),
        files: vec![
            entry("README.md", "the runbook for this cluster", true),
            entry("database/create.sql", "makes the databases", true),
            entry("nodes/is-1/repository/conf/deployment.toml", "configuration of node is-1", true),
            entry("nodes/is-1/repository/resources/security/wso2carbon.p12", "primary key store", false),
        ],
        shown: Some(PreviewFile {
            path: "nodes/is-1/repository/conf/deployment.toml".to_owned(),
            text: DEPLOYMENT.to_owned(),
        }),
        missing: String::new(),
    }
}

fn start_with_plans() -> StartView {
    let entry = |id: &str, title: &str, open| PlanEntry {
        id: id.to_owned(),
        title: title.to_owned(),
        changed: day(),
        about: "IS 7.3.0, 3 nodes".to_owned(),
        open,
        readable: true,
    };
    let plans = vec![entry("7f3k", "Production login", None), entry("9a2m", "", Some(Step::Database))];
    StartView { assets: assets(), plans, ..StartView::default() }
}

fn start_with_errors() -> StartView {
    let problem = |line, message: &str| OpenProblem { line, message: message.to_owned() };
    let problems = vec![
        problem(Some(12), "“prot” is no setting of [database]. Did you mean port?"),
        problem(Some(30), "offset is text. Enter a whole number from 0 to 55000."),
        problem(None, "The table [load_balancer] is missing. Add it."),
    ];
    StartView { problems, file: "plan.toml".to_owned(), ..start_with_plans() }
}

fn accept(failed: bool, accepted: Option<Acceptance>) -> AcceptView {
    AcceptView {
        assets: assets(),
        plan: head(),
        key: AcceptanceKey::Check(CheckId::Db12),
        results: vec![HOSTILE.to_owned()],
        from: "database".to_owned(),
        accepted,
        failed,
    }
}

fn not_found() -> MessageView {
    MessageView {
        assets: assets(),
        title: "There is no such plan".to_owned(),
        text: "It may have been deleted. Check the address, or choose a plan from the list.".to_owned(),
        incident: "4d1f-77a0".to_owned(),
    }
}

fn warning() -> Finding {
    Finding {
        severity: Severity::Warns,
        check: Some(CheckId::Db40),
        at: FindingLocation::setting(Step::Database, "database.host"),
        what: "The host holds a password.".to_owned(),
        why: "It would end in logs.".to_owned(),
        remedy: "Enter account and password in their own fields.".to_owned(),
    }
}

pub fn review(draft: Draft, failed: bool) -> ReviewView {
    let (_, mut findings) = ReadableAnswers::read(&draft, &Secrets::default());
    if !failed {
        findings.clear();
    }
    ReviewView {
        assets: assets(),
        plan: head(),
        progress: progress(),
        draft,
        secrets: if failed { BTreeSet::new() } else { secrets() },
        issues: Issues::of(&findings, &CheckReport::default(), &BTreeMap::new()),
        failed,
        checks: CheckPanelView::default(),
        probes: ProbesView::default(),
        next: vec![
            "Create the databases: run database/load.sh on a machine that reaches MySQL.".to_owned(),
            "On each node run install.sh, then start.sh, one node at a time, beginning with is-1.".to_owned(),
            "Install the load balancer's configuration and reload it.".to_owned(),
        ],
        notices: Vec::new(),
        comments: comments::all(),
        keys: kept_keys(),
    }
}

fn keys(keys: KeysSummary, problem: Option<(&'static str, String)>) -> KeysView {
    let notices = vec!["The plan now uses the keys in the file.".to_owned()];
    KeysView { assets: assets(), plan: head(), keys, problem, notices }
}

fn kept_keys() -> KeysSummary {
    KeysSummary {
        is_running: true,
        kept: Some(SavedKeys {
            fingerprint: vec!["A7"; 32].join(":"),
            made: day(),
            expiries: vec![
                ("TLS certificate of login.example.com".to_owned(), "2027-12-25".to_owned(), true),
                ("TLS certificates of the nodes".to_owned(), "2029-11-22".to_owned(), false),
            ],
        }),
    }
}

fn review_checked() -> ReviewView {
    let mut draft = filled();
    draft.accepted.insert("DB-12".to_owned(), Acceptance::with_reason("A trial that is deleted next week."));
    let wrong = Finding { severity: Severity::Blocks, check: Some(CheckId::Db39), ..warning() };
    let checks = done();
    let issues = Issues::of(&[wrong, warning()], &checks.report, &draft.accepted);
    ReviewView { issues, checks, ..review(draft, false) }
}
