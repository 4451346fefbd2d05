//! One test for each module of the certification's logout plan.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use testkit::{App, ISSUER, Jwt};

use super::{BYE, House, STATE, assert_asks_and_leads_nowhere, assert_told_signed_out};

#[tokio::test]
async fn discovery_endpoint_verification() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["end_session_endpoint"], format!("{ISSUER}/logout"));
    assert!(ISSUER.starts_with("https://"));
}

#[tokio::test]
async fn oidcc_rp_initiated_logout() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let landing = house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE), ("state", STATE)]).await;
    assert!(landing.has_left);
    let pairs: Vec<_> = landing.url.query_pairs().into_owned().collect();
    assert_eq!(pairs, [("state".to_owned(), STATE.to_owned())]);
    assert_eq!(landing.url.as_str().split('?').next(), Some(BYE));
    house.assert_signed_out().await;
}

#[tokio::test]
async fn no_state() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let landing = house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    assert!(landing.has_left);
    assert_eq!(landing.url.as_str(), BYE);
    house.assert_signed_out().await;
}

#[tokio::test]
async fn bad_post_logout_redirect_uri() {
    for bad in ["https://evil.example/bye", "https://app.example/", "https://app.example/cb", "javascript:alert(1)"] {
        let mut house = House::build().await;
        let hint = house.tokens.id_token().to_owned();
        let landing =
            house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", bad), ("state", "s")]).await;
        assert_told_signed_out(&landing);
        assert!(!landing.reply.text().contains("evil") && !landing.url.as_str().contains("evil"), "{}", landing.url);
        house.assert_signed_out().await;
    }
}

#[tokio::test]
async fn query_added_to_post_logout_redirect_uri() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let bent = format!("{BYE}?foo=bar");
    let landing = house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", &bent), ("state", "s")]).await;
    assert_told_signed_out(&landing);
    house.assert_signed_out().await;
}

#[tokio::test]
async fn modified_id_token_hint() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let mut parts = hint.split('.');
    let (header, payload, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let mut claims = Jwt::unverified(&hint).claims;
    claims["nonce"] = json!("another");
    let other = URL_SAFE_NO_PAD.encode(claims.to_string());
    for bent in [
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{header}.{other}.{signature}"),
        format!("{header}.{payload}."),
    ] {
        let landing =
            house.logout(&[("id_token_hint", &bent), ("post_logout_redirect_uri", BYE), ("state", "s")]).await;
        assert_asks_and_leads_nowhere(&landing);
        assert!(house.is_signed_in().await);
        // Nor is the registered address believed when the client is named beside a bad hint.
        let landing =
            house.logout(&[("id_token_hint", &bent), ("client_id", "web"), ("post_logout_redirect_uri", BYE)]).await;
        assert_asks_and_leads_nowhere(&landing);
    }
}

#[tokio::test]
async fn bad_id_token_hint() {
    let mut house = House::build().await;
    let jwt = Jwt::unverified(house.tokens.id_token());
    let mut claims = jwt.claims.clone();
    claims["iss"] = json!("web");
    let secret = testkit::fixture::secret_of("web");
    let sign = |claims: &Value| {
        let header = Header { kid: jwt.header["kid"].as_str().map(str::to_owned), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
    };
    for bad in [sign(&claims), sign(&jwt.claims), house.tokens.access_token.clone(), "x".to_owned()] {
        let landing = house.logout(&[("id_token_hint", &bad), ("post_logout_redirect_uri", BYE), ("state", "s")]).await;
        assert_asks_and_leads_nowhere(&landing);
        assert!(house.is_signed_in().await);
    }
    // The person may sign out all the same, and stays here.
    let page = house.logout(&[("id_token_hint", "x"), ("post_logout_redirect_uri", BYE)]).await;
    let done = house.browser.press(&page, "logout-confirm").await;
    assert_told_signed_out(&done);
    house.assert_signed_out().await;
}

#[tokio::test]
async fn no_id_token_hint() {
    let mut house = House::build().await;
    let page = house.logout(&[("post_logout_redirect_uri", BYE), ("state", "s")]).await;
    assert_asks_and_leads_nowhere(&page);
    assert!(house.is_signed_in().await);
    let done = house.browser.press(&page, "logout-confirm").await;
    assert_told_signed_out(&done);
    house.assert_signed_out().await;
}

#[tokio::test]
async fn no_params() {
    let mut house = House::build().await;
    let page = house.browser.visit("/logout").await;
    assert_asks_and_leads_nowhere(&page);
    assert!(house.is_signed_in().await);
    let done = house.browser.press(&page, "logout-confirm").await;
    assert_told_signed_out(&done);
    house.assert_signed_out().await;
}

#[tokio::test]
async fn no_post_logout_redirect_uri() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let landing = house.logout(&[("id_token_hint", &hint), ("state", "s")]).await;
    assert_told_signed_out(&landing);
    assert_eq!(landing.url.query(), None, "the hint does not stay in the address");
    house.assert_signed_out().await;
}

#[tokio::test]
async fn only_state() {
    let mut house = House::build().await;
    let page = house.logout(&[("state", "s")]).await;
    assert_asks_and_leads_nowhere(&page);
    let done = house.browser.press(&page, "logout-confirm").await;
    assert_told_signed_out(&done);
    house.assert_signed_out().await;
}
