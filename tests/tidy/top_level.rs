//! The top of the work tree is a map: nothing stands there that is not a part of the house.

use super::tree::{assert_none, root};

const ALLOWED: &[&str] = &[
    // The house.
    "Cargo.toml",
    "README.md",
    "crates",
    "docs",
    "examples",
    "migrations",
    "tests",
    // Where tools and people look for them, and nowhere else.
    "CHANGELOG.md",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
    // Built, never committed.
    "target",
];

#[test]
fn the_top_level_holds_nothing_but_the_house() {
    let entries =
        std::fs::read_dir(root()).unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let faults: Vec<String> =
        entries.filter(|name| !name.starts_with('.') && !ALLOWED.contains(&name.as_str())).collect();
    assert_none(&faults, "move these to where they belong");
}
