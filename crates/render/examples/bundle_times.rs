//! How long a bundle of three nodes takes, the RSA key apart: `cargo run --release -p render --example bundle_times`.
//! The figure to hold is 150 ms. Not a test: the machine decides.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example that prints what it measured")]

use std::time::Instant;

use domain::cluster::validate;
use domain::draft::Draft;
use domain::render_plan::RenderPlan;
use domain::rules::ExternalFacts;
use domain::secret::{Secret, Secrets};
use domain::steps::keys;
use render::keyring::{KeyRing, RsaBits};
use render::{Bundle, open_bundle, preview};

/// 2026-01-01 00:00:00 UTC.
const MADE_AT: i64 = 1_767_225_600;

fn plan(version: &str, secrets: &Secrets) -> RenderPlan {
    let mut draft = Draft { title: "Three nodes".to_owned(), ..Draft::default() };
    for (key, text) in [(keys::PRODUCT.version, version), (keys::LOAD_BALANCER.hostname, "login.example.com")] {
        draft.set(key, text);
    }
    for row in 1..=3 {
        let node = [("name", format!("is-{row}")), ("host", format!("10.20.0.1{row}"))];
        draft.nodes.push(node.into_iter().map(|(column, text)| (column.to_owned(), text)).collect());
    }
    RenderPlan::new(&validate(&draft, secrets, &ExternalFacts::default()).cluster.unwrap())
}

fn main() {
    let started = Instant::now();
    let ring = KeyRing::generate(MADE_AT, RsaBits::Bits2048).unwrap();
    println!("RSA key, 2048 bits          {:>7.1} ms", started.elapsed().as_secs_f64() * 1e3);
    let mut secrets = Secrets::new();
    secrets.insert(keys::DATABASE.password, Secret::new("Db-s3cret-of-an-example"));
    secrets.insert(keys::USER_STORE.admin_password, Secret::new("Adm1n!of-an-example"));
    // JKS and PKCS#12: the second derives its keys slowly on purpose.
    for version in ["7.0.0", "7.2.0"] {
        for run in ["first", "again"] {
            let started = Instant::now();
            let plan = plan(version, &secrets);
            let planned = started.elapsed();
            drop(preview(&plan).unwrap());
            let shown = started.elapsed() - planned;
            let bundle = Bundle::build(&plan, &ring, &secrets).unwrap();
            let built = started.elapsed() - planned - shown;
            let zip = bundle.zip().unwrap();
            let zipped = started.elapsed() - planned - shown - built;
            open_bundle(&zip).unwrap();
            let times = [planned, shown, built, zipped].map(|time| time.as_secs_f64() * 1e3);
            println!(
                "{version} {run}: plan {:.1}, preview {:.1}, build {:.1}, zip {:.1} ms; {} bytes",
                times[0],
                times[1],
                times[2],
                times[3],
                zip.len()
            );
        }
    }
}
