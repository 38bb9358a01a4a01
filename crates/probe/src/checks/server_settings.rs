//! Settings for statements and sessions: DB-25 SQL mode, DB-27 case of table names, DB-30 idle timeout, DB-31 packet size, DB-32
//! transaction isolation, DB-36 time zone.

use domain::check::CheckId;

use super::server_variables::{clean_all, decide, missing_variable, with_new_value};
use crate::facts::Facts;
use crate::facts::variables::ServerVariables;
use crate::fault::Verdict;
use crate::mysql::greeting;
use domain::sites::reported;

/// SQL modes that change the meaning of IS's statements.
const CONFLICTING_MODES: [&str; 4] =
    ["ANSI_QUOTES", "PAD_CHAR_TO_FULL_LENGTH", "HIGH_NOT_PRECEDENCE", "EMPTY_STRING_IS_NULL"];
/// `validationInterval` of the bundle: the pool validates a connection that was idle for longer before it is used.
const VALIDATION_INTERVAL_SECONDS: u64 = 30;
/// What DB-31 requires of `max_allowed_packet`.
const MIN_PACKET_BYTES: u64 = 16 << 20;

const REQUIRED_MODE: &str = "No SQL mode changes the meaning of statements.";
const REQUIRED_CASE: &str = "lower_case_table_names has the default of the operating system: 0 on Linux.";
const REQUIRED_TIMEOUT: &str = "wait_timeout is above 30 s, after which the pool validates idle connections.";
const REQUIRED_PACKET: &str = "max_allowed_packet is at least 16 MB.";
const REQUIRED_ISOLATION: &str = "READ-COMMITTED or REPEATABLE-READ.";
const REQUIRED_ZONE: &str = "UTC, an offset or a zone with a full name.";

pub(crate) async fn sql_mode(facts: &Facts) -> Vec<Verdict> {
    decide(facts, CheckId::Db25, REQUIRED_MODE, evaluate_mode).await
}

pub(crate) async fn case_of_names(facts: &Facts) -> Vec<Verdict> {
    decide(facts, CheckId::Db27, REQUIRED_CASE, evaluate_case).await
}

pub(crate) async fn idle_timeout(facts: &Facts) -> Vec<Verdict> {
    decide(facts, CheckId::Db30, REQUIRED_TIMEOUT, evaluate_idle_timeout).await
}

pub(crate) async fn packet_size(facts: &Facts) -> Vec<Verdict> {
    decide(facts, CheckId::Db31, REQUIRED_PACKET, evaluate_packet).await
}

pub(crate) async fn isolation(facts: &Facts) -> Vec<Verdict> {
    decide(facts, CheckId::Db32, REQUIRED_ISOLATION, evaluate_isolation).await
}

pub(crate) async fn time_zone(facts: &Facts) -> Vec<Verdict> {
    let has_tables = match facts.schemas().await {
        Ok(schemas) => schemas.iter().any(|schema| schema.tables > 0),
        Err(_) => true,
    };
    match facts.variables().await {
        Ok(variables) => vec![evaluate_zone(variables, has_tables)],
        Err(fault) => vec![fault.verdict_for(CheckId::Db36, REQUIRED_ZONE)],
    }
}

fn evaluate_mode(variables: &ServerVariables) -> Verdict {
    let Some((_, mode)) = variables.first_of(&["sql_mode"]) else { return missing_variable("sql_mode", REQUIRED_MODE) };
    let (bad, good): (Vec<&str>, Vec<&str>) =
        mode.split(',').filter(|mode| !mode.is_empty()).partition(|mode| CONFLICTING_MODES.contains(mode));
    if bad.is_empty() {
        let current =
            if good.is_empty() { "No mode is set.".to_owned() } else { format!("{}.", clean_all(&good, ",")) };
        return Verdict::passed(current, REQUIRED_MODE);
    }
    let verdict = Verdict::warned(format!("sql_mode contains {}.", bad.join(", ")), REQUIRED_MODE)
        .remedy("Remove it from sql_mode. As an administrator, run:");
    // Names that stand for several modes, such as ORACLE, would add them again.
    let kept: Vec<&str> = good.into_iter().filter(|mode| mode.contains('_')).collect();
    with_new_value(variables, verdict, "sql_mode", &format!("'{}'", clean_all(&kept, ",")))
}

fn evaluate_case(variables: &ServerVariables) -> Verdict {
    const NAME: &str = "lower_case_table_names";
    let Some(value) = variables.number(NAME) else { return missing_variable(NAME, REQUIRED_CASE) };
    let system = variables.get("version_compile_os").to_ascii_lowercase();
    let default = match system.as_str() {
        _ if system.contains("win") && !system.contains("darwin") => 1,
        _ if ["macos", "osx", "darwin", "apple"].iter().any(|name| system.contains(name)) => 2,
        _ => 0,
    };
    let current = format!("{NAME} = {value}");
    if value == default {
        return Verdict::passed(format!("{current}."), REQUIRED_CASE);
    }
    Verdict::warned(format!("{current}. The default of its operating system is {default}."), REQUIRED_CASE).remedy(
        "Use the same value on every replica and on every server to which a backup may be restored. The value is set when a server \
         is installed; with another value tables are not found. On each replica, run:",
    )
    .command(format!("SHOW GLOBAL VARIABLES LIKE '{NAME}';"))
}

fn evaluate_idle_timeout(variables: &ServerVariables) -> Verdict {
    let Some(seconds) = variables.number("wait_timeout") else {
        return missing_variable("wait_timeout", REQUIRED_TIMEOUT);
    };
    let current = format!("wait_timeout = {seconds} s.");
    if seconds > VALIDATION_INTERVAL_SECONDS {
        return Verdict::passed(current, REQUIRED_TIMEOUT);
    }
    let verdict = Verdict::warned(
        format!("{current} The server closes connections that the pool considers open."),
        REQUIRED_TIMEOUT,
    )
    .remedy("Increase it. As an administrator, run:");
    with_new_value(variables, verdict, "wait_timeout", "28800")
}

