//! Calls of IS to other servers, when nothing more precise is known.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Has, Not, Word};
use super::context::OTHER_SERVER;
use super::declare::failure_rules;

failure_rules! {
    "server-refused" Requests Function "Another server refuses the connection"
        cause "Nothing listens at the address that IS calls: the service is stopped, or host or port is wrong, such as localhost for a service on another machine."
        check "Connect to the address from this node." [Nd04]
        remedy "Start the service, or correct the URL in the configuration of IS (endpoint of an action, an identity provider, analytics)."
        when All(&[OTHER_SERVER, Any(&[Has("connection refused"), Has("httphostconnectexception")])]);
        values [Between("Address", "connect to ", " failed"), Between("Address", "connect to ", " ["), Between("Address", "for url: ", "")];

    "server-name-unknown" Requests Function "The name of another server does not resolve"
        cause "DNS and the hosts file of this node have no address for the host that IS calls, or the node may not use DNS of the internet."
        check "Resolve the name on this node." [Nd01, Lb01]
        remedy "Correct the host, or add it to DNS or the hosts file of every node."
        run ["getent hosts HOST"]
        when All(&[OTHER_SERVER, Any(&[Has("unknownhostexception"), Has("name or service not known"), Has("temporary failure in name resolution")]), Not(&Has("springframework"))]);
        values [Between("Host", "unknownhostexception: ", "")];

    "server-timeout" Requests Function "Another server does not answer in time"
        cause "Packets to the server that IS calls are dropped by a firewall, a proxy is needed, or the server is slow."
        check "Call the address from this node." [Nd04]
        remedy "Open the path from every node, set the proxy (-Dhttps.proxyHost), or raise the timeout for a slow server."
        when All(&[OTHER_SERVER, Any(&[
            Has("connect timed out"),
            Has("connection timed out"),
            Has("read timed out"),
            Has("connecttimeoutexception"),
            Has("sockettimeoutexception"),
            Has("no route to host"),
            Has("network is unreachable"),
        ])]);
        values [Between("Address", "connect to ", " failed"), Between("Address", "connect to ", " [")];

    "server-answer" Requests Function "Another server answers with an error"
        cause "The server that IS calls answered with an HTTP error: 401 and 403 mean that it does not accept the credentials, 404 that the path is wrong, 5xx that it failed itself."
        check "Read its log at the same time." []
        remedy "Correct the credentials or the URL in the configuration of IS, or repair the other server."
        when All(&[OTHER_SERVER, Has("server returned http response code: ")]);
        values [Between("HTTP status", "response code: ", " "), Between("URL", "for url: ", "?"), Between("URL", "for url: ", "")];

    "token-endpoint-proxy" Requests Function "A proxy or load balancer answers in place of IS"
        cause "IS called an address and got a page instead of data: the address resolves to a proxy or login page."
        check "Call the address from this node." [Lb01, Nd18]
        remedy "Let the name resolve to IS or the load balancer on every node."
        when All(&[OTHER_SERVER, Any(&[Has("unexpected character ('<'"), All(&[Word("doctype"), Has("json")])])]);
}
