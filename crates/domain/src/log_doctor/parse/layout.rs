//! The layouts of the first line of an entry: IS's files and console since 4.x, the config mapper, start scripts, database
//! clients, NGINX and HAProxy.

use super::super::entry::LogLevel;

/// The first line of an entry, taken apart.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Header<'a> {
    pub(super) time: &'a str,
    pub(super) level: LogLevel,
    pub(super) logger: &'a str,
    pub(super) message: &'a str,
    /// Whether only IS, NGINX, HAProxy or a database client writes this layout: other programs have similar ones.
    pub(super) is_own: bool,
    /// Whether it belongs to a request, by its correlation ID.
    pub(super) is_request: bool,
}

impl<'a> Header<'a> {
    const fn own(time: &'a str, level: LogLevel, logger: &'a str, message: &'a str) -> Self {
        Self { time, level, logger, message, is_own: true, is_request: false }
    }
}

/// Maximum number of brackets in front of the level.
const MAX_BRACKETS: usize = 8;
/// How far from its beginning a line may have its layout, in bytes: behind a prefix that is not known.
const MAX_UNKNOWN_PREFIX_BYTES: usize = 200;

/// Reads the first line of an entry. `time` is what a prefix stated.
pub(super) fn header<'a>(line: &'a str, time: &'a str) -> Option<Header<'a>> {
    let text = line.trim_start();
    nginx(text)
        .or_else(|| carbon(text, time))
        .or_else(|| bare_time(text))
        .or_else(|| bare_level(text))
        .or_else(|| script(text))
        .or_else(|| database_client(text))
        .or_else(|| behind_prefix(text))
}

/// `TID: [-1234] [oauth2] [2025-03-26 04:32:14,780] [id] ERROR {class} - message`, and the same without `TID:` or with
/// other brackets, as long as one of them is the time.
fn carbon<'a>(text: &'a str, stated: &'a str) -> Option<Header<'a>> {
    let mut rest = text.strip_prefix("TID:").unwrap_or(text).trim_start();
    let mut time = stated;
    let mut is_request = false;
    for _ in 0..MAX_BRACKETS {
        let Some((content, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { break };
        if is_time(content) {
            time = content;
        }
        is_request |= is_correlation_id(content);
        rest = after.trim_start();
    }
    if time.is_empty() || std::ptr::eq(rest, text) {
        return None;
    }
    // `: name :` is in front of the level in the layout of a cloud.
    let unnamed =
        rest.strip_prefix(": ").and_then(|rest| rest.split_once(" : ")).filter(|(name, _)| !name.contains(' '));
    let header = after_time(time, unnamed.map_or(rest, |(_, rest)| rest))?;
    Some(Header { is_own: header.is_own || text.starts_with("TID:"), is_request, ..header })
}

/// `0b9f4a61-2f4b-4a0d-9c58-7f5d8a1be0c2`.
fn is_correlation_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && text.matches('-').count() == 4
}

/// `2025-04-10 20:08:31,356 main ERROR message`, `2026-04-22T12:39:17,053 [-] [thread] ERROR {class} message`.
fn bare_time(text: &str) -> Option<Header<'_>> {
    let day = text.get(..10).filter(|day| is_day(day))?;
    let rest = text[day.len()..].strip_prefix(['T', ' '])?;
    let end = rest.find(' ')?;
    let time = &text[..day.len() + 1 + end];
    if !is_clock(&rest[..end]) {
        return None;
    }
    let mut rest = rest[end..].trim_start();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        rest = after.trim_start();
    }
    after_time(time, rest).or_else(|| after_time(time, rest.split_once(' ')?.1))
}