fn evaluate_packet(variables: &ServerVariables) -> Verdict {
    let Some(bytes) = variables.number("max_allowed_packet") else {
        return missing_variable("max_allowed_packet", REQUIRED_PACKET);
    };
    let current = format!("max_allowed_packet = {bytes} bytes.");
    if bytes >= MIN_PACKET_BYTES {
        return Verdict::passed(current, REQUIRED_PACKET);
    }
    let verdict = Verdict::warned(current, REQUIRED_PACKET)
        .remedy("Increase it: the server rejects larger packets. As an administrator, run:");
    with_new_value(variables, verdict, "max_allowed_packet", "67108864")
}

fn evaluate_isolation(variables: &ServerVariables) -> Verdict {
    // MariaDB before 11.1 and MySQL before 8 have only the second name.
    let Some((name, level)) = variables.first_of(&["transaction_isolation", "tx_isolation"]) else {
        return missing_variable("transaction_isolation", REQUIRED_ISOLATION);
    };
    match level {
        "READ-COMMITTED" | "REPEATABLE-READ" => Verdict::passed(format!("{level}."), REQUIRED_ISOLATION),
        other => {
            let effect = if other == "SERIALIZABLE" {
                reported("Reads lock rows.")
            } else {
                reported("Reads see uncommitted changes.")
            };
            let verdict =
                Verdict::warned(format!("{}. {effect}", greeting::clean(other.as_bytes())), REQUIRED_ISOLATION)
                    .remedy("Set the default level. As an administrator, run:");
            with_new_value(variables, verdict, name, "'REPEATABLE-READ'")
        }
    }
}

/// Connector/J reads the zone only if its URL requests it, which ours does not (from 8.0.23 on, which DB-41 requires). An
/// abbreviation of the operating system is therefore accepted. One that was configured on the server means different zones to
/// different readers.
fn evaluate_zone(variables: &ServerVariables, has_tables: bool) -> Verdict {
    let Some((_, zone)) = variables.first_of(&["time_zone"]) else {
        return missing_variable("time_zone", REQUIRED_ZONE);
    };
    let shown = |zone: &str| clean_all(&zone.split('/').collect::<Vec<_>>(), "/");
    if zone == "SYSTEM" {
        return Verdict::passed(
            format!("The zone of the operating system, {}.", shown(variables.get("system_time_zone"))),
            REQUIRED_ZONE,
        );
    }
    if is_unambiguous(zone) {
        return Verdict::passed(format!("time_zone is {}.", shown(zone)), REQUIRED_ZONE);
    }
    let current = format!("time_zone is \u{201c}{}\u{201d}, which is ambiguous.", shown(zone));
    let verdict = Verdict::warned(current, REQUIRED_ZONE);
    if has_tables {
        // Every stored TIMESTAMP would be read with another offset.
        return verdict
            .remedy("Do not change it while the tables hold rows, unless all times are in UTC. Use one zone on the nodes and the server.");
    }
    let verdict = verdict.remedy("While the tables are empty, set the zone as an offset. As an administrator, run:");
    with_new_value(variables, verdict, "time_zone", "'+00:00'")
}

/// Whether a zone has one meaning. Abbreviations such as CEST or CST do not.
fn is_unambiguous(zone: &str) -> bool {
    zone.starts_with(['+', '-']) || zone.contains('/') || matches!(zone, "UTC" | "GMT" | "Z" | "Universal" | "Zulu")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(verdict: &Verdict) -> String {
        format!("{verdict:?}")
    }

    #[test]
    fn ambiguous_zones_are_found() {
        for (zone, certain) in
            [("UTC", true), ("+02:00", true), ("Europe/Berlin", true), ("CEST", false), ("CST", false), ("", false)]
        {
            assert_eq!(is_unambiguous(zone), certain, "{zone}");
            let verdict = evaluate_zone(&ServerVariables::of(&[("time_zone", zone)]), false);
            assert_eq!(text(&verdict).contains("Passed"), certain);
            assert_eq!(text(&verdict).contains("+00:00'"), !certain);
            let system =
                evaluate_zone(&ServerVariables::of(&[("time_zone", "SYSTEM"), ("system_time_zone", zone)]), false);
            assert!(text(&system).contains("Passed"), "{zone}");
            let filled = text(&evaluate_zone(&ServerVariables::of(&[("time_zone", zone)]), true));
            assert!(!filled.contains("SET"), "stored times would move: {filled}");
        }
    }

    #[test]
    fn the_default_case_of_names_depends_on_the_system() {
        for (system, value, fine) in
            [("Linux", "0", true), ("debian-linux-gnu", "1", false), ("Win64", "1", true), ("macos14", "2", true)]
        {
            let variables = ServerVariables::of(&[("version_compile_os", system), ("lower_case_table_names", value)]);
            assert_eq!(text(&evaluate_case(&variables)).contains("Passed"), fine, "{system} {value}");
        }
    }

    #[test]
    fn missing_variables_are_skipped() {
        let nothing = ServerVariables::of(&[]);
        for evaluate in [evaluate_mode, evaluate_case, evaluate_idle_timeout, evaluate_packet, evaluate_isolation] {
            assert!(text(&evaluate(&nothing)).contains("CouldNotCheck"));
        }
        assert!(text(&evaluate_zone(&nothing, false)).contains("CouldNotCheck"));
    }
}
