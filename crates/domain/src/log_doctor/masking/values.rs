//! Values behind the name of a secret: `password=…`, `"password": "…"`, `<password>…`, `name="password" value="…"`,
//! `PASSWORD('…')`, `--password …`, and headers.

use super::names::{MASK, SecretName, classify, is_random};

/// Words that state something about a secret and are none.
const NO_SECRETS: [&str; 8] = ["YES", "NO", "true", "false", "null", "none", "****", MASK];

/// Masks what follows `Authorization:` and `Cookie:`, and `Basic` and `Bearer` with a credential.
pub(super) fn mask_headers(line: &str) -> String {
    let mut shown = line.to_owned();
    for header in ["authorization", "set-cookie", "cookie"] {
        let mut from = 0;
        while let Some(at) = shown[from..].to_ascii_lowercase().find(header).map(|at| from + at + header.len()) {
            from = at;
            let rest = shown[at..].trim_start_matches(['"', '\'', '\\', ']']);
            let begin = shown.len() - rest.len();
            let Some(value) = rest.trim_start().strip_prefix([':', '=']) else { continue };
            let value = value.trim_start_matches([' ', '"', '\'', '\\', '[']);
            let (begin, value) = (begin + rest.len() - value.len(), value.to_owned());
            let is_list = header != "authorization" || value.to_ascii_lowercase().starts_with("digest");
            let ends: &[char] = if is_list { &[']', '}'] } else { &['"', '\'', ']', '}', ','] };
            let end =
                if value.contains(['=', ' ']) || value.len() > 8 { value.find(ends).unwrap_or(value.len()) } else { 0 };
            // Words that are no credential: `Authorization: header is missing`.
            let scheme = value.split(' ').next().unwrap_or_default().len();
            let is_scheme =
                ["basic", "bearer", "digest", "negotiate", "ntlm", "apikey", "aws4-hmac-sha256", "token", "dpop"]
                    .contains(&value[..scheme].to_ascii_lowercase().as_str());
            let keep = if is_scheme { (scheme + 1).min(end) } else { 0 };
            let end = if is_list || is_scheme { end } else { value[..end].find(' ').unwrap_or(end) };
            if end > keep && (is_list || is_scheme || value[..end].bytes().any(|byte| byte.is_ascii_digit())) {
                shown.replace_range(begin + keep..begin + end, MASK);
            }
            from = begin + keep;
        }
    }
    for scheme in ["basic ", "bearer "] {
        let mut from = 0;
        while let Some(at) = shown[from..].to_ascii_lowercase().find(scheme).map(|at| from + at + scheme.len()) {
            let end = shown[at..].find(|letter: char| !(letter.is_ascii_alphanumeric() || "+/=._-~".contains(letter)));
            let end = end.map_or(shown.len(), |end| at + end);
            let token = &shown[at..end];
            let is_token = token.ends_with('=') || token.bytes().any(|byte| byte.is_ascii_digit());
            from = at;
            if token.len() >= 4 && is_token {
                shown.replace_range(at..end, MASK);
            }
        }
    }
    shown
}

/// Masks the value of every name that stands for a secret.
pub(super) fn mask_values(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    let mut shown = String::with_capacity(line.len());
    let mut from = 0;
    let mut at = 0;
    while let Some(begin) = lower[at..].find(is_name).map(|begin| at + begin) {
        let end = lower[begin..].find(|letter| !is_name(letter)).map_or(lower.len(), |end| begin + end);
        at = end;
        // `%3Fcode` is `?code`.
        let is_encoded = lower[..begin].ends_with('%') && end - begin > 2;
        let begin = if is_encoded { begin + 2 } else { begin };
        if let Some((value, length)) = value_of(line, &lower, begin, end).filter(|(_, length)| *length > 0) {
            shown.push_str(&line[from..value]);
            shown.push_str(MASK);
            from = value + length;
            at = from;
        }
    }
    shown.push_str(&line[from..]);
    shown
}

