//! ND-13 to ND-15 and DB-41: the content of IS_HOME.

use super::context::{NodeView, ReportContext, WithRemedy as _, join_with_commas, majority};
use super::{FileState, JdbcDriverFile};
use crate::check::CheckResult;
use crate::jdbc;
use crate::product::Version;
use crate::sites::reported;
use crate::steps::DatabaseTls;
use crate::value::Value as _;

/// The configuration file of IS, below IS_HOME.
const DEPLOYMENT_PATH: &str = "repository/conf/deployment.toml";

/// The assumed file of the update level; it was not verified on an updated pack, so results name the file.
const UPDATE_INFO_PATH: &str = "updates/config.json";

/// `IS_HOME` without IS: the checks are skipped.
fn no_home(one: &NodeView<'_>, required: &str) -> Option<CheckResult> {
    let (home, owner) = one.report.home.as_ref()?;
    owner.is_none().then(|| {
        one.unknown(format!("{home} contains no IS yet."), required)
            .to_do("Unpack IS in this folder, or pass its folder to probe.sh with --home, and run it again.")
    })
}

/// ND-13.
pub(super) fn evaluate_version(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let Some(product) = &view.answers.product else { return Vec::new() };
    let chosen = product.version.text();
    let required = format!("Identity Server {chosen}, the same update level on every node");
    let level = |one: &NodeView<'_>| one.report.update_level.clone();
    let is_there = |one: &&NodeView<'_>| one.report.home.as_ref().is_some_and(|(_, owner)| owner.is_some());
    let levels: Vec<Option<String>> = view.nodes.iter().filter(is_there).map(level).collect();
    let one_node = |one: &NodeView<'_>| {
        if let Some(result) = no_home(one, &required) {
            return result;
        }
        let Some(found) = &one.report.version else {
            return one
                .unknown("bin/version.txt does not contain the version of Identity Server.", &required)
                .to_do("Unpack the pack again, or pass the correct folder to probe.sh with --home.");
        };
        if *found != chosen && !found.starts_with(&format!("{chosen}.")) {
            return one
                .failed(format!("Identity Server {found}."), &required)
                .to_do(format!("Unpack wso2is-{chosen}.zip there, or choose {found} in the step Product."));
        }
        let node = &one.node.name;
        let what = level(one).map_or_else(
            || format!("Identity Server {found}; no update level was found in {UPDATE_INFO_PATH} on {node}"),
            |level| format!("Identity Server {found}, update level {level}, read from {UPDATE_INFO_PATH} on {node}"),
        );
        match majority(&levels) {
            Some(other) if *other != level(one) => one
                .failed(format!("{what}; {} on other nodes.", other.as_deref().unwrap_or("none was found")), &required)
                .to_do("Bring all nodes to one update level with WSO2's update tool before they form a cluster."),
            _ => one.passed(format!("{what}."), &required),
        }
    };
    view.nodes.iter().map(one_node).collect()
}

/// ND-14.
pub(super) fn evaluate_edited_files(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "every generated file as IS wrote it";
    if let Some(result) = no_home(one, required) {
        return result;
    }
    match (one.report.generated, one.report.edited.as_slice()) {
        (None, _) => one.passed("IS has not started yet and has generated no files.", required),
        (Some(count), []) => one.passed(format!("{count} files are unchanged."), required),
        (Some(_), evaluate_edited_files) => one
            .failed(format!("changed by hand: {}.", join_with_commas(evaluate_edited_files, String::as_str)), required),
    }
}

/// ND-15: compares the signing key and the encryption key of the node with those of the probe's bundle.
fn other_keys(one: &NodeView<'_>) -> Option<CheckResult> {
    let mut others = Vec::new();
    let store = one.report.files.iter().find(|(path, ..)| path.contains("/cluster-primary."));
    if let Some((path, FileState::Differs, _)) = store {
        others.push(reported(format!("another signing key in {path}")));
    }
    if let (Some(own), Some(bundle)) = (&one.report.symmetric_key, &one.report.bundle_symmetric_key)
        && own != bundle
        && !one.report.has_public_key
    {
        others.push(reported(format!("another encryption key ([encryption] key) in {DEPLOYMENT_PATH}")));
    }
    (!others.is_empty()).then(|| {
        one.failed(
            format!("the node has {} than the bundle.", others.join(" and ")),
            "the signing key and the encryption key of the bundle",
        )
        .to_do(
            "Use the keys of this cluster in the bundle: open an earlier bundle of it in the wizard. With other keys, \
             issued tokens are no longer valid and stored secrets cannot be decrypted.",
        )
    })
}

