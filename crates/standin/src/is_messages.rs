//! The texts of errors as IS writes them, word for word: clients recognise faults by them. They are WSO2's wording, not ours.

/// No credentials.
pub(crate) const NO_CREDENTIALS: &str = "AuthenticationHandler not found.";
/// Credentials of no account, or of one with another password; also while the database does not answer.
pub(crate) const WRONG_CREDENTIALS: &str =
    "Authorization failure. Authorization information was invalid or missing from your request.";
/// An account without the permission.
pub(crate) const NOT_PERMITTED: &str = "Operation is not permitted. You do not have permissions to make this request.";

/// SCIM: a user without a name.
pub(crate) const NO_USER_NAME: &str = "Required attribute userName is missing in the SCIM Object.";
/// SCIM: a filter that is not understood.
pub(crate) const UNSUPPORTED_FILTER: &str = "Given filter operator is not supported.";
/// SCIM: a body that is no JSON.
pub(crate) const UNREADABLE_JSON: &str = "Invalid JSON in the request.";
/// SCIM: the node that was damaged by two first starts at once.
pub(crate) const SCIM_FAILURE: &str = "Error in setting up charon configurations.";
/// SCIM, 6.x: a weak password.
pub(crate) const WEAK_PASSWORD_6: &str =
    "30003 - Credential is not valid. Credential must be a non null string with following format, ^[\\S]{5,30}$";
/// SCIM, 7.0: a weak password. From 7.1 on it has a number.
pub(crate) const WEAK_PASSWORD_7: &str = "The minimum length of password should be 8.";

/// OAuth: a wrong secret; from 7.1 on also an unknown client.
pub(crate) const WRONG_CLIENT: &str = "Client credentials are invalid.";
/// OAuth: no client credentials.
pub(crate) const NO_CLIENT: &str = "Client Authentication failed.";
/// OAuth, with the client id behind it: an unknown client up to 7.0.
pub(crate) const UNKNOWN_CLIENT: &str = "A valid OAuth client could not be found for client_id: ";
/// OAuth: a grant type that the client may not use.
pub(crate) const GRANT_NOT_ALLOWED: &str =
    "The authenticated client is not authorized to use this authorization grant type.";
/// OAuth: a grant type that does not exist.
pub(crate) const UNSUPPORTED_GRANT: &str = "Unsupported grant_type value";
/// OAuth: a parameter is missing.
pub(crate) const MISSING_PARAMETERS: &str = "Missing parameters";
/// OAuth: an authorization code that was never issued.
pub(crate) const UNKNOWN_CODE: &str = "Invalid authorization code received from token request";
/// OAuth: an authorization code that was used.
pub(crate) const USED_CODE: &str = "Inactive authorization code received from token request";
/// OAuth: the redirect URI differs from the one of the authorization.
pub(crate) const CALLBACK_MISMATCH: &str = "Callback url mismatch";
/// OAuth: the verifier of PKCE does not fit.
pub(crate) const PKCE_MISMATCH: &str = "PKCE validation failed";
/// OAuth: a refresh token that is not known or not active.
pub(crate) const UNKNOWN_REFRESH_TOKEN: &str = "Persisted access token data not found";
/// OAuth: an access token without the scope of the userinfo endpoint.
pub(crate) const NO_OPENID_SCOPE: &str = "Access token does not have the openid scope";
/// OAuth: an access token that is not active.
pub(crate) const INACTIVE_TOKEN: &str = "Access token validation failed";
/// Authorize: PKCE is required.
pub(crate) const PKCE_REQUIRED: &str = "PKCE is mandatory for this application. PKCE Challenge is not provided or is not \
                                        upto RFC 7636 specification.";
/// Authorize, 6.x: no redirect URI.
pub(crate) const NO_REDIRECT_URI_6: &str = "Redirect URI is not present in the authorization request";
/// Authorize, 7.x: no redirect URI.
pub(crate) const NO_REDIRECT_URI_7: &str = "invalid.redirect.uri";
/// Authorize: a redirect URI that is not registered.
pub(crate) const UNREGISTERED_CALLBACK: &str = "callback.not.match";
/// Authorize: no response type.
pub(crate) const NO_RESPONSE_TYPE: &str = "Missing response_type parameter value";
/// Authorize: the key of a sign-in that is unknown.
pub(crate) const UNKNOWN_SIGN_IN: &str = "Session data not found in SessionDataCache for sessionDataKey";
/// Authorize: the user refused the consent.
pub(crate) const CONSENT_DENIED: &str = "User denied the consent";
/// Logout: an id token that this node's key has not signed.
pub(crate) const UNREADABLE_ID_TOKEN: &str = "Error occurred while decrypting the id token (JWE).";
/// Logout: a redirect URI that is not registered.
pub(crate) const LOGOUT_CALLBACK_MISMATCH: &str = "Post logout URI does not match with the registered callback URI.";

/// Management APIs: a request that is not understood.
pub(crate) const INVALID_REQUEST: &str = "Invalid request.";
/// Management APIs: an unforeseen error.
pub(crate) const UNEXPECTED_ERROR: &str = "Server encountered an error while serving the request.";
/// Management APIs: a secret that was encrypted with another key.
pub(crate) const UNREADABLE_SECRET: &str = "Unable to retrieve identity provider's federated authenticator.";
/// Health: a data source.
pub(crate) const DATA_SOURCE_FAILURE: &str =
    "Error while getting database connection for datasource: jdbc/WSO2IdentityDB";
/// Health: a user store.
pub(crate) const USER_STORE_FAILURE: &str = "Error while checking the health of user store: AGENT";
/// Health: why, with a database that does not answer.
pub(crate) const COMMUNICATION_FAILURE: &str = "Communications link failure";
/// Health: why, with connections that break.
pub(crate) const BROKEN_PIPE: &str = "Broken pipe";
/// Health: why, after several failures.
pub(crate) const CIRCUIT_BREAKER_OPEN: &str = "circuit breaker is in open state";