/// Level, logger and message.
fn after_time<'a>(time: &'a str, rest: &'a str) -> Option<Header<'a>> {
    let end = rest.find(|letter: char| !letter.is_ascii_alphabetic())?;
    let level =
        LogLevel::from_word(&rest[..end]).filter(|_| rest[..end].chars().all(|one| one.is_ascii_uppercase()))?;
    let rest = rest[end..].trim_start_matches([' ', ':']);
    // `INFO - {class} message`, of some 5.x consoles.
    let rest = rest.strip_prefix("- ").filter(|rest| rest.starts_with('{')).unwrap_or(rest);
    if let Some((logger, message)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        let message = message.trim_start();
        let message = message.strip_prefix('-').unwrap_or(message).trim();
        // The config mapper and 5.9 repeat the class at the end.
        let class = logger.split(' ').next().unwrap_or(logger);
        let message = message.strip_suffix('}').map_or(message, |text| {
            text.strip_suffix(class).and_then(|text| text.strip_suffix('{')).map_or(message, str::trim_end)
        });
        return Some(Header::own(time, level, class, message));
    }
    // `ERROR - Activator Cannot start`, of old consoles.
    if let Some(rest) = rest.strip_prefix("- ") {
        let (logger, message) = rest.trim_start().split_once(' ').unwrap_or(("", rest));
        let is_class = logger.chars().next().is_some_and(char::is_uppercase);
        let (logger, message) = if is_class { (logger, message) } else { ("", rest) };
        return Some(Header { is_own: is_class, ..Header::own(time, level, logger, message.trim()) });
    }
    Some(Header { is_own: false, ..Header::own(time, level, "", rest.trim()) })
}

/// `ERROR - Activator Cannot start`, of consoles without times.
fn bare_level(text: &str) -> Option<Header<'_>> {
    let (word, rest) = text.split_once(" - ")?;
    LogLevel::from_word(word)?;
    rest.starts_with(|letter: char| letter.is_ascii_uppercase()).then(|| after_time("", text)).flatten()
}

/// ` [ERROR] message` of wso2server.sh, `[ALERT] (8) : message` of HAProxy, and `SEVERE: message` of Java.
fn script(text: &str) -> Option<Header<'_>> {
    if let Some((word, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let level = LogLevel::from_word(word.trim())?;
        let message = rest.trim();
        return Some(Header { is_own: message.starts_with('('), ..Header::own("", level, "", message) });
    }
    let (word, rest) = text.split_once(": ")?;
    let level = ["SEVERE", "WARNING"].contains(&word).then(|| LogLevel::from_word(word)).flatten()?;
    Some(Header { is_own: false, ..Header::own("", level, "", rest.trim()) })
}

/// `ERROR 1071 (42000) at line 12: message` of mysql and mariadb.
fn database_client(text: &str) -> Option<Header<'_>> {
    let number = text.strip_prefix("ERROR ")?.split(' ').next()?;
    let is_number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(Header::own("", LogLevel::Error, "mysql", text))
}

/// `2025/04/14 10:21:43 [error] 31#31: *1542 message`, and `nginx: [emerg] message`.
fn nginx(text: &str) -> Option<Header<'_>> {
    let (time, rest) = match text.strip_prefix("nginx: ") {
        Some(rest) => ("", rest),
        None => {
            let is_date = |day: &str| day.contains('/') && is_day(&day.replace('/', "-"));
            let time = text
                .get(..19)
                .filter(|time| time.get(..10).is_some_and(is_date) && time.get(11..).is_some_and(is_clock))?;
            (time, text[19..].strip_prefix(' ')?)
        }
    };
    let (word, rest) = rest.strip_prefix('[')?.split_once(']')?;
    let level = LogLevel::from_word(word)?;
    let mut message = rest.trim_start();
    if let Some((process, rest)) = message.split_once(": ")
        && process.bytes().all(|byte| byte.is_ascii_digit() || byte == b'#')
    {
        message = rest;
    }
    if let Some((_, rest)) = message.strip_prefix('*').and_then(|rest| rest.split_once(' ')) {
        message = rest;
    }
    Some(Header::own(time, level, "nginx", message))
}

/// A layout behind a prefix that is not known, such as that of a log collector.
fn behind_prefix(text: &str) -> Option<Header<'_>> {
    let near = super::super::entry::cut(text, MAX_UNKNOWN_PREFIX_BYTES);
    let starts = near.match_indices("TID: [").chain(near.match_indices("[20")).map(|(at, _)| at);
    let is_separate = |at: &usize| near[..*at].ends_with([' ', '>', '|', ':', '"', '\t', '=']);
    starts.filter(is_separate).find_map(|at| carbon(&text[at..], ""))
}

/// `2025-04-10`.
pub(super) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(
            |(at, byte)| {
                if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() }
            },
        )
}

