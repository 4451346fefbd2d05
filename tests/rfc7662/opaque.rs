//! Opaque access tokens, per client: good wherever a JWT is good, ended by whatever ends a JWT.

use std::time::Duration;

use flow::TokenFormat;
use serde_json::json;
use testkit::{API, App, ISSUER, RelyingParty, at_hash};

use super::{active, api_of, assert_inactive, tokens};

/// The client of the tests, once its tokens are opaque; registered once, so that nothing is forgotten in between.
async fn opaque(app: &App, rp: RelyingParty) -> RelyingParty {
    app.set_client(rp.client_id(), |change| change.client.terms.access_token_format = TokenFormat::Opaque).await;
    rp
}

#[track_caller]
fn assert_opaque(token: &str) {
    assert!(token.starts_with("at_") && token.len() == 3 + 26 + 1 + 43, "{token}");
}

#[tokio::test]
async fn it_says_nothing_and_introspection_says_what_a_jwt_would() {
    let app = App::start().await;
    let rp = opaque(&app, app.rp().scope("openid profile api:read")).await;
    let tokens = tokens(&app, &rp).await;
    assert_opaque(&tokens.access_token);
    let id_token = app.verify(tokens.id_token()).await.claims;
    assert_eq!(id_token["at_hash"], at_hash("RS256", &tokens.access_token));
    let body = active(&rp.introspect(&tokens.access_token).await);
    let expected = json!({
        "active": true, "scope": "openid profile api:read", "client_id": "web", "username": "alice",
        "token_type": "Bearer", "exp": app.now().as_secs() + 600, "iat": app.now().as_secs(),
        "sub": app.user().await.id, "aud": [API, ISSUER], "iss": ISSUER, "jti": body["jti"], "sid": id_token["sid"],
        "auth_time": id_token["auth_time"], "acr": id_token["acr"], "amr": id_token["amr"],
    });
    assert_eq!(body, expected);
    assert!(!tokens.access_token.ends_with(body["jti"].as_str().unwrap()), "its name is not its secret");
}

#[tokio::test]
async fn code_refresh_and_client_credentials_give_it() {
    let app = App::start().await;
    let api = api_of(&app).await;
    let rp = opaque(&app, app.rp().scope("openid api:read")).await;
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).with("scope", "api:read").await.tokens();
    let own = opaque(&app, app.m2m()).await.client_credentials().await.tokens();
    for token in [&first.access_token, &second.access_token, &own.access_token] {
        assert_opaque(token);
        active(&api.introspect(token).await);
    }
    let narrow = active(&rp.introspect(&second.access_token).await);
    assert_eq!((&narrow["scope"], &narrow["aud"]), (&json!("api:read"), &json!(API)));
    let alone = active(&api.introspect(&own.access_token).await);
    assert_eq!((&alone["sub"], alone.get("sid")), (&json!("m2m"), None));
}

#[tokio::test]
async fn userinfo_takes_it() {
    let app = App::start().await;
    let rp = opaque(&app, app.rp()).await;
    let token = tokens(&app, &rp).await.access_token;
    assert_eq!(rp.userinfo(&token).await.assert_status(200).json()["sub"], app.user().await.id);
    rp.userinfo(&token.replacen("at_", "rt_", 1)).await.assert_status(401);
    rp.userinfo(&format!("{}A", &token[..token.len() - 1])).await.assert_status(401);
    let api_only = tokens(&app, &app.rp().scope("api:read")).await.access_token;
    rp.userinfo(&api_only).await.assert_status(401);
}

#[tokio::test]
async fn it_ends_with_time_and_is_swept() {
    let app = App::start().await;
    let rp = opaque(&app, app.rp()).await;
    let token = tokens(&app, &rp).await.access_token;
    app.advance(Duration::from_secs(599));
    rp.userinfo(&token).await.assert_status(200);
    assert_eq!(app.snapshot().await.rows("access_token").len(), 1);
    app.grants().sweep().await.unwrap();
    assert_eq!(app.snapshot().await.rows("access_token").len(), 1, "it lives");
    app.advance(Duration::from_secs(1));
    rp.userinfo(&token).await.assert_status(401);
    assert_inactive(&rp.introspect(&token).await, "expired");
    app.grants().sweep().await.unwrap();
    assert!(app.snapshot().await.rows("access_token").is_empty());
}

#[tokio::test]
async fn it_ends_with_its_family_its_session_and_its_epoch() {
    let app = App::start().await;
    let rp = opaque(&app, app.rp()).await;
    let by_family = tokens(&app, &rp).await;
    rp.userinfo(&by_family.access_token).await.assert_status(200);
    rp.revoke(by_family.refresh_token()).await.assert_status(200);
    rp.userinfo(&by_family.access_token).await.assert_status(401);
    let by_session = tokens(&app, &rp).await;
    rp.userinfo(&by_session.access_token).await.assert_status(200);
    let sid = app.verify(by_session.id_token()).await.claims["sid"].as_str().unwrap().to_owned();
    app.grants().end_session(&sid).await.unwrap();
    rp.userinfo(&by_session.access_token).await.assert_status(401);
    let by_epoch = tokens(&app, &rp).await;
    rp.userinfo(&by_epoch.access_token).await.assert_status(200);
    app.users().disable(&app.user().await.id).await.unwrap();
    app.users().enable(&app.user().await.id).await.unwrap();
    rp.userinfo(&by_epoch.access_token).await.assert_status(401);
}

#[tokio::test]
async fn the_database_holds_no_token() {
    let app = App::start().await;
    let token = tokens(&app, &opaque(&app, app.rp()).await).await.access_token;
    let (_, secret) = token.split_once('.').unwrap();
    assert!(!app.snapshot().await.to_text().contains(secret));
}

#[tokio::test]
async fn a_refused_grant_stores_none() {
    let app = App::start().await;
    let rp = opaque(&app, app.rp()).await;
    let before = app.snapshot().await;
    rp.exchange("code_x.y").await.assert_error(400, "invalid_grant");
    rp.refresh("rt_x.y").await.assert_error(400, "invalid_grant");
    app.snapshot().await.assert_same_as(&before);
}
