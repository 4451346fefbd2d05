//! What a check found, and how it is shown: number, file, line, column, caret, remedy.

use std::fmt::Write as _;
use std::path::Path;

use protocol::Locale;
use unicode_width::UnicodeWidthStr;

use super::catalogue::{self, Kind};
use super::{Code, Place, Severity, Text};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// Where it stands.
    pub place: Place,
    /// What is wrong with this very value; shown at the caret.
    pub label: Text,
    /// What to do about it.
    pub help: Text,
}

/// Everything that a check found, in the order it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    findings: Vec<Finding>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The language.
    pub locale: Locale,
    /// Whether colours are wanted.
    pub color: bool,
}

impl Report {
    /// Adds a finding; what could not even be read is not judged a second time.
    pub fn push(&mut self, finding: Finding) {
        let is_known = |known: &Finding| known.code == Code::SyntaxBroken && known.place == finding.place;
        if !self.findings.iter().any(is_known) {
            self.findings.push(finding);
        }
    }

    /// The findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many findings stop the server.
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many findings do not.
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.code.severity() == severity).count()
    }

    /// The whole report as people read it, errors first, each in the order of its file; empty when nothing was found.
    pub fn render(&self, look: Look) -> String {
        let mut sorted: Vec<_> = self.findings.iter().collect();
        sorted.sort_by_key(|finding| {
            (finding.code.severity(), finding.place.file().map(Path::to_owned), finding.place.start())
        });
        sorted.iter().map(|finding| finding.render(look)).collect::<Vec<_>>().join("\n")
    }

    /// The last line: `1 error, 2 warnings`.
    pub fn summary(&self, locale: Locale) -> String {
        let (errors, warnings) = (self.errors(), self.warnings());
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        match locale {
            Locale::En => {
                format!("{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings))
            }
            Locale::ZhCn => format!("{errors} 个错误，{warnings} 个警告"),
        }
    }
}

impl Finding {
    fn render(&self, look: Look) -> String {
        let paint = Paint(look.color);
        let (word, tint) = match (self.code.severity(), look.locale) {
            (Severity::Error, Locale::En) => ("error", RED),
            (Severity::Error, Locale::ZhCn) => ("错误", RED),
            (Severity::Warning, Locale::En) => ("warning", YELLOW),
            (Severity::Warning, Locale::ZhCn) => ("警告", YELLOW),
        };
        let heading = format!("{word}[{}]", self.code.id());
        let mut out = format!("{}: {}\n", paint.with(tint, &heading), paint.with(BOLD, self.code.title(look.locale)));
        self.render_place(&mut out, look, tint);
        if !self.help.is_empty() {
            let word = match look.locale {
                Locale::En => "help",
                Locale::ZhCn => "办法",
            };
            for (at, line) in self.help.pick(look.locale).lines().enumerate() {
                let lead = if at == 0 { format!("   = {word}: ") } else { " ".repeat(6 + word.width() + 1) };
                let _ = writeln!(out, "{lead}{line}");
            }
        }
        out
    }

    /// The file, its line and the caret; a label alone where there is no line to show.
    fn render_place(&self, out: &mut String, look: Look, tint: &str) {
        let paint = Paint(look.color);
        let label = self.label.pick(look.locale);
        let shown = self.place.excerpt().filter(|excerpt| !excerpt.text.trim().is_empty());
        let Some(excerpt) = shown else {
            if let Some(at) = self.place.label() {
                let _ = writeln!(out, "  ── {at}");
            }
            if !label.is_empty() {
                let _ = writeln!(out, "   {label}");
            }
            return;
        };
        // The gutter is as wide as the line's number; a variable or a flag has none.
        let number = if self.place.file().is_some() { excerpt.line.to_string() } else { String::new() };
        let gutter = " ".repeat(number.len());
        let before = flat(excerpt.before);
        let (line, is_hidden) = without_secret(excerpt.text);
        let marked = if is_hidden { HIDDEN.len() } else { flat(excerpt.marked).width() };
        let caret = "^".repeat(marked.max(1));
        let at = self.place.label().unwrap_or_default();
        let _ = writeln!(out, "{gutter} {} {at}", paint.with(BLUE, "┌─"));
        let _ = writeln!(out, "{} {} {}", paint.with(BLUE, &number), paint.with(BLUE, "│"), flat(&line));
        let marks = paint.with(tint, &format!("{caret} {label}"));
        let _ = writeln!(out, "{gutter} {} {}{}", paint.with(BLUE, "│"), " ".repeat(before.width()), marks.trim_end());
    }
}

