//! An operation at an endpoint that has no result, and which check reports it: each failure is reported once, so that the other
//! checks name the one that has it.

use domain::check::CheckId;

use super::cluster::{Cluster, RequestError, sentence_start};
use super::endpoint::ClusterEndpoint;
use super::health::{self, NodeHealth};
use crate::fault::Verdict;

/// Longest part of an answer that a result quotes.
const MAX_QUOTE_CHARS: usize = 160;

/// What is asked of IS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operation {
    CreateUser,
    ReadUser,
    ChangeUser,
    DeleteUser,
    ListUsers,
    CreateApplication,
    ReadApplication,
    ChangeApplication,
    DeleteApplication,
    ListApplications,
    IssueToken,
    ExchangeCode,
    IntrospectToken,
    RevokeToken,
    CreateIdentityProvider,
    ReadStoredSecret,
    DeleteIdentityProvider,
    ListIdentityProviders,
}

impl Operation {
    /// Completes "the request to".
    const fn title(self) -> &'static str {
        match self {
            Self::CreateUser => "create a user",
            Self::ReadUser => "read a user",
            Self::ChangeUser => "change a user",
            Self::DeleteUser => "delete a user",
            Self::ListUsers => "list users",
            Self::CreateApplication => "create an application",
            Self::ReadApplication => "read an application",
            Self::ChangeApplication => "change an application",
            Self::DeleteApplication => "delete an application",
            Self::ListApplications => "list applications",
            Self::IssueToken => "issue a token",
            Self::ExchangeCode => "exchange a code",
            Self::IntrospectToken => "introspect a token",
            Self::RevokeToken => "revoke a token",
            Self::CreateIdentityProvider => "create an identity provider",
            Self::ReadStoredSecret => "read a stored secret",
            Self::DeleteIdentityProvider => "delete an identity provider",
            Self::ListIdentityProviders => "list identity providers",
        }
    }

    /// The check that reports it when IS fails.
    const fn owner(self) -> CheckId {
        match self {
            Self::CreateUser | Self::ReadUser | Self::ChangeUser | Self::DeleteUser | Self::ListUsers => CheckId::Vf08,
            Self::CreateIdentityProvider
            | Self::ReadStoredSecret
            | Self::DeleteIdentityProvider
            | Self::ListIdentityProviders => CheckId::Vf15,
            Self::ExchangeCode => CheckId::Vf06,
            Self::CreateApplication
            | Self::ReadApplication
            | Self::ChangeApplication
            | Self::DeleteApplication
            | Self::ListApplications
            | Self::IssueToken
            | Self::IntrospectToken
            | Self::RevokeToken => CheckId::Vf07,
        }
    }

    /// Whether an object that another node created is looked for: without it the nodes use different databases.
    const fn finds_object(self) -> bool {
        !matches!(self, Self::CreateUser | Self::CreateApplication | Self::CreateIdentityProvider)
    }

    /// Whether the client of a test application asks, and not the account.
    const fn is_of_client(self) -> bool {
        matches!(self, Self::IssueToken | Self::ExchangeCode | Self::RevokeToken)
    }
}

/// Why an operation has no result.
#[derive(Clone, Debug)]
pub(super) enum ApiError {
    /// The endpoint does not answer.
    Request(RequestError),
    /// It answers with another status than the operation has.
    Status {
        /// The status.
        status: u16,
        /// The start of the body.
        body: String,
    },
    /// The answer lacks what it must have.
    Malformed(&'static str),
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

/// An operation at an endpoint that has no result.
#[derive(Clone, Debug)]
pub(super) struct FailedOperation {
    endpoint: ClusterEndpoint,
    operation: Operation,
    pub(super) error: ApiError,
}

impl FailedOperation {
    pub(super) fn new(endpoint: &ClusterEndpoint, operation: Operation, error: ApiError) -> Self {
        Self { endpoint: endpoint.clone(), operation, error }
    }

    /// What happened, as a sentence.
    fn sentence(&self) -> String {
        let (name, operation) = (sentence_start(&self.endpoint.name), self.operation.title());
        match &self.error {
            ApiError::Request(error) => format!("{name} {error} (request to {operation})."),
            ApiError::Status { status, body } if body.is_empty() => {
                format!("{name} answers the request to {operation} with status {status}.")
            }
            ApiError::Status { status, body } => {
                format!("{name} answers the request to {operation} with status {status}: {body}")
            }
            ApiError::Malformed(what) => format!("{name} answers the request to {operation} without {what}."),
        }
    }

    /// The verdict of check `id`, which cannot continue.
    pub(super) async fn verdict(&self, cluster: &Cluster<'_>, id: CheckId, required: &str) -> Verdict {
        let skipped = |remedy: &str| Verdict::skipped(self.sentence(), required).remedy(remedy);
        match &self.error {
            ApiError::Request(error) => return error.verdict(&self.endpoint, required),
            // Before it blames the password, it asks the health check: without its database IS answers 401 to a correct
            // password too (docs/wso2.md).
            ApiError::Status { status: 401 | 500..=599, .. } if self.is_unhealthy(cluster).await => {
                return skipped("See VF-01: without its database IS answers so to correct requests and passwords.");
            }
            ApiError::Status { status: 401, .. } if !self.operation.is_of_client() => {
                return skipped(match health::of_node(cluster, &self.endpoint).await {
                    Ok(NodeHealth::Healthy) => "Correct the user name or password of the verification's account.",
                    _ => {
                        "Either the user name or password is wrong, or the database of the node does not answer: its health check \
                         does not tell. See VF-01."
                    }
                });
            }
            ApiError::Status { status: 403, .. } => {
                return skipped("Use an account with the privileges that the documentation of the verification lists.");
            }
            ApiError::Status { status: 401 | 404, .. } if self.operation.finds_object() && id != CheckId::Vf08 => {
                return skipped("See VF-08: this node does not find what another node created.");
            }
            ApiError::Status { .. } | ApiError::Malformed(_) => {}
        }
        let owner = self.operation.owner();
        if owner == id {
            Verdict::failed(self.sentence(), required)
                .remedy("Look at repository/logs/wso2carbon.log of this node at this time.")
        } else {
            skipped(&format!("See {owner}."))
        }
    }

    async fn is_unhealthy(&self, cluster: &Cluster<'_>) -> bool {
        let is_busy = matches!(self.error, ApiError::Status { status: 503, .. });
        is_busy || health::failures_in_parallel(cluster, &self.endpoint).await > 0
    }
}

/// The start of a body on one line, without control characters.
pub(super) fn quoted(body: &str) -> String {
    let printable = body.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    printable.take(MAX_QUOTE_CHARS).collect::<String>().trim().to_owned()
}
