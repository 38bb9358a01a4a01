//! The events of a stream (`text/event-stream`), read while the stream arrives.

/// One event.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ServerEvent {
    /// Its `id`; empty if it has none.
    pub id: String,
    /// Its `event`; empty if it has none.
    pub name: String,
    /// Its lines of `data`.
    pub data: String,
}

/// A stream as far as it has arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArrivedEvents {
    text: String,
    /// The beginning of a character whose other bytes have not arrived.
    rest: Vec<u8>,
    /// Where the next event begins.
    next: usize,
    /// The beginning of the line that [`Self::find`] has found last.
    found: usize,
}

impl ArrivedEvents {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let complete = self.rest.utf8_chunks().next().map_or_else(String::new, |chunk| chunk.valid().to_owned());
        self.rest.drain(..complete.len());
        self.text.push_str(&complete);
    }

    /// Whether one of `wanted` has arrived in the line that was found last, or after it. The next search begins there.
    pub(crate) fn find(&mut self, wanted: &[&str]) -> bool {
        let rest = self.text.get(self.found..).unwrap_or_default();
        let Some(at) = wanted.iter().filter_map(|wanted| rest.find(wanted)).min() else { return false };
        self.found += rest.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        true
    }

    /// The text from the line that was found last.
    pub(crate) fn since_found(&self) -> &str {
        self.text.get(self.found..).unwrap_or_default()
    }

    /// The next event with data, if it has arrived completely. Comments, which keep a connection open, are passed over.
    pub(crate) fn take(&mut self) -> Option<ServerEvent> {
        loop {
            let rest = &self.text[self.next..];
            let end = rest.find("\n\n")?;
            let event = parse(&rest[..end]);
            self.next += end + 2;
            if event.is_some() {
                return event;
            }
        }
    }
}

fn parse(block: &str) -> Option<ServerEvent> {
    let field = |name: &'static str| {
        let value = move |line: &str| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_owned());
        block.lines().filter_map(value)
    };
    let data: Vec<String> = field("data").collect();
    let first = |name| field(name).next().unwrap_or_default();
    (!data.is_empty()).then(|| ServerEvent { id: first("id"), name: first("event"), data: data.join("\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_taken_in_order_once_they_are_complete() {
        let mut arrived = ArrivedEvents::default();
        arrived.push(b": open\n\nid: 1\nevent: report\ndata: {\ndata: }\n\nid:2\n");
        let event = |id: &str, name: &str, data: &str| ServerEvent {
            id: id.to_owned(),
            name: name.to_owned(),
            data: data.to_owned(),
        };
        assert_eq!(arrived.take(), Some(event("1", "report", "{\n}")));
        assert_eq!(arrived.take(), None);
        arrived.push(b"data:x\n\n");
        assert_eq!(arrived.take(), Some(event("2", "", "x")));
    }

    #[test]
    fn a_search_begins_in_the_line_that_was_found_last() {
        let mut arrived = ArrivedEvents::default();
        arrived.push(b"one\ntwo and three\n");
        assert!(!arrived.find(&["four"]));
        assert!(arrived.find(&["four", "three"]) && arrived.find(&["two"]));
        assert_eq!(arrived.since_found(), "two and three\n");
        assert!(!arrived.find(&["one"]));
    }

    #[test]
    fn a_character_may_arrive_in_two_pieces() {
        let mut arrived = ArrivedEvents::default();
        arrived.push(&"ä".as_bytes()[..1]);
        assert_eq!(arrived.text(), "");
        arrived.push(&"ä!".as_bytes()[1..]);
        assert_eq!(arrived.text(), "ä!");
    }
}
