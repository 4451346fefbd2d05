//! RFC 8707: Resource Indicators for OAuth 2.0.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

use flow::{ApiScope, ResourceServer};
use serde_json::{Value, json};
use testkit::{API, App, ISSUER, Jwt, OTHER_USER, RelyingParty, Tokens};

/// A second API, with a scope of its own.
const MAIL: &str = "https://mail.example/v1";

async fn start() -> App {
    let app = App::start().await;
    let scope =
        |name: &str, en: &str| ApiScope { name: name.into(), en: en.into(), zh_cn: "邮件".into(), max_ttl: None };
    let scopes = vec![scope("mail:read", "Read your mail")];
    let mail = ResourceServer { audience: MAIL.to_owned(), name: "Mail".to_owned(), scopes };
    app.grants().upsert_api(mail).await.unwrap();
    for id in ["web", "m2m"] {
        app.set_client(id, |change| assert!(change.client.scopes.insert("mail:read"))).await;
    }
    app
}

fn both(rp: RelyingParty) -> RelyingParty {
    rp.scope("openid api:read mail:read")
}

async fn code(app: &App, rp: &RelyingParty) -> String {
    app.browser().signed_in().authorize(rp).await.code()
}

/// The audiences and the scopes of an access token.
fn aim(tokens: &Tokens) -> (Value, String) {
    let claims = Jwt::unverified(&tokens.access_token).claims;
    assert_eq!(claims["scope"], tokens.scope);
    (claims["aud"].clone(), tokens.scope.clone())
}

#[tokio::test]
async fn without_a_resource_the_scopes_decide() {
    let app = start().await;
    let rp = both(app.rp());
    let tokens = rp.exchange(code(&app, &rp).await).await.tokens();
    assert_eq!(aim(&tokens), (json!([API, MAIL, ISSUER]), "openid api:read mail:read".to_owned()));
}

#[tokio::test]
async fn the_named_resources_are_the_audience() {
    let app = start().await;
    let one = both(app.rp()).with("resource", MAIL);
    let tokens = one.exchange(code(&app, &one).await).await.tokens();
    assert_eq!(aim(&tokens), (json!([MAIL, ISSUER]), "openid mail:read".to_owned()));
    one.userinfo(&tokens.access_token).await.assert_status(200);
    let two = both(app.rp()).with("resource", MAIL).also("resource", API).also("resource", MAIL);
    let tokens = two.exchange(code(&app, &two).await).await.tokens();
    assert_eq!(aim(&tokens).0, json!([MAIL, API, ISSUER]));
}

#[tokio::test]
async fn an_unknown_or_malformed_resource_is_invalid_target() {
    let app = start().await;
    for bad in [
        "https://unknown.example",
        "https://mail.example/v1/",
        "HTTPS://mail.example/v1",
        "https://mail.example/v1#x",
        "/v1",
        "mail",
        ISSUER,
    ] {
        let landing = app.browser().signed_in().authorize(both(app.rp()).with("resource", bad)).await;
        landing.assert_error("invalid_target");
        let landing =
            app.browser().signed_in().authorize(both(app.rp()).with("resource", API).also("resource", bad)).await;
        landing.assert_error("invalid_target");
    }
    // An API that is not open to the client is none for it.
    let closed = app.spa().with("resource", MAIL);
    app.browser().signed_in().authorize(closed).await.assert_error("invalid_target");
}

#[tokio::test]
async fn an_empty_resource_counts_as_absent() {
    let app = start().await;
    let rp = both(app.rp()).with("resource", "");
    let tokens = rp.exchange(code(&app, &rp).await).with("resource", "").await.tokens();
    assert_eq!(aim(&tokens).0, json!([API, MAIL, ISSUER]));
}

#[tokio::test]
async fn a_token_request_narrows_its_token_and_not_the_grant() {
    let app = start().await;
    let rp = both(app.rp());
    let first = rp.exchange(code(&app, &rp).await).with("resource", MAIL).await.tokens();
    assert_eq!(aim(&first), (json!(MAIL), "mail:read".to_owned()));
    assert!(first.id_token.is_some(), "who signed in is told all the same");
    let second = rp.refresh(first.refresh_token()).with("resource", API).await.tokens();
    assert_eq!(aim(&second), (json!(API), "api:read".to_owned()));
    let third = rp.refresh(second.refresh_token()).await.tokens();
    assert_eq!(aim(&third), (json!([API, MAIL, ISSUER]), "openid api:read mail:read".to_owned()));
}

#[tokio::test]
async fn a_token_for_an_api_reads_no_userinfo() {
    let app = start().await;
    let rp = both(app.rp());
    let tokens = rp.exchange(code(&app, &rp).await).with("resource", MAIL).await.tokens();
    rp.userinfo(&tokens.access_token).await.assert_status(401);
}

