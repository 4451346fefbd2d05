//! What a run did: one line per step with its time, then one line that counts.

use std::time::{Duration, Instant};

use anyhow::Result;

/// How many tests a step ran. A step that is no test counts nothing unless it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Why a step could not run at all although nothing is wrong with the code.
#[derive(Debug)]
pub struct Skipped(pub String);

impl std::fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Skipped {}

/// Collects the steps of one run.
pub struct Report {
    lines: Vec<Line>,
    total: Tally,
    started: Instant,
    is_ci: bool,
}

struct Line {
    step: String,
    took: Duration,
    says: String,
}

impl Report {
    pub fn new() -> Self {
        Self {
            lines: Vec::new(),
            total: Tally::default(),
            started: Instant::now(),
            is_ci: std::env::var_os("CI").is_some_and(|value| value == "true"),
        }
    }

    /// Runs one step and keeps its outcome. A failure is noted and the run goes on: one run shows everything.
    ///
    /// Errors: none; answers what the step made, or `None` if it failed or was skipped.
    pub fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Result<(T, Tally)>) -> Option<T> {
        println!("── {name}");
        let started = Instant::now();
        let (made, mut tally, says) = match work() {
            Ok((made, tally)) => (Some(made), tally, describe(tally)),
            Err(error) if error.is::<Skipped>() => {
                let skipped = Tally { skipped: 1, ..Tally::default() };
                (None, skipped, format!("skipped: {error:#}"))
            }
            Err(error) => {
                let failed = Tally { failed: 1, ..Tally::default() };
                (None, failed, format!("FAILED: {error:#}"))
            }
        };
        if self.is_ci && tally.skipped > 0 {
            tally.failed += tally.skipped;
        }
        self.total.add(tally);
        let line = Line { step: name.to_owned(), took: started.elapsed(), says };
        println!("   {}\n", line.says);
        self.lines.push(line);
        made
    }

    /// Prints the summary and the closing line. Answers whether everything is well.
    pub fn close(self) -> bool {
        let width = self.lines.iter().map(|line| line.step.len()).max().unwrap_or(0);
        println!();
        for line in &self.lines {
            println!("{:width$}  {:>7.1} s  {}", line.step, line.took.as_secs_f64(), line.says);
        }
        println!("{:width$}  {:>7.1} s", "in all", self.started.elapsed().as_secs_f64());
        if self.is_ci && self.total.skipped > 0 {
            println!("a skip is a failure because CI=true");
        }
        println!();
        println!("{}", closing_line(self.total));
        self.total.failed == 0
    }
}

fn describe(tally: Tally) -> String {
    if tally == Tally::default() { "ok".to_owned() } else { closing_line(tally) }
}

fn closing_line(tally: Tally) -> String {
    let Tally { passed, failed, skipped } = tally;
    match skipped {
        0 => format!("{passed} passed, {failed} failed"),
        _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    fn report(is_ci: bool) -> Report {
        Report { is_ci, ..Report::new() }
    }

    #[test]
    fn a_failed_step_fails_the_run_and_the_next_step_still_runs() {
        let mut report = report(false);
        assert_eq!(report.step("broken", || Err::<((), Tally), _>(anyhow!("no"))), None);
        assert_eq!(report.step("whole", || Ok((7, Tally { passed: 2, ..Tally::default() }))), Some(7));
        assert_eq!(report.total, Tally { passed: 2, failed: 1, skipped: 0 });
        assert!(!report.close());
    }

    #[test]
    fn a_skip_is_a_failure_only_under_ci() {
        for (is_ci, is_well) in [(false, true), (true, false)] {
            let mut report = report(is_ci);
            report.step("absent", || Err::<((), Tally), _>(Skipped("no database".to_owned()).into()));
            assert_eq!(report.close(), is_well);
        }
    }

    #[test]
    fn a_step_that_counts_nothing_says_ok() {
        assert_eq!(describe(Tally::default()), "ok");
        assert_eq!(closing_line(Tally { passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
    }
}
