//! ND-07 to ND-12: the JDK, the machine and the account.

use super::FileState;
use super::context::{NodeView, ReportContext, WithRemedy as _, majority};
use crate::check::CheckResult;
use crate::sites;

/// WSO2's installation prerequisites: 4 CPUs, 4 GB of memory, 10 GB of disk. The kernel reserves some of the 4 GB.
const MIN_CPUS: f64 = 4.0;
const MIN_MEMORY_BYTES: u64 = 3_700_000_000;
const MIN_DISK_BYTES: u64 = 10_000_000_000;
/// WSO2's performance guide.
const MIN_OPEN_FILES: u64 = 65_535;
const MIN_PROCESSES: u64 = 20_000;
/// Memory of the JVM in addition to the heap, for classes, threads and buffers.
const NON_HEAP_BYTES: u64 = 512 << 20;
/// Kernels before 5.6 block readers of /dev/random below about this many bits.
const MIN_ENTROPY_BITS: u64 = 200;

/// The feature release of a Java version: 1.8.0_392 is 8, 17.0.9 is 17.
pub(super) fn java_feature_release(version: &str) -> Option<u8> {
    let mut parts = version.split(|letter: char| !letter.is_ascii_digit());
    let first = parts.next()?.parse().ok()?;
    if first == 1 { parts.next()?.parse().ok() } else { Some(first) }
}

/// Whether a JDK rejects jars with damaged extra fields by default: from 11.0.20 and 17.0.8 on, and every later
/// release. Not known of 8u382 and later.
fn refuses_damaged_jars(version: &str) -> bool {
    let mut numbers = version.split(|letter: char| !letter.is_ascii_digit()).map(|part| part.parse().unwrap_or(0_u32));
    let (major, _, patch) = (numbers.next().unwrap_or(0), numbers.next(), numbers.next().unwrap_or(0));
    match major {
        11 => patch >= 20,
        17 => patch >= 8,
        _ => major > 17,
    }
}

/// The flag with which such a JDK accepts them.
const ZIP64: &str = "-Djdk.util.zip.disableZip64ExtraFieldValidation=true";

/// The start command that passes [`ZIP64`]: `None` is `bin/wso2server.sh` or `JAVA_OPTS`, which every start uses, or a
/// missing pack. The error is why the start fails. A unit takes precedence over a script: it starts IS at every boot.
fn starter_of_damaged_jars<'a>(one: &NodeView<'a>) -> Result<Option<&'a str>, String> {
    if one.report.takes_damaged_jars != Some(false) {
        return Ok(None);
    }
    let starters = &one.report.starters;
    if let Some(unit) = starters.iter().find(|starter| starter.is_unit && !starter.takes_damaged_jars) {
        return Err(format!("{} starts IS without {ZIP64}", unit.name));
    }
    let passes = starters.iter().find(|starter| starter.takes_damaged_jars);
    passes.map(|starter| Some(starter.name.as_str())).ok_or_else(|| {
        starters.first().map_or_else(
            || format!("bin/wso2server.sh does not pass {ZIP64}"),
            |script| format!("neither bin/wso2server.sh nor {} passes {ZIP64}", script.name),
        )
    })
}

