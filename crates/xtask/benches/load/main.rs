//! The speed of a running server, as others see it: `cargo xtask bench` builds and starts this generator.
//!
//! The server has core 0 for itself and the generator has core 1, so that one figure holds still even on a busy
//! machine: operations in one second of the server's own processor time. Everything is set up through the command line
//! and HTTP, as a user would.

mod actors;
mod ceilings;
mod drive;
mod http;
mod lingpai;
mod measure;
mod mixed;
mod once;
mod options;
mod process;
mod reference;
mod rows;
mod table;
mod target;

use std::process::ExitCode;

use anyhow::Result;

use lingpai::Installation;
use measure::measure;
use options::Options;
use process::Running;
use rows::ROWS;
use target::Target;

/// The core that belongs to the server.
const SERVER_CORE: &str = "0";

fn main() -> ExitCode {
    match Options::read().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if options.wants("ceilings") {
        table::ceilings(&ceilings::measure(options.effort.window)?);
    }
    for (title, database) in options.databases() {
        let installation = Installation::create(&options.binary, database)?;
        table::head(&title);
        for &connections in options.connections() {
            // A fresh process each time, so that memory is that of this many connections.
            let (running, target) = installation.start(options.core(SERVER_CORE))?;
            rows(options, &running, &target, connections);
        }
        if options.wants("mixed") && database.is_none() {
            for cores in [SERVER_CORE, "0,1"] {
                let (_running, target) = installation.start(options.core(cores))?;
                mixed::run(&target, options.effort, &format!("core {cores}"))?;
            }
        }
    }
    if let Some(script) = options.reference.as_deref() {
        table::head("oidc-provider on Node, SQLite (WAL, synchronous=FULL)");
        for &connections in options.connections() {
            let (running, target) = reference::start(script, options.node.as_deref(), options.core(SERVER_CORE))?;
            rows(options, &running, &target, connections);
        }
    }
    Ok(())
}

/// Every row that is wanted and there. One that fails is said, and the next one is measured.
fn rows(options: &Options, running: &Running, target: &Target, connections: usize) {
    for row in ROWS.into_iter().filter(|row| options.wants(&row.name())) {
        if !row.is_there(target) {
            table::absent(row, connections);
            continue;
        }
        match measure(running, target, row, connections, options.effort) {
            Ok(measured) => table::line(&measured),
            Err(error) => table::failed(row, connections, &error),
        }
    }
}
