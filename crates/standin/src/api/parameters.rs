//! URLs with a query.

/// `url` with these parameters behind it.
pub(crate) fn append_query(url: &str, parameters: &[(&str, &str)]) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    if query.is_empty() { url.to_owned() } else { format!("{url}{separator}{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_and_continued() {
        assert_eq!(append_query("/a", &[]), "/a");
        assert_eq!(append_query("/a", &[("b", "c d"), ("e", "&")]), "/a?b=c+d&e=%26");
        assert_eq!(append_query("/a?b", &[("c", "")]), "/a?b&c=");
    }
}
