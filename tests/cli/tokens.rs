//! `lingpai token`: decode, verify, introspect, revoke; a token never is an argument.

use platform::clock::{Clock as _, SystemClock};
use platform::secret::{Kind, StoredSecret};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::host::Answer;
use super::signed_in::{OFFLINE, ONLINE};
use super::{Host, SignedIn};

/// The first check that failed, and why.
fn failing(answer: &Answer) -> (String, String) {
    let json = answer.json();
    let failed = json["checks"].as_array().unwrap().iter().find(|check| check["passed"] == false).unwrap().clone();
    (failed["check"].as_str().unwrap().to_owned(), failed["reason"].as_str().unwrap().to_owned())
}

fn reason(check: &str, reason: &str) -> (String, String) {
    (check.to_owned(), reason.to_owned())
}

#[test]
fn a_token_never_is_an_argument() {
    let Some(host) = Host::empty() else { return };
    let token = "eyJhbGciOiJub25lIn0.e30.AA";
    for verb in ["decode", "verify", "introspect", "revoke"] {
        let answer = host.run(&format!("token {verb} {token}")).ended(2).says("--file");
        assert!(!answer.stderr.contains("eyJ") && !answer.stdout.contains("eyJ"), "{answer:#?}");
        host.run(&format!("token {verb}")).ended(2).says("--file");
        host.run(&format!("token {verb} -")).ended(2).says("no token");
        host.run(&format!("token {verb} - --file x")).ended(2);
        host.run(&format!("token {verb} --file nowhere.txt")).ended(1);
    }
}