/// ND-15.
pub(super) fn evaluate_deployment(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "deployment.toml of the pack or of the bundle";
    if let Some(result) = no_home(one, required) {
        return result;
    }
    let Some((_, state, digest)) = one.report.files.iter().find(|(path, ..)| path == DEPLOYMENT_PATH) else {
        return one
            .unknown(format!("no data about {DEPLOYMENT_PATH}."), required)
            .to_do("Run the probe.sh of this plan's bundle.");
    };
    if let Some(result) = other_keys(one) {
        return result;
    }
    let stock = Version::ALL.iter().find(|version| version.facts().stock_deployment_sha256 == digest);
    match (state, stock) {
        (FileState::Missing, _) => one.passed(format!("{DEPLOYMENT_PATH} does not exist."), required),
        (FileState::Same, _) => one.passed(format!("{DEPLOYMENT_PATH} is that of the bundle."), required),
        (_, Some(version)) => {
            one.passed(format!("{DEPLOYMENT_PATH} is that of the pack of {}.", version.text()), required)
        }
        (FileState::Differs | FileState::Alone, None) => {
            let home = one.report.home.as_ref().map_or("", |(home, _)| home.as_str()).replace('\'', "'\\''");
            one.failed(
                format!("{DEPLOYMENT_PATH} is neither that of the pack nor that of the bundle: it was changed."),
                required,
            )
            .to_do("Compare the files on the node and copy the settings that you need; install.sh keeps the old file.")
            .command(format!("diff -u '{home}/{DEPLOYMENT_PATH}' 'nodes/{}/{DEPLOYMENT_PATH}'", one.node.name))
        }
    }
}

/// DB-41. install.sh (`check_one_driver`) uses the same rule.
pub(super) fn evaluate_drivers(view: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "one Connector/J, 8.2.0 or later, in repository/components/lib";
    if let Some(result) = no_home(one, required) {
        return result;
    }
    let put = "Copy one mysql-connector-j-VERSION.jar (8.2.0 or later) to repository/components/lib.";
    let is_mysql = |driver: &&JdbcDriverFile| driver.file.contains("mysql");
    let all: Vec<&JdbcDriverFile> = one.report.drivers.iter().filter(is_mysql).collect();
    // At each start, IS wraps a jar of lib into a bundle in dropins: that is the same driver (docs/wso2.md).
    let made =
        |driver: &JdbcDriverFile| format!("{}_1.0.0.jar", driver.file.trim_end_matches(".jar").replace('-', "_"));
    let of_lib: Vec<String> = all.iter().filter(|driver| driver.folder == "lib").map(|driver| made(driver)).collect();
    let own: Vec<&&JdbcDriverFile> =
        all.iter().filter(|driver| driver.folder == "lib" || !of_lib.contains(&driver.file)).collect();
    let paths: Vec<String> = own.iter().map(|driver| format!("{}/{}", driver.folder, driver.file)).collect();
    let [driver] = own.as_slice() else {
        return if own.is_empty() {
            one.failed("lib and dropins contain no MySQL driver.", required).to_do(put)
        } else {
            one.failed(format!("several MySQL drivers, and IS may load the old one: {}.", paths.join(", ")), required)
        };
    };
    let what = paths.join("");
    if driver.is_damaged {
        return one
            .failed(format!("{what} is not a jar: the download was incomplete or returned an error page."), required)
            .to_do(put);
    }
    let uses_tls = view.answers.database.as_ref().is_some_and(|database| database.tls != DatabaseTls::Disabled);
    let release = release(&driver.file);
    // deployment.toml names com.mysql.cj.jdbc.Driver, which 5.1 does not have.
    if driver.lacks_class || release.is_some_and(|release| release < (8, 0, 0)) {
        return one
            .failed(format!("{what} is too old: it does not contain com.mysql.cj.jdbc.Driver."), required)
            .to_do(put);
    }
    match release {
        Some(release) if uses_tls && release < jdbc::MIN_CONNECTOR_WITH_FALLBACK_OPTION => one
            .failed(
                format!(
                    "{what} does not support fallbackToSystemKeyStore, which TLS to MySQL needs: the node would lose the \
                     database soon after its start."
                ),
                required,
            )
            .to_do(put),
        Some(release) if release < (8, 2, 0) => one.warned(format!("{what} is older than 8.2.0."), required).to_do(put),
        Some(_) => one.passed(format!("{what}."), required),
        None => one
            .warned(format!("{what} has no version in its name."), required)
            .to_do("Keep the version in the file's name."),
    }
}

/// The version in a file's name; one without a third number counts as its first release.
fn release(file: &str) -> Option<(u32, u32, u32)> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let begin = file.find(|letter: char| letter.is_ascii_digit())?;
    let (major, rest) = file.get(begin..)?.split_once('.')?;
    let minor = digits(rest);
    let patch = rest.get(minor.len()..)?.strip_prefix('.').map(digits).unwrap_or_default();
    Some((major.parse().ok()?, minor.parse().ok()?, patch.parse().unwrap_or_default()))
}
