//! Parses the output of probe.sh. The text is untrusted: it is bounded, control characters are removed, unknown lines
//! are skipped, and truncation is detected.

use std::net::IpAddr;

use super::{
    ConnectionOutcome, ConnectionResult, DatabaseLogin, FileState, JdbcDriverFile, MachineRole, NodeReport, ProbedPort,
    SharedFolder, StartCommand,
};
use crate::log_doctor::shown_line;
use crate::values::is_unprintable;

/// Maximum size of a report, in bytes: one of 16 nodes has about 8,000.
pub const MAX_REPORT_BYTES: usize = 65_536;
/// Maximum number of values of one kind.
const MAX_VALUES: usize = 200;
/// Maximum length of a value, in characters.
const MAX_VALUE_CHARS: usize = 300;
/// Maximum number of lines of the log; probe.sh sends fewer.
const MAX_LOG_LINES: usize = 100;
/// The format this program reads.
const FORMAT: &str = "1";

/// Why a text is not a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportProblem {
    /// More than [`MAX_REPORT_BYTES`] bytes.
    TooLong,
    /// The first line of a report is missing.
    NotAReport,
    /// From another version of probe.sh.
    OtherFormat,
    /// The last line is missing.
    CutOff,
}

impl ReportProblem {
    /// Problem and remedy, in one line.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::TooLong => "The text is too long for a report. Paste only the output of probe.sh.",
            Self::NotAReport => {
                "This is not output of probe.sh. Paste the complete output, from the line clusterwright-probe on."
            }
            Self::OtherFormat => "This report is from another version of probe.sh. Run the one of this plan's bundle.",
            Self::CutOff => {
                "The report has no last line. Paste the complete output, up to the line that begins with end, or run probe.sh again."
            }
        }
    }
}

/// Parses a report. Text before its first and after its last line, such as a shell's prompt, is skipped.
///
/// # Errors
/// The text is not a complete report.
pub fn parse(text: &str) -> Result<NodeReport, ReportProblem> {
    if text.len() > MAX_REPORT_BYTES {
        return Err(ReportProblem::TooLong);
    }
    let mut lines = text.lines().skip_while(|line| name(&fields(line)) != "clusterwright-probe");
    let first = lines.next().map(fields).ok_or(ReportProblem::NotAReport)?;
    if first.get(1).is_none_or(|format| format != FORMAT) {
        return Err(ReportProblem::OtherFormat);
    }
    let mut report = NodeReport::default();
    for line in lines {
        if let Some(line) = line.strip_prefix("log | ") {
            log_line(&mut report, line);
            continue;
        }
        let line = fields(line);
        if name(&line) == "end" {
            return if report.node.is_empty() { Err(ReportProblem::NotAReport) } else { Ok(report) };
        }
        let values: Vec<&str> = line.iter().skip(1).map(String::as_str).collect();
        let value = |at: usize| values.get(at).copied().unwrap_or("");
        next_field(&mut report, name(&line), &value);
    }
    Err(ReportProblem::CutOff)
}

fn name(fields: &[String]) -> &str {
    fields.first().map_or("", String::as_str)
}

/// The fields of a line, without invisible characters.
fn fields(line: &str) -> Vec<String> {
    let field = |text: &str| {
        let seen: String = text.chars().filter(|letter| !is_unprintable(*letter)).take(MAX_VALUE_CHARS).collect();
        seen.trim().to_owned()
    };
    line.split('|').take(12).map(field).collect()
}

/// A line of the log may contain the separator of fields. Secrets that probe.sh did not recognise are masked here.
fn log_line(report: &mut NodeReport, line: &str) {
    if report.log.len() < MAX_LOG_LINES {
        let printable: String = line.chars().filter(|letter| !is_unprintable(*letter)).collect();
        report.log.push(shown_line(&printable));
    }
}

