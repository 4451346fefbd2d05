//! Runs cargo and counts what its tests say.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::report::Tally;
use crate::scratch;

/// A cargo command in the workspace, without what `cargo run` put into the environment of this process: cargo would
/// build some packages again because of it.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(scratch::workspace());
    for (name, _) in std::env::vars_os() {
        let is_ours =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if is_ours {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command whose output goes straight to the person.
pub fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot run {program}"))?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// A step that is one cargo command.
pub fn step(arguments: &[&str]) -> Result<((), Tally)> {
    succeed(&mut command(arguments))?;
    Ok(((), Tally::default()))
}

/// Runs a test command, prints what it prints and counts its tests.
///
/// Errors: it failed without a failed test, that is, something did not compile or a test binary died.
pub fn test(command: &mut Command) -> Result<((), Tally)> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            if let Some(counted) = parse_result(&line) {
                tally.add(counted);
            }
        }
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        bail!("{status}");
    }
    Ok(((), tally))
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`.
fn parse_result(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count =
        |what: &str| counts.split("; ").find_map(|part| part.trim().strip_suffix(what)?.trim().parse::<u64>().ok());
    Some(Tally { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_line_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.12s";
        assert_eq!(parse_result(line), Some(Tally { passed: 12, failed: 3, skipped: 1 }));
    }

    #[test]
    fn another_line_is_not() {
        assert_eq!(parse_result("test replayed_code_revokes_the_family ... ok"), None);
        assert_eq!(parse_result("test result: ok"), None);
    }

    #[test]
    fn a_command_that_fails_without_a_failed_test_is_an_error() {
        assert!(test(Command::new("sh").args(["-c", "echo 'error: could not compile'; exit 101"])).is_err());
        let counted = test(
            Command::new("sh").args(["-c", "echo 'test result: FAILED. 0 passed; 1 failed; 0 ignored'; exit 101"]),
        );
        assert_eq!(counted.unwrap().1, Tally { passed: 0, failed: 1, skipped: 0 });
    }
}
