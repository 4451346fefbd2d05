//! RFC 8252: OAuth 2.0 for Native Apps.

use testkit::{App, Landing, RelyingParty};

async fn ask(app: &App, uri: &str) -> Landing {
    app.browser().signed_in().authorize(app.cli().with("redirect_uri", uri)).await
}

#[tokio::test]
async fn any_port_of_a_loopback_address_is_accepted() {
    let app = App::start().await;
    for uri in [
        "http://127.0.0.1/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:8080/cb",
        "http://[::1]/cb",
    ] {
        let rp = app.cli().with("redirect_uri", uri);
        let landing = app.browser().signed_in().authorize(&rp).await;
        assert!(landing.reply.location().starts_with(&format!("{uri}?code=")), "{}", landing.reply.location());
        rp.exchange(landing.code()).await.tokens();
    }
}

#[tokio::test]
async fn the_port_of_the_token_request_is_that_of_the_authorization_request() {
    let app = App::start().await;
    let rp = app.cli().with("redirect_uri", "http://127.0.0.1:5000/cb");
    let code = app.browser().signed_in().authorize(&rp).await.code();
    rp.exchange(&code).with("redirect_uri", "http://127.0.0.1:5001/cb").await.assert_error(400, "invalid_grant");
    rp.exchange(&code).with("redirect_uri", "http://127.0.0.1/cb").await.assert_error(400, "invalid_grant");
    rp.exchange(&code).await.tokens();
}

#[tokio::test]
async fn everything_but_the_port_is_compared_exactly() {
    let app = App::start().await;
    for uri in [
        "http://127.0.0.1:5000/cb/",
        "http://127.0.0.1:5000/CB",
        "http://127.0.0.1:5000/cb?x=1",
        "http://127.0.0.1:5000/",
        "https://127.0.0.1:5000/cb",
        "http://localhost:5000/cb",
        "http://localhost/cb",
        "http://127.0.0.2:5000/cb",
        "http://127.1:5000/cb",
        "http://0x7f.0.0.1:5000/cb",
        "http://2130706433:5000/cb",
        "http://[0:0:0:0:0:0:0:1]:5000/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:05000/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:5000@evil.example/cb",
        "http://user@127.0.0.1:5000/cb",
        "http://127.0.0.1.evil.example:5000/cb",
        "http://127.0.0.1:5000.evil.example/cb",
    ] {
        ask(&app, uri).await.assert_page(400, "/authorize");
    }
}

#[tokio::test]
async fn ports_are_fixed_for_everybody_else() {
    let app = App::start().await;
    let landing =
        app.browser().signed_in().authorize(app.rp().with("redirect_uri", "https://app.example:8443/cb")).await;
    landing.assert_page(400, "/authorize");
    let loopback = app.rp().with("redirect_uri", "http://127.0.0.1:5000/cb");
    app.browser().signed_in().authorize(loopback).await.assert_page(400, "/authorize");
}

#[tokio::test]
async fn private_use_schemes_are_compared_exactly() {
    let app = App::start().await;
    let rp = app.cli().with("redirect_uri", "com.example.cli:/cb");
    let landing = app.browser().signed_in().authorize(&rp).await;
    assert!(landing.reply.location().starts_with("com.example.cli:/cb?code="));
    rp.exchange(landing.code()).await.tokens();
    for uri in ["com.example.cli:/other", "com.example.cli://cb", "com.example.CLI:/cb", "com.example.client:/cb"] {
        ask(&app, uri).await.assert_page(400, "/authorize");
    }
}

#[tokio::test]
async fn a_native_app_is_never_answered_silently() {
    let app = App::start().await;
    app.browser().signed_in().authorize(app.cli()).await.code();
    app.browser().signed_in().waiting().authorize(app.cli()).await.assert_page(200, "/consent");
    let silent = app.cli().with("prompt", "none");
    app.browser().signed_in().authorize(silent).await.assert_error("consent_required");
}

#[tokio::test]
async fn a_native_app_must_use_pkce() {
    let app = App::start().await;
    let bare: RelyingParty = app.cli().without("code_challenge").without("code_challenge_method");
    app.browser().signed_in().authorize(bare).await.assert_error("invalid_request");
}
