//! `cargo xtask bless`: writes the golden files again.

use crate::cargo;
use crate::report::Report;

/// Runs the golden tests, which have `golden` in their path, in the mode in which they write instead of compare.
pub fn run() -> bool {
    let mut report = Report::new();
    report.step("golden files", || {
        let mut command = cargo::command(&["test", "--workspace", "--test", "all", "golden"]);
        cargo::test(command.env("BLESS", "1"))
    });
    report.close()
}
