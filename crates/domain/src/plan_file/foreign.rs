//! Files in place of a plan: recognised by their content, so that one sentence names the kind of file instead of one
//! problem per line.

/// Tables of a deployment.toml that no plan has.
const DEPLOYMENT_TABLES: [&str; 12] = [
    "server",
    "super_admin",
    "keystore",
    "truststore",
    "transport",
    "encryption",
    "identity",
    "oauth",
    "authentication",
    "realm_manager",
    "catalinaValves",
    "datasource",
];
/// Tables that only API Manager's deployment.toml has.
const API_MANAGER_TABLES: [&str; 4] = ["apim", "event_listener", "work_directory", "throttling"];
/// Tables and keys that a deployment.toml has, and a plan with the same table names does not.
const DEPLOYMENT_KEYS: [&str; 9] = [
    "membership_scheme",
    "local_member_host",
    "local_member_port",
    "connection_name",
    "connection_password",
    "driver",
    "url",
    "properties",
    "members",
];
/// The nodes of a plan.
const NODES: &str = "[[clustering.nodes]]";
/// Tables that only a plan has.
const PLAN_TABLES: [&str; 2] = ["product", "load_balancer"];

/// The kind of file and the remedy, if the file is clearly not a plan.
pub(super) fn recognise(text: &str) -> Option<String> {
    let lines = || text.lines().map(str::trim);
    let tables = || lines().filter_map(table);
    let is_plan = lines().any(|line| key(line) == Some("format")) || tables().any(|name| PLAN_TABLES.contains(&name));
    if is_plan {
        return None;
    }
    let kind = if text.trim_start().starts_with('<') {
        "an XML or HTML file"
    } else if text.trim_start().starts_with('{') {
        "a JSON file"
    } else if let Some(kind) = manifest(text) {
        kind
    } else if ["<%", "{%", "{{"].into_iter().any(|mark| text.contains(mark)) {
        "a configuration template"
    } else if tables().any(|name| API_MANAGER_TABLES.contains(&name)) {
        "a deployment.toml of WSO2 API Manager"
    } else if tables().any(|name| DEPLOYMENT_TABLES.contains(&name)) || is_part_of_deployment(text) {
        "a deployment.toml of WSO2 Identity Server"
    } else if lines().any(is_of_nginx) {
        "an NGINX configuration"
    } else if lines().any(is_of_haproxy) {
        "an HAProxy configuration"
    } else if text.trim_start().starts_with("-----BEGIN ") {
        "a certificate or a key"
    } else {
        return None;
    };
    Some(format!("This is {kind}, not a plan. Open the plan.toml or the zip of a bundle."))
}

/// Whether a TOML file without tables of a plan has tables within tables, or keys of a deployment.toml.
fn is_part_of_deployment(text: &str) -> bool {
    let lines = || text.lines().map(str::trim);
    let is_nested =
        lines().any(|line| line.starts_with('[') && line.ends_with(']') && line.contains('.') && line != NODES);
    is_nested || lines().filter_map(key).any(|key| DEPLOYMENT_KEYS.contains(&key))
}

/// The first part of the name in `[name.rest]` or `[[name]]`.
fn table(line: &str) -> Option<&str> {
    let name = line.strip_prefix('[')?.trim_start_matches('[').trim_start();
    let end = name.find(['.', ']', ' '])?;
    name.get(..end).map(|name| name.trim_matches(['"', '\'']))
}

/// The key of `key = value`.
fn key(line: &str) -> Option<&str> {
    line.split_once('=').map(|(key, _)| key.trim())
}

/// A file in YAML by its keys at the start of lines.
fn manifest(text: &str) -> Option<&'static str> {
    let has = |key: &str| text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
    if has("apiVersion") && has("kind") {
        let is_map = text.lines().any(|line| line.trim_end() == "kind: ConfigMap");
        return Some(if is_map { "a Kubernetes ConfigMap" } else { "a Kubernetes manifest" });
    }
    has("services").then_some("a Compose file")
}

fn is_of_nginx(line: &str) -> bool {
    let Some(head) = line.strip_suffix('{').map(str::trim_end) else { return false };
    matches!(head, "server" | "http" | "events" | "stream")
        || ["upstream ", "location "].into_iter().any(|start| head.starts_with(start))
}

fn is_of_haproxy(line: &str) -> bool {
    !line.contains('=')
        && (matches!(line, "global" | "defaults")
            || ["frontend ", "backend ", "listen "].into_iter().any(|start| line.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_named_in_one_sentence() {
        for (text, kind) in [
            ("[server]\nhostname = \"a\"\n[database.identity_db]\n", "a deployment.toml of WSO2 Identity Server"),
            ("[clustering]\n[[datasource]]\nid = \"x\"\n", "a deployment.toml of WSO2 Identity Server"),
            ("[clustering]\nmembership_scheme = \"AWS\"\n", "a deployment.toml of WSO2 Identity Server"),
            ("[user_store]\nconnection_name = \"x\"\n", "a deployment.toml of WSO2 Identity Server"),
            ("[cache_invalidator.mb]\nenabled = true\n", "a deployment.toml of WSO2 Identity Server"),
            ("[server]\n[[apim.gateway.environment]]\n", "a deployment.toml of WSO2 API Manager"),
            ("[server]\nhostname = \"<%= @hostname %>\"\n", "a configuration template"),
            ("[server]\nhostname = \"{{ .Values.host }}\"\n", "a configuration template"),
            ("apiVersion: v1\nkind: ConfigMap\ndata:\n  deployment.toml: |-\n    [server]\n", "a Kubernetes ConfigMap"),
            ("apiVersion: apps/v1\nkind: Deployment\n", "a Kubernetes manifest"),
            ("services:\n  is:\n    image: x\n", "a Compose file"),
            ("upstream is {\n  server a:9443;\n}\nserver {\n}\n", "an NGINX configuration"),
            ("global\n  log /dev/log local0\nfrontend a\n", "an HAProxy configuration"),
            ("<?xml version=\"1.0\"?>\n", "an XML or HTML file"),
            ("{\"a\": 1}", "a JSON file"),
            ("-----BEGIN CERTIFICATE-----\n", "a certificate or a key"),
        ] {
            let message = recognise(text).unwrap_or_default();
            assert!(message.starts_with(&format!("This is {kind}, not a plan.")), "{text}: {message}");
        }
    }

    #[test]
    fn plans_are_not_mistaken_also_when_they_are_broken() {
        for text in [
            "",
            "format = 1\n[server]\n",
            "[product]\nversion = \"{{7*7}}\"\n",
            "[database]\nhost = \"db\"\n[load_balancer]\n",
            "format = 1\n[database]\nhost = \"<%\"\n",
            "[databas]\n",
        ] {
            assert_eq!(recognise(text), None, "{text}");
        }
    }
}
