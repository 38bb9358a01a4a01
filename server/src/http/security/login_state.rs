//! How the owner signs in, where they have to.

use service::access::access_token::AccessToken;
use service::access::rate_limit::LoginRateLimiter;

use crate::http::error::RequestError;

/// What signing in needs.
#[derive(Clone)]
pub struct LoginState {
    pub(crate) token: AccessToken,
    pub(crate) attempts: LoginRateLimiter,
}

impl LoginState {
    /// A client that presents `token` is the owner.
    #[must_use]
    pub fn with(token: AccessToken) -> Self {
        Self { token, attempts: LoginRateLimiter::default() }
    }

    /// Whether a session with this mark was begun with today's token.
    pub(crate) async fn still_counts(&self, mark: &str) -> Result<bool, RequestError> {
        Ok(self.token.mark().await?.is_some_and(|right| right.0 == mark))
    }
}
