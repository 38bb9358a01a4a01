//! CL-12: what IS stores in the callbacks of console and My Account is where clients really come in.

use super::{DeploymentFile, at};
use crate::check::CheckId;
use crate::finding::Finding;
use crate::steps::LoadBalancer;

/// How IS itself makes its address: from hostname and proxyPort (FACTS a.2). Any other text stops following them.
const BASE_PATH: &str = "https://$ref{server.hostname}:${carbon.management.port}";
/// Callbacks that are written out instead of made from the hostname (read from 7.1 on).
const CALLBACKS: [&str; 2] = ["console.callback_url", "myaccount.callback_url"];

/// Judges the deployment.toml of every node against what clients use.
#[must_use]
pub fn front(files: &[(String, String)], balancer: &LoadBalancer) -> Vec<Finding> {
    let read = files.iter().filter_map(|(node, text)| DeploymentFile::read(node, text).ok());
    read.flat_map(|file| judge(&file, balancer)).collect()
}

fn judge(file: &DeploymentFile, balancer: &LoadBalancer) -> Vec<Finding> {
    let hostname = balancer.hostname.as_str();
    let port = balancer.https_port.get().to_string();
    let mut findings = Vec::new();
    let mut wrong = |what: String| findings.push(at(CheckId::Cl12, &file.node, &what));
    let said = file.get("server.hostname").unwrap_or("localhost");
    if said != hostname {
        wrong(format!("server.hostname is {said}, but clients come to {hostname}: their callbacks would not match."));
    }
    match file.get("transport.https.properties.proxyPort") {
        Some(proxy) if proxy == port => {}
        Some(proxy) => wrong(format!("proxyPort of HTTPS is {proxy}, but clients come to port {port}.")),
        None => wrong(format!("proxyPort of HTTPS is missing: IS sends browsers to 9443 instead of {port}.")),
    }
    if file.get("server.base_path").is_some_and(|path| path != BASE_PATH) {
        wrong(format!("server.base_path does not follow hostname and proxyPort. Write {BASE_PATH}."));
    }
    for key in CALLBACKS {
        let host_is_named = |url: &str| {
            let after = url.split("https://").nth(1).unwrap_or_default();
            let authority = after.split(['/', ')', '|']).next().unwrap_or_default().replace('\\', "");
            let (host, written) = authority.split_once(':').unwrap_or((&authority, "443"));
            host == hostname && written == port
        };
        if file.get(key).is_some_and(|url| !host_is_named(url) && !url.contains("${")) {
            wrong(format!("{key} does not lead to https://{hostname} on port {port} (product-is#25948)."));
        }
    }
    findings
}
