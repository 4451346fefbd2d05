//! The documents: every relative link leads somewhere, and the README begins with the two commands.

use std::path::Path;

use super::tree::{assert_none, files, root};

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut faults = Vec::new();
    for file in files(&[".md"]) {
        let folder = root().join(Path::new(&file.path).parent().unwrap_or(Path::new("")));
        for (number, line) in file.lines() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let path = target.split('#').next().unwrap_or_default();
                let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
                if !is_elsewhere && !path.is_empty() && !folder.join(path).exists() {
                    faults.push(format!("{}: {target}", file.at(number)));
                }
            }
        }
    }
    assert_none(&faults, "these links lead nowhere");
}

#[test]
fn both_readmes_begin_with_the_two_commands() {
    for readme in ["README.md", "docs/README.zh-CN.md"] {
        let text = std::fs::read_to_string(root().join(readme)).unwrap();
        let mut commands = text.lines().filter_map(|line| line.trim().strip_prefix("cargo "));
        assert!(commands.next().is_some_and(|first| first.starts_with("run -- dev")), "{readme}");
        assert!(commands.next().is_some_and(|second| second.starts_with("xtask test")), "{readme}");
    }
}

#[test]
fn the_ci_runs_the_second_command() {
    let script = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(script.lines().any(|line| line.ends_with("cargo xtask test")));
}