/// Where the secret of the name between `begin` and `end` begins, and its length.
fn value_of(line: &str, lower: &str, begin: usize, end: usize) -> Option<(usize, usize)> {
    let (before, name) = (&lower[..begin], &lower[begin..end]);
    let closed = lower[end..].trim_start_matches(['"', '\'', '\\', ']', '`', '”', '’']);
    let after = closed.trim_start();
    let is_assigned = after.starts_with('=') || after.starts_with("%3d");
    let kind = classify(name, before, is_assigned || before.ends_with(['<', '"', '\'']))?;
    let at = |text: &str| line.len() - text.len();
    // <Property name="password" override="true">value, and {"key":"password","value":"…"}.
    if is_named(before) && !after.starts_with(['=', ':']) {
        return named_value(line, lower, end);
    }
    if is_tag(before) {
        let open = lower[end..].find('>').map(|open| end + open + 1)?;
        return content(line, open);
    }
    let blanks = after.len() < closed.len();
    let is_quoted_name = closed.len() < lower.len() - end;
    let after = after.strip_prefix("->").map_or(after, |_| &after[1..]);
    let rest = if let Some(rest) = after.strip_prefix("%3d") {
        let stop = rest.find(|letter: char| letter.is_whitespace() || letter == '"').unwrap_or(rest.len());
        let stop = rest[..stop].find("%26").unwrap_or(stop);
        return Some((at(rest), stop));
    } else if let Some(rest) = after.strip_prefix(['=', ':', '>']) {
        let rest = rest.strip_prefix([':', '=', '>']).unwrap_or(rest);
        // Something like `Password::reset`.
        if after.starts_with("::") && !rest.starts_with(' ') {
            return None;
        }
        rest
    } else if name.starts_with('-') && blanks && kind != SecretName::IfRandom {
        after
    } else if !is_quoted_name && after.trim_start_matches([' ', '(']).starts_with(['\'', '"', '‘', '“']) {
        after.trim_start_matches([' ', '('])
    } else if !is_quoted_name && blanks && kind == SecretName::Certain {
        return spoken(line, at(after));
    } else {
        return None;
    };
    let is_line = before.trim().is_empty() && after.starts_with('=');
    let is_sentence = after.starts_with(':') && kind != SecretName::Certain;
    let (value, length) = text_of(line, at(rest), is_line);
    let secret = &line[value..value + length];
    let is_kept = NO_SECRETS.contains(&secret)
        || ["$env{", "$secret{", "$ref{", "$sys{"].iter().any(|reference| secret.starts_with(reference))
        || (kind == SecretName::IfRandom && !is_random(secret))
        || (is_sentence && secret.chars().all(char::is_alphabetic) && value + length < line.trim_end().len());
    (!is_kept).then_some((value, length))
}

/// Whether an XML tag begins here: `<`, or `<prefix:`.
fn is_tag(before: &str) -> bool {
    let tag = before.rsplit('<').next().unwrap_or_default();
    let prefix = tag.strip_suffix(':').unwrap_or(tag);
    tag.len() < before.len()
        && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (tag.is_empty() || tag.ends_with(':'))
}

/// Whether a name is the value of `name=`, `key=` and the like.
fn is_named(before: &str) -> bool {
    let text = before.trim_end_matches(['"', '\'', '\\', ' ']);
    let Some(text) = text.strip_suffix(['=', ':']) else { return false };
    let text = text.trim_end().trim_end_matches(['"', '\'', '\\']);
    ["name", "key", "id", "attribute", "property", "param", "parameter", "field"]
        .iter()
        .any(|word| text.ends_with(word))
}

/// The value of an element or object whose name is known.
fn named_value(line: &str, lower: &str, end: usize) -> Option<(usize, usize)> {
    let rest = &lower[end..];
    let element = rest.find('>').unwrap_or(rest.len());
    if let Some(value) = rest.find("value").filter(|value| *value < element || !rest.contains("</")) {
        let after = rest[value + 5..].trim_start_matches(['"', '\'', '\\', ' ']).strip_prefix(['=', ':'])?;
        return Some(text_of(line, line.len() - after.len(), false));
    }
    (element < rest.len() && !rest[..element].ends_with('/')).then(|| content(line, end + element + 1)).flatten()
}

/// The text of an XML element.
fn content(line: &str, begin: usize) -> Option<(usize, usize)> {
    let rest = &line[begin..];
    let stop = rest.strip_prefix("<![CDATA[").map_or_else(|| rest.find('<'), |_| rest.find("]]>").or(Some(rest.len())));
    let length = stop.unwrap_or(rest.len());
    (!rest[..length].trim().is_empty()).then_some((begin, length))
}

