//! The origins (scheme, host and port) of URLs in headers and documents of IS, also inside other URLs.

/// An origin without control characters, cut to the length of a host name.
pub(crate) fn printable(origin: &str) -> String {
    origin.chars().filter(|letter| !letter.is_control()).take(80).collect()
}

/// Scheme, host and port of an absolute URL; `None` for a path alone.
pub(crate) fn origin(location: &str) -> Option<String> {
    let (scheme, rest) = location.split_once("://")?;
    let end = |letter: char| !letter.is_ascii_alphanumeric() && !".-_:[]".contains(letter);
    let authority = rest.split(end).next()?;
    let scheme: String = scheme.chars().rev().take_while(char::is_ascii_alphabetic).collect();
    let scheme: String = scheme.chars().rev().collect();
    Some(format!("{scheme}://{authority}").to_ascii_lowercase())
}

/// The origins of all absolute URLs in a text, including URLs that are percent-encoded inside others.
pub(crate) fn origins_in(text: &str) -> Vec<String> {
    let once = percent_decoded(text);
    let twice = percent_decoded(&once);
    let mut found = Vec::new();
    for text in [text, &once, &twice] {
        let text = text.replace("\\/", "/");
        for (at, _) in text.match_indices("://") {
            let begin = text
                .get(..at)
                .map_or(at, |before| before.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()).len());
            let found_here = text.get(begin..).and_then(origin);
            found.extend(found_here.filter(|origin| origin.starts_with("http://") || origin.starts_with("https://")));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Decodes percent-encoding; anything else stays as it is.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(letter) => {
                out.push(letter);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urls_inside_urls_are_found() {
        let location = "https://login.example.com/oauth2/authorize?client_id=CONSOLE&redirect_uri=\
                        https%3A%2F%2Flogin.example.com%3A9443%2Fconsole&next=a%253Dhttp%253A%252F%252Flocalhost%252F";
        assert_eq!(
            origins_in(location),
            ["http://localhost", "https://login.example.com", "https://login.example.com:9443"]
        );
        assert_eq!(origins_in("/carbon/admin/index.jsp?a=%zz%2"), [] as [&str; 0]);
    }

    #[test]
    fn a_document_with_escaped_slashes_is_searched() {
        let document =
            r#"{"issuer":"https:\/\/login.example.com\/oauth2\/token","jwks_uri":"https://a.example:9443/x"}"#;
        assert_eq!(origins_in(document), ["https://a.example:9443", "https://login.example.com"]);
    }

    proptest! {
        #[test]
        fn any_text_is_searched(text in "\\PC{0,80}|(%[0-9a-f]{0,2}|://|http|:|é){0,20}") {
            origins_in(&text);
        }
    }
}