#[tokio::test]
async fn a_token_request_for_more_is_invalid_target_and_spends_nothing() {
    let app = start().await;
    let rp = both(app.rp()).with("resource", MAIL);
    let code = code(&app, &rp).await;
    for wider in [API, "https://unknown.example", "x"] {
        rp.exchange(&code).with("resource", MAIL).also("resource", wider).await.assert_error(400, "invalid_target");
    }
    let tokens = rp.exchange(&code).await.tokens();
    rp.refresh(tokens.refresh_token()).with("resource", API).await.assert_error(400, "invalid_target");
    let tokens = rp.refresh(tokens.refresh_token()).await.tokens();
    assert_eq!(aim(&tokens).0, json!([MAIL, ISSUER]));
}

#[tokio::test]
async fn a_replay_is_a_replay_whatever_resource_it_names() {
    let app = start().await;
    let rp = both(app.rp()).with("resource", MAIL);
    let code = code(&app, &rp).await;
    let tokens = rp.exchange(&code).await.tokens();
    rp.exchange(&code).with("resource", API).await.assert_error(400, "invalid_grant");
    rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn scope_and_resource_narrow_together() {
    let app = start().await;
    let rp = both(app.rp());
    let first = rp.exchange(code(&app, &rp).await).await.tokens();
    let narrow = rp.refresh(first.refresh_token()).with("scope", "openid mail:read").await.tokens();
    assert_eq!(aim(&narrow), (json!([MAIL, ISSUER]), "openid mail:read".to_owned()));
    let call = rp.refresh(narrow.refresh_token()).with("scope", "openid").with("resource", MAIL);
    call.await.assert_error(400, "invalid_target");
    let call = rp.refresh(narrow.refresh_token()).with("scope", "openid api:read").with("resource", API);
    assert_eq!(aim(&call.await.tokens()), (json!(API), "api:read".to_owned()));
}

#[tokio::test]
async fn a_resource_without_a_scope_needs_consent_of_its_own() {
    let app = start().await;
    let plain = app.rp().scope("openid");
    app.browser().signed_in().authorize(&plain).await.code();
    let rp = plain.with("resource", MAIL);
    let silent = rp.clone().with("prompt", "none");
    app.browser().signed_in().authorize(&silent).await.assert_error("consent_required");
    let page = app.browser().signed_in().waiting().authorize(&rp).await;
    page.assert_page(200, "/consent");
    assert!(page.reply.text().contains("Tell Mail who you are"), "{}", page.reply.text());
    let tokens = rp.exchange(code(&app, &rp).await).await.tokens();
    assert_eq!(aim(&tokens), (json!([MAIL, ISSUER]), "openid".to_owned()));
    // A refresh keeps what no scope speaks of.
    let tokens = rp.refresh(tokens.refresh_token()).await.tokens();
    assert_eq!(aim(&tokens).0, json!([MAIL, ISSUER]));
    app.browser().signed_in().authorize(&silent).await.code();
    app.browser().signed_in_as(OTHER_USER).authorize(&silent).await.assert_error("consent_required");
}

#[tokio::test]
async fn a_resource_waits_with_the_request() {
    let app = start().await;
    let mut browser = app.browser();
    let rp = both(app.rp()).with("resource", MAIL).also("resource", API);
    let page = browser.authorize(&rp).await;
    page.assert_page(200, "/login");
    let again = page.form_with("login-submit").value("start_again").unwrap().to_owned();
    assert_eq!(again.matches("resource=").count(), 2, "{again}");
    let landing = browser.sign_in_at(&page, testkit::USER, testkit::PASSWORD).await;
    let tokens = rp.exchange(browser.walk_on(landing).await.code()).await.tokens();
    assert_eq!(aim(&tokens).0, json!([MAIL, API, ISSUER]));
}

#[tokio::test]
async fn a_client_alone_names_its_resource_too() {
    let app = start().await;
    let all = app.m2m().client_credentials().await.tokens();
    assert_eq!(aim(&all).0, json!([API, MAIL]));
    let mail = app.m2m().client_credentials().with("resource", MAIL).await.tokens();
    assert_eq!(aim(&mail), (json!(MAIL), "mail:read".to_owned()));
    let elsewhere = app.m2m().client_credentials().with("scope", "api:read").with("resource", MAIL).await;
    elsewhere.assert_error(400, "invalid_target");
    app.m2m()
        .client_credentials()
        .with("resource", "https://unknown.example")
        .await
        .assert_error(400, "invalid_target");
}
