//! NGINX and HAProxy in front of the nodes.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Has, Logger, Not};
use super::context::NGINX;
use super::declare::failure_rules;

failure_rules! {
    "nginx-header-too-big" LoadBalancer Request "An answer's header is larger than NGINX's buffer"
        cause "Redirects and cookies of IS exceed the header buffer of 4 or 8 KB: users with a long state or many cookies get 502. large_client_header_buffers is for the other direction and does not help."
        check "Does the server block set proxy_buffer_size?" [Lb07]
        remedy "Set the buffers in the server or location block, and reload NGINX."
        run ["proxy_buffer_size 64k;\nproxy_buffers 8 64k;\nproxy_busy_buffers_size 128k;", "nginx -t && nginx -s reload"]
        when Has("upstream sent too big header");
        values [Between("Request", "request: \"", "\"")];

    "nginx-request-header-too-large" LoadBalancer Request "A request's header is larger than NGINX permits"
        cause "The URL or the cookies of the browser exceed large_client_header_buffers: NGINX answers 400 or 414."
        check "Does the server block set large_client_header_buffers?" [Lb07]
        remedy "Set larger buffers, and reload NGINX."
        run ["large_client_header_buffers 8 64k;"]
        when All(&[NGINX, Any(&[Has("client sent too long header line"), Has("client sent too long uri"), Has("too large request header"), Has("client sent too large")])]);

    "nginx-body-too-large" LoadBalancer Request "A request is larger than NGINX permits"
        cause "The body exceeds client_max_body_size, 1 MB by default: NGINX answers 413."
        check "Does the server block set client_max_body_size?" [Lb07]
        remedy "Raise it, and reload NGINX."
        run ["client_max_body_size 10m;"]
        when Has("client intended to send too large body");
        values [Between("Request", "request: \"", "\"")];

    "nginx-upstream-certificate" LoadBalancer Function "NGINX does not accept the certificate of a node"
        cause "proxy_ssl_verify is on, and the certificate of the node is not signed by the CA in proxy_ssl_trusted_certificate, has expired, or lacks the name in proxy_ssl_name."
        check "Show the certificate of the node's port 9443." [Tl03, Tl02, Tl09]
        remedy "Use the CA of the bundle in proxy_ssl_trusted_certificate, and set proxy_ssl_name to a name of the certificate. Do not set proxy_ssl_verify off: NGINX would send logins to any server that answers."
        run ["openssl s_client -connect is-1.example.com:9443 -servername login.example.com </dev/null"]
        when All(&[NGINX, Any(&[
            Has("upstream ssl certificate verify error"),
            Has("upstream ssl certificate does not match"),
            All(&[Has("certificate verify failed"), Has("upstream")]),
        ])]);
        values [Between("Node", "upstream: \"", "\"")];

    "nginx-upstream-tls" LoadBalancer Function "TLS between NGINX and a node fails"
        cause "proxy_pass has https:// for a port without TLS or http:// for 9443, or NGINX and the node have no TLS version in common."
        check "Compare proxy_pass with the port: 9443 is HTTPS, 9763 HTTP." [Lb03, Tl08]
        remedy "Write proxy_pass https:// for port 9443, and leave the protocols at TLSv1.2 and TLSv1.3."
        when All(&[NGINX, Any(&[
            All(&[Has("ssl_do_handshake() failed"), Has("to upstream")]),
            Has("upstream sent no valid http/1.0 header"),
            All(&[Has("wrong version number"), Has("upstream")]),
            All(&[Has("peer closed connection in ssl handshake"), Has("upstream")]),
        ])]);
        values [Between("Node", "upstream: \"", "\"")];

    "nginx-upstream-refused" LoadBalancer Function "A node refuses NGINX's connections"
        cause "Nothing listens on the HTTPS port of the node: IS is stopped, still starting, or has another offset; or clustering failed, which keeps the ports closed."
        check "Connect to the port from the load balancer, and read the log of the node." [Lb02, Nd02]
        remedy "Start the node, or correct host and port of the upstream. While a node restarts, mark it as down to avoid failed requests."
        when All(&[NGINX, Has("connection refused"), Has("upstream")]);
        values [Between("Node", "upstream: \"", "\"")];

    "nginx-upstream-timeout" LoadBalancer Function "A node does not answer NGINX in time"
        cause "While connecting: a firewall drops the packets, or the node is down. While reading: the node takes longer than proxy_read_timeout, because it waits for its database or directory, or is overloaded."
        check "“while connecting” or “while reading”? Read the log of the node at the same time." [Lb02, Lb07, Nd04]
        remedy "Open the path to the node, or repair what the node waits for. Raise proxy_read_timeout only for requests that are slow by design."
        when All(&[NGINX, Any(&[Has("upstream timed out"), Has("no route to host"), Has("host is unreachable"), Has("network is unreachable")])]);
        values [Between("Phase", "while ", ","), Between("Node", "upstream: \"", "\"")];

    "nginx-no-upstream" LoadBalancer Function "NGINX has no node left"
        cause "Every node of the upstream failed max_fails times and is left out for fail_timeout. The entries before have the reason of each node."
        check "Read the entries before, and the health of each node." [Lb02]
        remedy "Repair or start the nodes. NGINX tries them again after fail_timeout."
        when Has("no live upstreams while connecting to upstream");
        symptom_of &[FailureArea::LoadBalancer];

    "nginx-upstream-closed" LoadBalancer Request "A node closed a connection of NGINX"
        cause "The node ended while it answered (a restart, a crash, out of memory), or closed an idle connection in the moment that NGINX used it."
        check "Did the node restart at this time?" [Lb02]
        remedy "Drain a node before it is stopped. For idle connections, keep keepalive_timeout of the upstream below that of Tomcat."
        when All(&[NGINX, Has("upstream"), Any(&[
            Has("prematurely closed connection"),
            Has("connection reset by peer) while reading response"),
            Has("connection reset by peer) while sending"),
            Has("connection reset by peer) while connecting"),
            Has("broken pipe) while sending"),
        ])]);
        values [Between("Node", "upstream: \"", "\"")];

    "nginx-host-unknown" LoadBalancer Start "NGINX does not resolve the name of a node"
        cause "The name in the upstream has no address when NGINX starts; it then refuses to start."
        check "Resolve the name on the load balancer." [Nd01, Lb03]
        remedy "Use the address of the node, or add the name to DNS or the hosts file of the load balancer."
        when All(&[NGINX, Any(&[Has("host not found in upstream"), Has("could not be resolved")])]);
        values [Between("Name", "in upstream \"", "\"")];

    "nginx-configuration" LoadBalancer Start "NGINX does not accept its configuration"
        cause "A directive is unknown to this version (1.25.1 removed ssl on and added http2 on), a value is wrong, a semicolon is missing, or a certificate or key does not load."
        check "File and line are in the message." [Lb03, Lb04, Tl01]
        remedy "Correct the line, and test before the reload."
        run ["nginx -t"]
        when All(&[NGINX, Any(&[
            Has("unknown directive"),
            Has("directive is not allowed here"),
            Has("parameter \""),
            Has("number of arguments in"),
            Has("is duplicate"),
            Has("directive is duplicate"),
            Has("cannot load certificate"),
            Has("key values mismatch"),
            Has("is not terminated by \";\""),
            Has("unexpected \"}\""),
            Has("unexpected end of file"),
            Has("pem_read_bio"),
            Has("no \"ssl_certificate\" is defined"),
            Has("duplicate upstream"),
        ]), Not(&Has("server name"))]);
        values [Between("Place", " in /", "")];

    "haproxy-node-down" LoadBalancer Function "HAProxy has no connection to a node"
        cause "The check of the node failed: nothing listens, the packets are dropped, TLS fails, or the health API does not answer 200."
        check "Read the reason in the message, and ask the node directly." [Lb02, Nd02]
        remedy "Start or repair the node; correct its address, port or the check in haproxy.cfg."
        when All(&[Not(&Logger("org.")), Any(&[
            All(&[Has("server "), Has(" is down"), Has("reason:")]),
            All(&[Has("backend"), Has("has no server available")]),
            All(&[Has("proxy"), Has("has no server available")]),
        ])]);
        values [Between("Reason", "reason: ", ","), Between("Server", "server ", " is down")];

    "haproxy-configuration" LoadBalancer Start "HAProxy does not accept its configuration"
        cause "A line of haproxy.cfg has a keyword that this version does not know, a wrong value, or a certificate that does not load."
        check "File and line are in the message." [Lb03, Lb04]
        remedy "Correct the line, and test before the reload."
        run ["haproxy -c -f /etc/haproxy/haproxy.cfg"]
        when Any(&[
            All(&[Has("parsing ["), Has("haproxy")]),
            Has("fatal errors found in configuration"),
            Has("error(s) found in configuration file"),
        ]);
        values [Between("Place", "parsing [", "]")];
}
