//! `cargo xtask test`: everything that must hold before a change lands.

use std::path::PathBuf;
use std::process::Command;

use crate::databases::Databases;
use crate::report::Report;
use crate::{cargo, debian, deny, npm, python};

/// Runs every step. Answers whether all of them passed.
pub fn run() -> bool {
    let mut report = Report::new();
    let prepared = Prepared::new(&mut report);
    let deny = report.step("install cargo-deny", deny::install);

    report.step("cargo fmt", || cargo::step(&["fmt", "--all", "--check"]));
    report.step("cargo clippy", || cargo::step(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    if let Some(program) = deny {
        report.step("cargo deny", || deny::check(&program));
    }
    // All targets at once: cargo then chooses each dependency's features once, for binaries and tests alike.
    report.step("cargo build", || cargo::step(&["build", "--workspace", "--all-targets"]));
    report.step("cargo test", || {
        cargo::test(prepared.apply(&mut cargo::command(&["test", "--workspace", "--no-fail-fast"])))
    });

    drop(prepared);
    report.close()
}

/// What the tests need around them: packages, and databases that run as long as this value lives.
pub struct Prepared {
    databases: Databases,
    node: Option<PathBuf>,
}

impl Prepared {
    /// Installs and starts what the tests need.
    pub fn new(report: &mut Report) -> Self {
        report.step("Debian packages", debian::install_missing);
        let node = report.step("npm packages", npm::install).flatten();
        report.step("Python packages", python::install);
        Self { databases: Databases::start(report), node }
    }

    /// Tells a command where everything is.
    pub fn apply<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.envs(self.databases.environment().iter().map(|(name, url)| (name, url)));
        command.env(npm::FOLDER, npm::folder());
        command.env(python::FOLDER, python::folder());
        if let Some(path) = self.node.as_deref().and_then(|node| npm::search_path(node).ok()) {
            command.env("PATH", path);
        }
        command
    }
}
