//! `lingpai user`: add, list, show, set, lock, unlock, remove.

use serde_json::json;

use super::Host;

const PASSWORD: &str = "tall violet lantern\n";

#[test]
fn a_person_is_registered_with_a_password_from_standard_input() {
    let Some(host) = Host::initialised() else { return };
    let added =
        host.run_with("user add alice --name Alice --also alice@example.com --password-stdin", PASSWORD).succeeded();
    let user = added.json();
    assert_eq!(
        (&user["has_password"], &user["status"], &user["claims"]["name"]),
        (&json!(true), &json!("enabled"), &json!("Alice"))
    );
    assert!(!added.stdout.contains("violet") && !added.stderr.contains("violet"));
    for name in ["alice", "ALICE@example.com", user["id"].as_str().unwrap()] {
        assert_eq!(host.run(&format!("user show {name}")).succeeded().json()["id"], user["id"], "{name}");
    }
    assert_eq!(host.run("user list -o jsonl").succeeded().stdout.lines().count(), 1);
}

#[test]
fn a_generated_password_is_shown_once() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add bob --generate-password -o id").ended(2).says("-o json");
    let password = host.run("user add bob --generate-password").succeeded().text("password");
    assert!(password.len() >= 20);
    assert!(!host.run("user show bob").succeeded().stdout.contains(&password));
}

#[test]
fn without_a_terminal_a_password_must_come_from_somewhere() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add alice").ended(2).says("--password-stdin");
    assert_eq!(host.run("user list").succeeded().json(), json!([]));
    assert_eq!(host.run("user add alice --no-password").succeeded().json()["has_password"], false);
}

#[test]
fn weak_passwords_and_malformed_logins_are_refused() {
    let Some(host) = Host::initialised() else { return };
    host.run_with("user add alice --password-stdin", "short\n").ended(2).says("8 characters");
    host.run_with("user add alice --password-stdin", "password123\n").ended(2).says("--generate-password");
    host.run_with("user add alice --password-stdin", "").ended(2);
    host.run("user add a@b@c --no-password").ended(2).says("neither a user name");
    assert_eq!(host.run("user list").succeeded().json(), json!([]));
}

#[test]
fn adding_twice_conflicts_and_upsert_changes() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add alice --no-password").succeeded();
    host.run("user add alice --no-password").ended(5).says("lingpai user show alice");
    let user = host.run("user add alice --no-password --upsert --name Alice").succeeded().json();
    assert_eq!(user["claims"]["name"], "Alice");
    host.run("user add bob --also alice --no-password").ended(5);
}

#[test]
fn a_lock_holds_until_it_is_lifted() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add alice --no-password").succeeded();
    let status = |line: &str| host.run(line).succeeded().json()["status"].clone();
    assert_eq!(status("user lock alice"), "disabled");
    assert_eq!(status("user unlock alice"), "enabled");
    let locked = host.run("user lock alice --for 24h").succeeded().json();
    assert_eq!(locked["status"], "locked");
    assert!(locked["locked_until"].is_string());
    assert_eq!(status("user lock alice"), "disabled");
    assert_eq!(status("user lock alice --for 1h"), "locked");
    assert_eq!(status("user unlock alice"), "enabled");
    assert_eq!(status("user unlock alice"), "enabled");
    host.run("user lock nobody").ended(4);
    host.run("user lock alice --for tomorrow").ended(2);
}

#[test]
fn set_changes_what_is_named() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add alice --name Alice --locale en --no-password").succeeded();
    let user = host.run("user set alice --locale zh-CN --add-login alice@example.com --verified").succeeded().json();
    assert_eq!((&user["claims"]["name"], &user["claims"]["locale"]), (&json!("Alice"), &json!("zh-CN")));
    assert_eq!(user["claims"]["email_verified"], true);
    let set = host.run_with("user set alice --password-stdin", PASSWORD).succeeded().says("session");
    assert_eq!(set.json()["has_password"], true);
    let user = host.run("user set alice --remove-login alice").succeeded().json();
    assert_eq!(user["identifiers"].as_array().unwrap().len(), 1);
    host.run("user set alice@example.com --remove-login alice@example.com").ended(4);
}

#[test]
fn a_dry_run_changes_nobody() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add bob --no-password --dry-run").succeeded().says("nothing was changed");
    assert_eq!(host.run("user list").succeeded().json(), json!([]));
    host.run("user add alice --no-password").succeeded();
    let before = host.run("user show alice").succeeded().stdout;
    for line in ["user set alice --name X", "user lock alice", "user unlock alice", "user remove alice"] {
        host.run(&format!("{line} --dry-run")).succeeded();
    }
    assert_eq!(host.run("user show alice").succeeded().stdout, before);
}

#[test]
fn nobody_is_removed_without_a_yes() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add alice --no-password").succeeded();
    host.run("user remove alice").ended(2).says("--yes");
    host.run("user remove alice --yes").succeeded();
    host.run("user remove alice --yes").ended(4);
}

#[test]
fn a_change_tells_running_servers_to_look_again() {
    let Some(host) = Host::initialised() else { return };
    let mut last = host.revision();
    let lines = [
        "user add alice --no-password",
        "user set alice --name A",
        "user lock alice",
        "user unlock alice",
        "user remove alice --yes",
    ];
    for line in lines {
        host.run(line).succeeded();
        let next = host.revision();
        assert!(next > last, "{line}");
        last = next;
    }
}

#[test]
fn long_lists_come_in_parts() {
    let Some(host) = Host::initialised() else { return };
    for name in ["alice", "bob", "carol"] {
        host.run(&format!("user add {name} --no-password")).succeeded();
    }
    let first = host.run("user list --limit 2 -o id").succeeded().says("--after");
    let last = first.stdout.lines().last().unwrap().to_owned();
    let rest = host.run(&format!("user list --limit 2 --after {last}")).succeeded();
    assert_eq!(rest.json()[0]["claims"]["preferred_username"], "carol");
    assert!(!rest.stderr.contains("--after"));
}
