//! What measurements say: one line each, which `cargo xtask bench` collects into a table. Nothing fails on a time here:
//! the machine may be busy.
#![expect(clippy::print_stdout, reason = "a line of a test's output is all that there is")]

/// What such a line begins with.
pub const LINE_PREFIX: &str = "bench: ";

/// Reports a measured value and its upper limit, in the same unit.
pub fn report_measurement(what: &str, measured: f64, most: f64, unit: &str) {
    let reached = if measured <= most { "reached" } else { "NOT REACHED" };
    println!("{LINE_PREFIX}{what} | {} | {} | {reached}", amount(measured, unit), amount(most, unit));
}

/// Reports a measured value that has no limit.
pub fn report_figure(what: &str, measured: f64, unit: &str) {
    println!("{LINE_PREFIX}{what} | {} | | ", amount(measured, unit));
}

fn amount(number: f64, unit: &str) -> String {
    // As exact as a busy machine is.
    let digits = if number < 10.0 { 2 } else { 0 };
    format!("{number:.digits$} {unit}").trim_end().to_owned()
}
