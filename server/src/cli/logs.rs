//! `clusterwright logs FILE…`: the log doctor without a browser.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use domain::log_doctor::{LogFile, LogGap, LogReport, MAX_LOG_BYTES, diagnose, is_archive};

use crate::cli::log_text;
use crate::cli::output::{CliError, path_text, print, print_error};

/// What `logs` takes.
#[derive(clap::Args)]
pub(crate) struct LogsArguments {
    /// Log of a node or load balancer, such as wso2carbon.log; - reads standard input. One file of each node shows more
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Format of the result
    #[arg(long, value_enum, default_value_t)]
    format: LogsFormat,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum LogsFormat {
    /// Lines for people
    #[default]
    Text,
    /// JSON for programs
    Json,
}

/// A log that was read.
struct ReadLog {
    name: String,
    bytes: Vec<u8>,
    /// Whether it is longer, so that only its end was read.
    is_cut: bool,
}

/// Reads the logs, prints what they mean, and stops with "blocked" if they show a failure.
pub(crate) fn run(arguments: &LogsArguments) -> Result<(), CliError> {
    let logs = arguments.files.iter().map(|path| read(path)).collect::<Result<Vec<ReadLog>, CliError>>()?;
    for log in logs.iter().filter(|log| log.is_cut) {
        print_error(&format!("{}: only the last {} MB are read.", log.name, MAX_LOG_BYTES >> 20));
    }
    let files: Vec<LogFile<'_>> = logs.iter().map(|log| LogFile { name: &log.name, bytes: &log.bytes }).collect();
    let mut report = diagnose(&files);
    for (facts, _) in report.logs.iter_mut().zip(&logs).filter(|(_, log)| log.is_cut) {
        facts.gaps.push(LogGap::Cut);
    }
    match arguments.format {
        LogsFormat::Text => print(log_text::write(&report).trim_end()),
        LogsFormat::Json => print(&json(&report)?),
    }
    if report.is_unreadable() {
        return Err(CliError::Unreadable(report.verdict()));
    }
    if !report.is_healthy() {
        return Err(CliError::Blocked);
    }
    // A log that could not be read must not look like a healthy one.
    let reservations = report.reservations();
    if reservations.is_empty() { Ok(()) } else { Err(CliError::Unreadable(reservations.join(" "))) }
}

fn json(report: &LogReport) -> Result<String, CliError> {
    serde_json::to_string_pretty(report)
        .map_err(|error| CliError::Failed(format!("The result cannot be written as JSON: {error}.")))
}

/// Reads one log: its end, if it is longer than the log doctor reads.
fn read(path: &Path) -> Result<ReadLog, CliError> {
    let is_input = path.as_os_str() == "-";
    let name = if is_input { "Standard input".to_owned() } else { path_text(path) };
    let unreadable = |error: io::Error| CliError::Unreadable(format!("Cannot read {name}: {error}. Correct FILE."));
    let (bytes, is_cut) = if is_input { read_end(io::stdin().lock()) } else { File::open(path).and_then(read_file) }
        .map_err(unreadable)?;
    if is_archive(&bytes) {
        return Err(CliError::Unreadable(format!("{name} is compressed. Unpack it first, such as with gunzip.")));
    }
    Ok(ReadLog { name, bytes, is_cut })
}

/// The end of a file, without reading what precedes it.
fn read_file(mut file: File) -> io::Result<(Vec<u8>, bool)> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(MAX_LOG_BYTES as u64);
    if start == 0 {
        return read_end(file);
    }
    file.seek(SeekFrom::Start(start))?;
    // A log that is written at this moment grows.
    let (bytes, _) = read_end(file)?;
    Ok((bytes, true))
}

/// The last [`MAX_LOG_BYTES`] bytes of what `reader` has, and whether it has more.
fn read_end(mut reader: impl Read) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let mut is_cut = false;
    loop {
        if reader.by_ref().take(MAX_LOG_BYTES as u64).read_to_end(&mut bytes)? == 0 {
            return Ok((bytes, is_cut));
        }
        if bytes.len() > MAX_LOG_BYTES {
            is_cut = true;
            bytes.drain(..bytes.len() - MAX_LOG_BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_read() {
        let (bytes, is_cut) = read_end(io::repeat(b'a').take(MAX_LOG_BYTES as u64).chain(&b"the end"[..])).unwrap();
        assert!(is_cut && bytes.len() == MAX_LOG_BYTES && bytes.ends_with(b"athe end"));
        assert_eq!(read_end(&b"short"[..]).unwrap(), (b"short".to_vec(), false));
    }
}
