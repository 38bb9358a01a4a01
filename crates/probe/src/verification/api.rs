//! The operations of IS's APIs that a verification uses, as the account of the verification or as a test application.
//!
//! Sources: SCIM 2.0 (RFC 7644), token introspection (RFC 7662), revocation (RFC 7009), and IS's application and identity provider
//! APIs. Which privileges they need is documented in docs/verification.md.

use domain::secret::Secret;
use hyper::Method;
use serde_json::{Value, json};

use super::cluster::{Cluster, RequestError};
use super::encode::{basic_authorization, form_encoded, query_encoded};
use super::endpoint::ClusterEndpoint;
use super::failure::{ApiError, FailedOperation, Operation, quoted};
use super::names::TestName;
use crate::https::{HttpRequest, HttpResponse};

/// The media type of requests and answers.
const JSON: &str = "application/json";
/// That of SCIM (RFC 7644, section 3.1).
const SCIM_JSON: &str = "application/scim+json";
const FORM: &str = "application/x-www-form-urlencoded";
/// The description of a new test application.
pub(super) const FIRST_DESCRIPTION: &str = "Test application of Clusterwright, before the change.";
const USERS: &str = "/scim2/Users";
const APPLICATIONS: &str = "/api/server/v1/applications";
const IDENTITY_PROVIDERS: &str = "/api/server/v1/identity-providers";
/// The ID of the authenticator OpenID Connect in IS's identity provider API: its name in Base64.
const OPENID_CONNECT: &str = "T3BlbklEQ29ubmVjdEF1dGhlbnRpY2F0b3I";

/// A test user.
#[derive(Clone, Debug)]
pub(super) struct TestUser {
    pub(super) id: String,
    pub(super) name: TestName,
}

/// A test application with a client of its own.
#[derive(Clone, Debug)]
pub(super) struct TestApplication {
    pub(super) id: String,
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
}

/// How a test application issues access tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TokenFormat {
    /// A random text, stored in the database.
    Opaque,
    /// Signed with the node's primary key.
    Jwt,
}

/// The operations at one endpoint.
#[derive(Clone, Copy)]
pub(super) struct Api<'a> {
    pub(super) cluster: &'a Cluster<'a>,
    pub(super) at: &'a ClusterEndpoint,
    authorization: &'a str,
}

impl<'a> Api<'a> {
    /// The operations at `at`, as the account whose `Authorization` header this is.
    pub(super) const fn new(cluster: &'a Cluster<'a>, at: &'a ClusterEndpoint, authorization: &'a str) -> Self {
        Self { cluster, at, authorization }
    }

    /// Creates a user.
    pub(super) async fn create_user(self, name: &TestName, password: &Secret) -> Result<TestUser, FailedOperation> {
        let body = super::encode::new_user(name, password);
        let request = HttpRequest::new(Method::POST, USERS).header("accept", SCIM_JSON).body(SCIM_JSON, body);
        let document = self.json(Operation::CreateUser, request, &[201]).await?;
        let id = self.text(Operation::CreateUser, &document, "id", "the ID of the user")?;
        Ok(TestUser { id, name: name.clone() })
    }

    /// Whether this is the given name of a user.
    pub(super) async fn has_given_name(self, id: &str, name: &str) -> Result<bool, FailedOperation> {
        let document = self.json(Operation::ReadUser, user_request(Method::GET, id), &[200]).await?;
        Ok(document["name"]["givenName"] == name)
    }

    /// Whether a user does not exist. A node with a stale cache answers 200, or later 500 (docs/wso2.md).
    pub(super) async fn is_user_missing(self, id: &str) -> Result<bool, FailedOperation> {
        let response = self.expect(Operation::ReadUser, user_request(Method::GET, id), &[200, 404, 500]).await?;
        Ok(response.status == 404)
    }

    /// Changes the given name of a user.
    pub(super) async fn rename_user(self, id: &str, given_name: &str) -> Result<(), FailedOperation> {
        let operation = json!({ "op": "replace", "value": { "name": { "givenName": given_name } } });
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
        let request = user_request(Method::PATCH, id).body(SCIM_JSON, body.to_string());
        self.done(Operation::ChangeUser, request, &[200]).await
    }