const HIDDEN: &str = "********";

/// The line with everything behind the first `url =` or `master =` hidden: a check must not print what it guards.
fn without_secret(line: &str) -> (String, bool) {
    let secrets = catalogue::fields().filter(|field| field.kind == Kind::Secret);
    let begins = secrets.filter_map(|field| {
        let key = field.key();
        line.match_indices(key).find_map(|(at, _)| {
            let rest = line.get(at + key.len()..)?;
            let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix('=')?;
            Some(line.len() - value.len())
        })
    });
    match begins.min().and_then(|at| line.get(..at)) {
        Some(head) => (format!("{head} {HIDDEN}"), true),
        None => (line.to_owned(), false),
    }
}

/// Tabs as spaces and control characters as a mark, so that the caret stands where it should and nothing is executed.
fn flat(text: &str) -> String {
    text.chars()
        .flat_map(|letter| match letter {
            '\t' => vec![' ', ' '],
            letter if letter.is_control() => vec!['\u{fffd}'],
            letter => vec![letter],
        })
        .collect()
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "34";
const BOLD: &str = "1";

struct Paint(bool);

impl Paint {
    fn with(&self, tint: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\u{1b}[{tint}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Source;

    fn finding(text: &str, marked: &str) -> Finding {
        let start = text.find(marked).unwrap();
        let source = Source::File { path: "lingpai.toml".into(), text: text.into() };
        Finding {
            code: Code::UnknownKey,
            place: Place::new(Arc::new(source), start..start + marked.len()),
            label: Text::new("did you mean \"level\"?", "是不是“level”？"),
            help: Text::new("known here: format, level", "这里可用：format、level"),
        }
    }

    #[test]
    fn a_finding_points_at_line_and_column() {
        let mut report = Report::default();
        report.push(finding("[log]\n\tlevle = \"info\"\n", "levle"));
        let expected = "error[C003]: unknown setting\n\
                        \x20 ┌─ lingpai.toml:2:2\n\
                        2 │   levle = \"info\"\n\
                        \x20 │   ^^^^^ did you mean \"level\"?\n\
                        \x20  = help: known here: format, level\n";
        assert_eq!(report.render(Look { locale: Locale::En, color: false }), expected);
        assert_eq!(report.summary(Locale::En), "1 error, 0 warnings");
    }

    #[test]
    fn the_caret_stands_under_wide_letters() {
        let shown =
            finding("name = { \"中文\" = 1, levle = 2 }", "levle").render(Look { locale: Locale::ZhCn, color: false });
        assert!(
            shown
                .contains("\n1 │ name = { \"中文\" = 1, levle = 2 }\n  │                      ^^^^^ 是不是“level”？\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_line_that_holds_a_secret_is_shown_without_it() {
        for line in
            ["master = \"hunter2\"", "x = { \"master\" = 'hunter2' }", "database.url=\"postgres://a:hunter2@b\""]
        {
            let shown = finding(line, "hunter2").render(Look { locale: Locale::En, color: false });
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains("= ********") || shown.contains("url= ********"), "{shown}");
        }
    }

    #[test]
    fn control_characters_of_a_file_never_reach_the_terminal() {
        let shown = finding("levle = \"\u{1b}[2J\"", "levle").render(Look { locale: Locale::En, color: false });
        assert!(!shown.contains('\u{1b}'));
    }
}
