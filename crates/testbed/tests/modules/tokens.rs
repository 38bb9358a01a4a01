//! The words of Rust source that paths consist of.

/// A name, `::` or another mark, without texts, numbers, lifetimes and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub text: &'a str,
    /// From 1.
    pub line: usize,
}

/// Whether a name can begin with this character.
pub(crate) fn starts_name(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

/// The tokens of a source file.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = skipped(rest).unwrap_or_else(|| {
            let length = if starts_name(first) {
                name_length(rest)
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token { text: &rest[..length], line });
            length
        });
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

/// The length of the text at the start of `rest` that is no token.
fn skipped(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    if first.is_whitespace() {
        return Some(first.len_utf8());
    }
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    if first.is_ascii_digit() {
        return Some(name_length(rest));
    }
    if rest.starts_with("r#") && rest[2..].starts_with(starts_name) {
        return Some(2);
    }
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c', 'r']).len();
    let hashes = rest[prefix..].len() - rest[prefix..].trim_start_matches('#').len();
    let is_text = rest[prefix + hashes..].starts_with('"') && prefix < 3 && (hashes == 0 || prefix > 0);
    if is_text && rest[..prefix].ends_with('r') {
        let open = prefix + hashes + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        return Some(rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len()));
    }
    if is_text {
        return Some(quoted_length(rest, prefix, '"'));
    }
    if first == '\'' || rest.starts_with("b'") {
        let quote = rest.find('\'').unwrap_or_default();
        let mut inside = rest[quote + 1..].chars();
        let (content, next) = (inside.next(), inside.next());
        let is_character = content == Some('\\') || next == Some('\'');
        return Some(if is_character { quoted_length(rest, quote, '\'') } else { quote + 1 + name_length(&rest[1..]) });
    }
    None
}

/// The length of a text whose opening quote is at `open`.
fn quoted_length(rest: &str, open: usize, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip_while(|(at, _)| *at <= open) {
        if is_escaped {
            is_escaped = false;
        } else if character == '\\' {
            is_escaped = true;
        } else if character == quote {
            return at + 1;
        }
    }
    rest.len()
}

fn name_length(rest: &str) -> usize {
    rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(code: &str) -> Vec<&str> {
        tokens(code).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn texts_numbers_lifetimes_and_comments_are_no_tokens() {
        let code =
            "use a::b; // crate::x\nf(\"crate::y \\\" \", r#\"crate::\"z\"#, b'\\'', 'q', 0x1F, '\\u{1F}') /* g */";
        assert_eq!(words(code), ["use", "a", "::", "b", ";", "f", "(", ",", ",", ",", ",", ",", ")"]);
        assert_eq!(words("fn f<'a>(b: &'a B) {}"), ["fn", "f", "<", ">", "(", "b", ":", "&", "B", ")", "{", "}"]);
        assert_eq!(words("r#type b\"x\" br"), ["type", "br"]);
    }

    #[test]
    fn lines_are_counted_within_texts_too() {
        let lines: Vec<usize> = tokens("a\n\"x\ny\"\nb").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 4]);
    }
}
