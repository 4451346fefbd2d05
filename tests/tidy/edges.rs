//! The house stands as drawn: which crate may use which is the table of `docs/architecture.md`, read from there.

use std::collections::{BTreeMap, BTreeSet};

use super::manifests::{examples, members};
use super::tree::{assert_none, root};

/// The tests of a crate below `server` open a database of their own, and that needs its tables.
const FOR_TESTS: &str = "migrations";

/// Crate → the highest crates that it may use.
type Table = BTreeMap<String, BTreeSet<String>>;

/// Reads the rows `| \`crate\` | what it owns | \`may\`, \`use\` |` of the section "Crates".
fn table() -> Table {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap_or_default();
    let rows = text.lines().skip_while(|line| *line != "## Crates").skip(1).take_while(|line| !line.starts_with("## "));
    rows.filter_map(|row| {
        let mut cells = row.strip_prefix("| `")?.split('|');
        let name = cells.next()?.trim().trim_end_matches('`').to_owned();
        let uses = cells.nth(1)?.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((name, uses))
    })
    .collect()
}

/// Everything that lies below `name`: what it may use.
fn below(table: &Table, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = vec![name];
    while let Some(next) = open.pop() {
        for lower in table.get(next).into_iter().flatten() {
            if found.insert(lower.clone()) {
                open.push(lower);
            }
        }
    }
    found
}

#[test]
fn the_table_names_every_crate_and_no_other() {
    let drawn: BTreeSet<String> = table().into_keys().collect();
    let built: BTreeSet<String> = members().into_iter().map(|member| member.name).collect();
    assert_eq!(drawn, built, "left: the table of docs/architecture.md; right: the workspace");
}

#[test]
fn every_edge_between_crates_is_in_the_table() {
    let table = table();
    let mut faults = Vec::new();
    for member in members() {
        let allowed = below(&table, &member.name);
        let for_tests = member.dev_dependencies.iter().filter(|used| *used != FOR_TESTS);
        for used in member.dependencies.iter().chain(for_tests) {
            if table.contains_key(used) && !allowed.contains(used) {
                faults.push(format!("{} uses {used}", member.name));
            }
        }
    }
    assert_none(&faults, "docs/architecture.md does not allow");
}

#[test]
fn every_highest_crate_in_the_table_is_really_used() {
    let members = members();
    let mut faults = Vec::new();
    for (name, highest) in table() {
        for used in highest {
            let member = members.iter().find(|member| member.name == name);
            let is_used = member
                .is_some_and(|member| member.dependencies.contains(&used) || member.dev_dependencies.contains(&used));
            if !is_used {
                faults.push(format!("{name} does not use {used}"));
            }
        }
    }
    assert_none(&faults, "docs/architecture.md draws edges that are not there");
}

#[test]
fn an_example_uses_no_crate_of_ours() {
    let table = table();
    let mut faults = Vec::new();
    for example in examples() {
        let ours = example.dependencies.iter().filter(|used| table.contains_key(*used));
        faults.extend(ours.map(|used| format!("{} uses {used}", example.name)));
    }
    assert_none(&faults, "an example is what a reader would write, who has the protocol and nothing else");
}

#[test]
fn no_crate_lies_below_itself() {
    let table = table();
    let faults: Vec<String> = table.keys().filter(|name| below(&table, name).contains(*name)).cloned().collect();
    assert_none(&faults, "the table has a circle through");
}
