//! The time of a bundle of three nodes without its RSA key: `cargo run --release -p render --example bundle_times`. The upper
//! limit is 150 ms. It is no test, because the time depends on the machine.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example that prints what it measured")]

use std::time::Instant;

use domain::cluster::validate;
use domain::render_plan::RenderPlan;
use domain::rules::ExternalFacts;
use domain::secret::{Secret, Secrets};
use render::keyring::{KeyRing, RsaBits};
use render::{Bundle, open_bundle, preview};
use testbed::plan::TestPlan;

/// 2026-01-01 00:00:00 UTC.
const MADE_AT: i64 = 1_767_225_600;

fn plan(version: &str, secrets: &Secrets) -> RenderPlan {
    let draft = TestPlan::machines(3).with("product.version", version).draft();
    RenderPlan::new(&validate(&draft, secrets, &ExternalFacts::default()).cluster.unwrap())
}

fn main() {
    let started = Instant::now();
    let ring = KeyRing::generate(MADE_AT, RsaBits::Bits2048).unwrap();
    println!("RSA key, 2048 bits          {:>7.1} ms", started.elapsed().as_secs_f64() * 1e3);
    let secrets: Secrets = TestPlan::machines(3).secrets().map(|(key, text)| (key, Secret::new(text))).collect();
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