/// ND-07.
pub(super) fn evaluate_java(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let Some(product) = &view.answers.product else { return Vec::new() };
    let facts = product.version.facts();
    let text =
        facts.jdk_to.map_or_else(|| format!("{} or later", facts.jdk_from), |to| format!("{} to {to}", facts.jdk_from));
    let required = format!("JDK {text}, the same on every node");
    let version = |one: &NodeView<'_>| one.report.java.as_ref().map_or("", |(version, _)| version.as_str()).to_owned();
    let versions: Vec<String> = view.nodes.iter().map(version).filter(|version| !version.is_empty()).collect();
    let features: Vec<Option<u8>> = versions.iter().map(|version| java_feature_release(version)).collect();
    let one_node = |one: &NodeView<'_>| {
        let (own, path) = (version(one), one.report.java.as_ref().map_or("", |(_, path)| path.as_str()));
        let Some(found) = java_feature_release(&own) else {
            return one
                .failed(format!("no Java runs as {}.", if path.is_empty() { "java" } else { path }), &required)
                .to_do(format!("Install JDK {text} and set JAVA_HOME for the IS account."));
        };
        let what = format!("Java {own} as {path}");
        if found < facts.jdk_from || facts.jdk_to.is_some_and(|to| found > to) {
            return one.failed(format!("{what}."), &required).to_do(format!("Install JDK {text} and set JAVA_HOME."));
        }
        let what = if facts.has_refused_jars && refuses_damaged_jars(&own) {
            match starter_of_damaged_jars(one) {
                Ok(None) => what,
                Ok(Some(starter)) => format!("{what}; {starter} passes {ZIP64}"),
                Err(why) => {
                    return one
                        .failed(format!("{what} rejects jars of this pack, and {why}: IS does not start."), &required)
                        .to_do("Start IS with the bundle's start.sh or its systemd unit, which pass the flag. For other ways to start IS, set JAVA_OPTS.")
                        .command(format!("export JAVA_OPTS={ZIP64}"));
                }
            }
        } else {
            what
        };
        match (majority(&features), majority(&versions)) {
            (Some(Some(other)), _) if *other != found => {
                one.failed(format!("{what}; other nodes have JDK {other}."), &required)
            }
            (_, Some(other)) if *other != own => one.warned(format!("{what}; other nodes have {other}."), &required),
            _ => one.passed(format!("{what}."), &required),
        }
    };
    view.nodes.iter().map(one_node).collect()
}

/// ND-08.
pub(super) fn evaluate_ciphers(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "AES with 256 bits and TLS 1.3";
    let report = one.report;
    let Some(bits) = report.aes_bits else {
        return one
            .unknown("the JDK was not inspected: javac does not exist or does not run.", required)
            .to_do("Set JAVA_HOME to a JDK, not a JRE, and run probe.sh again.");
    };
    let known = report.tls.join(", ");
    match (bits >= 256, report.tls.iter().any(|version| version == "TLSv1.3")) {
        (true, true) => one.passed(format!("AES with 256 bits and more; {known}."), required),
        (false, _) => one.failed(format!("AES keys have at most {bits} bits."), required),
        (true, false) => one.failed(format!("TLS 1.3 is not among {known}."), required),
    }
}

/// ND-09.
pub(super) fn evaluate_size(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "4 CPUs, 4 GB of memory, 10 GB of free disk";
    let report = one.report;
    let mut short = Vec::new();
    let mut fine = Vec::new();
    let mut weigh = |is_enough: bool, text: String| if is_enough { fine.push(text) } else { short.push(text) };
    if let Some(cpus) = report.cpus {
        weigh(is_enough(cpus >= MIN_CPUS), format!("{cpus} CPUs"));
    }
    if let Some(memory) = report.memory {
        weigh(is_enough(memory >= MIN_MEMORY_BYTES), format!("{} of memory", gigabytes(memory)));
    }
    if let Some(disk) = report.disk {
        weigh(is_enough(disk >= MIN_DISK_BYTES), format!("{} of free disk", gigabytes(disk)));
    }
    if !short.is_empty() {
        return one.failed(format!("only {}.", short.join(", ")), required);
    }
    if fine.is_empty() {
        return one
            .unknown("the machine does not report its size.", required)
            .to_do("Check the machine's size manually.");
    }
    one.passed(format!("{}.", fine.join(", ")), required)
}

/// Each shortage is a separate finding.
#[track_caller]
fn is_enough(is_enough: bool) -> bool {
    if !is_enough {
        sites::seen();
    }
    is_enough
}

