//! Lines that are JSON objects: what Docker writes around a line, and IS's own JSON layout.

/// How many members of one object are read.
const MAX_MEMBERS: usize = 40;

/// What a line of JSON holds.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum JsonLine {
    /// One line or more of a container.
    Container(String),
    /// An entry.
    Entry { time: String, level: String, logger: String, message: String, details: String },
}

/// Reads a line that is a JSON object; `None` for every other line.
pub(super) fn json_line(line: &str) -> Option<JsonLine> {
    let line = line.trim();
    if !(line.starts_with('{') && line.ends_with('}') && line.contains('"')) {
        return None;
    }
    let members = members(line);
    let find = |names: &[&str]| {
        let member = members.iter().find(|(name, _)| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)));
        member.map(|(_, value)| value.clone())
    };
    if let Some(log) = find(&["log"]) {
        return Some(JsonLine::Container(log));
    }
    let (level, message) = find(&["level", "severity", "log.level"]).zip(find(&["message", "msg"]))?;
    // In a thrown exception, `name` and `message` are nested.
    let mut details = find(&["stack_trace", "stackTrace", "extendedStackTrace", "exception"]).unwrap_or_default();
    let names = members.iter().filter(|(name, _)| name == "name").map(|(_, value)| value);
    let messages = members.iter().filter(|(name, _)| name == "message").skip(1).map(|(_, value)| value);
    for (name, message) in names.zip(messages) {
        details.push_str(&format!("\nCaused by: {name}: {message}"));
    }
    Some(JsonLine::Entry {
        time: find(&["@timestamp", "timestamp", "time", "instant", "date"]).unwrap_or_default(),
        logger: find(&["logger", "loggerName", "logger_name", "class"]).unwrap_or_default(),
        level,
        message,
        details,
    })
}

/// Every member whose value is a text, of the object and those within it.
fn members(line: &str) -> Vec<(String, String)> {
    let mut members = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find('"').filter(|_| members.len() < MAX_MEMBERS) {
        let Some((name, after)) = string(&rest[at..]) else { break };
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        if value.starts_with('"') {
            let Some((value, after)) = string(value) else { break };
            members.push((name, value));
            rest = after;
        }
    }
    members
}

/// The text in quotes at the beginning, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' | 'b' | 'f' => {}
                'u' => {
                    let digits: String = letters.by_ref().take(4).map(|(_, digit)| digit).collect();
                    value.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                }
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_and_json_layouts_are_read() {
        let docker = r#"{"log":"[x] ERROR \"a\"\u0020\tb\n","stream":"stdout","time":"2025-04-10T20:08:31Z"}"#;
        assert_eq!(json_line(docker), Some(JsonLine::Container("[x] ERROR \"a\" \tb\n".to_owned())));
        let entry = r#"{"instant":{"epochSecond":1},"level":"ERROR","loggerName":"a.B","message":"text","thrown":{"message":"refused","name":"java.net.ConnectException"}}"#;
        let expected = JsonLine::Entry {
            time: String::new(),
            level: "ERROR".to_owned(),
            logger: "a.B".to_owned(),
            message: "text".to_owned(),
            details: "\nCaused by: java.net.ConnectException: refused".to_owned(),
        };
        assert_eq!(json_line(entry), Some(expected));
    }

    #[test]
    fn other_lines_are_no_json() {
        for line in ["{}", "{a}", "text", r#"{"a": 1}"#, r#"{"level":"INFO"}"#, r#"{"log"#, r#"{"x\"}"#, ""] {
            assert_eq!(json_line(line), None, "{line}");
        }
    }
}
