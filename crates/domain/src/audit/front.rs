//! CL-12: what IS stores in the callbacks of console and My Account is where clients really come in.

use super::{DeploymentFile, place_of_key};
use crate::check::CheckId;
use crate::finding::{Finding, Severity};
use crate::product::Version;
use crate::sites::reported;
use crate::steps::LoadBalancer;

/// How IS itself makes its address: from hostname and proxyPort (docs/wso2.md). Another text has to say the same.
const DEFAULT_BASE_PATH: &str = "https://$ref{server.hostname}:${carbon.management.port}";
/// Callbacks that are written out instead of made from the hostname (read from 7.1 on).
const CALLBACK_KEYS: [&str; 2] = ["console.callback_url", "myaccount.callback_url"];

/// Judges the deployment.toml of every node against what clients use.
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
        remedy: "Write base_path = \"https://HOSTNAME\" before the first start: IS stores the issuer then.".to_owned(),
        ..place_of_key(
            CheckId::Cl12,
            &file.node,
            &format!(
                "server.base_path makes IS {} put :443 into its issuer and into every address of discovery.",
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
    let said = file.get("server.hostname").unwrap_or("localhost");
    if said != hostname {
        wrong(reported(format!(
            "server.hostname is {said}, but clients come to {hostname}: their callbacks would not match."
        )));
    }
    match file.get("transport.https.properties.proxyPort") {
        Some(proxy) if proxy == port => {}
        Some(proxy) => wrong(reported(format!("proxyPort of HTTPS is {proxy}, but clients come to port {port}."))),
        None => wrong(reported(format!("proxyPort of HTTPS is missing: IS sends browsers to 9443 instead of {port}."))),
    }
    let suffix = if port == "443" { String::new() } else { format!(":{port}") };
    let written_out = format!("https://{hostname}{suffix}");
    if file.get("server.base_path").is_some_and(|path| path != DEFAULT_BASE_PATH && path != written_out) {
        wrong(reported(format!("server.base_path is not the address that clients use. Write {written_out}.")));
    }
    for key in CALLBACK_KEYS {
        let host_is_named = |url: &str| {
            let after = url.split("https://").nth(1).unwrap_or_default();
            let authority = after.split(['/', ')', '|']).next().unwrap_or_default().replace('\\', "");
            let (host, written) = authority.split_once(':').unwrap_or((&authority, "443"));
            host == hostname && written == port
        };
        if file.get(key).is_some_and(|url| !host_is_named(url) && !url.contains("${")) {
            wrong(reported(format!("{key} does not lead to https://{hostname} on port {port} (product-is#25948).")));
        }
    }
    findings
}
