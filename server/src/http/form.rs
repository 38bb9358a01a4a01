//! What a form sends, urlencoded or multipart, as one type that shows nothing of its values when it is printed.

use std::fmt;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::limits::{Limit, TooLong};
use zeroize::Zeroizing;

use crate::http::security::field_permission;
use service::access::actor::Actor;

/// The fields of a posted form, in their order.
#[derive(Default)]
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    /// The first value of a field, with unix line ends.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// A field's text, trimmed and on one line; empty where the form has no such field.
    ///
    /// # Errors
    /// [`TooLong`] above the limit: the text is refused and never cut.
    pub(crate) fn line(&self, name: &str, limit: Limit) -> Result<String, TooLong> {
        limit.line(self.get(name).unwrap_or_default().trim())
    }

    /// All values of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// All fields with their values.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, value)| (field.as_str(), value.as_str()))
    }

    fn push(&mut self, name: String, value: &str) {
        // Browsers send every line end of a text area as CR LF (HTML, form-data set construction).
        self.0.push((name, Zeroizing::new(value.replace("\r\n", "\n"))));
    }

    /// The same form with the fields that `actor` may send.
    fn narrowed(mut self, actor: Option<&Actor>) -> Self {
        if let Some(actor) = actor {
            self.0.retain(|(name, value)| field_permission::may_send_field(actor, name, value));
        }
        self
    }

    /// Reads a urlencoded body.
    #[must_use]
    pub(crate) fn urlencoded(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            // The decoded text is a separate copy, and may be a password.
            form.push(name.into_owned(), &Zeroizing::new(value.into_owned()));
        }
        form
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.fields().map(|(name, _)| name)).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let actor = request.extensions().get::<Actor>().cloned();
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("multipart/form-data") {
            let body = axum::body::Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
            return Ok(Self::urlencoded(&body).narrowed(actor.as_ref()));
        }
        let mut parts = Multipart::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(IntoResponse::into_response)?;
            let text = std::str::from_utf8(&bytes).map_err(|_| {
                (StatusCode::UNPROCESSABLE_ENTITY, "The uploaded file is not text. Upload a PEM file.").into_response()
            })?;
            form.push(name, text);
        }
        Ok(form.narrowed(actor.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_never_printed() {
        let form = Form::urlencoded(b"database.password=can%61ry%0D%0Ax&a=1&a=2");
        assert_eq!(form.get("database.password"), Some("canary\nx"));
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1", "2"]);
        let shown = format!("{form:?}");
        assert!(shown.contains("database.password") && !shown.contains("canary"), "{shown}");
    }
}
