//! The work tree as the tests see it: paths relative to its root, and text.

use std::fs;
use std::path::{Path, PathBuf};

/// One text file of the work tree.
pub struct Source {
    /// Relative to the root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// The lines with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// `path:line`, as editors open it.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }

    /// The name of the crate that the file belongs to, by its folder.
    pub fn crate_name(&self) -> &str {
        let mut parts = self.path.split('/');
        match parts.next() {
            Some("crates") => parts.next().unwrap_or_default(),
            Some(first) => first,
            None => "",
        }
    }
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Every file of the work tree with one of these endings. What is built, installed or stored locally is left out.
pub fn files(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), "", endings, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Every Rust file.
pub fn rust_files() -> Vec<Source> {
    files(&[".rs"])
}

fn walk(folder: &Path, prefix: &str, endings: &[&str], found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            let is_ours = !matches!(name.as_str(), "target" | "node_modules" | ".git") && !name.starts_with(".lingpai");
            if is_ours {
                walk(&entry.path(), &format!("{path}/"), endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            // A file that is not UTF-8 is no text, whatever its name says.
            if let Ok(text) = fs::read_to_string(entry.path()) {
                found.push(Source { path, text });
            }
        }
    }
}

/// The part of a Rust line that is a comment, and the part that is code. A `//` inside a string counts as code.
pub fn split_comment(line: &str) -> (&str, &str) {
    let mut from = 0;
    while let Some(found) = line.get(from..).and_then(|rest| rest.find("//")) {
        let at = from + found;
        let (code, comment) = line.split_at(at);
        let is_in_string = code.matches('"').count() % 2 == 1 || code.ends_with(':');
        if !is_in_string {
            return (code, comment);
        }
        from = at + 2;
    }
    (line, "")
}

/// Whether `text` holds `word`, not as a part of a longer identifier.
pub fn has_word(text: &str, word: &str) -> bool {
    let is_inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.get(word.len()..).unwrap_or_default();
        !before.ends_with(is_inside) && !after.starts_with(is_inside)
    })
}

/// Fails with one line for each fault.
pub fn assert_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n  {}\n", faults.join("\n  "));
}

#[test]
fn a_comment_is_told_from_code() {
    assert_eq!(split_comment("let a = 1; // one"), ("let a = 1; ", "// one"));
    assert_eq!(
        split_comment(r#"let url = "https://a.example"; // two"#),
        (r#"let url = "https://a.example"; "#, "// two")
    );
    assert_eq!(split_comment("/// three"), ("", "/// three"));
    assert_eq!(split_comment(r#"let text = "no // comment";"#), (r#"let text = "no // comment";"#, ""));
}

#[test]
fn a_word_is_not_a_part_of_a_word() {
    assert!(has_word("use axum::Router;", "axum"));
    assert!(!has_word("use axum_extra::Form;", "axum"));
    assert!(!has_word("use my_axum::Form;", "axum"));
}

#[test]
fn the_tree_is_seen() {
    let files = rust_files();
    assert!(files.iter().any(|file| file.path == "tests/tidy/tree.rs"));
    assert!(!files.iter().any(|file| file.path.starts_with("target/")));
    assert!(files.iter().any(|file| file.crate_name() == "protocol"));
}
