//! A browser: it keeps cookies, and reaches any node that a test names.

use std::collections::BTreeMap;

use crate::client::{HOSTNAME, Reply, Site, form};

/// A browser with an address of its own, as the load balancer passes it on.
pub(crate) struct Browser<'a> {
    site: &'a Site,
    cookies: BTreeMap<String, String>,
    address: &'static str,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(site: &'a Site) -> Self {
        Self { site, cookies: BTreeMap::new(), address: "198.51.100.1, 10.77.0.1" }
    }

    /// Opens a URL of the site, or posts a form to it, at a node.
    pub(crate) async fn request(&mut self, node: usize, method: &str, url: &str, fields: &[(&str, &str)]) -> Reply {
        let path = url.strip_prefix(&format!("https://{HOSTNAME}")).unwrap_or(url);
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("cookie", cookies.as_str()), ("x-forwarded-for", self.address), ("user-agent", "test browser")];
        let reply = self.site.send(node, method, path, &headers, form(fields)).await;
        for line in reply.headers.get_all("set-cookie") {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    pub(crate) async fn open(&mut self, node: usize, url: &str) -> Reply {
        self.request(node, "GET", url, &[]).await
    }

    /// Begins a sign-in at the first of four nodes, opens the login page at the second, posts the password to the third and
    /// continues at the fourth; returns where the browser is sent then.
    pub(crate) async fn sign_in(&mut self, nodes: [usize; 4], authorize: &str, password: &str) -> String {
        let login = self.open(nodes[0], authorize).await.location().to_owned();
        let page = self.open(nodes[1], &login).await;
        assert_eq!(page.status, 200, "{login}");
        assert!(page.text.contains(standin::NOTICE));
        let key = page.text.split("name=\"sessionDataKey\" type=\"hidden\" value=\"").nth(1).unwrap();
        let key = key.split('"').next().unwrap();
        let fields = [("username", "anna"), ("password", password), ("sessionDataKey", key)];
        let location = self.request(nodes[2], "POST", "/commonauth", &fields).await.location().to_owned();
        if !location.contains("/oauth2/authorize") {
            return location;
        }
        self.open(nodes[3], &location).await.location().to_owned()
    }
}

/// A parameter of a URL's query.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
