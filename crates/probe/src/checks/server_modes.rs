//! How the server treats statements and sessions: DB-25 SQL mode, DB-27 case of table names, DB-30 idle time, DB-31 packet
//! size, DB-32 transaction isolation, DB-36 time zone.

use domain::check::CheckId;

use super::server_variables::{self as variables, Variables, clean_all, untold};
use crate::fault::Verdict;
use crate::mysql::greeting;
use crate::shared::Shared;

/// Modes that change what IS's statements mean.
const MODES: [&str; 4] = ["ANSI_QUOTES", "PAD_CHAR_TO_FULL_LENGTH", "HIGH_NOT_PRECEDENCE", "EMPTY_STRING_IS_NULL"];
/// Time after which the pool looks at a connection anew before it gives it out, in seconds: `validationInterval` of the
/// bundle.
const VALIDATION: u64 = 30;
/// What the check of packets asks for, in bytes.
const PACKET: u64 = 16 << 20;

const MODE: &str = "no mode that changes what statements mean";
const CASE: &str = "the usual value of the system: 0 on Linux";
const IDLE: &str = "wait_timeout above 30 s, after which the pool looks at idle connections";
const LARGEST: &str = "max_allowed_packet of 16 MB or more";
const ISOLATION: &str = "READ-COMMITTED or REPEATABLE-READ";
const ZONE: &str = "UTC, an offset or a zone by its name";

pub(crate) async fn sql_mode(shared: &Shared) -> Vec<Verdict> {
    variables::decide(shared, CheckId::Db25, MODE, judge_mode).await
}

pub(crate) async fn case_of_names(shared: &Shared) -> Vec<Verdict> {
    variables::decide(shared, CheckId::Db27, CASE, judge_case).await
}

pub(crate) async fn idle_time(shared: &Shared) -> Vec<Verdict> {
    variables::decide(shared, CheckId::Db30, IDLE, judge_idle_time).await
}

pub(crate) async fn packet_size(shared: &Shared) -> Vec<Verdict> {
    variables::decide(shared, CheckId::Db31, LARGEST, judge_packet).await
}

pub(crate) async fn isolation(shared: &Shared) -> Vec<Verdict> {
    variables::decide(shared, CheckId::Db32, ISOLATION, judge_isolation).await
}

pub(crate) async fn time_zone(shared: &Shared) -> Vec<Verdict> {
    let has_tables = match shared.schemas().await {
        Ok(schemas) => schemas.iter().any(|schema| schema.tables > 0),
        Err(_) => true,
    };
    match shared.variables().await {
        Ok(variables) => vec![judge_zone(variables, has_tables)],
        Err(fault) => vec![fault.told_by(CheckId::Db36, ZONE)],
    }
}

fn judge_mode(variables: &Variables) -> Verdict {
    let Some((_, mode)) = variables.first_of(&["sql_mode"]) else { return untold("sql_mode", MODE) };
    let (bad, good): (Vec<&str>, Vec<&str>) =
        mode.split(',').filter(|mode| !mode.is_empty()).partition(|mode| MODES.contains(mode));
    if bad.is_empty() {
        let current = if good.is_empty() { "no mode".to_owned() } else { clean_all(&good, ",") };
        return Verdict::passed(current, MODE);
    }
    let verdict = Verdict::warned(format!("sql_mode has {}", bad.join(", ")), MODE)
        .remedy("Take it out of the server's sql_mode. As an administrator:");
    // Names that combine others, such as ORACLE, would bring them back.
    let kept: Vec<&str> = good.into_iter().filter(|mode| mode.contains('_')).collect();
    variables.set(verdict, "sql_mode", &format!("'{}'", clean_all(&kept, ",")))
}

fn judge_case(variables: &Variables) -> Verdict {
    const NAME: &str = "lower_case_table_names";
    let Some(value) = variables.number(NAME) else { return untold(NAME, CASE) };
    let system = variables.get("version_compile_os").to_ascii_lowercase();
    let usual = match system.as_str() {
        _ if system.contains("win") && !system.contains("darwin") => 1,
        _ if ["macos", "osx", "darwin", "apple"].iter().any(|name| system.contains(name)) => 2,
        _ => 0,
    };
    let current = format!("{NAME} = {value}");
    if value == usual {
        return Verdict::passed(current, CASE);
    }
    Verdict::warned(format!("{current}, where {usual} is usual on its system"), CASE).remedy(
        "Give every replica and every server that a backup may be restored to the same value: it is chosen when a server \
         is installed, and with another one tables are not found.",
    )
    .command(format!("SHOW GLOBAL VARIABLES LIKE '{NAME}'; -- on each replica"))
}

fn judge_idle_time(variables: &Variables) -> Verdict {
    let Some(seconds) = variables.number("wait_timeout") else { return untold("wait_timeout", IDLE) };
    let current = format!("wait_timeout = {seconds} s");
    if seconds > VALIDATION {
        return Verdict::passed(current, IDLE);
    }
    let verdict = Verdict::warned(format!("{current}: the server closes connections the pool takes for good"), IDLE)
        .remedy("Raise it. As an administrator:");
    variables.set(verdict, "wait_timeout", "28800")
}

