//! `cargo xtask soak`: the tests again, in their long forms.

use crate::cargo;
use crate::report::Report;
use crate::test::Prepared;

/// Runs every test with `LINGPAI_SOAK=1`: more rounds of every race, more cases of every property.
pub fn run() -> bool {
    let mut report = Report::new();
    let prepared = Prepared::new(&mut report);
    report.step("cargo test, long forms", || {
        let mut command = cargo::command(&["test", "--workspace", "--no-fail-fast"]);
        cargo::test(prepared.apply(&mut command).env("LINGPAI_SOAK", "1").env("PROPTEST_CASES", "10000"))
    });
    drop(prepared);
    report.close()
}
