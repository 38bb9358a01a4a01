//! The time of pages that two hundred people read, on each store; the cost of a plan among few and among many; and the
//! memory of the server.

use std::fs;

use store::PlanId;
use testbed::or_report;

use super::load::{self, PEOPLE};
use super::plans;
use crate::support::{Serving, World};

const MANY: usize = 10_000;
const FEW: usize = 100;
/// Upper limits in milliseconds and megabytes.
const PAGE: f64 = 50.0;
const MEMORY: f64 = 100.0;
/// The upper limit of the cost of a page among many plans, as a multiple of its cost among few.
const FLAT: f64 = 1.3;

/// The cost for the server.
struct Cost {
    /// Processor time for a response, in milliseconds.
    processor: f64,
}

/// Reads pages of a server and reports their times.
fn measure(what: &str, server: &Serving, pages: Vec<String>) -> Cost {
    // The first turn opens connections, fills caches and prepares statements.
    load::read(server.port, pages.clone());
    let before = processor(server.id());
    let times = load::read(server.port, pages);
    let cost = Cost { processor: (processor(server.id()) - before) / times.count() as f64 };
    testbed::bench::report_figure(&format!("{what}: processor for a page"), cost.processor, "ms");
    testbed::bench::report_figure(&format!("{what}: half of the answers"), times.percentile(50), "ms");
    testbed::bench::report_measurement(
        &format!("{what}: 95 of 100 answers, {PEOPLE} people"),
        times.percentile(95),
        PAGE,
        "ms",
    );
    testbed::bench::report_measurement(&format!("{what}: memory"), memory(server.id()), MEMORY, "MB");
    cost
}

/// Processor time of a process so far, in milliseconds.
fn processor(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // proc(5): utime and stime are fields 14 and 15, in hundredths of a second on Linux.
    let ticks = |field: usize| fields[field - 3].parse::<u32>().unwrap();
    f64::from(ticks(14) + ticks(15)) * 10.0
}

/// The peak memory of a process, in megabytes.
fn memory(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

fn steps(ids: &[PlanId]) -> Vec<String> {
    ids.iter().map(|id| format!("/plans/{id}/database")).collect()
}

#[test]
#[ignore = "measures: cargo xtask bench"]
fn few_and_many() {
    let few = World::new();
    let ids = plans::many(&few, FEW);
    let server = few.serve();
    let among_few = measure(&format!("SQLite, {FEW} plans, a step"), &server, steps(&ids));
    drop(server);

    let many = World::new();
    let ids = plans::many(&many, MANY);
    let server = many.serve();
    let among_many = measure(&format!("SQLite, {MANY} plans, a step"), &server, steps(&ids));
    testbed::bench::report_measurement(
        &format!("a step among {MANY} plans, as a multiple of one among {FEW}"),
        among_many.processor / among_few.processor,
        FLAT,
        "",
    );
    measure(&format!("SQLite, {MANY} plans, the start page"), &server, vec!["/".to_owned()]);
    drop(server);

    for server in [testbed::mariadb(), testbed::mysql()] {
        let Some(server) = or_report(server) else { continue };
        let database = server.create_database("latin1").unwrap();
        let (user, password) = server.administrator();
        let url = format!("mysql://{user}@127.0.0.1:{}/{}", server.port(), database.name());
        copied(&many, &format!("{:?}", server.product()), &url, password, &ids);
    }
    let Some(server) = or_report(testbed::postgres()) else { return };
    let database = server.create_database().unwrap();
    let (user, password) = server.administrator();
    let url = format!("postgres://{user}@127.0.0.1:{}/{}", server.port(), database.name());
    copied(&many, "PostgreSQL", &url, password, &ids);
}

/// The same plans on a database server.
fn copied(world: &World, name: &str, url: &str, password: &str, ids: &[PlanId]) {
    let copy = ["store", "copy", "sqlite:data/clusterwright.db", url];
    world.run(&copy, &[("CLUSTERWRIGHT_STORE_PASSWORD", password)]).expect(0);
    let server = world.serve_over(Some(url), &[("CLUSTERWRIGHT_STORE_PASSWORD", password)]);
    measure(&format!("{name}, {MANY} plans, a step"), &server, steps(ids));
    measure(&format!("{name}, {MANY} plans, the start page"), &server, vec!["/".to_owned()]);
}