#[test]
fn decoding_needs_nothing_and_believes_nothing() {
    let Some(host) = Host::empty() else { return };
    // RFC 7515 appendix A.3, unsigned and with a terminal's escape in it.
    let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLCJqdGkiOiJcdTAwMWJbMm0iLCJleHAiOjEzMDA4MTkzODB9.AA";
    let decoded = host.run_with("token decode -", token).succeeded().says("nothing was verified");
    let json = decoded.json();
    assert_eq!((&json["verified"], &json["header"]["alg"]), (&json!(false), &json!("none")));
    assert_eq!((&json["claims"]["iss"], &json["claims"]["exp"]), (&json!("joe"), &json!(1_300_819_380)));
    for form in ["table", "id"] {
        let shown = host.run_with(&format!("token decode - -o {form}"), token).succeeded().stdout;
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
    host.run_with("token decode - -o table", token).succeeded().shows("2011-03-22T18:43:00Z");
    host.run_with("token decode -", "nonsense").ended(1).says("no JSON web token");
    host.run_with("token decode -", "rt_0123.secret").ended(1).says("token introspect");
    host.write("token.txt", &format!("{token}\n"));
    assert_eq!(host.run("token decode --file token.txt").succeeded().json()["claims"]["iss"], "joe");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_of_a_token_is_said_by_name() {
    let Some(house) = SignedIn::start() else { return };
    let alice = house.session("alice").await;
    let tokens = house.tokens(&alice, "shop", ONLINE).await;
    let host = &house.host;
    let verify = |token: &str| host.run_with("token verify -", token);
    for (token, kind, checks) in
        [(&tokens.access, "access_token", 8), (&tokens.id, "id_token", 8), (&tokens.refresh, "refresh_token", 3)]
    {
        let json = verify(token).succeeded().json();
        assert_eq!((&json["valid"], &json["kind"]), (&json!(true), &json!(kind)));
        assert_eq!(json["checks"].as_array().unwrap().len(), checks, "{json:#}");
    }
    let table = host.run_with("token verify - -o table", &tokens.access).succeeded().stdout;
    assert!(table.contains("✓") && !table.contains("✗"), "{table}");

    let (signed, signature) = tokens.access.rsplit_once('.').unwrap();
    let other = tokens.id.rsplit_once('.').unwrap().0;
    assert_eq!(failing(&verify(&format!("{other}.{signature}")).ended(8)).0, "signature");
    assert_eq!(failing(&verify(&format!("{signed}.AAAA")).ended(8)).0, "signature");
    assert_eq!(failing(&verify("nonsense").ended(8)).0, "form");
    assert_eq!(failing(&verify("eyJhbGciOiJub25lIn0.e30.AA").ended(8)).0, "type");
    assert_eq!(failing(&verify(&format!("{}x", tokens.refresh)).ended(8)).0, "stored");
    let elsewhere = host.run_with("token verify - --audience https://else.example", &tokens.access).ended(8);
    assert_eq!(failing(&elsewhere).0, "audience");
    host.run_with("token verify - --audience https://id.example.com", &tokens.access).succeeded();
    host.run_with("token verify - --audience shop", &tokens.id).succeeded();
    // Not verified is not judged: a forged token is told nothing of what stands.
    assert!(verify(&format!("{signed}.AAAA")).json()["checks"].as_array().unwrap().len() < 8);
    house.host.run_with("token verify -", "code_0123.abc").ended(2).says("no token");
    let chinese = house.host.with("LINGPAI_LANG", "zh-CN");
    chinese.run_with("token verify - -o table", "nonsense").ended(8).shows("不是令牌");
}

#[tokio::test(flavor = "multi_thread")]
async fn introspection_says_what_stands_behind_a_token_and_why_nothing_does() {
    let Some(house) = SignedIn::start() else { return };
    let alice = house.session("alice").await;
    let tokens = house.tokens(&alice, "shop", ONLINE).await;
    let introspect = |token: &str| house.host.run_with("token introspect -", token).succeeded().json();
    let active = introspect(&tokens.access);
    assert_eq!((&active["active"], &active["client_id"]), (&json!(true), &json!("shop")));
    assert_eq!((&active["token_type"], &active["sub"]), (&json!("Bearer"), &json!(alice.0.user_id)));
    let refresh = introspect(&tokens.refresh);
    assert_eq!((&refresh["active"], &refresh["scope"]), (&json!(true), &json!(ONLINE)));
    let successor = house.refresh("shop", &tokens.refresh)["refresh_token"].as_str().unwrap().to_owned();
    let spent = introspect(&tokens.refresh);
    assert_eq!((&spent["active"], &spent["reason"]), (&json!(false), &json!("Spent")));
    assert_eq!(introspect(&successor)["active"], true, "a look spends nothing");
    house.host.run(&format!("session revoke {}", alice.0.id)).succeeded();
    for (token, why) in [(&tokens.access, "FamilyRevoked"), (&tokens.id, "SessionEnded"), (&successor, "Revoked")] {
        let json = introspect(token);
        assert_eq!((&json["active"], &json["reason"]), (&json!(false), &json!(why)));
        assert_eq!(json.get("sub"), None, "{json:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_refresh_token_takes_its_grant_along_and_an_access_token_goes_alone() {
    let Some(house) = SignedIn::start() else { return };
    let alice = house.session("alice").await;
    let (leaked, kept) = (house.tokens(&alice, "mail", OFFLINE).await, house.tokens(&alice, "shop", ONLINE).await);
    let host = &house.host;
    let revoke = |token: &str| host.run_with("token revoke -", token);
    let verify = |token: &str| host.run_with("token verify -", token);
    host.run_with("token revoke - --dry-run", &leaked.refresh).succeeded().says("nothing was changed");
    verify(&leaked.refresh).succeeded();
    let before = host.revision();
    assert_eq!(revoke(&leaked.refresh).succeeded().says("every token").json()["revoked"], true);
    assert!(host.revision() > before);
    assert_eq!(house.refresh("mail", &leaked.refresh)["error"], "invalid_grant");
    assert_eq!(failing(&verify(&leaked.access).ended(8)), reason("standing", "FamilyRevoked"));
    assert_eq!(revoke(&leaked.refresh).succeeded().json()["revoked"], false);

    assert_eq!(revoke(&kept.access).succeeded().json()["revoked"], true);
    assert_eq!(failing(&verify(&kept.access).ended(8)), reason("standing", "Revoked"));
    assert_eq!(revoke(&kept.access).succeeded().json()["revoked"], false);
    assert!(house.refresh("shop", &kept.refresh)["access_token"].is_string(), "its grant lives on");

    revoke(&kept.id).ended(2).says("lingpai session revoke");
    revoke("nonsense").ended(4).says("lingpai token verify");
    revoke(&format!("{}x", kept.refresh)).ended(4);
    let forged = format!("{}.AAAA", kept.access.rsplit_once('.').unwrap().0);
    revoke(&forged).ended(4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_is_looked_up_and_removed() {
    let Some(house) = SignedIn::start() else { return };
    let secret = StoredSecret::generate(Kind::AccessToken, SystemClock.now());
    let now = SystemClock.now().as_millis();
    let (selector, digest, end) = (&secret.selector, &secret.digest, now + 600_000);
    let db = house.db().await;
    let insert = format!(
        "INSERT INTO access_token (id, secret_digest, client_id, subject, scopes, audience, created_at_ms, expires_at_ms) \
         VALUES ('{selector}', '{digest}', 'shop', 'shop', 'api:read', '[\"https://api.example\"]', {now}, {end})"
    );
    db.raw().execute_unprepared(&insert).await.unwrap();
    db.close().await;
    let (host, token) = (&house.host, secret.presented.expose());
    let run = |line: &str| host.run_with(line, token);
    let active: Value = run("token introspect -").succeeded().json();
    assert_eq!((&active["active"], &active["scope"]), (&json!(true), &json!("api:read")));
    assert_eq!(failing(&run("token verify - --audience https://else.example").ended(8)).0, "audience");
    host.run("client set shop --disable").succeeded();
    assert_eq!(failing(&run("token verify -").ended(8)), reason("standing", "ClientDisabled"));
    host.run("client set shop --enable").succeeded();
    assert_eq!(run("token revoke -").succeeded().json()["revoked"], true);
    assert_eq!(failing(&run("token verify -").ended(8)).0, "stored");
    run("token revoke -").ended(4);
}
