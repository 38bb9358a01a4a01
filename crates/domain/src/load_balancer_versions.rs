//! From which version on NGINX and HAProxy have what the generated files use.

use crate::values::LoadBalancerVersion;

/// Open source NGINX has `sticky cookie` from here on (run on 1.30.6; rejected by 1.22.1).
pub(crate) const MIN_NGINX_STICKY_COOKIE: LoadBalancerVersion = LoadBalancerVersion { major: 1, minor: 29, patch: 6 };
/// The oldest versions that the generated syntax was tested with.
pub(crate) const MIN_NGINX: LoadBalancerVersion = LoadBalancerVersion { major: 1, minor: 18, patch: 0 };
/// The same for HAProxy.
pub(crate) const MIN_HAPROXY: LoadBalancerVersion = LoadBalancerVersion { major: 2, minor: 2, patch: 0 };

/// NGINX has `http2 on;` from here on and calls the `listen` form deprecated (nginx changes, 1.25.1).
pub(crate) const MIN_NGINX_HTTP2_DIRECTIVE: LoadBalancerVersion = LoadBalancerVersion { major: 1, minor: 25, patch: 1 };

/// NGINX has `ssl_conf_command` from here on (nginx changes, 1.19.4).
pub(crate) const MIN_NGINX_SSL_CONF_COMMAND: LoadBalancerVersion =
    LoadBalancerVersion { major: 1, minor: 19, patch: 4 };
