//! `lingpai session`: list, show, revoke; seen by the server that runs beside it.

use serde_json::{Value, json};

use super::signed_in::{OFFLINE, ONLINE};
use super::{Host, SignedIn};

fn ids(listed: &Value) -> Vec<String> {
    listed.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_is_listed_with_device_and_apps() {
    let Some(house) = SignedIn::start() else { return };
    let (alice, bob) = (house.session("alice").await, house.session("bob").await);
    house.tokens(&alice, "shop", ONLINE).await;
    let host = &house.host;
    let listed = host.run("session list --user alice").succeeded().json();
    let one = &listed[0];
    assert_eq!(ids(&listed), std::slice::from_ref(&alice.0.id));
    assert_eq!((&one["user"], &one["state"], &one["address"]), (&json!("alice"), &json!("live"), &json!("192.0.2.7")));
    assert_eq!((&one["apps"][0]["client_id"], &one["apps"][0]["offline"]), (&json!("shop"), &json!(false)));
    assert_eq!(ids(&host.run("session list").succeeded().json()), [bob.0.id.clone(), alice.0.id.clone()]);
    let more = host.run("session list --limit 1").succeeded().says("--after");
    assert_eq!(ids(&more.json()), std::slice::from_ref(&bob.0.id));
    let rest = host.run(&format!("session list --after {}", bob.0.id)).succeeded();
    assert_eq!(ids(&rest.json()), std::slice::from_ref(&alice.0.id));
    let table = host.run("session list -o table").succeeded().shows("LAST SEEN").shows("Firefox, Linux").stdout;
    assert!(table.contains("alice") && table.contains("192.0.2.7") && table.contains("shop"), "{table}");
    host.run(&format!("session show {} -o table", alice.0.id)).succeeded().shows("shop: openid profile");
    assert_eq!(host.run("session list --user bob -o id").succeeded().stdout, format!("{}\n", bob.0.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_lock_has_voided_is_not_live() {
    let Some(house) = SignedIn::start() else { return };
    let alice = house.session("alice").await;
    house.host.run("user lock alice").succeeded();
    house.host.run("user unlock alice").succeeded();
    assert_eq!(house.host.run("session list").succeeded().json(), json!([]));
    let all = house.host.run("session list --all").succeeded().json();
    assert_eq!((ids(&all), &all[0]["state"]), (vec![alice.0.id.clone()], &json!("void")));
    house.host.run(&format!("session show {} -o table", alice.0.id)).succeeded().shows("void");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_session_ends_at_the_running_server() {
    let Some(house) = SignedIn::start() else { return };
    let alice = house.session("alice").await;
    let (online, offline) = (house.tokens(&alice, "shop", ONLINE).await, house.tokens(&alice, "mail", OFFLINE).await);
    assert_eq!(house.userinfo(&online.access), 200);
    let (host, id) = (&house.host, &alice.0.id);
    let plan = host.run(&format!("session revoke {id} --dry-run")).succeeded().says("nothing was changed").json();
    assert_eq!(plan["dry_run"], true);
    assert_eq!(host.run("session list -o id").succeeded().stdout.lines().count(), 1);

    let before = host.revision();
    let ended = host.run(&format!("session revoke {id}")).succeeded().says("access: 1").says("consent list").json();
    assert_eq!((&ended["state"], ended["apps"].as_array().map(Vec::len)), (&json!("ended"), Some(1)));
    assert!(host.revision() > before);
    assert_eq!(host.run("session list").succeeded().json(), json!([]));
    assert_eq!(house.refresh("shop", &online.refresh)["error"], "invalid_grant");
    // A running server may keep an answer for a moment; a second is what it has.
    let is_refused = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        house.userinfo(&online.access) == 401
    });
    assert!(is_refused, "the server still takes the access token");
    assert!(house.refresh("mail", &offline.refresh)["access_token"].is_string(), "offline access outlives a session");
    host.run(&format!("session revoke {id}")).succeeded().says("had ended before");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_asks_and_spares_nothing() {
    let Some(house) = SignedIn::start() else { return };
    let (alice, bob) = (house.session("alice").await, house.session("bob").await);
    house.session("alice").await;
    let tokens = house.tokens(&alice, "mail", OFFLINE).await;
    let others = house.tokens(&bob, "shop", ONLINE).await;
    let code = house.code(&alice, "shop", OFFLINE).await;
    let host = &house.host;
    host.run("session revoke --user alice").ended(2).says("--yes");
    host.run("session revoke --user alice --dry-run -o table").succeeded().shows("mail").shows(&alice.0.id);
    assert_eq!(ids(&host.run("session list --user alice").succeeded().json()).len(), 2);
    let ended = host.run("session revoke --user alice --yes").succeeded().json();
    assert_eq!((&ended["sessions"], &ended["grants"]), (&json!(2), &json!(1)));
    assert_eq!(house.refresh("mail", &tokens.refresh)["error"], "invalid_grant");
    let redeemed = house.token(&[
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("client_id", "shop"),
        ("redirect_uri", "https://shop.example/cb"),
        ("code_verifier", super::signed_in::VERIFIER),
    ]);
    assert_eq!(redeemed["error"], "invalid_grant", "a code on its way is void, too");
    assert_eq!(ids(&host.run("session list").succeeded().json()), std::slice::from_ref(&bob.0.id));
    assert!(house.refresh("shop", &others.refresh)["access_token"].is_string());
}

#[test]
fn sessions_and_people_that_are_not_there_end_with_four() {
    let Some(host) = Host::initialised() else { return };
    for line in
        ["session show x", "session revoke x", "session list --user nobody", "session revoke --user nobody --yes"]
    {
        host.run(line).ended(4);
    }
    for line in ["session revoke", "session revoke x --user alice", "session list --limit 0", "session show"] {
        host.run(line).ended(2);
    }
    assert_eq!(host.run("session list -o table").succeeded().says("nobody is signed in").stdout, "");
    let chinese = host.with("LINGPAI_LANG", "zh-CN");
    chinese.run("session list -o table").succeeded().says("没有人登录");
    chinese.run("session show x").ended(4).says("没有编号为 x 的会话");
}
