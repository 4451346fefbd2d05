//! The databases that the tests run on, besides SQLite.

use std::process::Command;

use anyhow::{Context, Result};

use crate::guard::Server;
use crate::report::{Report, Tally};
use crate::{debian, mariadb, postgres, scratch};

/// The environment variables that name an administrator's URL for the tests.
pub const POSTGRES: &str = "LINGPAI_TEST_POSTGRES";
pub const MARIADB: &str = "LINGPAI_TEST_MARIADB";

/// The running servers; they stop when this value goes out of scope.
pub struct Databases {
    servers: Vec<Server>,
    urls: Vec<(&'static str, String)>,
}

impl Databases {
    /// Starts what the environment does not already name.
    pub fn start(report: &mut Report) -> Self {
        let mut databases = Self { servers: Vec::new(), urls: Vec::new() };
        databases.start_one(report, "start PostgreSQL", POSTGRES, postgres::start);
        databases.start_one(report, "start MariaDB", MARIADB, mariadb::start);
        databases
    }

    fn start_one(
        &mut self,
        report: &mut Report,
        step: &str,
        variable: &'static str,
        start: fn() -> Result<(Server, String)>,
    ) {
        if std::env::var_os(variable).is_some() {
            return;
        }
        if let Some((server, url)) = report.step(step, || Ok((start()?, Tally::default()))) {
            self.servers.push(server);
            self.urls.push((variable, url));
        }
    }

    /// What the tests must find in their environment.
    pub fn environment(&self) -> &[(&'static str, String)] {
        &self.urls
    }
}

/// `cargo xtask databases <command…>`: runs a command while the databases are up. Answers whether it succeeded.
pub fn run(line: &[String]) -> Result<bool> {
    let mut report = Report::new();
    report.step("Debian packages", debian::install_missing);
    let databases = Databases::start(&mut report);
    let mut command = if line.is_empty() { Command::new("cat") } else { scratch::command(line)? };
    for (name, url) in databases.environment() {
        println!("export {name}={url}");
        command.env(name, url);
    }
    let status = command.status().with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    Ok(status.success())
}
