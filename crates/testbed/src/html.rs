//! What tests read from pages: texts, hidden fields, and the address of a share link.
#![expect(clippy::panic, reason = "a test's helper fails the test")]

/// The texts of a page without its tags.
#[must_use]
pub fn text(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

/// The hidden fields of a page's forms with their values.
#[must_use]
pub fn hidden_fields(html: &str) -> Vec<(String, String)> {
    let tags = html.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
    tags.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect()
}

/// The value of the first hidden field of this name.
///
/// # Panics
/// When the page has none.
#[must_use]
pub fn hidden_field(html: &str, name: &str) -> String {
    let found = hidden_fields(html).into_iter().find(|(field, _)| field == name);
    found.unwrap_or_else(|| panic!("no hidden field {name}: {html}")).1
}

/// The path of the first share link on a page, such as `/s/0123456789abcdefghijkl`.
///
/// # Panics
/// When the page has none.
#[must_use]
pub fn share_link(html: &str) -> String {
    let (_, rest) = html.split_once("/s/").unwrap_or_else(|| panic!("no share link: {html}"));
    format!("/s/{}", rest.split(['<', '"', '&']).next().unwrap_or_default())
}

/// An attribute of a tag, which begins after its name.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_hidden_fields_of_a_page_are_read() {
        let page = "<p class=\"a\">Saved <b>now</b>.</p><input type=\"hidden\" name=\"token\" value=\"&lt;1&quot;\">\
                    <input name=\"host\" value=\"db\"> http://localhost:3000/s/abc\" title";
        assert!(text(page).starts_with("Saved now. http"), "{}", text(page));
        assert_eq!(hidden_fields(page), [("token".to_owned(), "<1\"".to_owned())]);
        assert_eq!((hidden_field(page, "token").as_str(), share_link(page).as_str()), ("<1\"", "/s/abc"));
    }
}
