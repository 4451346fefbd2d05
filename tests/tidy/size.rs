//! A file has one reason to change, and a function fits on a screen.

use super::tree::{assert_none, files, root};

const LINES: usize = 400;

#[test]
fn no_file_is_longer_than_400_lines() {
    let faults: Vec<String> = files(&[".rs", ".js", ".mjs", ".html"])
        .iter()
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES)
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect();
    assert_none(&faults, "split these files, each has more than one reason to change");
}

/// Clippy counts the lines of a function and its parameters; this keeps the thresholds where they are.
#[test]
fn clippy_keeps_functions_under_60_lines_and_6_parameters() {
    let settings = std::fs::read_to_string(root().join("clippy.toml")).unwrap();
    for wanted in ["too-many-lines-threshold = 60", "too-many-arguments-threshold = 5"] {
        assert!(settings.lines().any(|line| line.trim() == wanted), "clippy.toml must say {wanted}");
    }
}
