//! The reference (`docs/configuration.md`) and the file of defaults, both written from the catalogue.

use std::fmt::Write as _;

use protocol::Locale;

use super::catalogue::{self, Field, Kind, Section};
use super::show::toml_text;
use super::{Code, Severity, check};

/// The introduction of the reference.
const INTRODUCTION: &str = include_str!("introduction.md");

/// The reference of every setting, as Markdown.
pub fn document() -> String {
    let mut out = INTRODUCTION.to_owned();
    for section in catalogue::sections() {
        write_section(&mut out, section);
    }
    out.push_str("## What a check can find\n\n`lingpai config check` and `lingpai serve` run the same checks. A finding has a number, the file with line and\ncolumn, and a remedy. Errors keep the server from starting, warnings do not.\n\n| number | | meaning |\n|---|---|---|\n");
    for code in Code::ALL {
        let word = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(out, "| {} | {word} | {} |", code.id(), code.title(Locale::En));
    }
    out
}

fn write_section(out: &mut String, section: &Section) {
    let _ = write!(out, "## [{}]\n\n{}\n\n```toml\n[{}]\n", section.name, section.doc, section.name);
    for field in &section.fields {
        let _ = writeln!(out, "{}", default_line(field));
    }
    out.push_str("```\n\n");
    for field in &section.fields {
        write_field(out, field);
    }
}

fn write_field(out: &mut String, field: &Field) {
    let (kind, _) = check::expected(&field.kind);
    let kind = match &field.kind {
        Kind::Choice(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            format!("one of {}", words.join(", "))
        }
        Kind::Integer { min: Some(min), max: Some(max) } => format!("{kind}, {min} to {max}"),
        Kind::Secret => "a secret: `\"value\"`, `{ file = \"…\" }` or `{ env = \"…\" }`".to_owned(),
        Kind::Boolean | Kind::Integer { .. } | Kind::List(_) | Kind::Period | Kind::Text => kind.to_owned(),
    };
    let default = field.default.as_ref().map_or_else(|| "none".to_owned(), |value| format!("`{}`", toml_text(value)));
    let _ = write!(
        out,
        "### `{}`\n\n{}\n\n- type: {kind}\n- default: {default}\n- environment: `{}`\n",
        field.path,
        field.doc,
        field.environment(),
    );
    if let Some(example) = &field.example {
        let _ = writeln!(out, "- example: `{} = {}`", field.key(), toml_text(example));
    }
    out.push('\n');
}

/// A file in which every setting stands at its default, each with its meaning.
pub fn default_file() -> String {
    let mut out = String::from("# Every setting of lingpai at its default. Keep only the lines that you change.\n");
    for section in catalogue::sections() {
        let _ = write!(out, "\n# {}\n[{}]\n", section.doc.replace('\n', "\n# "), section.name);
        for field in &section.fields {
            let _ = write!(out, "# {}\n{}\n", field.doc.replace('\n', "\n# "), default_line(field));
        }
    }
    out
}

/// `key = default`; a setting without a default as a comment with its example.
fn default_line(field: &Field) -> String {
    match (&field.default, &field.example) {
        (Some(default), _) => format!("{} = {}", field.key(), toml_text(default)),
        (None, Some(example)) => format!("# {} = {}", field.key(), toml_text(example)),
        (None, None) => format!("# {} =", field.key()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Source, tree};
    use super::*;

    #[test]
    fn the_file_of_defaults_is_toml_and_sets_what_has_a_default() {
        let text = default_file();
        let (table, errors) = tree::parse(&Arc::new(Source::BuiltIn), &text);
        assert_eq!(errors, []);
        for field in catalogue::fields() {
            assert_eq!(tree::find(&table, &field.path).is_some(), field.default.is_some(), "{}", field.path);
        }
    }

    #[test]
    fn the_reference_names_every_setting_and_every_code() {
        let text = document();
        assert!(catalogue::fields().all(|field| text.contains(&format!("### `{}`", field.path))));
        assert!(Code::ALL.iter().all(|code| text.contains(code.id())));
    }
}
