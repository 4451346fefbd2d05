//! `lingpai key`: list and rotate.

use super::Host;

fn states(host: &Host) -> Vec<(String, String)> {
    let keys = host.run("key list").succeeded().json();
    let text = |key: &serde_json::Value, member: &str| key[member].as_str().unwrap().to_owned();
    keys.as_array().unwrap().iter().map(|key| (text(key, "alg"), text(key, "state"))).collect()
}

#[test]
fn listing_makes_no_key() {
    let Some(host) = Host::initialised() else { return };
    assert_eq!(states(&host), []);
    host.run("key rotate ES256 --dry-run").succeeded();
    assert_eq!(states(&host), []);
}

#[test]
fn a_new_key_is_announced_before_it_signs() {
    let Some(host) = Host::initialised() else { return };
    host.run("key rotate ES256").succeeded();
    let owned = |alg: &str, state: &str| (alg.to_owned(), state.to_owned());
    assert_eq!(states(&host), [owned("ES256", "active"), owned("ES256", "announced")]);
    // Asked twice, the announced key stands.
    host.run("key rotate ES256").succeeded();
    assert_eq!(states(&host).len(), 2);
}

#[test]
fn a_leaked_key_is_replaced_at_once_and_not_without_a_yes() {
    let Some(host) = Host::initialised() else { return };
    host.run("key rotate ES256").succeeded();
    host.run("key rotate ES256 --now").ended(2).says("--yes");
    host.run("key rotate ES256 --now --yes").succeeded();
    let active = states(&host).into_iter().filter(|(_, state)| state == "active").count();
    assert_eq!(active, 1);
    assert!(states(&host).iter().any(|(_, state)| state == "retired"));
}

#[test]
fn an_algorithm_that_is_not_configured_has_no_key() {
    let Some(host) = Host::initialised() else { return };
    host.run("key rotate EdDSA").ended(2).says("[keys] algorithms");
    host.run("key rotate HS256").ended(2);
}
