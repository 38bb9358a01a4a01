//! What containers, systemd, wrappers and mail put in front of a line: removed before its layout is read.

/// How many prefixes one line may have.
const MAX_PREFIXES: usize = 4;

/// The line without prefixes, and the time that the last of them stated; empty without one.
pub(super) fn strip_prefixes(line: &str) -> (&str, &str) {
    let (mut time, mut rest) = ("", line);
    for _ in 0..MAX_PREFIXES {
        if let Some((stated, next)) = container_time(rest) {
            (time, rest) = (stated, next);
            continue;
        }
        let named = || quote(rest).or_else(|| pod(rest)).or_else(|| journal(rest, !time.is_empty()));
        let Some(next) = named().or_else(|| service_wrapper(rest)).or_else(|| compose(rest)) else { break };
        rest = next;
    }
    (time, rest)
}

/// `> `, as mail and issues quote.
fn quote(line: &str) -> Option<&str> {
    line.strip_prefix("> ").or_else(|| line.strip_prefix(">\t"))
}

/// `[pod/wso2is-0/wso2is] `, of `kubectl logs --prefix`.
fn pod(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix("[pod/")?.split_once("] ")?;
    (!name.contains(' ')).then_some(rest)
}

/// `wso2is-1  | `, of `docker compose logs`.
fn compose(line: &str) -> Option<&str> {
    let end = line.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)))?;
    let rest = line[end..].trim_start_matches(' ');
    (end > 0 && end < 64 && line.len() > end && line[end..].starts_with(' ')).then(|| rest.strip_prefix("| ")).flatten()
}

/// `2025-04-10T20:08:31.356Z `, of `docker logs -t` and `kubectl logs --timestamps`, with `stdout F ` on the disk of a
/// Kubernetes node.
fn container_time(line: &str) -> Option<(&str, &str)> {
    let (time, rest) = line.split_once(' ')?;
    let (day, clock) = time.split_once('T')?;
    let zone = clock.trim_start_matches(|letter: char| letter.is_ascii_digit() || ":.".contains(letter));
    let is_zone = zone == "Z" || (zone.starts_with(['+', '-']) && matches!(zone.len(), 5 | 6));
    if !super::layout::is_day(day) || !is_zone {
        return None;
    }
    let streams = ["stdout F ", "stderr F ", "stdout P ", "stderr P "];
    Some((time, streams.iter().find_map(|stream| rest.strip_prefix(stream)).unwrap_or(rest)))
}

/// `Apr 10 20:08:31 is-1 wso2server.sh[812]: `, of journalctl and syslog; with `has_time` without the date.
fn journal(line: &str, has_time: bool) -> Option<&str> {
    const MONTHS: [&str; 12] =
        ["Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "];
    let mut rest = line;
    if let Some(after) = MONTHS.iter().find_map(|month| line.strip_prefix(month)) {
        let (day, after) = after.trim_start().split_once(' ')?;
        let (clock, after) = after.split_once(' ')?;
        if day.parse::<u8>().is_err() || clock.len() != 8 || !clock.contains(':') {
            return None;
        }
        rest = after;
    } else if !has_time {
        return None;
    }
    let (host, rest) = rest.split_once(' ')?;
    let (unit, rest) = rest.split_once(": ")?;
    let process = unit.strip_suffix(']').and_then(|unit| unit.split_once('[')).map(|(_, process)| process);
    let is_unit = process.map_or(!has_time, |process| process.bytes().all(|byte| byte.is_ascii_digit()));
    (is_unit && !unit.contains(' ') && !host.starts_with('[')).then_some(rest)
}

/// `FINEST|4644/0|"WSO2 Carbon"|19-08-20 20:28:47|` and `INFO   | jvm 1    | 2019/08/20 20:28:47 | `, of service wrappers.
fn service_wrapper(line: &str) -> Option<&str> {
    let (level, rest) = line.split_once('|')?;
    let level = level.trim_end();
    if super::super::entry::LogLevel::from_word(level).is_none() && level != "STATUS" {
        return None;
    }
    let (source, _) = rest.split_once('|')?;
    let fields = if source.contains("jvm") || source.contains("wrapper") { 2 } else { 3 };
    let after = rest.splitn(fields + 1, '|').nth(fields)?;
    Some(after.strip_prefix(' ').unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_prefix_is_removed() {
        let line = "[2025-04-10 20:08:31,356] [] ERROR {a.B} - text";
        for prefix in [
            "> ",
            "2025-04-10T20:08:31.356123456Z stdout F ",
            "2025-04-10T20:08:31.356Z ",
            "2025-04-10T20:08:31+02:00 ",
            "wso2is-1  | ",
            "wso2is-1  | 2025-04-10T20:08:31.356Z ",
            "[pod/wso2is-0/wso2is] ",
            "Apr 10 20:08:31 is-1 wso2server.sh[812]: ",
            "Apr  9 20:08:31 is-1 java[812]: ",
            "2025-04-10T20:08:31+0200 is-1 wso2server.sh[812]: ",
            "FINEST|4644/0|\"WSO2 Carbon\"|19-08-20 20:28:47|",
            "INFO   | jvm 1    | 2019/08/20 20:28:47 | ",
        ] {
            assert_eq!(strip_prefixes(&format!("{prefix}{line}")).1, line, "{prefix}");
            assert_eq!(strip_prefixes(&format!("{prefix}\tat a.B(C.java:1)")).1.trim(), "at a.B(C.java:1)", "{prefix}");
        }
    }

    #[test]
    fn texts_that_only_resemble_a_prefix_stay() {
        for line in [
            "2026-04-22T12:39:17,053 [-] [thread] ERROR {a.B} text",
            "Caused by: java.lang.Error: a | b",
            "a|b",
            "May be: text",
            "INFO|",
            "|",
        ] {
            assert_eq!(strip_prefixes(line), ("", line));
        }
    }
}
