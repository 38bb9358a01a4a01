//! The example plans next to the checkout in CI give bundles whose deployment.toml files can be parsed and form a cluster.

use std::path::Path;
use std::process::Command;

#[test]
fn the_example_plans_become_bundles() {
    let plans = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/plans");
    if !plans.exists() {
        testbed::report_not_run("the example plans: ../shared is not beside the checkout");
        return;
    }
    for (name, nodes) in [("one-machine.toml", 2), ("three-nodes.toml", 3)] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("bundle.zip");
        let output = Command::new(env!("CARGO_BIN_EXE_clusterwright"))
            .args(["bundle".as_ref(), plans.join(name).as_os_str(), "--out".as_ref(), out.as_os_str()])
            .env("CLUSTERWRIGHT_DB_PASSWORD", "Db-Pass-1x")
            .env("CLUSTERWRIGHT_ADMIN_PASSWORD", "Adm1n!changeMe")
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let deployments: Vec<toml::Table> = (testbed::bundle::unzip(&std::fs::read(&out).unwrap()).into_iter())
            .filter(|(name, _)| name.ends_with("/repository/conf/deployment.toml"))
            .map(|(_, content)| toml::from_slice(&content).unwrap())
            .collect();
        assert_eq!(deployments.len(), nodes, "{name}");
        for deployment in &deployments {
            assert_eq!(deployment["clustering"]["members"].as_array().unwrap().len(), nodes, "{name}");
            assert_eq!(deployment["clustering"]["membership_scheme"].as_str(), Some("wka"));
        }
    }
}
