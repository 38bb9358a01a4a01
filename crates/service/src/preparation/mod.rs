//! Preparing the databases, for the wizard and the command line: reads a plan and the operator's scripts, and describes
//! what a preparation does.
//!
//! Databases and account are created with the same SQL as in the bundle. `probe::prepare` decides which action is
//! permitted on a database, and performs it; `cli::databases` and `http::preparation` ask and display.

pub mod approval;
mod changes;
pub mod messages;
pub mod run;
mod script_pack;

use std::collections::BTreeMap;
use std::path::PathBuf;

use domain::cluster::validate;
use domain::draft::Draft;
use domain::finding::{Finding, Severity};
use domain::inputs::ReadableAnswers;
use domain::render_plan::SqlPlan;
use domain::secret::Secrets;
use domain::step::Step;
use probe::prepare::{PackScript, PreparationJob, TargetDatabase};

use crate::plans;
pub use crate::preparation::changes::ScriptChanges;
use crate::preparation::script_pack::ScriptPack;
pub use crate::preparation::script_pack::ZipSource;

/// Where the scripts of the operator's pack are.
pub enum ScriptLocation {
    /// A folder or a zip.
    At(PathBuf),
    /// A folder and nothing else: the person who named it is not at this machine.
    Folder(PathBuf),
    /// A zip that came along, and its name.
    Zip(Box<dyn ZipSource>, String),
    /// Their texts by their paths, as an earlier [`Preparation`] read them.
    Read(BTreeMap<String, String>),
}

/// What is to be prepared.
pub struct Preparation {
    /// The answers that lead to the server.
    pub answers: ReadableAnswers,
    /// The databases, scripts and rights.
    pub job: PreparationJob,
    /// The SQL of the account, one statement a line, with dots where its password stands.
    pub account: String,
    /// The scripts' texts by their paths.
    pub scripts: BTreeMap<String, String>,
    /// How the scripts differ from those that WSO2 released.
    pub changes: ScriptChanges,
}

/// Why nothing can be prepared.
#[derive(Debug)]
pub enum PrepareInputError {
    /// These findings of the steps Product and Database block.
    Blocked(Vec<Finding>),
    /// The scripts are not what they should be: what and what to do.
    Scripts(String),
    /// The SQL could not be made.
    Sql(render::RenderError),
}

/// What a plan's answers say about the databases, if the steps Product and Database are complete; the others need not be.
pub fn database_answers(draft: &Draft, secrets: &Secrets) -> Result<(ReadableAnswers, SqlPlan), PrepareInputError> {
    let judgement = validate(draft, secrets, &plans::external_facts(draft, secrets));
    let blocks = |finding: &Finding| {
        finding.severity == Severity::Blocks && matches!(finding.at.step, Step::Product | Step::Database)
    };
    let blocking: Vec<Finding> = judgement.findings.into_iter().filter(blocks).collect();
    let (answers, _) = ReadableAnswers::read(draft, secrets);
    match SqlPlan::of(&answers) {
        Some(plan) if blocking.is_empty() => Ok((answers, plan)),
        _ => Err(PrepareInputError::Blocked(blocking)),
    }
}

/// Reads plan and scripts.
pub fn prepare(draft: &Draft, secrets: &Secrets, scripts: ScriptLocation) -> Result<Preparation, PrepareInputError> {
    let (answers, plan) = database_answers(draft, secrets)?;
    let (Some(product), Some(database)) = (&answers.product, &answers.database) else {
        return Err(PrepareInputError::Blocked(Vec::new()));
    };
    let grants = render::grants_file(&plan, secrets).map_err(PrepareInputError::Sql)?;
    let version = product.version;
    let all = version.scripts();
    let wanted: Vec<&str> = all.iter().map(|script| script.path).collect();
    let pack = match scripts {
        ScriptLocation::At(path) => ScriptPack::open(&path, &wanted),
        ScriptLocation::Folder(path) => ScriptPack::folder(&path, &wanted),
        ScriptLocation::Zip(source, name) => ScriptPack::zip(source, &name, &wanted),
        ScriptLocation::Read(texts) => Ok(ScriptPack::Read(texts)),
    };
    let mut pack = pack.map_err(PrepareInputError::Scripts)?;
    let (mut targets, mut texts) = (Vec::new(), BTreeMap::new());
    for (role, name) in database.list() {
        let mut scripts = Vec::new();
        for path in all.iter().filter(|script| script.database == role).map(|script| script.path) {
            let text = pack.read(path).map_err(PrepareInputError::Scripts)?;
            let script = PackScript::read(path, &text);
            if let Some((line, refusal)) = script.refusal() {
                return Err(PrepareInputError::Scripts(format!(
                    "{path}:{line}: the script contains {refusal}, which no script of IS for MySQL does. Give the scripts of an IS pack."
                )));
            }
            scripts.push(script);
            texts.insert(path.to_owned(), text);
        }
        let create = database.create_statement(name);
        targets.push(TargetDatabase { role, name: name.to_owned(), create, scripts });
    }
    let changes = changes::compare_with_released(version, &targets).map_err(PrepareInputError::Scripts)?;
    let account = messages::statements_of(&grants.masked);
    Ok(Preparation {
        answers,
        job: PreparationJob { version, targets, grants: grants.sql },
        account,
        scripts: texts,
        changes,
    })
}
