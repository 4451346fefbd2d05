//! `lingpai client`: add, list, show, set, secret rotate, remove.

use serde_json::{Value, json};

use super::Host;

#[test]
fn a_client_lives_from_add_to_remove() {
    let Some(host) = Host::initialised() else { return };
    let added = host.run("client add shop --name Shop --redirect https://shop.example/cb").succeeded();
    let first = added.text("secret");
    let changed = host.run("client set shop --add-redirect https://www.shop.example/cb").succeeded().json();
    assert_eq!(changed["redirect_uris"], json!(["https://shop.example/cb", "https://www.shop.example/cb"]));
    assert_eq!(changed["name"], "Shop", "what is not named stays");
    let second = host.run("client secret rotate shop").succeeded().text("secret");
    assert_ne!(first, second);
    assert_eq!(host.run("client list").succeeded().json()[0]["version"], 2);
    host.run("client remove shop --yes").succeeded();
    assert_eq!(host.run("client list").succeeded().json(), json!([]));
    host.run("client show shop").ended(4).says("lingpai client list");
}

#[test]
fn the_defaults_of_a_client_are_the_safe_ones() {
    let Some(host) = Host::initialised() else { return };
    let client = host.run("client add shop --redirect https://shop.example/cb").succeeded().json();
    for (member, value) in [
        ("type", json!("confidential")),
        ("auth", json!("any")),
        ("pkce", json!("required")),
        ("rotation", json!(true)),
        ("first_party", json!(false)),
        ("grants", json!(["authorization_code", "refresh_token"])),
        ("id_token_alg", json!("RS256")),
        ("access_token_alg", json!("ES256")),
    ] {
        assert_eq!(client[member], value, "{member}");
    }
}

#[test]
fn every_flag_is_stored() {
    let Some(host) = Host::initialised() else { return };
    let line = "client add shop --redirect https://shop.example/cb --post-logout https://shop.example/bye --first-party \
                --pkce optional --rotation off --auth post --cors https://shop.example --scope openid --scope orders:read \
                --grant code --id-token-alg ES256 --access-token-alg RS256";
    let client = host.run(line).succeeded().says("warning").json();
    for (member, value) in [
        ("post_logout_redirect_uris", json!(["https://shop.example/bye"])),
        ("first_party", json!(true)),
        ("pkce", json!("optional")),
        ("rotation", json!(false)),
        ("auth", json!("post")),
        ("cors_origins", json!(["https://shop.example"])),
        ("scopes", json!(["openid", "orders:read"])),
        ("grants", json!(["authorization_code"])),
        ("id_token_alg", json!("ES256")),
        ("access_token_alg", json!("RS256")),
    ] {
        assert_eq!(client[member], value, "{member}");
    }
    let client = host.run("client set shop --first-party=false --disable --remove-scope openid").succeeded().json();
    assert_eq!(
        (&client["first_party"], &client["enabled"], &client["scopes"]),
        (&json!(false), &json!(false), &json!(["orders:read"]))
    );
    assert_eq!(host.run("client set shop --enable").succeeded().json()["enabled"], true);
}

#[test]
fn a_public_client_has_no_secret_and_no_way_around_pkce() {
    let Some(host) = Host::initialised() else { return };
    let added = host.run("client add app --public --redirect http://127.0.0.1/cb").succeeded().json();
    assert_eq!(added["secret"], Value::Null);
    assert_eq!(added["auth"], "none");
    host.run("client secret rotate app").ended(2).says("public");
    host.run("client set app --pkce optional").ended(2).says("confidential");
    host.run("client set app --rotation off").ended(2).says("rotate");
    host.run("client add other --public --grant client_credentials").ended(2).says("secret");
    host.run("client add other --public --auth basic --redirect http://127.0.0.1/cb").ended(2).says("--auth");
}

