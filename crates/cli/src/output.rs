//! The forms of an answer: a table for people, JSON for programs, lines for shells.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::paint::{BOLD, DIM, YELLOW, pad, paint, tame, wants_color};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    // Docstrings here would become paragraphs of help: aligned columns for people,
    Table,
    // one JSON document,
    Json,
    // one JSON object a line,
    Jsonl,
    // NAME=value lines, ready to paste into an .env file,
    Env,
    // ids alone, one a line.
    Id,
}

/// How to speak to the person at the keyboard: in which language, and whether at all.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    /// The language of human texts.
    pub language: Language,
    is_quiet: bool,
}

impl Talk {
    /// Speaks `language`; keeps silent where that was asked for.
    pub fn new(language: Language, is_quiet: bool) -> Self {
        Self { language, is_quiet }
    }

    /// A remark on standard error.
    pub fn say(self, text: &str) {
        if !self.is_quiet {
            // Standard error may be closed; the work goes on.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A warning on standard error, even when quiet.
    pub fn warn(self, text: &str) {
        let word = tr!(self.language, "warning", "警告");
        let _ = writeln!(io::stderr(), "{}: {text}", paint(wants_color(&io::stderr()), YELLOW, &word));
    }
}

/// One object of a list.
pub struct Row {
    /// Its name.
    pub id: String,
    /// All of it.
    pub json: Value,
    /// What the table shows.
    pub cells: Vec<String>,
}

/// A list of objects.
pub struct Listing {
    /// The columns of the table.
    pub head: Vec<String>,
    /// The objects.
    pub rows: Vec<Row>,
    /// What the table says when there is nothing.
    pub empty: String,
}

/// One object.
pub struct Card {
    /// What is shown: `client shop`.
    pub title: String,
    /// Its name.
    pub id: String,
    /// All of it.
    pub json: Value,
    /// What the table shows.
    pub lines: Vec<(String, String)>,
    /// What `-o env` shows.
    pub env: Vec<(&'static str, String)>,
    /// What the table shows below everything: text to paste.
    pub paste: Vec<String>,
    /// The next commands.
    pub next: Vec<String>,
}

/// Writes answers to standard output.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    format: Format,
    talk: Talk,
}

impl Output {
    /// The form that was asked for, else a table on a terminal and JSON elsewhere.
    pub fn new(asked: Option<Format>, talk: Talk) -> Self {
        let usual = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        Self { format: asked.unwrap_or(usual), talk }
    }

    /// The form.
    pub fn format(self) -> Format {
        self.format
    }

    /// Writes a list.
    pub fn list(self, listing: &Listing) -> Result<(), Failure> {
        let text = match self.format {
            Format::Env => return Err(self.no_env()),
            Format::Id => lines(listing.rows.iter().map(|row| row.id.clone())),
            Format::Json => pretty(&Value::Array(listing.rows.iter().map(|row| row.json.clone()).collect())),
            Format::Jsonl => lines(listing.rows.iter().map(|row| row.json.to_string())),
            Format::Table if listing.rows.is_empty() => {
                self.talk.say(&listing.empty);
                return Ok(());
            }
            Format::Table => table(listing),
        };
        print(&text)
    }

    /// Writes an object.
    pub fn card(self, card: &Card) -> Result<(), Failure> {
        let text = match self.format {
            Format::Env if card.env.is_empty() => return Err(self.no_env()),
            Format::Env => lines(card.env.iter().map(|(name, value)| format!("{name}={}", quoted(value)))),
            Format::Id => format!("{}\n", card.id),
            Format::Json => pretty(&card.json),
            Format::Jsonl => format!("{}\n", card.json),
            Format::Table => sheet(card, self.talk.language),
        };
        print(&text)
    }

    fn no_env(self) -> Failure {
        let language = self.talk.language;
        let message =
            tr!(language, "this answer has no form as environment variables", "该结果不能以环境变量的形式输出");
        Failure::new(Exit::Usage, message).remedy(tr!(
            language,
            "use -o json, or -o table",
            "请使用 -o json 或 -o table"
        ))
    }
}

/// Writes text to standard output; a reader that went away is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::system),
    }
}

/// Each text with a line's end.
pub fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.fold(String::new(), |mut out, text| {
        out.push_str(&text);
        out.push('\n');
        out
    })
}

/// Puts a member into an object.
pub fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

