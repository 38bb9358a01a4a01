//! docs/settings.md, docs/checks.md and docs/failures.md are generated from the declarations by `cargo xtask accept`.

use std::fmt::Write as _;
use std::path::Path;

use domain::check::CheckId;
use domain::log_doctor::{FailureArea, FailureRule, failures};
use domain::setting::Setting;
use domain::step::Step;
use domain::steps;
use domain::value::Control;

fn check(name: &str, text: &str) {
    testbed::golden::check(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name), text);
}

fn setting(text: &mut String, setting: &Setting) {
    let _ = writeln!(text, "### {}\n\n`{}`: {}\n", setting.label, setting.key, setting.help);
    if let Control::Choice(choices) = setting.control {
        for choice in choices {
            let _ = writeln!(text, "- `{}` ({}): {}.", choice.value, choice.label, choice.help.trim_end_matches('.'));
        }
        text.push('\n');
    }
    let kind = match setting.control {
        Control::Password | Control::SecretPem => "A secret: stored encrypted, not part of plan files.",
        Control::Pem => "A text in PEM.",
        _ if setting.required => "Required.",
        _ => "Optional.",
    };
    let default = match (setting.default, setting.follows) {
        (None, _) => String::new(),
        (Some(default), None) => format!(" Default: `{default}` ({}).", setting.source),
        (Some(_), Some(follows)) => {
            let one = |(answer, default): &(&str, &str)| format!("`{default}` for `{answer}`");
            let all = follows.defaults.iter().map(one).collect::<Vec<_>>().join(", ");
            format!(" Default: {all} ({}).", setting.source)
        }
    };
    let example = match setting.control {
        Control::Text(_) => format!(" Example: `{}`.", setting.examples[0]),
        _ => String::new(),
    };
    let _ = writeln!(text, "{kind}{default}{example}\n");
}

#[test]
fn generated_settings_page() {
    let mut text = String::from(
        "# Settings\n\nEvery setting of a plan, step by step. Generated from `crates/domain/src/steps`; do not edit it here:\nrun `cargo xtask accept`.\n\n",
    );
    for step in Step::ALL {
        let _ = writeln!(text, "## {}\n", step.title());
        steps::settings(step).iter().for_each(|one| setting(&mut text, one));
        if step == Step::Clustering {
            text.push_str("## Nodes\n\nOne row of `[[clustering.nodes]]` per IS instance, 1 to 16.\n\n");
            steps::node_settings().iter().for_each(|one| setting(&mut text, one));
        }
    }
    check("settings.md", &text);
}

#[test]
fn generated_checks_page() {
    let mut text = String::from(
        "# Checks\n\nEvery check of the program. Generated from `crates/domain/src/check/catalogue.rs`; do not edit it here: run\n`cargo xtask accept`.\n\n",
    );
    for id in CheckId::ALL {
        let spec = id.spec();
        let _ = writeln!(text, "## {}: {}\n", spec.code, spec.title);
        let _ = writeln!(text, "{}\n", spec.summary_line());
        let _ = writeln!(text, "{}\n", spec.proves);
        if let Some(writes) = spec.writes {
            let _ = writeln!(text, "**Writes, so it runs only on request:** {writes}\n");
        }
        let _ = writeln!(text, "**To do:** {}\n", spec.remedy);
    }
    check("checks.md", &text);
}

fn failure(text: &mut String, rule: &FailureRule) {
    let _ = writeln!(text, "### {}\n\n`{}`: {}.\n", rule.title, rule.code, rule.impact.title());
    let checks: Vec<&str> = rule.checks.iter().map(|check| check.code()).collect();
    let checks = if checks.is_empty() { String::new() } else { format!(" ({})", checks.join(", ")) };
    // What Markdown would take for emphasis or HTML.
    let plain = |sentence: &str| sentence.replace('*', "\\*").replace('<', "\\<");
    let [cause, how, remedy] = [rule.cause, rule.check, rule.remedy].map(plain);
    let _ = writeln!(text, "{cause}\n\n**Check:** {how}{checks}\n\n**Remedy:** {remedy}\n");
    for command in rule.commands {
        let _ = writeln!(text, "```text\n{command}\n```\n");
    }
}

#[test]
fn generated_failures_page() {
    let mut text = String::from(
        "# Failures in logs\n\nEvery failure that the [log doctor](logs.md) names. Generated from `crates/domain/src/log_doctor/rules`; do not edit it\nhere: run `cargo xtask accept`.\n\n",
    );
    for area in FailureArea::ALL {
        let _ = writeln!(text, "## {}\n", area.title());
        failures().filter(|rule| rule.area == area).for_each(|rule| failure(&mut text, rule));
    }
    assert!(failures().all(|rule| FailureArea::ALL.contains(&rule.area) && text.contains(rule.code)));
    check("failures.md", &text);
}
