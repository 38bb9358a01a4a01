//! The pages that browsers see: `/`, the consoles, the login page, and the pages about errors and logout.

use hyper::StatusCode;
use hyper::header::COOKIE;

use crate::http::answer::{Answer, escape_html};
use crate::http::call::HttpCall;
use crate::node::NodeState;

/// Adds the cookie of the servlet session, which load balancers use for sticky sessions, unless the browser has one.
fn with_servlet_session(node: &NodeState, call: &HttpCall, answer: Answer) -> Answer {
    let has_session = call.header(COOKIE).is_some() && call.cookie("JSESSIONID").is_some();
    if has_session { answer } else { answer.cookie("JSESSIONID", &node.ids.uuid().replace('-', "").to_uppercase()) }
}

/// A URL for a redirect that follows the requested host, as `/` does: asked by its address, a node answers with it.
fn url_of_requested_host(node: &NodeState, call: &HttpCall, path: &str) -> String {
    let host = call.host();
    if node.faults().node_address_in_redirects {
        return node.redirect_url(path);
    }
    if host.is_empty() || host == node.hostname {
        return node.public_url(path);
    }
    match node.advertised_port() {
        Some(port) => format!("https://{host}:{port}{path}"),
        None => format!("https://{host}{path}"),
    }
}

/// `GET /`.
pub(crate) fn root(node: &NodeState, call: &HttpCall) -> Answer {
    let location = url_of_requested_host(node, call, node.version().start_page());
    with_servlet_session(node, call, Answer::redirect(&location))
}

/// `GET /carbon`. Only 6.x follows the requested host.
pub(crate) fn management_console(node: &NodeState, call: &HttpCall) -> Answer {
    let path = "/carbon/admin/index.jsp";
    let location = if node.version().is_6() || node.faults().node_address_in_redirects {
        url_of_requested_host(node, call, path)
    } else {
        node.public_url(path)
    };
    with_servlet_session(node, call, Answer::redirect(&location))
}

/// A page with a title and nothing else.
pub(crate) fn titled(node: &NodeState, call: &HttpCall, title: &str) -> Answer {
    with_servlet_session(node, call, Answer::page(StatusCode::OK, title, ""))
}

/// `GET /authenticationendpoint/login.do`.
pub(crate) fn login(node: &NodeState, call: &HttpCall) -> Answer {
    let key = escape_html(call.query.get("sessionDataKey").unwrap_or_default());
    let failure = match call.query.get("authFailureMsg") {
        Some(_) => "<p id=\"error-msg\">Login failed. Check the username and password.</p>\n",
        None => "",
    };
    let form = format!(
        "{failure}<form action=\"../commonauth\" method=\"post\">\n\
         <label>Username <input name=\"username\"></label>\n\
         <label>Password <input name=\"password\" type=\"password\"></label>\n\
         <input name=\"sessionDataKey\" type=\"hidden\" value=\"{key}\">\n<button>Sign in</button>\n</form>"
    );
    with_servlet_session(node, call, Answer::page(StatusCode::OK, "Sign in", &form))
}

/// The page that asks for consent; it posts to `action`.
pub(crate) fn consent(node: &NodeState, call: &HttpCall, title: &str, action: &str) -> Answer {
    let key = escape_html(call.query.get("sessionDataKeyConsent").unwrap_or_default());
    let form = format!(
        "<form action=\"{action}\" method=\"post\">\n\
         <input name=\"sessionDataKeyConsent\" type=\"hidden\" value=\"{key}\">\n\
         <button name=\"consent\" value=\"approve\">Allow</button>\n\
         <button name=\"consent\" value=\"deny\">Deny</button>\n</form>"
    );
    with_servlet_session(node, call, Answer::page(StatusCode::OK, title, &form))
}

/// `GET /authenticationendpoint/oauth2_error.do`.
pub(crate) fn oauth_failure(node: &NodeState, call: &HttpCall) -> Answer {
    let text = |name: &str| escape_html(call.query.get(name).unwrap_or_default());
    let content = format!("<p>{}</p>\n<p>{}</p>", text("oauthErrorCode"), text("oauthErrorMsg"));
    with_servlet_session(node, call, Answer::page(StatusCode::OK, "Error in OAuth", &content))
}
