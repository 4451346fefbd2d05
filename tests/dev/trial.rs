//! `lingpai try --headless`: a whole sign-in and every refusal, one line each.

use super::process::{DevServer, lingpai, run};

/// The marks of the lines, in order.
fn marks(out: &[u8]) -> (String, String) {
    let text = String::from_utf8(out.to_vec()).unwrap();
    let marks = text.lines().filter_map(|line| line.chars().next()).filter(|mark| "✓✗".contains(*mark)).collect();
    (marks, text)
}

#[test]
fn everything_ticks_against_a_running_server() {
    let server = DevServer::in_memory();
    let ended = run(&["try", "--headless", "--issuer", server.issuer()]);
    let (marks, text) = marks(&ended.stdout);
    assert_eq!(marks, "✓".repeat(10), "{text}{}", String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success());
    for piece in ["PKCE S256", "at_hash", "→ 200", "401 invalid_token", "403 insufficient_scope", "400 invalid_grant"]
    {
        assert!(text.contains(piece), "{piece}\n{text}");
    }
}

#[test]
fn a_second_trial_ticks_as_well() {
    let server = DevServer::in_memory();
    for _ in 0..2 {
        let ended = run(&["try", "--headless", "--issuer", server.issuer()]);
        assert_eq!(marks(&ended.stdout).0, "✓".repeat(10), "{}", marks(&ended.stdout).1);
    }
}

#[test]
fn without_a_server_it_starts_one_of_its_own() {
    let ended = run(&["try", "--headless"]);
    let (marks, text) = marks(&ended.stdout);
    assert_eq!(marks, "✓".repeat(10), "{text}");
    assert!(ended.status.success());
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let server = DevServer::in_memory();
    let mut command = lingpai(&["try", "--headless", "--issuer", server.issuer()]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, "http://127.0.0.1:1");
    }
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", marks(&ended.stdout).1);
}

#[test]
fn a_server_that_is_not_there_is_a_cross_and_a_failure() {
    let ended = run(&["try", "--headless", "--issuer", "http://localhost:1"]);
    let (marks, text) = marks(&ended.stdout);
    assert_eq!(marks, "✗", "{text}");
    assert!(!ended.status.success());
}

#[test]
fn it_speaks_the_language_of_the_terminal() {
    let mut command = lingpai(&["try", "--headless", "--issuer", "http://localhost:1"]);
    let ended = command.env("LC_ALL", "zh_CN.UTF-8").output().unwrap();
    assert!(marks(&ended.stdout).1.contains("✗ 发现"), "{}", marks(&ended.stdout).1);
}