/// A secret in a sentence: `with password S3cr3t`; words without a digit or sign are none.
fn spoken(line: &str, begin: usize) -> Option<(usize, usize)> {
    let text = &line[begin..];
    let filler =
        ["is ", "was ", "of ", "to "].iter().find(|word| text.starts_with(**word)).map_or(0, |word| word.len());
    let word = text[filler..].split([' ', ',', ';', ')']).next()?.trim_end_matches(['.', ':', '\'', '"']);
    let has = |is_one: fn(&u8) -> bool| word.bytes().any(|byte| is_one(&byte));
    // The name of a class has several points.
    let is_class = word.matches('.').count() > 1
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(&byte));
    let is_secret = word.len() >= 4
        && !is_class
        && !word.contains(['/', '[', '(', '{', '\\'])
        && has(u8::is_ascii_alphabetic)
        && (has(u8::is_ascii_digit) || word.contains(['!', '#', '$', '%', '@', '*', '+', '~', '^']));
    is_secret.then_some((begin + filler, word.len()))
}

/// Beginning and length of a value: to its closing quote or bracket, or to what separates it from the next one.
fn text_of(line: &str, begin: usize, is_line: bool) -> (usize, usize) {
    let rest = &line[begin..];
    let trimmed = rest.trim_start();
    let opening = trimmed.len() - trimmed.trim_start_matches(['\\', '"', '\'', '`', '“', '‘', '[']).len();
    let value = &trimmed[opening..];
    let begin = line.len() - value.len();
    let quotes = &trimmed[..opening];
    if let Some(quote) = quotes.chars().rev().find(|letter| *letter != '\\' && *letter != '[') {
        let close = match quote {
            '“' => '”',
            '‘' => '’',
            other => other,
        };
        return (begin, closing(value, close, quotes.contains('\\')));
    }
    if quotes.ends_with('[') {
        return (begin, value.find(']').unwrap_or(value.len()));
    }
    if let Some(braced) = value.strip_prefix('{').filter(|_| !value.starts_with("{{")) {
        // The JDBC driver of SQL Server takes `{pass;word}`, in which a doubled brace stands for one.
        let end = braced.replace("}}", "\u{1}\u{1}").find('}').map(|end| end + 2);
        if let Some(end) =
            end.filter(|end| value[*end..].is_empty() || value[*end..].starts_with([';', '&', ',', ' ', '"', '\'']))
        {
            return (begin, end);
        }
    }
    if is_line {
        return (begin, value.trim_end().len());
    }
    let end = value.char_indices().find(|(at, letter)| is_end(value, *at, *letter)).map_or(value.len(), |(at, _)| at);
    (begin, end)
}

/// The length of a quoted value. A doubled quote, or one behind a backslash, belongs to it, unless the quotes are escaped
/// themselves.
fn closing(value: &str, close: char, is_escaped: bool) -> usize {
    let mut before = ' ';
    let mut letters = value.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == close && letters.next_if(|(_, next)| *next == close).is_some() {
            continue;
        }
        if letter == close && (before == '\\') == is_escaped {
            return if is_escaped { at - 1 } else { at };
        }
        before = if letter == '\\' && before == '\\' { ' ' } else { letter };
    }
    value.len()
}

/// Whether a value without quotes ends here. Signs that separate values may also be part of a password: they end it only
/// where another value, or nothing, follows.
fn is_end(value: &str, at: usize, letter: char) -> bool {
    let next = &value[at + letter.len_utf8()..];
    let next = next.strip_prefix("amp;").unwrap_or(next);
    match letter {
        ' ' | '\t' | '"' | '<' | '`' => true,
        '\'' => next.is_empty() || next.starts_with([' ', ',', ')', ';']),
        '&' | ';' | ',' => {
            let name = next.trim_start_matches([' ', '"', '\'']);
            let end = name.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_.-".contains(letter)));
            let is_pair = end.is_some_and(|end| end > 0 && name[end..].starts_with(['=', ':', '"', '\'']));
            next.is_empty() || next.starts_with(' ') || is_pair
        }
        ')' | ']' | '}' => next.is_empty() || next.starts_with([' ', ',', ';', ')', ']', '}', '.', '"', '/', '(']),
        _ => false,
    }
}
