//! What is no log, or not wholly one, is never reported as healthy.

use super::super::{LogFile, LogReport, diagnose};
use super::{LogGap, is_archive};

const STARTED: &str = "TID: [] [] [2025-01-02 03:04:05,678] [] INFO {a.StartupFinalizerServiceComponent} - WSO2 Carbon started in 58 sec\n";

fn read(bytes: &[u8]) -> LogReport {
    diagnose(&[LogFile { name: "a.log", bytes }])
}

#[test]
fn what_is_no_log_is_reported_as_such() {
    let access = "192.0.2.1 - - [02/Jan/2025:03:04:05 +0000] \"GET /oauth2/token HTTP/1.1\" 200 1\n";
    let audit =
        "TID: [-1234] [] [2025-01-02 03:04:05,678] [] INFO {AUDIT_LOG} - Initiator=admin Action=Login Target=a\n";
    for (bytes, gap) in [
        (&b""[..], LogGap::Empty),
        (b" \n\r\n", LogGap::Empty),
        (&[0; 4096], LogGap::Empty),
        (b"hello", LogGap::OtherLayout),
        (access.as_bytes(), LogGap::AccessLog),
        (audit.as_bytes(), LogGap::AuditLog),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x03\x00\x3e\x00", LogGap::Binary),
        (b"\x1f\x8b\x08\x00\x01\x02\x03\x04\x05\x06\x07\x08", LogGap::Binary),
        (b"H:2,block:3\n\0\0\x01\0\0\x02\0\0\x03\0\0\x04", LogGap::Binary),
        (
            b"2025-01-02 03:04:05.678  INFO 1 --- [main] com.example.App : Started App in 3 seconds\n",
            LogGap::OtherLayout,
        ),
        (
            b"[2025-01-02 03:04:05,678] INFO Kafka startTimeMs: 1 (org.apache.kafka.common.utils.AppInfoParser)\n",
            LogGap::OtherLayout,
        ),
        (
            b"2025-01-02T03:04:05.678901Z 0 [System] [MY-010931] [Server] mysqld: ready for connections.\n",
            LogGap::OtherLayout,
        ),
        (b"[INFO] Scanning for projects...\n[INFO] BUILD SUCCESS\n", LogGap::OtherLayout),
        (
            b"02-Jan-2025 03:04:05.678 INFO [main] org.apache.catalina.startup.Catalina.start Server startup\n",
            LogGap::OtherLayout,
        ),
        (
            b"[server]\nhostname = \"login.example.com\"\n[clustering]\nmembership_scheme = \"wka\"\n",
            LogGap::OtherLayout,
        ),
    ] {
        let report = read(bytes);
        let name = String::from_utf8_lossy(bytes);
        assert_eq!(report.logs[0].gaps, [gap], "{name}");
        assert!(report.is_unreadable() && !report.is_all_clear(), "{name}");
        assert!(!report.verdict().contains("No failure"), "{}", report.verdict());
    }
    // The end of a file in UTF-16 has no byte order mark.
    let wide: Vec<u8> = STARTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(STARTED.as_bytes()).is_all_clear() && read(&wide).is_all_clear());
    assert_eq!(read(STARTED.as_bytes()).verdict(), "No failure.");
    assert!(diagnose(&[]).is_unreadable() && !diagnose(&[]).is_all_clear());
}

#[test]
fn archives_are_recognised_by_their_first_bytes() {
    for archive in [b"\x1f\x8b\x08x" as &[u8], b"PK\x03\x04", b"BZh91", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"] {
        assert!(is_archive(archive) && read(archive).is_unreadable());
    }
    assert!(!is_archive(b"TID: [] []") && !is_archive(b""));
}

#[test]
fn one_unread_log_among_others_is_named() {
    let files = [LogFile { name: "is-1.log", bytes: STARTED.as_bytes() }, LogFile { name: "is-2.log", bytes: b"" }];
    let report = diagnose(&files);
    assert!(!report.is_unreadable() && !report.is_all_clear());
    assert_eq!(report.verdict(), "No failure in the lines that were read. is-2.log is empty.");
}

#[test]
fn a_log_among_other_lines_is_not_all_clear() {
    let foreign: String = (0..200).map(|number| format!("some line {number} of another program\n")).collect();
    let report = read((STARTED.to_owned() + &foreign).as_bytes());
    assert!(
        matches!(report.logs[0].gaps[..], [LogGap::MostlyOther(percent)] if percent > 70),
        "{:?}",
        report.logs[0].gaps
    );
    assert!(!report.is_all_clear() && report.verdict().contains("% of its lines"), "{}", report.verdict());
    // A thread dump, and a stack of hundreds of frames, are part of an entry.
    let frames = "\tat a.B.c(D.java:1)\n".repeat(500);
    assert!(read((STARTED.to_owned() + &frames).as_bytes()).is_all_clear());
}

#[test]
fn a_log_that_was_cut_or_ends_within_a_start_is_not_all_clear() {
    let starting = "TID: [] [] [2025-01-02 03:04:05,678] [] INFO {a.CarbonCoreActivator} - Starting WSO2 Carbon...\n";
    let report = read((STARTED.to_owned() + starting).as_bytes());
    assert!(report.is_healthy() && !report.is_all_clear());
    assert!(report.verdict().contains("ends before the server started"), "{}", report.verdict());
    let stopped = STARTED.replace("WSO2 Carbon started in 58 sec", "Shutdown hook triggered....");
    assert!(read((STARTED.to_owned() + &stopped).as_bytes()).is_all_clear());
    let many = "[2025-01-02 03:04:05,678] [] INFO {a.B} - x\n".repeat(400_001);
    assert!(many.len() > super::super::MAX_LOG_BYTES || read(many.as_bytes()).logs[0].gaps.contains(&LogGap::Cut));
}

#[test]
fn a_log_of_another_product_is_named() {
    let product = STARTED.replace("WSO2 Carbon started in 58 sec", "Server           :  WSO2 API Manager-4.2.0");
    let report = read((STARTED.to_owned() + &product).as_bytes());
    assert!(!report.is_all_clear() && report.verdict().contains("WSO2 API Manager-4.2.0"), "{}", report.verdict());
    let server = product.replace("API Manager-4.2.0", "Identity Server-7.1.0");
    assert!(read(server.as_bytes()).is_all_clear());
}

#[test]
fn a_failure_in_lines_without_a_layout_is_named_all_the_same() {
    let report =
        read(b"Caused by: java.sql.SQLException: Access denied for user 'is'@'192.0.2.1' (using password: YES)\n");
    assert!(!report.is_healthy() && report.logs[0].gaps.is_empty(), "{report:?}");
}
