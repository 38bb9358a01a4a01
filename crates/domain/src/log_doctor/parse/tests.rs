//! Entries of whole texts, and any bytes.

use proptest::prelude::*;

use super::*;

fn entries(text: &str) -> Vec<LogEntry> {
    LogEntries::new(text).collect()
}

#[test]
fn an_entry_has_its_message_its_causes_and_its_frames() {
    let text = "TID: [] [] [2025-01-02 03:04:05,678] [] ERROR {a.B} - Cannot open a.C: outer\r\n\
        \tat a.B.open(B.java:1)\r\n\
        Caused by: a.D: middle\r\n  second line of the message\r\n\t... 12 more\r\n\
        Caused by: java.net.ConnectException: Connection refused\r\n\
        TID: [] [] [2025-01-02 03:04:06,000] []  INFO {a.B} - next\r\n";
    let read = entries(text);
    assert_eq!(read.len(), 2);
    assert_eq!(
        read[0].parts,
        [
            "Cannot open a.C: outer",
            "Caused by: a.D: middle\nsecond line of the message",
            "Caused by: java.net.ConnectException: Connection refused"
        ]
    );
    assert_eq!((read[0].line, read[0].frames.lines().count()), (1, 2));
    assert_eq!((read[1].line, read[1].level, read[1].message()), (7, LogLevel::Info, "next"));
}

#[test]
fn the_exception_of_old_layouts_follows_on_the_next_line() {
    let text = "TID: [-1234] [] [2018-01-02 03:04:05,678] ERROR {a.B} -  Failed \njava.sql.SQLException: closed\n\tat a.B(C:1)";
    assert_eq!(entries(text)[0].parts, ["Failed\njava.sql.SQLException: closed"]);
}

#[test]
fn output_of_java_and_scripts_is_separate() {
    let text = "rest of a line that was cut\n\
        JAVA_HOME environment variable is set to /opt/java\n\
        [2025-01-02 03:04:05,678] [] INFO {a.B} - fine\n\
        java.lang.OutOfMemoryError: Java heap space\n\
        Dumping heap to java_pid1.hprof ...\n";
    let levels: Vec<LogLevel> = entries(text).iter().map(|entry| entry.level).collect();
    use LogLevel::{Info, Output};
    assert_eq!(levels, [Output, Output, Info, Output, Output]);
}

#[test]
fn prefixes_of_containers_are_removed_from_every_line_of_an_entry() {
    let plain = "[2025-01-02 03:04:05,678] [] ERROR {a.B} - text\n\tat a.B(C.java:1)\nCaused by: a.D: deep";
    let expected = entries(plain)[0].parts.clone();
    let prefixed = |prefix: &str| plain.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>();
    for prefix in ["2025-01-02T03:04:05.678901Z stderr F ", "is-1  | ", "Jan  2 03:04:05 is-1 wso2server.sh[1]: ", "> "]
    {
        let read = entries(&prefixed(prefix));
        assert_eq!((read.len(), &read[0].parts), (1, &expected), "{prefix}");
    }
    let json: String =
        plain.lines().map(|line| format!("{{\"log\":\"{}\\n\"}}\n", line.replace('\t', "\\t"))).collect();
    assert_eq!((entries(&json).len(), &entries(&json)[0].parts), (1, &expected));
    let coloured = json.replace("{\"log\":\"[", "{\"log\":\"\\u001b[31m[");
    assert_eq!(entries(&coloured)[0].parts, expected, "{coloured}");
}

#[test]
fn lines_with_a_layout_are_counted() {
    let mut read = LogEntries::new("no log\nof anything\n");
    assert!(read.by_ref().count() > 0);
    assert_eq!(read.known_lines, 0);
    let mut read = LogEntries::new("[2025-01-02 03:04:05,678] [] ERROR {a.B} - text\nmore\n");
    assert_eq!(read.by_ref().count(), 1);
    assert_eq!((read.known_lines, read.line()), (1, 2));
}

proptest! {
    #[test]
    fn any_bytes_become_bounded_entries(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        let text = decode(&bytes);
        for entry in LogEntries::new(&text) {
            prop_assert!(!entry.parts.is_empty() && entry.line > 0);
        }
    }

    #[test]
    fn any_mixture_of_pieces_is_read_in_the_order_of_its_lines(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "TID: [", "[2025-01-02 03:04:05,678]", "] ", "ERROR {a.B} - ", "Caused by: ", "\n", "\tat a(b)", "{\"log\":\"",
            "\"}", "\u{1b}[31m", "2025-01-02T03:04:05Z ", "2025/01/02 03:04:05 [error] 1#1: *1 ", "ü", "|", "> ", "\0",
        ]), 0..60)
    ) {
        let text = pieces.concat();
        let lines: Vec<usize> = entries(&text).iter().map(|entry| entry.line).collect();
        prop_assert!(lines.is_sorted());
    }
}
