//! ND-19: the files that IS writes for user stores and tenants, which it does not distribute.

use super::SharedFolder;
use super::context::{NodeView, ReportContext, WithRemedy as _, majority};
use crate::check::CheckResult;

/// ND-19.
pub(super) fn evaluate_shared_files(view: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let plan = &view.plan.artefacts;
    match plan.kind {
        "shared" => shared(view, one, &plan.shared_folder),
        "copied" => copied(view, one),
        _ => unused(one),
    }
}

/// The content of one folder on the nodes.
fn on_all<'a, T>(view: &'a ReportContext<'_>, folder: &str, of: impl Fn(&'a SharedFolder) -> T) -> Vec<T> {
    let reports = view.nodes.iter().map(|one| one.report);
    reports.filter_map(|report| report.artefacts.iter().find(|artefact| artefact.folder == folder)).map(of).collect()
}

/// Nothing was inspected: IS is not installed, or the probe is from an older bundle.
fn unknown_files(one: &NodeView<'_>, required: &str) -> Option<CheckResult> {
    one.report.artefacts.is_empty().then(|| {
        one.unknown("the folders of user stores and tenants were not inspected.", required)
            .to_do("Unpack IS and run the probe.sh of this plan's bundle again.")
    })
}

fn shared(view: &ReportContext<'_>, one: &NodeView<'_>, mounted: &str) -> CheckResult {
    let required = format!("one shared folder at {mounted}, which every node can write");
    if let Some(result) = unknown_files(one, &required) {
        return result;
    }
    for artefact in &one.report.artefacts {
        let folder = &artefact.folder;
        if artefact.source.is_empty() {
            return one.failed(format!("{folder} is missing, or its link is broken."), required);
        }
        if !artefact.is_writable {
            return one
                .failed(format!("{folder} on {} is not writable.", artefact.source), required)
                .to_do("Mount the shared folder read-write, and make the IS account its owner.");
        }
        let is_local = !artefact.source.contains(':') && !artefact.source.starts_with("//");
        if is_local && !view.is_one_machine() {
            return one
                .failed(format!("{folder} is on {}, a disk of this machine.", artefact.source), required)
                .to_do("Mount the shared folder and link the folder to it. If a cluster file system shares this disk, accept this.");
        }
        let sources = on_all(view, folder, |artefact| artefact.source.as_str());
        if let Some(other) = majority(&sources).filter(|other| **other != artefact.source) {
            return one.failed(format!("{folder} is on {}; on other nodes on {other}.", artefact.source), required);
        }
        if let Some(result) = differs(view, one, artefact, &required) {
            return result;
        }
    }
    one.passed(
        format!("all folders are on {}.", one.report.artefacts.first().map_or("", |first| &first.source)),
        required,
    )
}

fn copied(view: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "the same files on all nodes";
    if let Some(result) = unknown_files(one, required) {
        return result;
    }
    for artefact in &one.report.artefacts {
        if let Some(result) = differs(view, one, artefact, required) {
            return result
                .to_do("Copy the files from the node where they were changed, as README.md of the bundle describes.");
        }
    }
    one.passed("the same files as on the other nodes.", required)
}

fn differs(
    view: &ReportContext<'_>,
    one: &NodeView<'_>,
    artefact: &SharedFolder,
    required: &str,
) -> Option<CheckResult> {
    let digests = on_all(view, &artefact.folder, |artefact| artefact.digest.as_str());
    let other = majority(&digests).filter(|other| **other != artefact.digest);
    other.map(|_| one.failed(format!("{} has different files from those on other nodes.", artefact.folder), required))
}

fn unused(one: &NodeView<'_>) -> CheckResult {
    let required = "no files of user stores or tenants, as in the plan";
    if let Some(result) = unknown_files(one, required) {
        return result;
    }
    match one.report.artefacts.iter().find(|artefact| artefact.files > 0) {
        Some(artefact) => one
            .failed(
                format!("{} contains {} files, which other nodes do not have.", artefact.folder, artefact.files),
                required,
            )
            .to_do("Choose a shared folder or copying under User stores and tenants on disk, in the step Clustering."),
        None => one.passed("no files exist.", required),
    }
}
