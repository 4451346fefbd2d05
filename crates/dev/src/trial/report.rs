//! One line for each step, aligned, printed as it happens.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use fluent_bundle::FluentValue;
use protocol::Locale;

use super::Found;
use crate::texts::Texts;

/// Columns of the step's name: the longest in either language, and a little air.
const NAME_COLUMNS: usize = 15;
/// Columns of the time.
const TIME_COLUMNS: usize = 8;

/// What one step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialLine {
    /// The step, in the language of the terminal.
    pub name: String,
    /// Whether it is as it should be.
    pub is_good: bool,
    /// How long it took.
    pub took: Duration,
    /// What was seen.
    pub detail: String,
}

impl TrialLine {
    /// The line as it is printed.
    pub fn text(&self) -> String {
        let mark = if self.is_good { '✓' } else { '✗' };
        let (name, time) = (pad_end(&self.name, NAME_COLUMNS), duration(self.took));
        format!("{mark} {name}{time:>TIME_COLUMNS$}   {}", self.detail)
    }
}

/// What a trial came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrialReport {
    /// The steps, in order. One that failed may be the last: others need what it would have given.
    pub lines: Vec<TrialLine>,
}

impl TrialReport {
    /// Whether every step is as it should be.
    pub fn is_success(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| line.is_good)
    }
}

/// Prints lines and keeps them.
pub(super) struct Reporter {
    texts: Texts,
    locale: Locale,
    report: TrialReport,
}

impl Reporter {
    pub(super) fn new(texts: Texts, locale: Locale) -> Self {
        Self { texts, locale, report: TrialReport::default() }
    }

    /// A sentence in the language of the terminal.
    pub(super) fn say(&self, key: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        self.texts.say(self.locale, key, args)
    }

    /// Says which server is tried.
    pub(super) fn server(&self, issuer: &str, found: Found) {
        let key = match found {
            Found::Given => "try-server-given",
            Found::Own => "try-server-own",
            Found::Running => "try-server-found",
        };
        let name = pad_end(&self.say("try-server", &[]), NAME_COLUMNS);
        let blank = " ".repeat(TIME_COLUMNS);
        print(&format!("  {name}{blank}   {issuer} · {}", self.say(key, &[])));
    }

    /// Prints a sentence and an address that belong to no step.
    pub(super) fn note(&self, key: &str, address: &str) {
        print(&format!("  {}\n  {address}", self.say(key, &[])));
    }

    /// Records a step and prints it.
    pub(super) fn line(&mut self, name_key: &str, is_good: bool, took: Duration, detail: String) {
        let line = TrialLine { name: self.say(name_key, &[]), is_good, took, detail };
        print(&line.text());
        self.report.lines.push(line);
    }

    /// Says what it all came to.
    pub(super) fn finish(self, app: &str, found: Found) -> TrialReport {
        let failed = self.report.lines.iter().filter(|line| !line.is_good).count();
        let key = if found == Found::Own { "try-passed-own" } else { "try-passed" };
        let text = if self.report.is_success() {
            self.say(key, &[("app", FluentValue::from(app))])
        } else {
            self.say("try-failed", &[("count", FluentValue::from(failed.max(1)))])
        };
        print(&format!("\n{text}"));
        self.report
    }
}

/// A reader that has gone away does not make a trial fail.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Fills up to a width in columns of the terminal, where a Chinese character takes two.
fn pad_end(text: &str, columns: usize) -> String {
    let width: usize = text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum();
    let mut padded = text.to_owned();
    // Writing to a String cannot fail.
    let _ = write!(padded, "{:1$}", "", columns.saturating_sub(width));
    padded
}

/// Whether a character of our texts takes two columns. Source: Unicode Standard Annex #11.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}')
}

fn duration(took: Duration) -> String {
    let millis = took.as_millis();
    if millis < 1_000 { format!("{millis} ms") } else { format!("{:.1} s", took.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, is_good: bool, millis: u64) -> TrialLine {
        TrialLine { name: name.to_owned(), is_good, took: Duration::from_millis(millis), detail: "x".to_owned() }
    }

    #[test]
    fn lines_are_aligned_in_both_scripts() {
        assert_eq!(line("discovery", true, 4).text(), "✓ discovery          4 ms   x");
        assert_eq!(line("发现", false, 1_250).text(), "✗ 发现              1.2 s   x");
        let column = |text: &str| {
            let before = text.split(" x").next().unwrap();
            before.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum::<usize>()
        };
        assert_eq!(column(&line("wrong audience", true, 999).text()), column(&line("受众不符", true, 9).text()));
    }

    #[test]
    fn names_fit_their_column() {
        let texts = Texts::load().unwrap();
        for key in [
            "server",
            "discovery",
            "authorize",
            "token",
            "verify",
            "resource",
            "audience",
            "expired",
            "scope",
            "refresh",
            "replay",
        ] {
            for locale in Locale::ALL {
                let name = texts.say(locale, &format!("try-{key}"), &[]);
                assert!(pad_end(&name, NAME_COLUMNS).ends_with(' '), "{name}");
            }
        }
    }

    #[test]
    fn one_failed_step_fails_the_trial() {
        assert!(!TrialReport::default().is_success());
        assert!(TrialReport { lines: vec![line("a", true, 1)] }.is_success());
        assert!(!TrialReport { lines: vec![line("a", true, 1), line("b", false, 1)] }.is_success());
    }
}