fn gigabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// ND-10.
pub(super) fn evaluate_limits(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = format!("open files {MIN_OPEN_FILES} or more, processes {MIN_PROCESSES} or more");
    let shown = |limit: u64| if limit == u64::MAX { "without limit".to_owned() } else { limit.to_string() };
    let mut texts = Vec::new();
    let mut is_low = false;
    for (limit, least, name) in
        [(one.report.open_files, MIN_OPEN_FILES, "open files"), (one.report.processes, MIN_PROCESSES, "processes")]
    {
        if let Some(limit) = limit {
            is_low |= limit < least;
            texts.push(format!("{name} {}", shown(limit)));
        }
    }
    match (is_low, texts.is_empty()) {
        (_, true) => one
            .unknown("the machine does not report its limits.", required)
            .to_do("Run ulimit -a as the account of IS."),
        (true, _) => {
            let account = one.report.account.as_ref().map_or("wso2", |(name, ..)| name.as_str());
            one.failed(format!("{}.", texts.join(", ")), required)
                .to_do("Add these lines to /etc/security/limits.conf, or set LimitNOFILE and LimitNPROC in the service's unit.")
                .command(format!("{account} - nofile {MIN_OPEN_FILES}\n{account} - nproc {MIN_PROCESSES}"))
        }
        (false, false) => one.passed(format!("{}.", texts.join(", ")), required),
    }
}

/// ND-11.
pub(super) fn evaluate_memory_limit(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let report = one.report;
    let required = "memory for the heap and 512 MB more, and random numbers without delay";
    let room = least(report.memory_limit, report.memory);
    if let (Some(heap), Some(room)) = (report.heap, room)
        && room < heap.saturating_add(NON_HEAP_BYTES)
    {
        return one.failed(format!("-Xmx is {}, the process may use {}.", gigabytes(heap), gigabytes(room)), required);
    }
    if let Some(entropy) = report.entropy.filter(|entropy| *entropy < MIN_ENTROPY_BITS) {
        return one
            .failed(
                format!("the kernel has {entropy} bits of entropy: reading random numbers may block for minutes."),
                required,
            )
            .to_do("Install rng-tools or haveged, or use a kernel from 5.6 on.");
    }
    let limit = report
        .memory_limit
        .map_or_else(|| "no memory limit".to_owned(), |limit| format!("memory limit {}", gigabytes(limit)));
    let heap = report.heap.map_or_else(|| "heap not yet known".to_owned(), |heap| format!("-Xmx {}", gigabytes(heap)));
    one.passed(format!("{limit}, {heap}."), required)
}

fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

/// ND-12.
pub(super) fn evaluate_account(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required =
        "a dedicated account that owns IS_HOME; files that others cannot write, repository/conf closed to others";
    let Some((name, number, umask)) = &one.report.account else {
        return one.unknown("the account is not known.", required).to_do("Run id and umask as the account of IS.");
    };
    if *number == 0 {
        return one
            .failed(format!("the probe ran as {name}."), required)
            .to_do("Run probe.sh and IS as a dedicated account.")
            .command("useradd --system --create-home --shell /bin/sh wso2");
    }
    if let Some((home, Some(owner))) = &one.report.home
        && owner != name
    {
        return one
            .failed(format!("the probe ran as {name}, but {home} belongs to {owner}."), required)
            .to_do("Make the IS account the owner of the folder.")
            .command(format!("chown -R {name} '{}'", home.replace('\'', "'\\''")));
    }
    if umask & 0o002 == 0 {
        return one
            .failed(format!("the umask of {name} is {umask:04o}: all accounts can write its new files."), required)
            .to_do("Set umask 027 for the account.");
    }
    // Before install.sh ran, it contains no secret.
    let is_installed = one.report.files.iter().any(|(_, state, _)| *state == FileState::Same);
    if let (Some(mode), Some((home, _)), true) = (&one.report.conf_mode, &one.report.home, is_installed)
        && mode.get(4..).is_some_and(|others| others.contains(['r', 'w', 'x', 's', 't']))
    {
        return one
            .failed(format!("repository/conf is open to other accounts ({mode}), and IS writes passwords to it."), required)
            .to_do("Close the folder to other accounts. A umask does not help: IS keeps the mode of the files it overwrites.")
            .command(format!("chmod 700 '{}/repository/conf'", home.replace('\'', "'\\''")));
    }
    one.passed(format!("the probe ran as {name}, umask {umask:04o}."), required)
}