    /// Deletes a user; one that does not exist counts as deleted.
    pub(super) async fn delete_user(self, id: &str) -> Result<(), FailedOperation> {
        self.done(Operation::DeleteUser, user_request(Method::DELETE, id), &[204, 404]).await
    }

    /// Users whose name begins with `prefix`, as pairs of ID and name, at most 100.
    pub(super) async fn users_named(self, prefix: &str) -> Result<Vec<(String, String)>, FailedOperation> {
        let filter = query_encoded(&format!("userName sw {prefix}"));
        let request = HttpRequest::get(format!("{USERS}?filter={filter}&attributes=userName&count=100"))
            .header("accept", SCIM_JSON);
        let document = self.json(Operation::ListUsers, request, &[200]).await?;
        Ok(named(&document["Resources"], "userName"))
    }

    /// Creates an application with the grants client credentials and authorization code, and returns its ID.
    pub(super) async fn create_application(
        self,
        name: &TestName,
        format: TokenFormat,
    ) -> Result<String, FailedOperation> {
        const OPERATION: Operation = Operation::CreateApplication;
        let kind = match format {
            TokenFormat::Opaque => "Default",
            TokenFormat::Jwt => "JWT",
        };
        let protocol = json!({
            "grantTypes": ["client_credentials", "authorization_code"],
            "callbackURLs": [self.cluster.callback()],
            "publicClient": false,
            "accessToken": {
                "type": kind, "userAccessTokenExpiryInSeconds": 600, "applicationAccessTokenExpiryInSeconds": 600
            },
        });
        let body = json!({
            "name": name.text(),
            "description": FIRST_DESCRIPTION,
            "advancedConfigurations": { "skipLoginConsent": true, "skipLogoutConsent": true },
            "inboundProtocolConfiguration": { "oidc": protocol },
        });
        let request = HttpRequest::new(Method::POST, APPLICATIONS).header("accept", JSON).body(JSON, body.to_string());
        let response = self.expect(OPERATION, request, &[201]).await?;
        let location = response.header_values("location").next().unwrap_or_default();
        let id = location.rsplit('/').next().unwrap_or_default().to_owned();
        if id.is_empty() {
            return Err(self.without_result(OPERATION, ApiError::Malformed("the location of the application")));
        }
        Ok(id)
    }

    /// The client of an application.
    pub(super) async fn client_of(self, id: String) -> Result<TestApplication, FailedOperation> {
        const OPERATION: Operation = Operation::ReadApplication;
        let path = format!("{APPLICATIONS}/{}/inbound-protocols/oidc", query_encoded(&id));
        let document = self.json(OPERATION, HttpRequest::get(path).header("accept", JSON), &[200]).await?;
        let client_id = self.text(OPERATION, &document, "clientId", "a client ID")?;
        let client_secret = self.text(OPERATION, &document, "clientSecret", "a client secret")?;
        Ok(TestApplication { id, client_id, client_secret: Secret::new(client_secret) })
    }

    /// Whether this is the description of an application.
    pub(super) async fn has_description(self, id: &str, description: &str) -> Result<bool, FailedOperation> {
        let document = self.json(Operation::ReadApplication, application_request(Method::GET, id), &[200]).await?;
        Ok(document["description"] == description)
    }

    /// Whether an application does not exist.
    pub(super) async fn is_application_missing(self, id: &str) -> Result<bool, FailedOperation> {
        let response =
            self.expect(Operation::ReadApplication, application_request(Method::GET, id), &[200, 404]).await?;
        Ok(response.status == 404)
    }

    /// Changes the description of an application.
    pub(super) async fn describe_application(self, id: &str, description: &str) -> Result<(), FailedOperation> {
        let body = json!({ "description": description });
        let request = application_request(Method::PATCH, id).body(JSON, body.to_string());
        self.done(Operation::ChangeApplication, request, &[200]).await
    }

    /// Deletes an application; one that does not exist counts as deleted.
    pub(super) async fn delete_application(self, id: &str) -> Result<(), FailedOperation> {
        self.done(Operation::DeleteApplication, application_request(Method::DELETE, id), &[204, 404]).await
    }