fn judge_packet(variables: &Variables) -> Verdict {
    let Some(bytes) = variables.number("max_allowed_packet") else { return untold("max_allowed_packet", LARGEST) };
    let current = format!("max_allowed_packet = {bytes} bytes");
    if bytes >= PACKET {
        return Verdict::passed(current, LARGEST);
    }
    let verdict = Verdict::warned(current, LARGEST).remedy("Raise it: larger values are refused. As an administrator:");
    variables.set(verdict, "max_allowed_packet", "67108864")
}

fn judge_isolation(variables: &Variables) -> Verdict {
    // MariaDB before 11.1 and MySQL before 8 know the second name alone.
    let Some((name, level)) = variables.first_of(&["transaction_isolation", "tx_isolation"]) else {
        return untold("transaction_isolation", ISOLATION);
    };
    match level {
        "READ-COMMITTED" | "REPEATABLE-READ" => Verdict::passed(level, ISOLATION),
        other => {
            let why = if other == "SERIALIZABLE" { "what is read is locked" } else { "what is rolled back is seen" };
            let verdict = Verdict::warned(format!("{}: {why}", greeting::clean(other.as_bytes())), ISOLATION)
                .remedy("Set the usual level. As an administrator:");
            variables.set(verdict, name, "'REPEATABLE-READ'")
        }
    }
}

/// Connector/J asks for the zone only where its URL says so, which ours does not (from 8.0.23 on, which DB-41 sees to). A
/// system's own abbreviation is therefore fine; one that somebody gave to the server means different zones to different
/// readers.
fn judge_zone(variables: &Variables, has_tables: bool) -> Verdict {
    let Some((_, zone)) = variables.first_of(&["time_zone"]) else { return untold("time_zone", ZONE) };
    let shown = |zone: &str| clean_all(&zone.split('/').collect::<Vec<_>>(), "/");
    if zone == "SYSTEM" {
        return Verdict::passed(format!("the system's zone, {}", shown(variables.get("system_time_zone"))), ZONE);
    }
    if is_certain(zone) {
        return Verdict::passed(format!("time_zone is {}", shown(zone)), ZONE);
    }
    let current = format!("time_zone is \u{201c}{}\u{201d}, which is another zone elsewhere", shown(zone));
    let verdict = Verdict::warned(current, ZONE);
    if has_tables {
        // Every TIMESTAMP that is stored would be read hours off.
        return verdict
            .remedy("Leave it while there are rows, unless all times are in UTC; give nodes and server one zone.");
    }
    let verdict =
        verdict.remedy("Give the server a zone by offset, as long as the tables are empty. As an administrator:");
    variables.set(verdict, "time_zone", "'+00:00'")
}

/// Whether a zone means one thing to everybody: abbreviations such as CEST or CST do not.
fn is_certain(zone: &str) -> bool {
    zone.starts_with(['+', '-']) || zone.contains('/') || matches!(zone, "UTC" | "GMT" | "Z" | "Universal" | "Zulu")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(verdict: &Verdict) -> String {
        format!("{verdict:?}")
    }

    #[test]
    fn zones_are_told_apart() {
        for (zone, certain) in
            [("UTC", true), ("+02:00", true), ("Europe/Berlin", true), ("CEST", false), ("CST", false), ("", false)]
        {
            assert_eq!(is_certain(zone), certain, "{zone}");
            let verdict = judge_zone(&Variables::of(&[("time_zone", zone)]), false);
            assert_eq!(says(&verdict).contains("Passed"), certain);
            assert_eq!(says(&verdict).contains("+00:00'"), !certain);
            let system = judge_zone(&Variables::of(&[("time_zone", "SYSTEM"), ("system_time_zone", zone)]), false);
            assert!(says(&system).contains("Passed"), "{zone}");
            let filled = says(&judge_zone(&Variables::of(&[("time_zone", zone)]), true));
            assert!(!filled.contains("SET"), "stored times would move: {filled}");
        }
    }

    #[test]
    fn the_usual_case_of_names_depends_on_the_system() {
        for (system, value, fine) in
            [("Linux", "0", true), ("debian-linux-gnu", "1", false), ("Win64", "1", true), ("macos14", "2", true)]
        {
            let variables = Variables::of(&[("version_compile_os", system), ("lower_case_table_names", value)]);
            assert_eq!(says(&judge_case(&variables)).contains("Passed"), fine, "{system} {value}");
        }
    }

    #[test]
    fn what_is_not_told_is_not_judged() {
        let nothing = Variables::of(&[]);
        for judge in [judge_mode, judge_case, judge_idle_time, judge_packet, judge_isolation] {
            assert!(says(&judge(&nothing)).contains("CouldNotCheck"));
        }
        assert!(says(&judge_zone(&nothing, false)).contains("CouldNotCheck"));
    }
}
