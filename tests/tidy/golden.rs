//! Documents that are printed from the code's own tables. `cargo xtask bless` writes them again.

use std::fmt::Write;

use flow::Refusal;

use super::standards::{OPENID, RFCS, Standard};
use super::tree::{Source, root, rust_files};

/// Compares a document with what the code says now, or writes it under `BLESS=1`.
fn check(path: &str, wanted: &str) {
    let file = root().join(path);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&file, wanted).unwrap_or_else(|error| assert!(file.exists(), "{error}"));
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = found.lines().zip(wanted.lines()).position(|(found, wanted)| found != wanted);
    assert!(found == wanted, "{path} is not what the code says (first at line {differs:?}): run `cargo xtask bless`");
}

#[test]
fn errors_document_is_what_the_refusals_say() {
    check("docs/errors.md", &errors_document());
}

#[test]
fn index_of_standards_is_what_the_code_cites() {
    check("docs/rfc-index.md", &standards_document());
}

fn standards_document() -> String {
    let sources = rust_files();
    let mut text = String::from(STANDARDS_HEAD);
    standards_table(&mut text, "RFCs", RFCS, &sources);
    standards_table(&mut text, "OpenID Connect", OPENID, &sources);
    text
}

fn standards_table(text: &mut String, heading: &str, standards: &[Standard], sources: &[Source]) {
    let _ = writeln!(text, "\n## {heading}\n\n| document | used for | read first |\n|---|---|---|");
    for standard in standards {
        let name = standard.names.first().filter(|name| name.starts_with("RFC"));
        let title = name.map_or_else(|| standard.title.to_owned(), |name| format!("{name}: {}", standard.title));
        let files: Vec<String> = standard.read_first(sources).iter().map(|path| format!("`{path}`")).collect();
        let _ = writeln!(text, "| [{title}]({}) | {} | {} |", standard.url, standard.used_for, files.join(", "));
    }
}

const STANDARDS_HEAD: &str = "\
<!-- Written by `cargo xtask bless` from the comments of the code. Do not edit. -->
# Standards

Every document that the code cites, what of it is in the house, and the files to read first: those whose head names it,
or, where no head does, those that cite a clause of it. A comment cites the clause that its line enforces.
";

fn errors_document() -> String {
    let mut text = String::from(ERRORS_HEAD);
    let mut refusals = Refusal::ALL.to_vec();
    refusals.sort_by_key(|refusal| (refusal.code().as_str(), refusal.name()));
    let mut code = "";
    for refusal in refusals {
        if refusal.code().as_str() != code {
            code = refusal.code().as_str();
            let _ = writeln!(text, "\n## `{code}`\n\n| status | reason | `error_description` |\n|---|---|---|");
        }
        let _ = writeln!(text, "| {} | {} | {} |", refusal.status(), refusal.name(), refusal.description());
    }
    text
}

const ERRORS_HEAD: &str = "\
<!-- Written by `cargo xtask bless` from flow::Refusal. Do not edit. -->
# Errors

Every answer that says no is one of these. `error` is a code that an RFC registers, `error_description` is fixed text
that never repeats what was sent. Several reasons share one text where the difference would help a thief; the log of
the server has the reason's own name, with what was expected and what came.

The status is that of an answer with a body. Where client and redirect URI of an authorization request are proven, the
error travels to the client as parameters of a redirect instead; where they are not, the person sees a page.

Trouble with the database is none of these: it is 503 with `Retry-After`, so that no client signs anybody out for it.
";