    /// Applications whose name begins with `prefix`, as pairs of ID and name, at most 100.
    pub(super) async fn applications_named(self, prefix: &str) -> Result<Vec<(String, String)>, FailedOperation> {
        let filter = query_encoded(&format!("name sw {prefix}"));
        let request = HttpRequest::get(format!("{APPLICATIONS}?filter={filter}&limit=100")).header("accept", JSON);
        let document = self.json(Operation::ListApplications, request, &[200]).await?;
        Ok(named(&document["applications"], "name"))
    }

    /// An access token for the application itself (RFC 6749, section 4.4).
    pub(super) async fn token(self, application: &TestApplication) -> Result<Secret, FailedOperation> {
        const OPERATION: Operation = Operation::IssueToken;
        let request = HttpRequest::new(Method::POST, "/oauth2/token")
            .header("accept", JSON)
            .body(FORM, "grant_type=client_credentials");
        let response = self.as_client(OPERATION, application, request, &[200]).await?;
        let document = response.json().unwrap_or_default();
        self.text(OPERATION, &document, "access_token", "a token").map(Secret::new)
    }

    /// Exchanges an authorization code (RFC 6749, section 4.1.3) for an ID token; `None` if the node refuses the code.
    pub(super) async fn redeem(
        self,
        application: &TestApplication,
        code: &str,
    ) -> Result<Option<Secret>, FailedOperation> {
        const OPERATION: Operation = Operation::ExchangeCode;
        let callback = query_encoded(&self.cluster.callback());
        let request = HttpRequest::new(Method::POST, "/oauth2/token")
            .header("accept", JSON)
            .body(FORM, format!("grant_type=authorization_code&code={code}&redirect_uri={callback}"));
        let response = self.as_client(OPERATION, application, request, &[200, 400]).await?;
        if response.status == 400 {
            return Ok(None);
        }
        let document = response.json().unwrap_or_default();
        self.text(OPERATION, &document, "id_token", "an ID token").map(|token| Some(Secret::new(token)))
    }

    /// Whether a token is inactive (RFC 7662). IS accepts the account of an administrator and no client.
    pub(super) async fn is_inactive(self, token: &Secret) -> Result<bool, FailedOperation> {
        const OPERATION: Operation = Operation::IntrospectToken;
        let request = HttpRequest::new(Method::POST, "/oauth2/introspect")
            .header("accept", JSON)
            .body(FORM, form_encoded("token", token));
        let document = self.json(OPERATION, request, &[200]).await?;
        let active = document["active"].as_bool();
        active
            .map(|active| !active)
            .ok_or_else(|| self.without_result(OPERATION, ApiError::Malformed("the state of the token")))
    }

    /// Revokes a token (RFC 7009).
    pub(super) async fn revoke(self, application: &TestApplication, token: &Secret) -> Result<(), FailedOperation> {
        let request = HttpRequest::new(Method::POST, "/oauth2/revoke").body(FORM, form_encoded("token", token));
        self.as_client(Operation::RevokeToken, application, request, &[200]).await.map(drop)
    }

    /// Creates an identity provider with a secret, which IS encrypts with the symmetric key of the cluster; returns its ID.
    pub(super) async fn create_identity_provider(
        self,
        name: &TestName,
        secret: &Secret,
    ) -> Result<String, FailedOperation> {
        const OPERATION: Operation = Operation::CreateIdentityProvider;
        let body = super::encode::new_identity_provider(name, OPENID_CONNECT, &self.cluster.authority, secret);
        let request = HttpRequest::new(Method::POST, IDENTITY_PROVIDERS).header("accept", JSON).body(JSON, body);
        let document = self.json(OPERATION, request, &[201]).await?;
        self.text(OPERATION, &document, "id", "the ID of the identity provider")
    }

    /// Reads the authenticator of an identity provider, for which IS decrypts its secret.
    pub(super) async fn read_stored_secret(self, id: &str) -> Result<(), FailedOperation> {
        let id = query_encoded(id);
        let path = format!("{IDENTITY_PROVIDERS}/{id}/federated-authenticators/{OPENID_CONNECT}");
        self.done(Operation::ReadStoredSecret, HttpRequest::get(path).header("accept", JSON), &[200]).await
    }

