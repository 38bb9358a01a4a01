//! CL-12: the callback URLs that IS stores for console and My Account are those that clients use.

use super::{DeploymentFile, place_of_key};
use crate::check::CheckId;
use crate::finding::{Finding, Severity};
use crate::product::Version;
use crate::sites::reported;
use crate::steps::LoadBalancer;

/// IS's default, from hostname and proxyPort (docs/wso2.md). Another text must have the same meaning.
const DEFAULT_BASE_PATH: &str = "https://$ref{server.hostname}:${carbon.management.port}";
/// Explicit callback URLs in place of those from the hostname (read from 7.1 on).
const CALLBACK_KEYS: [&str; 2] = ["console.callback_url", "myaccount.callback_url"];

/// Compares the deployment.toml of every node with the URL that clients use.
#[must_use]
pub fn audit_public_url(files: &[(String, String)], balancer: &LoadBalancer) -> Vec<Finding> {
    let read = files.iter().filter_map(|(node, text)| DeploymentFile::read(node, text).ok());
    read.flat_map(|file| audit_callbacks(&file, balancer)).collect()
}

/// Versions that write the port of `base_path` into issuer and discovery even where it is 443 (docs/wso2.md).
pub(super) fn issuer(file: &DeploymentFile, version: Version) -> Option<Finding> {
    let is_443 = file.get("transport.https.properties.proxyPort") == Some("443");
    let shows = version.facts().issuer_shows_port && is_443 && file.get("server.base_path") == Some(DEFAULT_BASE_PATH);
    shows.then(|| Finding {
        severity: Severity::Warns,
        remedy: "Set base_path = \"https://HOSTNAME\" before the first start, when IS stores the issuer.".to_owned(),
        ..place_of_key(
            CheckId::Cl12,
            &file.node,
            &format!(
                "server.base_path makes IS {} add :443 to its issuer and to every discovery URL.",
                version.value()
            ),
        )
    })
}

fn audit_callbacks(file: &DeploymentFile, balancer: &LoadBalancer) -> Vec<Finding> {
    let hostname = balancer.hostname.as_str();
    let port = balancer.https_port.get().to_string();
    let mut findings = Vec::new();
    let mut wrong = |what: String| findings.push(place_of_key(CheckId::Cl12, &file.node, &what));
    let hostname_in_file = file.get("server.hostname").unwrap_or("localhost");
    if hostname_in_file != hostname {
        wrong(reported(format!(
            "server.hostname is {hostname_in_file}, but clients use {hostname}: callbacks would not match."
        )));
    }
    match file.get("transport.https.properties.proxyPort") {
        Some(proxy) if proxy == port => {}
        Some(proxy) => wrong(reported(format!("proxyPort of HTTPS is {proxy}, but clients use port {port}."))),
        None => {
            wrong(reported(format!("proxyPort of HTTPS is missing: IS redirects browsers to 9443 instead of {port}.")))
        }
    }
    let suffix = if port == "443" { String::new() } else { format!(":{port}") };
    let written_out = format!("https://{hostname}{suffix}");
    if file.get("server.base_path").is_some_and(|path| path != DEFAULT_BASE_PATH && path != written_out) {
        wrong(reported(format!("server.base_path is not the URL that clients use. Set it to {written_out}.")));
    }
    for key in CALLBACK_KEYS {
        let host_is_named = |url: &str| {
            let after = url.split("https://").nth(1).unwrap_or_default();
            let authority = after.split(['/', ')', '|']).next().unwrap_or_default().replace('\\', "");
            let (host, written) = authority.split_once(':').unwrap_or((&authority, "443"));
            host == hostname && written == port
        };
        if file.get(key).is_some_and(|url| !host_is_named(url) && !url.contains("${")) {
            wrong(reported(format!("{key} does not point to https://{hostname} on port {port} (product-is#25948).")));
        }
    }
    findings
}
