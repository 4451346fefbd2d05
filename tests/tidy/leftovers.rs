//! Nothing is left lying about: no unfinished work, no silenced lint without its reason, no path of one machine.

use super::tree::{Source, assert_none, files, rust_files, split_comment};

fn find(sources: &[Source], is_fault: impl Fn(&str) -> bool) -> Vec<String> {
    let sources = sources.iter().filter(|file| file.path != "tests/tidy/leftovers.rs");
    sources
        .flat_map(|file| {
            file.lines()
                .filter(|(_, line)| is_fault(line))
                .map(|(number, line)| format!("{}: {}", file.at(number), line.trim()))
        })
        .collect()
}

#[test]
fn nothing_is_left_unfinished() {
    let faults = find(&rust_files(), |line| {
        let (code, comment) = split_comment(line);
        let is_macro = ["todo!(", "unimplemented!(", "dbg!("].iter().any(|name| code.contains(name));
        // TODO(#123) names the issue that will take it away.
        is_macro
            || comment.contains("FIXME")
            || comment.contains("XXX")
            || comment.replace("TODO(#", "").contains("TODO")
    });
    assert_none(&faults, "finish it, or write TODO(#123) with the issue's number");
}

#[test]
fn no_test_is_switched_off() {
    let faults = find(&rust_files(), |line| {
        let (code, comment) = split_comment(line);
        // Code in a docstring that is not to be run is `text`, or `no_run` if it compiles.
        code.trim().starts_with("#[ignore") || comment.contains("```ignore") || comment.contains("```rust,ignore")
    });
    assert_none(&faults, "a test that does not run protects nothing");
}

#[test]
fn a_silenced_lint_gives_its_reason() {
    let mut faults = Vec::new();
    for file in rust_files() {
        let mut above = "";
        let mut lines = file.lines();
        while let Some((number, line)) = lines.next() {
            let (code, comment) = split_comment(line);
            let forms = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];
            let is_silence = forms.iter().any(|form| code.trim_start().starts_with(form));
            // The reason stands inside the attribute, which may span lines, or beside it, or on the line above.
            let mut has_reason =
                line.contains("reason =") || !comment.is_empty() || above.trim_start().starts_with("//");
            let mut last = line;
            while is_silence && !last.contains(']') {
                let Some((_, next)) = lines.next() else { break };
                has_reason |= next.contains("reason =");
                last = next;
            }
            if is_silence && !has_reason {
                faults.push(format!("{}: {}", file.at(number), line.trim()));
            }
            above = line;
        }
    }
    assert_none(&faults, "say why: `#[allow(…, reason = \"…\")]`");
}

#[test]
fn no_file_holds_a_path_of_one_machine() {
    let texts = files(&[".rs", ".toml", ".md", ".js", ".mjs", ".json", ".html", ".ftl", ".css", ".yml", "run"]);
    let faults = find(&texts, |line| ["/work/", "/root/", "/home/", "/Users/"].iter().any(|path| line.contains(path)));
    assert_none(&faults, "these paths exist on one machine only");
}

#[test]
fn comments_cite_only_what_a_reader_can_open() {
    let documents = files(&[".md"]);
    let is_here = |name: &str| {
        documents.iter().any(|document| document.path == name || document.path.ends_with(&format!("/{name}")))
    };
    let faults = find(&rust_files(), |line| {
        let comment = split_comment(line).1;
        let mut words = comment.split(|c: char| c.is_whitespace() || "`()[],;\"".contains(c));
        words.any(|word| names_document(word) && !is_here(word)) || has_private_id(comment)
    });
    assert_none(&faults, "cite the clause of an RFC or a document of this repository");
}

fn names_document(word: &str) -> bool {
    word.strip_suffix(".md").is_some_and(|name| !name.is_empty())
}

/// `T73`: the number of a row in a list that is not here.
fn has_private_id(comment: &str) -> bool {
    comment.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| {
        word.strip_prefix('T')
            .is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit()))
    })
}

#[test]
fn a_private_id_is_told_from_a_time() {
    assert!(has_private_id("// closed here (T73)"));
    assert!(!has_private_id("// 2001-01-01T00:00:00Z"));
}
