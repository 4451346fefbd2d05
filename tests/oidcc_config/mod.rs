//! What the certification of a Config OpenID provider asks, row by row: each test is called like its module, without the
//! prefix `oidcc-`. Rows about dynamic registration, `jwks_uri` and request objects by reference do not apply.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

use std::time::Duration;

use flow::{AssertionAudience, ClientAuthMethod};
use protocol::{Alg, RedirectUri};
use serde_json::{Value, json};
use testkit::{App, ClientKey, ISSUER, RelyingParty, Tokens, WEB};

const DISCOVERY: &str = "/.well-known/openid-configuration";

async fn sign_in(app: &App, rp: &RelyingParty) -> Tokens {
    let code = app.browser().signed_in().authorize(rp).await.code();
    rp.exchange(code).await.tokens()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// The client `web` with a key of RS256 without a name, as the suite brings it.
async fn by_key(app: &App, audience: AssertionAudience) -> ClientKey {
    let key = ClientKey::generate("RS256");
    let mut jwk = key.jwk("");
    jwk.as_object_mut().unwrap().remove("kid");
    let jwks = serde_json::from_value(json!({ "keys": [jwk] })).unwrap();
    app.set_client(WEB, |change| {
        change.client.auth_method = ClientAuthMethod::PrivateKeyJwt;
        change.client.terms.assertion_audience = audience;
        change.client.terms.jwks = jwks;
    })
    .await;
    key
}

fn assertion(app: &App, key: &ClientKey, aud: &str) -> String {
    let now = app.now().as_secs();
    let claims = json!({ "iss": WEB, "sub": WEB, "aud": aud, "jti": "j1", "iat": now, "exp": now + 60 });
    key.sign(&json!({ "alg": "RS256" }), &claims)
}

#[tokio::test]
async fn discovery_endpoint_verification() {
    let app = App::start().await;
    let reply = app.get(DISCOVERY).await;
    assert_eq!(reply.assert_status(200).header("content-type"), Some("application/json"));
    let metadata = reply.json();
    assert_eq!(metadata["issuer"], ISSUER);
    assert!(ISSUER.starts_with("https://") && !ISSUER.contains(['?', '#', '@']));
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().is_some_and(|url| url.starts_with("https://")), "{name}");
        } else if name.ends_with("_supported") && !value.is_boolean() {
            assert!(!texts(value).is_empty() || name == "acr_values_supported", "{name}");
        }
    }
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        assert!(metadata[name].is_string(), "{name}");
    }
    assert!(texts(&metadata["response_types_supported"]).contains(&"code"));
    assert!(texts(&metadata["grant_types_supported"]).contains(&"authorization_code"));
    assert!(texts(&metadata["subject_types_supported"]).iter().all(|kind| ["public", "pairwise"].contains(kind)));
    assert!(texts(&metadata["id_token_signing_alg_values_supported"]).contains(&"RS256"));
    assert!(texts(&metadata["userinfo_signing_alg_values_supported"]).contains(&"RS256"));
    assert!(texts(&metadata["scopes_supported"]).contains(&"openid"));
    assert!(
        texts(&metadata["code_challenge_methods_supported"]).iter().all(|method| ["S256", "plain"].contains(method))
    );
    assert!(texts(&metadata["claims_supported"]).contains(&"sub"));
    assert!(texts(&metadata["token_endpoint_auth_methods_supported"]).contains(&"private_key_jwt"));
    assert_eq!(texts(&metadata["ui_locales_supported"]), ["en", "zh-CN"]);
    for name in ["request_parameter_supported", "request_uri_parameter_supported", "claims_parameter_supported"] {
        assert!(metadata[name].is_boolean(), "{name}");
    }
}

#[tokio::test]
async fn server() {
    let app = App::start().await;
    // The suite names the token endpoint in `aud`.
    let key = by_key(&app, AssertionAudience::TokenEndpoint).await;
    let code = app.browser().signed_in().authorize(app.rp()).await.code();
    let assertion = assertion(&app, &key, &format!("{ISSUER}/token"));
    let tokens = app.rp().exchange(code).by_assertion(&assertion).await.tokens();
    assert_eq!(app.verify(tokens.id_token()).await.claims["aud"], WEB);
    app.rp().userinfo(&tokens.access_token).await.assert_status(200);
}

#[tokio::test]
async fn ensure_client_assertion_with_iss_aud_succeeds() {
    for audience in [AssertionAudience::Issuer, AssertionAudience::Any] {
        let app = App::start().await;
        let key = by_key(&app, audience).await;
        let code = app.browser().signed_in().authorize(app.rp()).await.code();
        app.rp().exchange(code).by_assertion(&assertion(&app, &key, ISSUER)).await.tokens();
    }
}

#[tokio::test]
async fn idtoken_rs256() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.id_token_alg = Alg::Rs256);
    let jwt = app.verify(sign_in(&app, &rp).await.id_token()).await;
    assert_eq!(jwt.header["alg"], "RS256");
    assert!(jwt.header["kid"].is_string());
}

#[tokio::test]
async fn idtoken_unsigned() {
    let app = App::start().await;
    // Not offered, so the suite skips it.
    let metadata = app.get(DISCOVERY).await.json();
    assert!(!texts(&metadata["id_token_signing_alg_values_supported"]).contains(&"none"));
    assert!("none".parse::<Alg>().is_err());
}

