//! One answer. Each names the stand-in in its `Server` header.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, SERVER, SET_COOKIE};
use hyper::{Response, StatusCode};
use serde_json::Value;

use crate::NOTICE;

/// What every answer has as its `Server` header, where IS has `WSO2 Carbon Server`.
const SERVER_NAME: &str = "clusterwright-stand-in";

/// A status, headers and a body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::with_body(status, "application/json", value.to_string())
    }

    /// JSON of SCIM (RFC 7644 section 3.1).
    pub(crate) fn scim(status: StatusCode, value: &Value) -> Self {
        Self::with_body(status, "application/scim+json", value.to_string())
    }

    /// A page, which states that this is a stand-in. `content` is HTML.
    pub(crate) fn page(status: StatusCode, title: &str, content: &str) -> Self {
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n\
             <h1>{title}</h1>\n<p><strong>{NOTICE}</strong></p>\n{content}\n</body>\n</html>\n"
        );
        Self::with_body(status, "text/html;charset=UTF-8", page)
    }

    /// A redirect with status 302.
    pub(crate) fn redirect(location: &str) -> Self {
        Self::empty(StatusCode::FOUND).header(LOCATION, location)
    }

    fn with_body(status: StatusCode, content_type: &'static str, body: String) -> Self {
        Self { status, headers: vec![(CONTENT_TYPE, content_type.to_owned())], body: Bytes::from(body) }
    }

    /// The same with a further header.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same with a cookie for all paths, sent over TLS alone and hidden from scripts.
    pub(crate) fn cookie(self, name: &str, value: &str) -> Self {
        let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly");
        self.header(SET_COOKIE, &cookie)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// For hyper. A header whose value has control characters is left out.
    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(SERVER, HeaderValue::from_static(SERVER_NAME));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// Text for use in HTML, in content and quoted attributes.
pub(crate) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_names_the_stand_in_and_a_header_cannot_be_split() {
        let response = Answer::redirect("/a\r\nX: y").cookie("a", "b").into_response();
        assert_eq!(response.headers()[SERVER], SERVER_NAME);
        assert!(!response.headers().contains_key(LOCATION));
        assert_eq!(response.headers()[SET_COOKIE], "a=b; Path=/; Secure; HttpOnly");
    }

    #[test]
    fn a_value_cannot_leave_its_attribute() {
        assert_eq!(escape_html("\"><b>'&"), "&quot;&gt;&lt;b&gt;&#39;&amp;");
    }
}