fn next_field<'a>(report: &mut NodeReport, name: &str, value: &impl Fn(usize) -> &'a str) {
    let text = |at: usize| value(at).to_owned();
    let some = |at: usize| Some(value(at)).filter(|text| !text.is_empty() && *text != "-").map(str::to_owned);
    match name {
        "plan" => report.plan = text(0),
        "node" => report.node = text(0),
        "role" if value(0) == "load-balancer" => report.role = MachineRole::LoadBalancer,
        "database" => report.database = Some([text(0), text(1), text(2)]),
        "directory" => report.directory = Some(text(0)),
        "system" => report.system = format!("{} {}", value(0), value(1)),
        "account" => {
            let umask = u32::from_str_radix(value(2), 8).ok();
            report.account = value(1).parse().ok().zip(umask).map(|(number, umask)| (text(0), number, umask));
        }
        "cpus" => report.cpus = smallest(report.cpus, number(value(0))),
        "cpu-quota" => {
            let quota = value(0).split_once(' ').and_then(|(quota, period)| Some(number(quota)? / number(period)?));
            report.cpus = smallest(report.cpus, quota.filter(|quota| quota.is_finite() && *quota > 0.0));
        }
        "memory" => report.memory = value(0).parse().ok(),
        "memory-limit" => report.memory_limit = value(0).parse().ok(),
        "disk" => report.disk = value(0).parse().ok(),
        "open-files" => report.open_files = limit(value(0)),
        "processes" => report.processes = limit(value(0)),
        "entropy" => report.entropy = value(0).parse().ok(),
        "ntp" => report.ntp = flag(value(0)),
        "addresses" => report.addresses = addresses(value(0)),
        "name" if report.names.len() < MAX_VALUES => {
            let found = (value(1) != "?").then(|| addresses(value(1)));
            report.names.insert(text(0), found);
        }
        "hosts" => clean_value(&mut report.hosts, Some((text(0), text(1)))),
        "java" => report.java = Some((text(0), text(1))),
        "java-aes" => report.aes_bits = value(0).parse().ok(),
        "java-tls" => report.tls = value(0).split(' ').take(MAX_VALUES).map(str::to_owned).collect(),
        "port" => drop(port(value(0)).map(|kind| report.ports.insert(kind, value(2) == "used"))),
        "home" => report.home = Some((text(0), some(2).filter(|_| value(1) == "present"))),
        "is" => report.version = some(0),
        "update-level" => report.update_level = some(0),
        "heap" => report.heap = heap(value(0)),
        "running" => report.is_running = value(0) == "yes",
        "driver" => {
            let driver = JdbcDriverFile {
                folder: text(0),
                file: text(1),
                is_damaged: value(2) == "damaged",
                lacks_class: value(2) == "no-driver",
            };
            clean_value(&mut report.drivers, Some(driver));
        }
        "file" => clean_value(&mut report.files, state(value(1)).map(|state| (text(0), state, text(2)))),
        "key-store-urls" => report.key_store_urls = value(0).parse().unwrap_or(0),
        "access-log" => clean_value(&mut report.access_log, value(0).parse().ok().map(|moment| (moment, text(1)))),
        "log-read" => report.log_lines_read = value(0).parse().ok(),
        "log-entries" => report.log_entries = value(0).parse().ok(),
        "symmetric-key" => {
            report.symmetric_key = some(0);
            report.has_public_key = value(1) == "public";
        }
        "bundle-symmetric-key" => report.bundle_symmetric_key = some(0),
        "conf-mode" => report.conf_mode = some(0),
        "zip64" => report.takes_damaged_jars = flag(value(0)),
        "start" => {
            let starter =
                StartCommand { name: text(1), is_unit: value(0) == "unit", takes_damaged_jars: value(2) == "yes" };
            clean_value(&mut report.starters, Some(starter));
        }
        "artefacts" => {
            let artefact = SharedFolder {
                folder: text(0),
                is_writable: value(1) == "writable",
                source: some(2).filter(|_| value(1) != "missing").unwrap_or_default(),
                files: value(3).parse().unwrap_or(0),
                digest: text(4),
            };
            clean_value(&mut report.artefacts, Some(artefact));
        }
        "generated" => report.generated = value(0).parse().ok(),
        "edited" => clean_value(&mut report.edited, some(0)),
        "listen" => drop(port(value(0)).map(|kind| report.listened.insert(kind, value(2) == "open"))),
        "balancer" if report.balancers.len() < MAX_VALUES => {
            report.balancers.insert(text(0), text(1));
        }
        "reached" => report.has_reached = true,
        "reach" => clean_value(&mut report.reached, reached(value)),
        "login" => {
            report.login = match value(0) {
                "ok" => Some(DatabaseLogin::Worked),
                "error" => Some(DatabaseLogin::Refused(value(1).parse().ok())),
                "no-client" => Some(DatabaseLogin::NoClient),
                _ => None,
            }
        }
        _ => {}
    }
}