    /// Deletes an identity provider; one that does not exist counts as deleted.
    pub(super) async fn delete_identity_provider(self, id: &str) -> Result<(), FailedOperation> {
        let request = HttpRequest::new(Method::DELETE, format!("{IDENTITY_PROVIDERS}/{}", query_encoded(id)));
        self.done(Operation::DeleteIdentityProvider, request, &[204, 404]).await
    }

    /// Identity providers whose name begins with `prefix`, as pairs of ID and name, at most 100.
    pub(super) async fn identity_providers_named(self, prefix: &str) -> Result<Vec<(String, String)>, FailedOperation> {
        let filter = query_encoded(&format!("name sw {prefix}"));
        let path = format!("{IDENTITY_PROVIDERS}?filter={filter}&limit=100");
        let document =
            self.json(Operation::ListIdentityProviders, HttpRequest::get(path).header("accept", JSON), &[200]).await?;
        Ok(named(&document["identityProviders"], "name"))
    }

    /// Sends a request as the account.
    async fn as_account(self, request: HttpRequest) -> Result<HttpResponse, RequestError> {
        let request = request.header("authorization", self.authorization);
        self.cluster.request_with_secret(self.at, request).await
    }

    /// Sends a request as the client of a test application.
    async fn as_client(
        self,
        operation: Operation,
        application: &TestApplication,
        request: HttpRequest,
        expected: &[u16],
    ) -> Result<HttpResponse, FailedOperation> {
        let authorization = basic_authorization(&application.client_id, &application.client_secret);
        let request = request.header("authorization", authorization);
        let sent = self.cluster.request_with_secret(self.at, request).await;
        self.with_status(operation, sent, expected)
    }

    async fn expect(
        self,
        operation: Operation,
        request: HttpRequest,
        expected: &[u16],
    ) -> Result<HttpResponse, FailedOperation> {
        let sent = self.as_account(request).await;
        self.with_status(operation, sent, expected)
    }

    async fn done(self, operation: Operation, request: HttpRequest, expected: &[u16]) -> Result<(), FailedOperation> {
        self.expect(operation, request, expected).await.map(drop)
    }

    async fn json(
        self,
        operation: Operation,
        request: HttpRequest,
        expected: &[u16],
    ) -> Result<Value, FailedOperation> {
        let response = self.expect(operation, request, expected).await?;
        response.json().ok_or_else(|| self.without_result(operation, ApiError::Malformed("a JSON document")))
    }

    fn with_status(
        self,
        operation: Operation,
        sent: Result<HttpResponse, RequestError>,
        expected: &[u16],
    ) -> Result<HttpResponse, FailedOperation> {
        match sent {
            Ok(response) if expected.contains(&response.status) => Ok(response),
            Ok(response) => {
                let body = quoted(&response.text());
                Err(self.without_result(operation, ApiError::Status { status: response.status, body }))
            }
            Err(error) => Err(self.without_result(operation, error.into())),
        }
    }

    fn without_result(self, operation: Operation, error: ApiError) -> FailedOperation {
        FailedOperation::new(self.at, operation, error)
    }

    /// A required text of a document.
    fn text(
        self,
        operation: Operation,
        document: &Value,
        member: &str,
        what: &'static str,
    ) -> Result<String, FailedOperation> {
        let text = document[member].as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| self.without_result(operation, ApiError::Malformed(what)))
    }
}

/// A request to a user.
fn user_request(method: Method, id: &str) -> HttpRequest {
    HttpRequest::new(method, format!("{USERS}/{}", query_encoded(id))).header("accept", SCIM_JSON)
}

/// A request to an application.
fn application_request(method: Method, id: &str) -> HttpRequest {
    HttpRequest::new(method, format!("{APPLICATIONS}/{}", query_encoded(id))).header("accept", JSON)
}

/// ID and name of each object of a list.
fn named(list: &Value, name: &str) -> Vec<(String, String)> {
    let objects = list.as_array().into_iter().flatten();
    let pair = |object: &Value| Some((object["id"].as_str()?.to_owned(), object[name].as_str()?.to_owned()));
    objects.filter_map(pair).collect()
}
