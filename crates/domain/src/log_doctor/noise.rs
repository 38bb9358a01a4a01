//! Lines that a healthy server prints, too: no failures.

use super::pattern::Pattern::{self, All, Any, Entry, Has, Logger, Not, Test};
use super::pattern::SearchedEntry;
use super::rules::context::{CLUSTER, DATABASE, DIRECTORY, REALM};

/// Whether the entry is no sign of a failure.
pub(super) fn is_healthy(entry: &SearchedEntry) -> bool {
    HEALTHY.iter().any(|pattern| pattern.matches(entry, 0))
}

/// Whether an error that no rule knows is one of a user or an application, which the server only reports.
pub(super) fn is_client_error(entry: &SearchedEntry) -> bool {
    CLIENT_ERRORS.matches(entry, 0)
}

/// What users and applications do wrong: passwords, names, codes and rights.
static CLIENT_ERRORS: Pattern = All(&[
    Not(&Any(&[REALM, DATABASE, DIRECTORY, CLUSTER, Logger("activator"), Logger("internal.")])),
    Any(&[
        Entry("clientexception"),
        Has("login failed"),
        Has("authentication failed for"),
        Has("username or password is incorrect"),
        All(&[
            Has("invalid"),
            Any(&[
                Has("username or password"),
                Has("credentials"),
                Has("authorization code"),
                Has("authorization grant"),
                Has("refresh token"),
                Has("otp"),
                Has(" code"),
            ]),
        ]),
        Has("already exists"),
        Has("exists already"),
        Has("roleexisting"),
        Has("minimum length of password"),
        Has("password policy"),
        Has("password pattern"),
        Has("credential is not valid"),
        Has("credential not valid"),
        Has("denied the consent"),
        Has("user denied"),
        Has("access_denied"),
        Has("authorization code is not valid"),
        Has("refresh token is not valid"),
        Has("refresh token is expired"),
        Has("access token data not found"),
        Has("access token is not active"),
        Has("token is expired"),
        Has("code is expired"),
        Has("user account is locked"),
        Has("account is disabled"),
        All(&[
            Has("user"),
            Any(&[Has("does not exist"), Has("not found"), Has("is not authorized")]),
            Not(&Any(&[Has("user store"), Has("userstore"), Has("realm"), Has("class"), Has("file")])),
        ]),
    ]),
]);

/// Lines at the start.
const START: Pattern = Any(&[
    All(&[Logger("sslutilbase"), Any(&[Has("post handshake authentication"), Has("will be accepted")])]),
    Has("this event handler will not be activated"),
    All(&[Has("openjpa"), Has("was not recognized and will be ignored")]),
    All(&[Has("cep started with clustering enabled"), Has("singlenode")]),
    Has("adaptive authentication is disabled"),
    Has("we don't support method overloading"),
    Has("unable to determine dialect of the stax"),
    Has("expected resource not found: /meta-inf"),
    Has("the default content will be used"),
    All(&[Logger("digester"), Has("failed to set property")]),
    Has("prefs root node"),
    All(&[Has("in identity.xml should be a"), Has("value")]),
    Has("using default value"),
    Has("is already available, ignoring"),
    All(&[Has("feature with definition at"), Has("is being overridden")]),
    All(&[Has("has already been added"), Has("hence")]),
    All(&[Has("is already added"), Has("hence")]),
    All(&[Has("are already added"), Has("hence")]),
    All(&[Has("has already added"), Has("hence")]),
    Has("templates directory not found at"),
    Has("will be ignored, once you give the --debug"),
    All(&[Has("tokens"), Has("ttl"), Has("will be ignored")]),
    All(&[Has("sso-idp-config.xml does not exist")]),
]);

/// What the config mapper reports after deployment.toml or the pack changed.
const CONFIGURATION: Pattern = All(&[
    Logger("config.mapper"),
    Any(&[
        All(&[Has("configurations changed in :"), Any(&[Has("deployment.toml"), Has("resources")])]),
        Has("configurations templates changed in :"),
        Has("new configurations found in :"),
        Has("overriding files in configuration directory"),
        Has("configuration value changed in references"),
        Has("configuration value changed in"),
    ]),
]);

/// Corrections that a pool makes itself.
const POOL: Pattern = All(&[
    Any(&[Logger("connectionpool"), Logger("poolproperties")]),
    Any(&[Has("maxidle is "), Has("minidle is "), Has("initialsize is "), Has("maxactive is ")]),
]);

