//! The ID token. OpenID Connect Core §2, §3.1.3.3, §3.1.3.6, §12.2.

use std::time::Duration;

use serde_json::json;
use testkit::{App, ISSUER, Jwt, NONCE, RelyingParty, Tokens, WEB, at_hash};

async fn tokens(app: &App, rp: &RelyingParty) -> Tokens {
    let code = app.browser().signed_in().authorize(rp).await.code();
    rp.exchange(code).await.tokens()
}

async fn id_token(app: &App, rp: &RelyingParty) -> Jwt {
    app.verify(tokens(app, rp).await.id_token()).await
}

#[tokio::test]
async fn it_says_who_signed_in_where_when_and_how() {
    let app = App::start().await;
    let jwt = id_token(&app, &app.rp()).await;
    let now = app.now().as_secs();
    assert_eq!(jwt.header["alg"], "RS256");
    assert_eq!(jwt.claims["iss"], ISSUER);
    assert_eq!(jwt.claims["sub"], app.user().await.id);
    assert_eq!(jwt.claims["aud"], WEB);
    assert_eq!(jwt.claims["nonce"], NONCE);
    assert_eq!((&jwt.claims["iat"], &jwt.claims["exp"]), (&json!(now), &json!(now + 600)));
    assert_eq!(jwt.claims["auth_time"], now);
    assert_eq!(jwt.claims["amr"], json!(["pwd"]));
    assert!(jwt.claims["acr"].as_str().is_some_and(|acr| !acr.is_empty()));
    assert!(jwt.claims["sid"].as_str().is_some_and(|sid| !sid.is_empty()));
}

#[tokio::test]
async fn it_holds_no_other_claims() {
    let app = App::start().await;
    let jwt = id_token(&app, &app.rp().scope("openid profile email address phone")).await;
    for name in jwt.claims.as_object().unwrap().keys() {
        let known = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid"];
        assert!(known.contains(&name.as_str()), "{name}");
    }
}

#[tokio::test]
async fn at_hash_binds_the_access_token() {
    let app = App::start().await;
    for alg in [protocol::Alg::Rs256, protocol::Alg::Es256] {
        let rp = app.rp().registered(move |change| change.client.id_token_alg = alg);
        let tokens = tokens(&app, &rp).await;
        let jwt = app.verify(tokens.id_token()).await;
        assert_eq!(jwt.header["alg"], alg.as_str());
        assert_eq!(jwt.claims["at_hash"], at_hash(alg.as_str(), &tokens.access_token));
    }
}

#[tokio::test]
async fn the_nonce_is_that_of_the_request_exactly() {
    let app = App::start().await;
    for nonce in ["令牌 & \"<nonce>\"", "x", &"n".repeat(2048)] {
        assert_eq!(id_token(&app, &app.rp().with("nonce", nonce)).await.claims["nonce"], nonce);
    }
    assert!(id_token(&app, &app.rp().without("nonce")).await.claims.get("nonce").is_none());
}

#[tokio::test]
async fn two_codes_of_one_browser_keep_their_nonces() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    let (one, two) = (app.rp().with("nonce", "one"), app.rp().with("nonce", "two"));
    let (first, second) = (browser.authorize(&one).await.code(), browser.authorize(&two).await.code());
    for (code, nonce) in [(second, "two"), (first, "one")] {
        let tokens = app.rp().exchange(code).await.tokens();
        assert_eq!(app.verify(tokens.id_token()).await.claims["nonce"], nonce);
    }
}

#[tokio::test]
async fn auth_time_is_the_sign_in_and_not_the_issue() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    let signed_in_at = app.now().as_secs();
    browser.authorize(app.rp()).await.code();
    app.advance(Duration::from_secs(1000));
    let code = browser.authorize(app.rp()).await.code();
    let tokens = app.rp().exchange(code).await.tokens();
    let jwt = app.verify(tokens.id_token()).await;
    assert_eq!(jwt.claims["auth_time"], signed_in_at);
    assert_eq!(jwt.claims["iat"], signed_in_at + 1000);
}

#[tokio::test]
async fn a_refreshed_one_keeps_person_and_sign_in_and_has_no_nonce() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    app.advance(Duration::from_secs(700));
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let (old, new) = (Jwt::unverified(first.id_token()), app.verify(second.id_token()).await);
    for same in ["iss", "sub", "aud", "auth_time", "azp", "acr", "amr", "sid"] {
        assert_eq!(old.claims[same], new.claims[same], "{same}");
    }
    assert_eq!(new.claims["iat"], app.now().as_secs());
    assert!(new.claims.get("nonce").is_none());
    assert_eq!(new.claims["at_hash"], at_hash("RS256", &second.access_token));
}

#[tokio::test]
async fn a_refresh_for_fewer_scopes_without_openid_brings_none() {
    let app = App::start().await;
    let rp = app.rp().scope("openid api:read");
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).with("scope", "api:read").await.tokens();
    assert_eq!(second.id_token, None);
}

#[tokio::test]
async fn sid_is_one_per_session_and_not_the_cookie() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    let mut sids = Vec::new();
    for _ in 0..2 {
        let code = browser.authorize(app.rp()).await.code();
        let jwt = app.verify(app.rp().exchange(code).await.tokens().id_token()).await;
        sids.push(jwt.claims["sid"].as_str().unwrap().to_owned());
    }
    assert_eq!(sids[0], sids[1]);
    let other = id_token(&app, &app.rp()).await;
    assert_ne!(other.claims["sid"], sids[0]);
    assert_ne!(browser.jar().value("session"), Some(sids[0].as_str()));
}
