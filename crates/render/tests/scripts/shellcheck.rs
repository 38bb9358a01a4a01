//! shellcheck reports nothing about the scripts, and every installed shell parses each of them.

use std::process::Command;

use crate::scenario::SCENARIOS;
use crate::world::{Unpacked, has};

#[test]
fn shellcheck_and_every_shell_read_every_script() {
    let shells: Vec<&str> = ["sh", "dash", "bash", "busybox"].into_iter().filter(|shell| has(shell)).collect();
    let checked = has("shellcheck");
    for scenario in SCENARIOS.iter() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = Unpacked::of(scenario);
        bundle.write(folder.path());
        let scripts: Vec<&str> = bundle.ending(".sh").map(|(path, _)| path).collect();
        for shell in &shells {
            for script in &scripts {
                let mut command = Command::new(shell);
                if *shell == "busybox" {
                    command.arg("sh");
                }
                let output = command.arg("-n").arg(script).current_dir(folder.path()).output().unwrap();
                assert!(output.status.success(), "{shell} {script}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        // These three cover every branch of the templates.
        let is_checked = ["one-machine-5.11", "macos-ldap-multicast-5.10", "hostile-7.3"].contains(&scenario.name);
        if checked && is_checked {
            let output = Command::new("shellcheck")
                .args([
                    "--shell=sh",
                    "--enable=check-unassigned-uppercase,quote-safe-variables,require-double-brackets",
                ])
                .arg("--enable=deprecate-which")
                .args(&scripts)
                .current_dir(folder.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{}: {said}", scenario.name);
        }
    }
}
