//! RFC 9068: JSON Web Token Profile for OAuth 2.0 Access Tokens.

use serde_json::json;
use testkit::{API, App, ISSUER, Jwt, RelyingParty, WEB};

async fn access_token(app: &App, rp: &RelyingParty) -> Jwt {
    let code = app.browser().signed_in().authorize(rp).await.code();
    app.verify(&rp.exchange(code).await.tokens().access_token).await
}

#[tokio::test]
async fn the_claims_are_those_of_the_profile() {
    let app = App::start().await;
    let jwt = access_token(&app, &app.rp().scope("openid api:read")).await;
    let now = app.now().as_secs();
    assert_eq!(jwt.header["typ"], "at+jwt");
    assert_eq!(jwt.header["alg"], "ES256");
    assert_eq!(jwt.claims["iss"], ISSUER);
    assert_eq!(jwt.claims["sub"], app.user().await.id);
    assert_eq!(jwt.claims["client_id"], WEB);
    assert_eq!(jwt.claims["aud"], json!([API, ISSUER]));
    assert_eq!(jwt.claims["scope"], "openid api:read");
    assert_eq!((&jwt.claims["iat"], &jwt.claims["exp"]), (&json!(now), &json!(now + 600)));
    assert_eq!(jwt.claims["auth_time"], now);
    assert_eq!(jwt.claims["amr"], json!(["pwd"]));
    assert!(jwt.claims["jti"].as_str().is_some_and(|jti| jti.len() >= 16));
}

#[tokio::test]
async fn the_header_offers_no_key_of_its_own() {
    let app = App::start().await;
    let jwt = access_token(&app, &app.rp()).await;
    let mut names: Vec<_> = jwt.header.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["alg", "kid", "typ"]);
}

#[tokio::test]
async fn the_audience_is_never_the_client() {
    let app = App::start().await;
    for scope in ["openid", "api:read", "openid api:read api:write"] {
        let jwt = access_token(&app, &app.rp().scope(scope)).await;
        let audience = jwt.claims["aud"].to_string();
        assert!(!audience.contains(&format!("\"{WEB}\"")), "{audience}");
        assert_eq!(audience.contains(API), scope.contains("api:"), "{audience}");
        assert_eq!(audience.contains(ISSUER), scope.contains("openid"), "{audience}");
    }
}

#[tokio::test]
async fn nothing_personal_stands_in_it() {
    let app = App::start().await;
    let jwt = access_token(&app, &app.rp().scope("openid profile email address phone")).await;
    let text = jwt.claims.to_string();
    for personal in ["alice", "people.example", "Long Street", "+86138"] {
        assert!(!text.contains(personal), "{text}");
    }
}

#[tokio::test]
async fn a_client_may_be_registered_for_rs256() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.access_token_alg = protocol::Alg::Rs256);
    assert_eq!(access_token(&app, &rp).await.header["alg"], "RS256");
}

#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let app = App::start().await;
    let rp = app.rp();
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let tokens = rp.exchange(code).await.tokens();
    let reply = rp.userinfo(tokens.id_token()).await;
    reply.assert_status(401);
    assert!(reply.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn an_altered_token_is_refused() {
    let app = App::start().await;
    let rp = app.rp();
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let token = rp.exchange(code).await.tokens().access_token;
    let parts: Vec<&str> = token.split('.').collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    for altered in [
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.{}=", parts[0], parts[1], parts[2]),
        format!("{token}.x"),
        format!("{}.{}.{}", parts[0], parts[1].replacen('e', "f", 1), parts[2]),
        "x".to_owned(),
        "..".to_owned(),
        "a".repeat(9000),
    ] {
        rp.userinfo(&altered).await.assert_status(401);
    }
    rp.userinfo(&token).await.assert_status(200);
}
