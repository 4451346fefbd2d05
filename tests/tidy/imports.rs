//! Foreign crates stay in their rooms, so that replacing one touches one room.

use super::tree::{Source, assert_none, has_word, rust_files, split_comment};

/// The names below that are crates.
const CRATES: [&str; 8] = ["argon2", "axum", "jsonwebtoken", "oxide_auth", "reqwest", "rsa", "sea_orm", "tokio"];

/// A name in code, and the only paths below which it may stand.
struct Room {
    name: &'static str,
    allowed: &'static [&'static str],
    why: &'static str,
}

const ROOMS: &[Room] = &[
    Room {
        name: "sea_orm",
        allowed: &[
            "crates/platform/",
            "crates/user-store/",
            "crates/grant-store/",
            "crates/jwks/",
            "crates/testkit/",
            "migrations/",
            "tests/",
        ],
        why: "rows stay inside the stores",
    },
    Room {
        name: "axum",
        allowed: &[
            "crates/web/",
            "crates/oauth/",
            "crates/pages/",
            "crates/server/",
            "crates/dev/",
            "crates/testkit/",
            "tests/",
            "examples/",
        ],
        why: "what lies below HTTP knows no HTTP",
    },
    Room {
        name: "oxide_auth",
        allowed: &["crates/flow/src/oxide.rs"],
        why: "one file translates between our records and its machines",
    },
    Room {
        name: "rsa",
        allowed: &["crates/jwks/"],
        why: "RUSTSEC-2023-0071: it generates and converts keys, and nothing else",
    },
    Room {
        name: "argon2",
        // The benchmark measures what the machine can do at all.
        allowed: &["crates/user-store/", "crates/xtask/benches/"],
        why: "passwords are hashed on their own threads",
    },
    Room {
        name: "jsonwebtoken",
        allowed: &["crates/jwks/", "crates/testkit/", "tests/", "examples/"],
        why: "one policy refuses what the crate lets through",
    },
    Room {
        name: "SystemTime",
        allowed: &["crates/platform/src/clock.rs", "examples/"],
        why: "only the clock reads the time",
    },
];

#[test]
fn foreign_crates_stand_only_where_they_belong() {
    let sources = rust_files();
    let mut faults = Vec::new();
    for room in ROOMS {
        let may_name = |file: &Source| {
            file.path.starts_with("tests/tidy/") || room.allowed.iter().any(|path| file.path.starts_with(path))
        };
        for file in sources.iter().filter(|file| !may_name(file)) {
            for line in lines_with(file, room.name) {
                faults.push(format!("{}: {} ({})", file.at(line), room.name, room.why));
            }
        }
    }
    assert_none(&faults, "these names stand where they do not belong");
}

#[test]
fn protocol_and_flow_neither_wait_nor_read_a_clock() {
    let mut faults = Vec::new();
    let sources = rust_files();
    let pure = sources.iter().filter(|file| matches!(file.crate_name(), "protocol" | "flow"));
    for file in pure {
        for name in ["async", "await", "tokio", "Instant", "SystemTime", "reqwest"] {
            faults.extend(lines_with(file, name).into_iter().map(|line| format!("{}: {name}", file.at(line))));
        }
    }
    assert_none(&faults, "protocol and flow are synchronous and deterministic");
}

/// Lines whose code names `name`: a type or a keyword as a word, a crate as the beginning of a path.
fn lines_with(file: &Source, name: &str) -> Vec<usize> {
    file.lines().filter(|(_, line)| is_named(split_comment(line).0, name)).map(|(number, _)| number).collect()
}

fn is_named(code: &str, name: &str) -> bool {
    if !CRATES.contains(&name) {
        return has_word(code, name) && !has_word(code, &format!("\"{name}\""));
    }
    let is_path = |(at, _): (usize, &str)| {
        let (before, rest) = code.split_at(at);
        let is_start = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '.'));
        let after = rest.get(name.len()..).unwrap_or_default();
        // `::name` begins a path, `module::name` does not.
        let is_inner =
            before.strip_suffix("::").is_some_and(|outer| outer.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        is_start && !is_inner && (after.starts_with("::") || before.trim_end().ends_with("use"))
    };
    code.match_indices(name).any(is_path)
}

#[test]
fn a_crate_is_told_from_a_variable() {
    for use_of in [
        "use rsa::RsaPrivateKey;",
        "let key = rsa::RsaPrivateKey::new();",
        "::rsa::Oaep",
        "use rsa as keys;",
        "f(rsa::A)",
    ] {
        assert!(is_named(use_of, "rsa"), "{use_of}");
    }
    for other in ["let rsa = key();", "Self::Rsa(rsa)", "crate::rsa::generate()", "my_rsa::a()", "jwk.rsa"] {
        assert!(!is_named(other, "rsa"), "{other}");
    }
}
