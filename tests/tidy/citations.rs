//! A comment cites the clause that the line enforces, in a form that can be searched for.

use super::standards::{OPENID, RFCS, is_ours};
use super::tree::{assert_none, rust_files, split_comment};

/// What follows each `RFC` in a comment.
fn mentions(comment: &str) -> impl Iterator<Item = &str> {
    comment.match_indices("RFC").map(|(at, word)| comment.get(at + word.len()..).unwrap_or_default())
}

/// The number of a well-formed mention: a space, four digits, and then no section in another form than ` §3.1`.
fn number(after: &str) -> Option<&str> {
    let number = after.strip_prefix(' ')?.get(..4)?;
    // RFC 6265bis is the name of a draft that browsers already follow.
    let rest = after.get(5..).unwrap_or_default();
    let rest = rest.strip_prefix("bis").unwrap_or(rest);
    let next = rest.trim_start_matches([',', ' ']).to_ascii_lowercase();
    let is_section_in_words = ["section", "sec.", "§ "].iter().any(|form| next.starts_with(form));
    let is_well_formed = number.bytes().all(|byte| byte.is_ascii_digit())
        && !rest.starts_with(|next: char| next.is_alphanumeric() || next == '§')
        && !is_section_in_words;
    is_well_formed.then_some(number)
}

#[test]
fn every_citation_is_well_formed() {
    let mut faults = Vec::new();
    for file in rust_files().iter().filter(|file| is_ours(file)) {
        for (line, text) in file.lines() {
            for after in mentions(split_comment(text).1) {
                // The word alone, or in the plural, speaks of the series.
                let is_about_one =
                    after.trim_start_matches([' ', '-', '_']).starts_with(|next: char| next.is_ascii_digit());
                if is_about_one && number(after).is_none() {
                    faults.push(format!("{}: {}", file.at(line), text.trim()));
                }
            }
        }
    }
    assert_none(&faults, "write `RFC 6749 §3.1`");
}

#[test]
fn every_rfc_that_the_code_cites_is_known() {
    let mut faults = Vec::new();
    for file in rust_files().iter().filter(|file| is_ours(file)) {
        for (line, text) in file.lines() {
            for number in mentions(split_comment(text).1).filter_map(number) {
                let name = format!("RFC {number}");
                if !RFCS.iter().any(|standard| standard.names.contains(&name.as_str())) {
                    faults.push(format!("{name}: {}", file.at(line)));
                }
            }
        }
    }
    assert_none(&faults, "add a line to tests/tidy/standards.rs, then run `cargo xtask bless`");
}

#[test]
fn every_known_document_is_cited() {
    let sources = rust_files();
    let is_cited = |name: &str| sources.iter().filter(|file| is_ours(file)).any(|file| file.text.contains(name));
    let standards = RFCS.iter().chain(OPENID);
    let faults: Vec<String> = standards
        .filter(|standard| !standard.names.iter().any(|name| is_cited(name)))
        .map(|standard| standard.title.to_owned())
        .collect();
    assert_none(&faults, "no file cites these any more: take them out of tests/tidy/standards.rs");
}

#[test]
fn the_forms_of_a_citation_are_told_apart() {
    for good in
        [" 6749 §3.1", " 6749", " 6749: the", " 6749 appendix B", " 9068)", " 6749 §4.1.2 (single use)", " 6265bis §4"]
    {
        assert!(number(good).is_some(), "{good}");
    }
    for bad in ["6749", "-6749", " 674", " 6749§3", " 6749 § 3", " 6749, section 3", " 6749 Section 3", " 67490"] {
        assert!(number(bad).is_none(), "{bad}");
    }
}