#[tokio::test]
async fn userinfo_rs256() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.terms.userinfo_alg = Some(Alg::Rs256));
    let tokens = sign_in(&app, &rp).await;
    let reply = rp.userinfo(&tokens.access_token).await;
    assert_eq!(reply.assert_status(200).header("content-type"), Some("application/jwt"));
    let jwt = app.verify(reply.text()).await;
    assert_eq!(jwt.header["alg"], "RS256");
    assert_eq!((&jwt.claims["iss"], &jwt.claims["aud"]), (&json!(ISSUER), &json!(WEB)));
    assert!(jwt.claims.get("nonce").is_none());
    assert_eq!(jwt.claims["sub"], app.verify(tokens.id_token()).await.claims["sub"]);
}

/// The client `web` with these redirect URIs.
fn redirecting(app: &App, uris: &'static [&'static str]) -> RelyingParty {
    app.rp().registered(move |change| {
        change.client.redirect_uris = uris.iter().map(|uri| RedirectUri::new(uri).unwrap()).collect();
    })
}

#[tokio::test]
async fn ensure_redirect_uri_in_authorization_request() {
    let app = App::start().await;
    let rp = redirecting(&app, &["https://app.example/cb", "https://app.example/cb2"]).without("redirect_uri");
    let landing = app.browser().signed_in().authorize(&rp).await;
    landing.assert_page(400, "/authorize");
}

const WITH_QUERY: &[&str] = &["https://app.example/cb?foo=bar&baz=%20"];

#[tokio::test]
async fn redirect_uri_query_ok() {
    let app = App::start().await;
    let rp = redirecting(&app, WITH_QUERY).with("redirect_uri", WITH_QUERY[0]);
    let landing = app.browser().signed_in().authorize(&rp).await;
    assert!(landing.url.as_str().starts_with("https://app.example/cb?foo=bar&baz=%20&"), "{}", landing.url);
    rp.exchange(landing.code()).await.tokens();
}

#[tokio::test]
async fn redirect_uri_query_mismatch() {
    let app = App::start().await;
    for uri in ["https://app.example/cb?foo=other", "https://app.example/cb", "https://app.example/cb?baz=%20&foo=bar"]
    {
        let rp = redirecting(&app, WITH_QUERY).with("redirect_uri", uri);
        app.browser().signed_in().authorize(&rp).await.assert_page(400, "/authorize");
    }
}

#[tokio::test]
async fn redirect_uri_query_added() {
    let app = App::start().await;
    let rp = app.rp().with("redirect_uri", "https://app.example/cb?foo=bar");
    app.browser().signed_in().authorize(&rp).await.assert_page(400, "/authorize");
}

#[test]
fn redirect_uri_regfrag() {
    assert!(RedirectUri::new("https://app.example/cb#fragment").is_err());
    assert!(RedirectUri::new("https://app.example/cb#").is_err());
    assert!(RedirectUri::new("https://app.example/cb").is_ok());
}

#[tokio::test]
async fn request_uri_unsigned() {
    let app = App::start().await;
    // Not offered, so the suite skips it; asked for all the same, it is refused by its own code.
    assert_eq!(app.get(DISCOVERY).await.json()["request_uri_parameter_supported"], false);
    let rp = app.rp().with("request_uri", "https://app.example/request.jwt");
    let landing = app.browser().signed_in().authorize(&rp).await;
    assert_eq!(landing.param("error").as_deref(), Some("request_uri_not_supported"));
}

#[tokio::test]
async fn ensure_request_object_with_redirect_uri() {
    let app = App::start().await;
    // The query's redirect URI is bad, so nothing is sent anywhere, whatever the object says.
    let rp = app.rp().with("request", "e30.e30.").with("redirect_uri", "https://evil.example/cb");
    app.browser().signed_in().authorize(&rp).await.assert_page(400, "/authorize");
}

#[tokio::test]
async fn server_rotate_keys() {
    let app = App::start().await;
    let keys = async || -> Vec<(String, String)> {
        let jwks = app.jwks().await;
        let member = |key: &Value, name: &str| key[name].as_str().unwrap_or_default().to_owned();
        let keys = jwks["keys"].as_array().unwrap();
        keys.iter().map(|key| (member(key, "kid"), member(key, "n") + &member(key, "x"))).collect()
    };
    let before = keys().await;
    let token = sign_in(&app, &app.rp()).await;
    app.keys().rotate(Alg::Es256, true).await.unwrap();
    let after = keys().await;
    let fresh: Vec<_> = after.iter().filter(|key| !before.contains(key)).collect();
    assert_eq!(fresh.len(), 1, "a new kid and new material");
    assert!(before.iter().all(|(kid, material)| *kid != fresh[0].0 && *material != fresh[0].1));
    assert!(before.iter().all(|key| after.contains(key)), "the old key stays until its last token has expired");
    app.rp().userinfo(&token.access_token).await.assert_status(200);
    let next = sign_in(&app, &app.rp()).await;
    assert_eq!(app.verify(&next.access_token).await.header["kid"], fresh[0].0);
    let kid = app.verify(&token.access_token).await.header["kid"].clone();
    app.advance(Duration::from_hours(25));
    app.keys().advance().await.unwrap();
    assert!(keys().await.iter().all(|(own, _)| kid != own.as_str()), "then it goes");
}