#[test]
fn a_client_without_people_needs_no_redirect_uri_and_no_openid() {
    let Some(host) = Host::initialised() else { return };
    let added = host.run("client add reports --grant client_credentials").succeeded().json();
    assert_eq!((&added["redirect_uris"], &added["scopes"]), (&json!([]), &json!([])));
    host.run("client add shop").ended(2).says("--redirect https://");
}

#[test]
fn adding_twice_conflicts_and_upsert_is_idempotent() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    host.run("client add shop --redirect https://shop.example/cb").ended(5).says("--upsert");
    host.run("client add shop --redirect https://shop.example/cb --dry-run").ended(5);
    let same = host.run("client add shop --redirect https://shop.example/cb --upsert").succeeded().json();
    assert_eq!((&same["version"], &same["secret"]), (&json!(1), &Value::Null));
    let other = host.run("client add shop --redirect https://new.example/cb --upsert").succeeded().json();
    assert_eq!((&other["version"], &other["redirect_uris"]), (&json!(2), &json!(["https://new.example/cb"])));
}

#[test]
fn a_bad_redirect_uri_is_shown_with_a_caret_and_a_remedy() {
    let Some(host) = Host::initialised() else { return };
    let answer = host.run("client add shop --redirect http://shop.example.cn/cb").ended(2);
    let expected = "error: redirect URI 1 of 1 uses http for a host that is not loopback\n  \
                    http://shop.example.cn/cb\n  \
                    ^^^^ use https, or http://127.0.0.1:PORT/… for an app on this computer\n";
    assert!(answer.stderr.ends_with(expected), "{}", answer.stderr);
    assert_eq!(host.run("client list").succeeded().json(), json!([]));
}

#[test]
fn ids_and_origins_that_break_the_rules_are_refused() {
    let Some(host) = Host::initialised() else { return };
    for id in ["a/b", "商店", "a:b", "0193f0c0-0000-7000-8000-000000000000"] {
        host.run(&format!("client add {id} --redirect https://shop.example/cb")).ended(2).says("shop");
    }
    let long = "x".repeat(65);
    host.run(&format!("client add {long} --redirect https://shop.example/cb")).ended(2);
    host.run("client add shop --redirect https://shop.example/cb --cors https://shop.example/")
        .ended(2)
        .says("--cors https://shop.example");
    host.run("client add shop --redirect https://shop.example/cb --scope \"").ended(2).says("scope");
}

#[test]
fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    let before = host.run("client show shop").succeeded().stdout;
    let diff = host.run("client set shop --name Shop --dry-run -o table").succeeded().says("nothing was changed");
    assert_eq!(diff.stdout, "client shop\n- name = \"shop\"\n+ name = \"Shop\"\n");
    let change = &host.run("client set shop --name Shop --dry-run").succeeded().json()["changes"][0];
    assert_eq!(*change, json!({ "field": "name", "before": "shop", "after": "Shop" }));
    host.run("client remove shop --dry-run").succeeded();
    host.run("client secret rotate shop --dry-run").succeeded();
    host.run("client add other --redirect https://other.example/cb --dry-run").succeeded();
    assert_eq!(host.run("client show shop").succeeded().stdout, before);
    assert_eq!(host.run("client list -o id").succeeded().stdout, "shop\n");
}

#[test]
fn a_dry_run_refuses_what_the_command_refuses() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add app --public --pkce optional --redirect http://127.0.0.1/cb --dry-run").ended(2);
    host.run("client add app --redirect http://app.example/cb --dry-run").ended(2);
    host.run("client set nobody --name X --dry-run").ended(4);
}

#[test]
fn nothing_is_removed_without_a_yes() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    host.run_with("client remove shop", "y\n").ended(2).says("--yes");
    host.run("client show shop").succeeded();
}

#[test]
fn a_change_tells_running_servers_to_look_again() {
    let Some(host) = Host::initialised() else { return };
    let revision = |host: &Host| host.revision();
    let start = revision(&host);
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    let added = revision(&host);
    host.run("client set shop --name Shop").succeeded();
    let set = revision(&host);
    host.run("client list").succeeded();
    assert!(start < added && added < set && set == revision(&host));
}
