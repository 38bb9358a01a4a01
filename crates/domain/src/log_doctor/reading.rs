//! What of a log could not be read: a log without a failure is only healthy if its lines were those of IS.

use serde::Serialize;

use super::parse::LogEntries;

/// Bytes at the beginning of a file by which binary data is recognised.
const MAX_SAMPLE_BYTES: usize = 64 << 10;

/// Why a log, or a part of it, tells nothing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogGap {
    /// It has no line.
    Empty,
    /// It is no text.
    Binary,
    /// It is a list of requests, which contains no errors.
    AccessLog,
    /// It is audit.log, which contains no errors.
    AuditLog,
    /// Its lines are those of another program, or of no log.
    OtherLayout,
    /// So many of its lines, in percent, are no log of IS.
    MostlyOther(usize),
    /// It has more than is read.
    Cut,
    /// Another product of WSO2 wrote it.
    OtherProduct(String),
}

impl LogGap {
    /// Whether nothing of the log could be used.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Empty | Self::Binary | Self::AccessLog | Self::AuditLog | Self::OtherLayout)
    }

    /// What it means, about a log with this name; `None` for the only log.
    #[must_use]
    pub fn describe(&self, name: Option<&str>) -> String {
        let layout = "has the layout of a log of IS, NGINX or HAProxy. Choose wso2carbon.log, or the output of the start script.";
        let lines = name.map_or("No line".to_owned(), |name| format!("No line of {name}"));
        let name = name.unwrap_or("The log");
        match self {
            Self::Empty => format!("{name} is empty."),
            Self::Binary => format!("{name} is no text: it may be compressed, or another file."),
            Self::AccessLog => format!("{name} is an access log, which has no errors. Choose wso2carbon.log."),
            Self::AuditLog => format!("{name} is an audit log, which has no errors. Choose wso2carbon.log."),
            Self::OtherLayout => format!("{lines} {layout}"),
            Self::MostlyOther(percent) => {
                format!("{name}: {percent} % of its lines are not those of a log of IS, NGINX or HAProxy.")
            }
            Self::Cut => format!("{name} is longer than the log doctor reads: only a part of it was read."),
            Self::OtherProduct(product) => {
                format!("{name} is a log of {product}: failures that only this product has are not known.")
            }
        }
    }
}

/// Whether a file is a gzip, zip, bzip2, xz or zstd archive, by its first bytes.
#[must_use]
pub fn is_archive(bytes: &[u8]) -> bool {
    let magics: [&[u8]; 5] = [&[0x1f, 0x8b], b"PK\x03\x04", b"BZh", &[0xfd, b'7', b'z'], &[0x28, 0xb5, 0x2f, 0xfd]];
    magics.iter().any(|magic| bytes.starts_with(magic))
}

/// What could not be read of a log, before its entries are known: that it is empty or no text.
pub(super) fn gap_of_bytes(bytes: &[u8]) -> Option<LogGap> {
    if bytes.trim_ascii().is_empty() || bytes.iter().all(|byte| *byte == 0) {
        return Some(LogGap::Empty);
    }
    // UTF-16 has a zero in every second byte.
    let is_wide = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let sample = &bytes[..bytes.len().min(MAX_SAMPLE_BYTES)];
    let controls = sample.iter().filter(|byte| **byte < 9 || (14..32).contains(*byte) && **byte != 27).count();
    (is_archive(bytes) || (!is_wide && controls * 20 > sample.len())).then_some(LogGap::Binary)
}

/// What could not be read of a log whose entries were read. `audit_lines` are those of the audit log.
pub(super) fn gap_of_entries(entries: &LogEntries<'_>, text: &str, audit_lines: usize) -> Option<LogGap> {
    let lines = entries.line().max(1);
    if entries.own_lines == 0 {
        let requests = text.lines().take(1_000).filter(|line| line.contains(" HTTP/") && line.contains("] \"")).count();
        let counted = text.lines().take(1_000).count();
        return Some(if requests * 2 > counted { LogGap::AccessLog } else { LogGap::OtherLayout });
    }
    if audit_lines == entries.known_lines {
        return Some(LogGap::AuditLog);
    }
    let percent = entries.stray_lines * 100 / lines;
    (percent > 50).then_some(LogGap::MostlyOther(percent))
}

#[cfg(test)]
mod tests;
