//! Requests of browsers and applications: callbacks, sessions, applications that are not known.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Not};
use super::declare::failure_rules;

failure_rules! {
    "callback-not-registered" Requests Request "The redirect URI of an application is not registered"
        cause "The application sent a redirect_uri that is not among its stored ones. After setting up a cluster, it is usually the console or My Account: hostname, offset or proxyPort were changed after the first start, and the stored callbacks stay. The line names neither the application nor the address, and newer versions log it only as DEBUG."
        check "Take client_id and redirect_uri from the access log of the same second, and compare the stored callbacks with the hostname." [Cl12, Db44]
        remedy "For the console and My Account, correct the stored callbacks, or set them in deployment.toml from 7.0; otherwise register the complete redirect URI of the application. A pattern such as .* would send tokens to any address."
        run ["[console]\ncallback_url = \"https://login.example.com/console\""]
        when All(&[Any(&[
            Has("callback url does not match"),
            Has("callback does not match"),
            Has("callback.not.match"),
            Has("redirect_uri in request does not match"),
            Has("redirect uri does not match"),
            Has("not matching with persisted callback"),
        ]), Not(&Has("logout"))]);

    "logout-callback-not-registered" Requests Request "The address after a logout is not registered"
        cause "The application sent a post_logout_redirect_uri that is not among its stored callbacks, so that the user sees an error after the logout."
        check "Take client_id and post_logout_redirect_uri from the access log of the same second." [Cl12]
        remedy "Add the address to the callbacks of the application, as a regular expression with the others. Escape each point: one that is not escaped also permits other hosts."
        run ["regexp=(https://app\\.example\\.com/login|https://app\\.example\\.com/logout)"]
        when Any(&[
            Has("post logout redirect url does not match"),
            Has("post logout uri does not match"),
        ]);

    "callback-expression" Requests Request "A callback is not a regular expression that Java accepts"
        cause "The callback of an application begins with regexp=, and its expression has a bracket or character that is not escaped. Every request of this application fails."
        check "The expression is in the message; which application has it?" [Cl12]
        remedy "Correct the expression in the application: brackets in pairs, and \\? for a question mark."
        when All(&[Has("patternsyntaxexception")]);
        values [Between("Problem", "patternsyntaxexception: ", "")];

    "saml-consumer-not-registered" Requests Request "The assertion consumer URL of a SAML application is not registered"
        cause "The request of the application names an address that is not among its stored assertion consumer URLs: the hostname or port of the application changed."
        check "The address and the issuer are in the message." []
        remedy "Add the URL to the SAML configuration of the application, or correct the application."
        when All(&[Has("assertion consumer url"), Any(&[Has("alert"), Has("invalid"), Has("does not match")])]);
        values [Between("URL", "url value '", "'"), Between("Issuer", "issuer '", "'")];

    "saml-issuer-unknown" Requests Request "A SAML application is not registered on this node"
        cause "The issuer of the request is no application of the tenant: its name is misspelt, or this node uses another database than the one where it was registered."
        check "Compare the issuer with the applications, also on the other nodes." [Cl08, Db12]
        remedy "Register the application with exactly this issuer. If other nodes know it, correct the data sources of this node."
        when All(&[Has("service provider with the issuer"), Has("is not registered")]);
        values [Between("Issuer", "issuer '", "'")];

    "client-unknown" Requests Request "No application has this client ID"
        cause "The client_id of the request belongs to no application that this node knows: it is misspelt, of another tenant, deleted, or the node uses another database than the others."
        check "Search the application on this node and on the others." [Cl08, Db12]
        remedy "Correct the client ID of the client. If other nodes know it, correct the data sources of this node."
        when Any(&[
            Has("cannot find an application associated with the given client_id"),
            Has("a valid oauth client could not be found"),
            Has("application not found for the client id"),
            All(&[Has("invalidoauthclientexception"), Has("client")]),
        ]);
        values [Between("Client ID", "client_id: ", " "), Between("Client ID", "client_id : ", " ")];

    "login-context-lost" Requests Request "A login continued without its context"
        cause "The node does not have the context of a login that began elsewhere or earlier: the page was open longer than a context lives, the user went back, or the context was not stored in the identity database (session persistence is off, the value is too large, or the nodes use different databases). Single lines come from abandoned logins and are harmless."
        check "Does it happen to every login that changes the node? Compare enable_persistence and the data sources of all nodes." [Lb06, Cl08, Db14]
        remedy "If it repeats, keep [session_data.persistence] enable_persistence and persist_temporary_data on, use the same databases on all nodes, and make sessions sticky."
        when Any(&[
            All(&[Has("context does not exist"), Has("invalidated cache")]),
            Has("as the authentication context has expired"),
            All(&[Has("cannot find authenticationresult from the cache")]),
        ]);
        values [Between("Request", "uri :", ",")];

    "console-session-lost" Requests Request "A form of the management console reached another node"
        cause "The token of the form does not match the session: the load balancer sent the request to another node than the page came from, because sessions are not sticky; or an old page was sent again."
        check "Send 20 requests with one cookie: do they reach one node?" [Lb06]
        remedy "Make sessions sticky at the load balancer, by IP hash or a cookie."
        when All(&[Has("csrf"), Any(&[Has("attack thwarted"), Has("does not match session token"), Has("request token")])]);
        values [Between("Request", "uri:", ",")];

    "mail-login-refused" Requests Function "The mail server rejects the account"
        cause "User or password of [output_adapter.email] are wrong, or the provider requires an application password or OAuth."
        check "Log in to the mail server with this account." []
        remedy "Correct username and password in [output_adapter.email] on every node; create an application password where the provider requires it."
        when All(&[Any(&[Logger("email"), Entry("javax.mail"), Entry("jakarta.mail"), Entry("smtp")]), Any(&[
            Has("authenticationfailedexception"),
            Has("username and password not accepted"),
            Has("535"),
            Has("authentication unsuccessful"),
            Has("authentication required"),
        ])]);

    "mail-unreachable" Requests Function "The mail server cannot be reached"
        cause "Host or port of [output_adapter.email] is wrong, or a firewall closes the port; many clouds close port 25."
        check "Connect to the port from this node." []
        remedy "Correct hostname and port (587 with STARTTLS is usual), or open the firewall."
        run ["nc -vz smtp.example.com 587"]
        when Any(&[
            Has("couldn't connect to host, port"),
            Has("mailconnectexception"),
            All(&[Any(&[Entry("javax.mail"), Entry("jakarta.mail"), Logger("email")]), Any(&[Has("connection refused"), Has("timed out"), Has("unknownhostexception"), Has("could not connect to smtp host")])]),
            Has("could not connect to smtp host"),
        ]);
        values [Between("Host and port", "host, port: ", ";")];
}
