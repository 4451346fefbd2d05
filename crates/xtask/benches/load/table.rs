//! The tables, in Markdown, line by line as they come.

use crate::ceilings::Ceiling;
use crate::measure::Measured;
use crate::rows::Row;

/// What one core can do at all.
pub fn ceilings(ceilings: &[Ceiling]) {
    println!("\nCeilings of one core, in this run\n\n| operation | per second |\n|---|---|");
    for ceiling in ceilings {
        println!("| {} | {:.0} |", ceiling.operation, ceiling.per_second);
    }
}

/// The head of a table of rows.
pub fn head(title: &str) {
    println!("\n{title}\n");
    println!(
        "| operation | connections | per second | p50 | p99 | per CPU second | VmRSS |\n|---|---|---|---|---|---|---|"
    );
}

pub fn line(measured: &Measured) {
    let ms = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    let refused = if measured.refused > 0 { format!(" ({} refused)", measured.refused) } else { String::new() };
    println!(
        "| {} | {} | {:.0}{refused} | {:.2} ms | {:.2} ms | {:.0} | {:.1} MB |",
        measured.row.name(),
        measured.connections,
        measured.per_second,
        ms(measured.p50),
        ms(measured.p99),
        measured.per_cpu_second,
        f64::from(measured.resident_kib) * 1024.0 / 1e6,
    );
}

/// A row whose endpoint or client the server does not have.
pub fn absent(row: Row, connections: usize) {
    println!("| {} | {connections} | not there | | | | |", row.name());
}

/// A row that could not be measured.
pub fn failed(row: Row, connections: usize, error: &anyhow::Error) {
    let error = format!("{error:#}").replace(['\n', '\r', '|'], " ");
    println!("| {} | {connections} | failed: {error} | | | | |", row.name());
}
