//! Line numbers of byte offsets: the text is read once, and each lookup is a binary search.

/// Where the lines of a text begin.
pub(super) struct LineIndex {
    /// Byte offsets of the first letter of each line, in order; the first is 0.
    starts: Vec<usize>,
}

impl LineIndex {
    pub(super) fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: std::iter::once(0).chain(ends.map(|(offset, _)| offset + 1)).collect() }
    }

    /// The line that holds `offset`, from 1.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The last line that holds text, from 1.
    pub(super) fn last(&self, text: &str) -> usize {
        self.line_of(text.trim_end().len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_found_in_their_lines() {
        let text = "a\nbc\n\nd\n";
        let index = LineIndex::new(text);
        let lines: Vec<usize> = (0..text.len()).map(|offset| index.line_of(offset)).collect();
        assert_eq!(lines, [1, 1, 2, 2, 2, 3, 4, 4]);
        assert_eq!((index.last(text), index.last(""), LineIndex::new("").line_of(7)), (4, 1, 1));
    }
}
