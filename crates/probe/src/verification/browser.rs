//! A browser without pages: it keeps cookies, follows no redirect by itself, and may send each request to another node, as a load
//! balancer without stickiness does.

use std::collections::BTreeMap;

use hyper::Method;

use super::cluster::{Cluster, RequestError};
use super::endpoint::ClusterEndpoint;
use crate::https::{HttpRequest, HttpResponse};

/// Limits of what a node may make the browser keep.
const MAX_COOKIES: usize = 32;
const MAX_COOKIE_BYTES: usize = 4096;

/// The cookies of one person.
#[derive(Clone, Debug, Default)]
pub(super) struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Requests path and query of `url` at `endpoint`.
    pub(super) async fn get(
        &mut self,
        cluster: &Cluster<'_>,
        endpoint: &ClusterEndpoint,
        url: &str,
    ) -> Result<HttpResponse, RequestError> {
        self.send(cluster, endpoint, HttpRequest::new(Method::GET, path_and_query(url))).await
    }

    /// Sends a form, which may contain a password.
    pub(super) async fn post(
        &mut self,
        cluster: &Cluster<'_>,
        endpoint: &ClusterEndpoint,
        path: &str,
        form: String,
    ) -> Result<HttpResponse, RequestError> {
        let request = HttpRequest::new(Method::POST, path).body("application/x-www-form-urlencoded", form);
        self.send(cluster, endpoint, request).await
    }

    async fn send(
        &mut self,
        cluster: &Cluster<'_>,
        endpoint: &ClusterEndpoint,
        request: HttpRequest,
    ) -> Result<HttpResponse, RequestError> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        // Cookies are as good as a password.
        let response = cluster.request_with_secret(endpoint, request).await?;
        for cookie in response.header_values("set-cookie") {
            self.keep(cookie);
        }
        Ok(response)
    }

    fn keep(&mut self, set_cookie: &str) {
        let pair = set_cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else { return };
        let (name, value) = (name.trim(), value.trim());
        let is_removed = set_cookie.to_ascii_lowercase().contains("max-age=0");
        if is_removed || value.is_empty() {
            self.cookies.remove(name);
        } else if pair.len() <= MAX_COOKIE_BYTES
            && (self.cookies.len() < MAX_COOKIES || self.cookies.contains_key(name))
        {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Path and query of an absolute URL; another text stays as it is.
pub(super) fn path_and_query(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    rest.split('#').next().unwrap_or(rest).to_owned()
}

/// The value of a parameter in the query of a URL, as it is written there.
pub(super) fn query_parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or(query);
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(found, _)| *found == name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_replaced_and_removed() {
        let mut browser = Browser::default();
        browser.keep("commonAuthId=1f2e; Path=/; Secure; HttpOnly");
        browser.keep("JSESSIONID=a=b; Path=/");
        browser.keep("commonAuthId=3a4b; Path=/");
        assert_eq!(browser.cookies["commonAuthId"], "3a4b");
        assert_eq!(browser.cookies["JSESSIONID"], "a=b");
        browser.keep("commonAuthId=x; Max-Age=0");
        assert!(!browser.cookies.contains_key("commonAuthId"));
        for number in 0..2 * MAX_COOKIES {
            browser.keep(&format!("c{number}=x"));
        }
        assert_eq!(browser.cookies.len(), MAX_COOKIES);
    }

    #[test]
    fn parts_of_urls() {
        let url = "https://login.example.com/authenticationendpoint/login.do?client_id=a&sessionDataKey=k%2B1#x";
        assert_eq!(path_and_query(url), "/authenticationendpoint/login.do?client_id=a&sessionDataKey=k%2B1");
        assert_eq!(query_parameter(url, "sessionDataKey"), Some("k%2B1"));
        assert_eq!(query_parameter(url, "code"), None);
        assert_eq!(
            (path_and_query("https://login.example.com").as_str(), path_and_query("/a")),
            ("/", "/a".to_owned())
        );
    }
}