/// What users and strangers do.
const VISITORS: Pattern = Any(&[
    Has("unauthorized login attempt"),
    Has("administrator login attempt"),
    All(&[Has("context does not exist"), Test(is_foreign_request)]),
    Has("normalizing the request uri"),
    Has("error parsing http request header"),
    Has("character found in the request target"),
    Has("character found in method name"),
    All(&[Has("host ["), Has("is not valid")]),
    Entry("clientabortexception"),
    All(&[
        Any(&[Has("broken pipe"), Has("connection reset by peer")]),
        Any(&[Logger("catalina"), Logger("coyote"), Logger("cxf"), Logger("apache.axis2")]),
        Not(&Any(&[Entry("sqlexception"), Entry("communications link"), Entry("jdbc")])),
    ]),
    Has("duplicate accept detected"),
    Has("authentication context is null, redirect parameter filtering"),
    Has("session nonce cookie validation has failed"),
    Has("no session state found for the received session id"),
    Has("no applicable rule for service provider"),
    Has("retry attempt to recover 'con_app_key'"),
    All(&[Logger("sourcehandler"), Has("i/o error")]),
    All(&[Logger("webapplicationexceptionmapper"), Has("http 4")]),
    Has("no message body reader has been found"),
    Has("authenticationhandler not found"),
    Has("endpoint reference (epr)"),
    Has("domain or unactivated tenant login"),
    All(&[Has("failed to retrieve realm"), Has("domain")]),
    All(&[Has("failed to retrieve realm"), Has("tenant")]),
]);

/// What happens while a node stops.
const STOPPING: Pattern = Any(&[
    Has("instance is not active"),
    Has("bundlecontext is no longer valid"),
    Has("has been stopped already"),
    Has("error while attempting to deactivate instance"),
    All(&[Entry("threaddeath"), Has("socket processor")]),
    Entry("shutdown in progress"),
    All(&[Has("appears to have started a"), Has("has failed to stop it")]),
    Has("cannot stop context"),
]);

/// The error log of NGINX, about clients.
const NGINX_CLIENTS: Pattern = All(&[
    Logger("nginx"),
    Any(&[
        Has("is buffered to a temporary file"),
        All(&[Has("while ssl handshaking, client:"), Not(&Has("upstream:"))]),
        All(&[Has("open() \""), Has("no such file")]),
        Has("access forbidden by rule"),
        Has("client prematurely closed connection"),
        Has("client closed connection"),
        Has("client timed out"),
        All(&[Has("while reading client request"), Not(&Has("too l"))]),
        All(&[Has("while waiting for request"), Not(&Has("upstream:"))]),
        All(&[
            Has("while sending to client"),
            Not(&Any(&[Has("too big"), Has("timed out")])),
            Not(&Has("prematurely")),
        ]),
        All(&[Has("directory index of"), Has("is forbidden")]),
        Has("directive is deprecated"),
        Has("using inherited sockets"),
        All(&[Has("client sent"), Has("invalid")]),
        Has("client sent plain http request"),
    ]),
]);

static HEALTHY: [Pattern; 6] = [START, CONFIGURATION, POOL, VISITORS, STOPPING, NGINX_CLIENTS];

/// Whether the request in a message about a lost context is for none of IS's own addresses.
fn is_foreign_request(text: &str) -> bool {
    let Some((_, request)) = text.split_once("uri :") else { return false };
    let Some((_, path)) = request.split_once(':') else { return false };
    let path = path.split([',', '?', ';', ' ']).next().unwrap_or_default().trim_end_matches('/');
    // `/t/{tenant}` and `/o/{organization}` precede the same addresses.
    let own = match path.strip_prefix("/t/").or_else(|| path.strip_prefix("/o/")) {
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None => path,
    };
    const OWN: [&str; 8] = [
        "/commonauth",
        "/samlsso",
        "/passivests",
        "/openidserver",
        "/openid",
        "/logincontext",
        "/wsfederation",
        "/oidc",
    ];
    const BELOW: [&str; 4] = ["/oauth2/", "/oidc/", "/api/", "/authenticationendpoint/"];
    let is_file = own.rsplit('/').next().is_some_and(|name| name.contains(".php") || name.contains(".asp"));
    is_file || !(OWN.contains(&own) || BELOW.iter().any(|below| own.starts_with(below)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_strangers_are_distinguished_from_lost_logins() {
        let text =
            |uri: &str| format!("context does not exist. requested client: 203.0.113.9, uri :{uri}, user-agent: x");
        for own in [
            "post:/commonauth",
            "get:/t/acme.com/commonauth",
            "post:/oauth2/authn/",
            "get:/samlsso?a=b",
            "get:/o/1/oauth2/authorize",
        ] {
            assert!(!is_foreign_request(&text(own)), "{own}");
        }
        for foreign in ["get:/commonauth/wp-login.php", "get:/.env", "post:/oauth2/a.php", "get:/"] {
            assert!(is_foreign_request(&text(foreign)), "{foreign}");
        }
        assert!(!is_foreign_request("context does not exist. probably due to invalidated cache"));
    }
}
