//! Bans, licences and sources of the dependencies, by cargo-deny and `deny.toml`.
//!
//! Advisories are left out: they need a database from the network, and a build must not turn red overnight.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::cargo;
use crate::report::Tally;
use crate::scratch;

const VERSION: &str = "0.20.2";

/// Finds cargo-deny or builds it into `target/tools/`. Unoptimised it builds in half the time and still checks in seconds.
pub fn install() -> Result<(PathBuf, Tally)> {
    if let Some(program) = scratch::find_program("cargo-deny") {
        let version = scratch::output(Command::new(&program).arg("--version")).unwrap_or_default();
        if version.trim().ends_with(VERSION) {
            return Ok((program, Tally::default()));
        }
    }
    let root = scratch::target().join("tools").join(format!("cargo-deny-{VERSION}"));
    let program = root.join("bin/cargo-deny");
    if !program.is_file() {
        let mut install = cargo::command(&[
            "install",
            "cargo-deny",
            "--version",
            VERSION,
            "--locked",
            "--debug",
            "--quiet",
            "--root",
        ]);
        cargo::succeed(install.arg(&root).env("CARGO_PROFILE_DEV_DEBUG", "false").env_remove("CARGO_TARGET_DIR"))?;
    }
    ensure!(program.is_file(), "cargo install left no {}", program.display());
    Ok((program, Tally::default()))
}

/// Checks the workspace.
pub fn check(program: &PathBuf) -> Result<((), Tally)> {
    let mut check = Command::new(program);
    check.args(["--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    cargo::succeed(check.current_dir(scratch::workspace()))?;
    Ok(((), Tally::default()))
}
