//! The log of a rehearsal: the lines of all nodes and of the load balancer, each with its source.

use std::sync::Arc;

/// The source of the load balancer's lines.
pub const LOAD_BALANCER_SOURCE: &str = "load-balancer";

/// One line of the combined log.
#[derive(Clone, Copy, Debug)]
pub struct LogLine<'a> {
    /// The node's name, or [`LOAD_BALANCER_SOURCE`].
    pub source: &'a str,
    /// The line without its end. It may contain control characters.
    pub text: &'a str,
}

/// Receives the lines in the order in which they are written. It is called from several threads.
#[derive(Clone)]
pub struct RehearsalLog(Arc<dyn Fn(LogLine<'_>) + Send + Sync>);

impl RehearsalLog {
    /// A log that passes each line to `receive`.
    pub fn new(receive: impl Fn(LogLine<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(receive))
    }

    pub(crate) fn write(&self, source: &str, text: &str) {
        (self.0)(LogLine { source, text });
    }
}

/// A line of wso2carbon.log without what is the same in every line: `TID: [-1234] [] [time] []  INFO {class} - text`.
pub(crate) fn shortened(line: &str) -> String {
    let shortened = line.strip_prefix("TID: [-1234] [] [").and_then(|rest| rest.split_once("] []  "));
    shortened.map_or_else(|| line.to_owned(), |(time, rest)| format!("{time} {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constant_part_of_a_line_is_left_out() {
        let line = "TID: [-1234] [] [2026-11-29 06:16:19,225] []  INFO {org.example.Class} - a [text] []  x";
        assert_eq!(shortened(line), "2026-11-29 06:16:19,225 INFO {org.example.Class} - a [text] []  x");
        assert_eq!(shortened("another line"), "another line");
    }
}