fn clean_value<T>(list: &mut Vec<T>, item: Option<T>) {
    if list.len() < MAX_VALUES {
        list.extend(item);
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

fn smallest(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn limit(text: &str) -> Option<u64> {
    if text == "unlimited" { Some(u64::MAX) } else { text.parse().ok() }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn addresses(text: &str) -> Vec<IpAddr> {
    let mut list: Vec<IpAddr> = text.split(' ').filter_map(|word| word.parse().ok()).take(MAX_VALUES).collect();
    list.sort_unstable();
    list.dedup();
    list
}

/// A size in the syntax of `-Xmx`, such as `1024m`.
fn heap(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)?.to_ascii_lowercase().as_str() {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

fn port(text: &str) -> Option<ProbedPort> {
    match text {
        "hazelcast" => Some(ProbedPort::Hazelcast),
        "https" => Some(ProbedPort::Https),
        "http" => Some(ProbedPort::Http),
        "thrift" => Some(ProbedPort::Thrift),
        "ldap" => Some(ProbedPort::EmbeddedLdap),
        "service" => Some(ProbedPort::Service),
        _ => None,
    }
}

fn state(text: &str) -> Option<FileState> {
    match text {
        "same" => Some(FileState::Same),
        "differs" => Some(FileState::Differs),
        "missing" => Some(FileState::Missing),
        "alone" => Some(FileState::Alone),
        _ => None,
    }
}

fn reached<'a>(value: &impl Fn(usize) -> &'a str) -> Option<ConnectionResult> {
    let answer = match value(3) {
        "ok" => ConnectionOutcome::Token,
        "connected" => ConnectionOutcome::Connected,
        "tls" => ConnectionOutcome::Tls,
        "http" => ConnectionOutcome::Http,
        "other" => ConnectionOutcome::Other,
        "other-plan" => ConnectionOutcome::OtherPlan,
        "other-node" => ConnectionOutcome::OtherNode,
        "closed" => ConnectionOutcome::Closed,
        "mute" => ConnectionOutcome::Mute,
        "refused" => ConnectionOutcome::Refused,
        "silent" => ConnectionOutcome::Silent,
        "unreachable" => ConnectionOutcome::Unreachable,
        "unresolved" => ConnectionOutcome::Unresolved,
        _ => return None,
    };
    Some(ConnectionResult {
        to: value(0).to_owned(),
        kind: port(value(1))?,
        port: value(2).parse().ok()?,
        answer,
        milliseconds: number(value(4)),
        ahead: value(5).parse().ok(),
        lost: value(6).parse().unwrap_or(0),
        answered_by: value(7).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = "$ ./probe.sh\r\nclusterwright-probe | 1\r\nplan | 00ff\r\nnode | is-1\r\naccount | wso2 | 1001 | 0027\r\n\
        cpus | 8\r\ncpu-quota | 200000 100000\r\nheap | 1g\r\nname | a.example | 10.0.0.2 10.0.0.1 10.0.0.2\r\nname | b.example | ?\r\n\
        reach | is-2 | hazelcast | 4000 | ok | 0.31 | -12 | 0 | is-2\r\nopen-files | unlimited\r\nfrom the future | 1\r\nend | 5\r\n$ ";

    #[test]
    fn a_pasted_report_is_read_whatever_stands_around_it() {
        let report = parse(WHOLE).unwrap();
        assert_eq!((report.plan.as_str(), report.node.as_str()), ("00ff", "is-1"));
        assert_eq!(report.account, Some(("wso2".to_owned(), 1001, 0o027)));
        assert_eq!((report.cpus, report.heap, report.open_files), (Some(2.0), Some(1 << 30), Some(u64::MAX)));
        assert_eq!(report.names["a.example"].as_deref().unwrap().len(), 2);
        assert_eq!(report.names["b.example"], None);
        let reached = report.reach("is-2", ProbedPort::Hazelcast, 4000).unwrap();
        assert_eq!(
            (reached.answer, reached.milliseconds, reached.ahead),
            (ConnectionOutcome::Token, Some(0.31), Some(-12))
        );
    }

    #[test]
    fn lines_of_the_log_are_kept_whole_with_masked_secrets() {
        let lines = "log-read | 14\nlog | ERROR {a.B} - Failed | twice |\x1b[0m\nlog | url a?password=S3cr3t-canary\nlog | end | 5\n";
        let report = parse(&WHOLE.replace("open-files", &format!("{lines}open-files"))).unwrap();
        assert_eq!(report.log_lines_read, Some(14));
        assert_eq!(report.log[0], "ERROR {a.B} - Failed | twice |[0m");
        assert!(report.log[1].starts_with("url a?password=") && !report.log[1].contains("canary"));
        assert_eq!((report.log.len(), report.open_files), (3, Some(u64::MAX)));
        let many = parse(&WHOLE.replace("open-files", &format!("{}open-files", "log | a\n".repeat(200)))).unwrap();
        assert_eq!(many.log.len(), MAX_LOG_LINES);
    }

    #[test]
    fn what_is_no_whole_report_is_rejected_with_the_reason() {
        let cut = WHOLE.split("end |").next().unwrap();
        assert_eq!(parse(cut).unwrap_err(), ReportProblem::CutOff);
        assert_eq!(parse("<html>404</html>").unwrap_err(), ReportProblem::NotAReport);
        assert_eq!(parse(&WHOLE.replace("probe | 1\r", "probe | 2\r")).unwrap_err(), ReportProblem::OtherFormat);
        assert_eq!(parse(&"x".repeat(MAX_REPORT_BYTES + 1)).unwrap_err(), ReportProblem::TooLong);
        assert_eq!(parse(&WHOLE.replace("node |", "knot |")).unwrap_err(), ReportProblem::NotAReport);
    }

    fn line() -> impl Strategy<Value = String> {
        let names = "(plan|node|role|account|cpus|cpu-quota|name|hosts|port|home|heap|driver|file|listen|reach|login|end|java|x)";
        (names, proptest::collection::vec(".{0,30}|[0-9]{0,25}|[a-z]{0,9}|hazelcast|ok", 0..10))
            .prop_map(|(name, values)| format!("{name} | {}", values.join(" | ")))
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_nothing_unseen_survives(lines in proptest::collection::vec(line(), 0..40)) {
            let text = format!("clusterwright-probe | 1\nnode | a\u{1b}[31m\u{202e}\n{}\nend | 1", lines.join("\n"));
            if let Ok(report) = parse(&text) {
                let shown = format!("{report:?}");
                let survived = shown.contains('\u{202e}') || shown.contains("u{1b}") || shown.contains("u{202e}");
                prop_assert!(!survived);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(text in ".{0,400}") {
            prop_assert!(parse(&text).is_err() || text.contains("clusterwright-probe"));
        }
    }
}
