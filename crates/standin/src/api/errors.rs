//! Errors in the shapes that IS gives them, and the early end of a handler.

use hyper::StatusCode;
use hyper::header::WWW_AUTHENTICATE;
use serde_json::json;

use crate::database::DatabaseError;
use crate::http::answer::Answer;
use crate::is_messages::{NOT_PERMITTED, UNEXPECTED_ERROR};
use crate::node::NodeState;
use crate::version::StandInVersion;

/// The schema of errors of SCIM (RFC 7644 section 3.12).
const SCIM_ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Why a handler ends early.
pub(crate) enum Rejection {
    /// With this answer.
    Answer(Box<Answer>),
    /// The database failed: the answer is 500.
    Database(DatabaseError),
}

impl From<Answer> for Rejection {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl From<DatabaseError> for Rejection {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// What a handler returns.
pub(crate) type Handled = Result<Answer, Rejection>;

/// Whose shape an error has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ErrorStyle {
    Scim,
    Management,
}

/// 401 for a request without credentials or with wrong ones.
pub(crate) fn unauthorized(node: &NodeState, style: ErrorStyle, detail: &str) -> Answer {
    let challenge = match node.version() {
        StandInVersion::V6_0 => "realm user=\"\"".to_owned(),
        _ => format!("Bearer realm={}", node.hostname),
    };
    access_error(node, style, StatusCode::UNAUTHORIZED, detail).header(WWW_AUTHENTICATE, &challenge)
}

/// 403 for an account without the permission.
pub(crate) fn forbidden(node: &NodeState, style: ErrorStyle) -> Answer {
    access_error(node, style, StatusCode::FORBIDDEN, NOT_PERMITTED)
}

fn access_error(node: &NodeState, style: ErrorStyle, status: StatusCode, detail: &str) -> Answer {
    let (code, reason) = (status.as_u16(), status.canonical_reason().unwrap_or_default());
    let body = match style {
        // IS's own filter writes the status as a number, its SCIM library as text.
        ErrorStyle::Scim => json!({"schemas": [SCIM_ERROR], "detail": detail, "status": code}),
        ErrorStyle::Management => {
            json!({"traceId": node.ids.uuid(), "code": code, "description": detail, "message": reason})
        }
    };
    Answer::json(status, &body)
}

/// An error of SCIM.
pub(crate) fn scim_error(status: StatusCode, detail: &str) -> Answer {
    Answer::scim(status, &json!({"schemas": [SCIM_ERROR], "detail": detail, "status": status.as_str()}))
}

/// An error 400 of SCIM with its type.
pub(crate) fn scim_bad_request(scim_type: &str, detail: &str) -> Answer {
    let status = StatusCode::BAD_REQUEST;
    let body = json!({"schemas": [SCIM_ERROR], "scimType": scim_type, "detail": detail, "status": status.as_str()});
    Answer::scim(status, &body)
}

/// An error of a management API.
pub(crate) fn management_error(
    node: &NodeState,
    status: StatusCode,
    code: &str,
    message: &str,
    description: &str,
) -> Answer {
    let trace = node.ids.uuid();
    Answer::json(status, &json!({"code": code, "message": message, "description": description, "traceId": trace}))
}

/// 500 of a management API.
pub(crate) fn unexpected(node: &NodeState) -> Answer {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    management_error(node, status, "SE-50000", "Unexpected Processing Error.", UNEXPECTED_ERROR)
}

/// 404 or 405 for what a management API does not have.
pub(crate) fn unsupported(node: &NodeState) -> Answer {
    let status = StatusCode::NOT_FOUND;
    management_error(node, status, "SE-40400", "Resource not found.", "The stand-in does not have this resource.")
}

/// An error of OAuth (RFC 6749 section 5.2).
pub(crate) fn oauth_error(status: StatusCode, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({"error_description": description, "error": error}))
}
