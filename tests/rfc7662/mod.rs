//! RFC 7662: OAuth 2.0 Token Introspection.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod callers;
mod databases;
mod ended;
mod opaque;

use std::time::Duration;

use flow::GrantName;
use grant_store::NewClient;
use serde_json::{Value, json};
use testkit::{API, App, ISSUER, RelyingParty, Reply, Tokens};

/// The whole answer about a token that is not good, whatever the reason.
const INACTIVE: &str = r#"{"active":false}"#;

/// Tokens of the person of the tests.
async fn tokens(app: &App, rp: &RelyingParty) -> Tokens {
    let code = app.browser().signed_in().authorize(rp).await.code();
    rp.exchange(code).await.tokens()
}

/// A resource server that answers for the API of the tests.
async fn api_of(app: &App) -> RelyingParty {
    resource_server(app, "orders-api", &[API]).await
}

async fn resource_server(app: &App, id: &str, audiences: &[&str]) -> RelyingParty {
    let mut client = NewClient { grant_types: vec![GrantName::ClientCredentials], ..NewClient::confidential(id) };
    client.terms.introspects = audiences.iter().map(|&audience| audience.to_owned()).collect();
    app.add_client(client).await
}

#[track_caller]
fn active(reply: &Reply) -> Value {
    let body = reply.assert_status(200).json();
    assert_eq!(body["active"], true, "{body}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    body
}

#[track_caller]
fn assert_inactive(reply: &Reply, what: &str) {
    reply.assert_status(200);
    assert_eq!(reply.text(), INACTIVE, "{what}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{what}");
}

#[tokio::test]
async fn a_token_of_a_person_is_described() {
    let app = App::start().await;
    let rp = app.rp().scope("openid profile api:read");
    let tokens = tokens(&app, &rp).await;
    let jwt = app.verify(&tokens.access_token).await.claims;
    let expected = json!({
        "active": true, "scope": "openid profile api:read", "client_id": "web", "username": "alice",
        "token_type": "Bearer", "exp": app.now().as_secs() + 600, "iat": app.now().as_secs(),
        "sub": app.user().await.id, "aud": [API, ISSUER], "iss": ISSUER, "jti": jwt["jti"], "sid": jwt["sid"],
        "auth_time": jwt["auth_time"], "acr": jwt["acr"], "amr": jwt["amr"],
    });
    assert_eq!(active(&rp.introspect(&tokens.access_token).await), expected);
}

#[tokio::test]
async fn a_token_of_a_client_alone_names_no_person() {
    let app = App::start().await;
    let tokens = app.m2m().client_credentials().await.tokens();
    let body = active(&app.m2m().introspect(&tokens.access_token).await);
    assert_eq!((&body["sub"], &body["client_id"], &body["aud"]), (&json!("m2m"), &json!("m2m"), &json!(API)));
    for personal in ["username", "sid", "auth_time", "acr", "amr"] {
        assert!(body.get(personal).is_none(), "{personal}");
    }
}

#[tokio::test]
async fn the_name_is_told_with_the_profile_only() {
    let app = App::start().await;
    let rp = app.rp().scope("openid api:read");
    let tokens = tokens(&app, &rp).await;
    assert!(active(&rp.introspect(&tokens.access_token).await).get("username").is_none());
}

#[tokio::test]
async fn a_refresh_token_is_described_to_its_client() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let body = active(&rp.introspect(first.refresh_token()).await);
    assert_eq!((&body["client_id"], &body["scope"]), (&json!("web"), &json!("openid profile email")));
    assert_eq!(body["exp"], app.now().as_secs() + 14 * 24 * 3600);
    assert!(body.get("token_type").is_none(), "RFC 6749 section 5.1 speaks of access tokens");
    // Looking spends nothing.
    let second = rp.refresh(first.refresh_token()).await.tokens();
    assert_inactive(&rp.introspect(first.refresh_token()).await, "a spent one");
    active(&rp.introspect(second.refresh_token()).await);
}

#[tokio::test]
async fn the_hint_is_only_a_hint() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = tokens(&app, &rp).await;
    for token in [&tokens.access_token, tokens.refresh_token()] {
        for hint in ["access_token", "refresh_token", "nonsense", ""] {
            active(&rp.introspect(token).with("token_type_hint", hint).await);
        }
    }
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_inactive() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = tokens(&app, &rp).await;
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let (head, signature) = tokens.access_token.rsplit_once('.').unwrap();
    let (_, payload) = head.split_once('.').unwrap();
    // {"alg":"none","typ":"at+jwt"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}.");
    let swapped = tokens.refresh_token().replacen("rt_", "at_", 1);
    let long = "x".repeat(8000);
    for (what, token) in [
        ("junk", "x"),
        ("no JWT", "a.b.c"),
        ("an ID token", tokens.id_token()),
        ("a code", &code),
        ("alg none", &none),
        ("a cut signature", &format!("{head}.{}", &signature[1..])),
        ("no signature", head),
        ("another kind", &swapped),
        ("something long", &long),
        ("a selector", "at_00000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("something else", "令牌"),
    ] {
        assert_inactive(&rp.introspect(token).await, what);
    }
}

#[tokio::test]
async fn a_token_ends_after_ten_minutes() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = tokens(&app, &rp).await;
    active(&rp.introspect(&tokens.access_token).await);
    app.advance(Duration::from_secs(599));
    active(&rp.introspect(&tokens.access_token).await);
    app.advance(Duration::from_secs(11));
    assert_inactive(&rp.introspect(&tokens.access_token).await, "expired");
}