/// JSON as people read it, with a line's end.
pub fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A value as a shell and an .env file both read it.
fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && value.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._~:/@+,=?&".contains(letter));
    // `&` and `?` mean something to a shell.
    if is_plain && !value.contains(['&', '?']) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "'\\''"))
    }
}

/// Aligned by the columns of a terminal; never wrapped and never cut, so that a line is a row for people and for grep.
fn table(listing: &Listing) -> String {
    let color = wants_color(&io::stdout());
    let rows: Vec<Vec<String>> =
        listing.rows.iter().map(|row| row.cells.iter().map(|cell| tame(cell)).collect()).collect();
    let lines = || std::iter::once(&listing.head).chain(&rows);
    let width =
        |column: usize| lines().filter_map(|line| line.get(column)).map(|cell| cell.width()).max().unwrap_or_default();
    let widths: Vec<_> = (0..listing.head.len()).map(width).collect();
    let written = lines().map(|line| {
        let cells: Vec<_> = line.iter().zip(&widths).map(|(cell, width)| pad(cell, *width)).collect();
        cells.join("  ").trim_end().to_owned()
    });
    let mut out = String::new();
    for (at, line) in written.enumerate() {
        out.push_str(&if at == 0 { paint(color, BOLD, &line) } else { line });
        out.push('\n');
    }
    out
}

fn sheet(card: &Card, language: Language) -> String {
    let color = wants_color(&io::stdout());
    let mut labelled = card.lines.clone();
    let next = tr!(language, "next", "接下来");
    let label_width = labelled.iter().map(|(label, _)| label.width()).chain([next.width()]).max().unwrap_or_default();
    let mut out = format!("{}\n", paint(color, BOLD, &card.title));
    if !card.next.is_empty() {
        labelled.push((next, card.next.join("\n")));
    }
    let indent = " ".repeat(label_width + 4);
    for (label, value) in &labelled {
        let mut parts = value.lines();
        let first = parts.next().unwrap_or("–");
        let _ = writeln!(out, "  {}  {}", paint(color, DIM, &pad(label, label_width)), tame(first));
        for part in parts {
            let _ = writeln!(out, "{indent}{}", tame(part));
        }
    }
    if !card.paste.is_empty() {
        out.push('\n');
        out.push_str(&lines(card.paste.iter().map(|line| tame(line))));
    }
    out
}

#[cfg(test)]
mod tests {
    use protocol::Locale;
    use serde_json::json;

    use super::*;

    fn row(id: &str, name: &str) -> Row {
        Row {
            id: id.to_owned(),
            json: json!({ "id": id }),
            cells: vec![id.to_owned(), name.to_owned(), "code".to_owned()],
        }
    }

    #[test]
    fn columns_stand_below_each_other_whatever_the_script() {
        let head = ["ID", "NAME", "GRANTS"].map(str::to_owned).to_vec();
        let listing =
            Listing { head, rows: vec![row("shop", "网上商城"), row("cli", "–")], empty: String::new() };
        assert_eq!(table(&listing), "ID    NAME      GRANTS\nshop  网上商城  code\ncli   –         code\n");
    }

    #[test]
    fn long_cells_are_never_cut() {
        let name = "x".repeat(400);
        let listing = Listing {
            head: vec!["ID".into(), "NAME".into(), "G".into()],
            rows: vec![row("a", &name)],
            empty: String::new(),
        };
        assert!(table(&listing).contains(&name));
    }

    #[test]
    fn labels_of_a_sheet_are_aligned_and_long_values_indented() {
        let card = Card {
            title: "客户端".into(),
            id: String::new(),
            json: Value::Null,
            lines: vec![("编号".into(), "shop".into()), ("回调地址".into(), "a\nb".into())],
            env: Vec::new(),
            paste: vec!["X=1".into()],
            next: vec!["lingpai client list".into()],
        };
        let expected =
            "客户端\n  编号      shop\n  回调地址  a\n            b\n  接下来    lingpai client list\n\nX=1\n";
        assert_eq!(sheet(&card, Language(Locale::ZhCn)), expected);
    }

    #[test]
    fn values_for_a_shell_are_quoted_where_needed() {
        assert_eq!(quoted("https://id.example.com"), "https://id.example.com");
        assert_eq!(quoted("a b'c"), "'a b'\\''c'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
    }
}
