//! Reads the tags of a page: sufficient for the HTML of our own renderer, in which every attribute is quoted or bare.

#![expect(unreachable_pub, reason = "a module of a test is used from its file alone")]
#![expect(clippy::expect_used, reason = "a page that cannot be read fails its test")]

use std::collections::BTreeMap;

/// An opening tag.
#[derive(Debug)]
pub struct Tag {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// The IDs in an attribute that contains several.
    pub fn ids(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get(name).unwrap_or_default().split_whitespace()
    }
}

/// All opening tags in order. The content of `<pre>` and `<textarea>` is escaped, so it contains none.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let (tag, after) = tag(rest);
            tags.push(tag);
            rest = after;
        }
    }
    tags
}

fn tag(text: &str) -> (Tag, &str) {
    let end = text.find(|letter: char| letter.is_whitespace() || letter == '>').expect("a tag ends");
    let mut tag = Tag { name: text[..end].to_owned(), attributes: BTreeMap::new() };
    let mut rest = text[end..].trim_start();
    while !rest.starts_with('>') {
        let end = rest.find(['=', ' ', '>']).expect("an attribute ends");
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').expect("a value ends");
            value = unescape(&quoted[..end]);
            rest = &quoted[end + 1..];
        }
        assert!(tag.attributes.insert(name.clone(), value).is_none(), "{name} twice in {text:.80}");
        rest = rest.trim_start();
    }
    (tag, &rest[1..])
}

/// Text as a browser reads it.
pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'").replace("&amp;", "&")
}