/// `20:08:31,356`, also with one digit of the hour, with a point, or without the fraction.
fn is_clock(text: &str) -> bool {
    let whole = text.split([',', '.']).next().unwrap_or_default();
    let parts: Vec<&str> = whole.split(':').collect();
    parts.len() == 3
        && parts.iter().all(|part| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A time as brackets hold it: day, blank or `T`, clock.
fn is_time(text: &str) -> bool {
    text.get(..10).is_some_and(is_day)
        && text[10..].strip_prefix([' ', 'T']).is_some_and(|clock| is_clock(clock.trim_end_matches('Z')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (&str, LogLevel, &str, &str) {
        let Header { time, level, logger, message, .. } = header(line, "").unwrap_or_else(|| panic!("{line}"));
        (time, level, logger, message)
    }

    #[test]
    fn every_layout_of_is_is_read() {
        const TIME: &str = "2025-03-26 04:32:14,780";
        let expected = (TIME, LogLevel::Error, "org.example.A", "The message");
        for line in [
            "TID: [-1234] [oauth2] [2025-03-26 04:32:14,780] [9b1f] ERROR {org.example.A} - The message",
            "TID: [] [] [2025-03-26 04:32:14,780] [] ERROR {org.example.A} - The message",
            "TID: [-1234] [carbon.super] [oauth2] [2025-03-26 04:32:14,780] [9b1f] ERROR {org.example.A} - The message",
            "TID: [-1234] [] [2025-03-26 04:32:14,780] ERROR {org.example.A} -  The message",
            "TID: [-1234] [] [2025-03-26 04:32:14,780] ERROR {org.example.A} -  The message {org.example.A}",
            "TID: [2025-03-26 04:32:14,780] ERROR {org.example.A} - The message {org.example.A}",
            "[2025-03-26 04:32:14,780] [9b1f] ERROR {org.example.A} - The message",
            "[2025-03-26 04:32:14,780]  SEVERE {org.example.A start} - The message",
            "2025-03-26 04:32:14,780 [-] [main] ERROR {org.example.A} The message",
            "TID: [] Tenant: [] [2025-03-26 04:32:14,780] [] : iam-cloud : ERROR {org.example.A} - The message",
            "[2025-03-26 04:32:14,780] [IS] ERROR - {org.example.A} The message",
            "host-7 app=is [2025-03-26 04:32:14,780] [] FATAL {org.example.A} - The message",
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
        let hour = read("[2025-03-26 4:32:14,780]  SEVERE {org.example.A start} - The message ");
        assert_eq!(hour, ("2025-03-26 4:32:14,780", LogLevel::Error, "org.example.A", "The message"));
        let old = read("[2025-03-26 04:32:14,780] ERROR - Activator Cannot start");
        assert_eq!((old.2, old.3), ("Activator", "Cannot start"));
        assert_eq!(read("ERROR - Activator Cannot start"), ("", LogLevel::Error, "Activator", "Cannot start"));
        assert_eq!(read("[2025-03-26 04:32:14,780] [] INFO {a.B} - x").1, LogLevel::Info);
    }

    #[test]
    fn the_layouts_of_scripts_clients_and_proxies_are_read() {
        assert_eq!(read(" [ERROR] Needs a newer JDK."), ("", LogLevel::Error, "", "Needs a newer JDK."));
        assert_eq!(read("SEVERE: text"), ("", LogLevel::Error, "", "text"));
        assert_eq!(read("[ALERT]    (8) : text").1, LogLevel::Error);
        let client = read("ERROR 1071 (42000) at line 12: Specified key was too long");
        assert_eq!((client.1, client.2), (LogLevel::Error, "mysql"));
        let error = read("2025/04/14 10:21:43 [error] 31#31: *1542 connect() failed, client: 192.0.2.1");
        assert_eq!(error, ("2025/04/14 10:21:43", LogLevel::Error, "nginx", "connect() failed, client: 192.0.2.1"));
        assert_eq!(read("nginx: [emerg] host not found in upstream").1, LogLevel::Error);
        assert_eq!(read("2025/04/14 10:21:43 [notice] 1#1: start worker").1, LogLevel::Info);
    }

    #[test]
    fn other_lines_have_no_layout() {
        for line in [
            "",
            "Caused by: java.lang.Error: text",
            "\tat a.B(C.java:1)",
            "logged in at [2025-06-03 10:22:18,714+0700]",
            "[2025-03-26 04:32:14,780] text without a level",
            "[oauth2] ERROR {a.B} - no time",
            "Error: text",
            "[jsp] text",
        ] {
            assert_eq!(header(line, ""), None, "{line}");
        }
    }
}
