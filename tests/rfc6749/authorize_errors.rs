//! Authorization errors: shown where client or redirect URI are not proven, sent otherwise. RFC 6749 §4.1.2.1.

use testkit::{App, Landing, RelyingParty, STATE};

async fn ask(app: &App, rp: RelyingParty) -> Landing {
    app.browser().signed_in().authorize(rp).await
}

#[tokio::test]
async fn an_unproven_client_is_shown_a_page_and_nothing_is_sent() {
    let app = App::start().await;
    for rp in [
        app.rp().with("client_id", "nobody"),
        app.rp().without("client_id"),
        app.rp().with("client_id", ""),
        app.rp().also("client_id", "web"),
        app.rp().with("client_id", "../web"),
        app.rp().with("client_id", "WEB"),
    ] {
        let path = rp.authorize_path();
        let landing = ask(&app, rp).await;
        landing.assert_page(400, "/authorize");
        assert!(landing.reply.header("location").is_none(), "{path}");
    }
}

#[tokio::test]
async fn an_unregistered_redirect_uri_is_shown_a_page_and_nothing_is_sent() {
    let app = App::start().await;
    for uri in [
        "https://app.example/cb/",
        "https://app.example/cb?",
        "https://app.example/cb?x=1",
        "https://app.example/cb#f",
        "https://app.example/CB",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "http://app.example/cb",
        "https://app.example:443/cb",
        "https://app.example./cb",
        "https://app.example/./cb",
        "https://app.example/x/../cb",
        "https://app.example/%63b",
        "https://app.example\\cb",
        "https://app.example@evil.example/cb",
        "https://evil.example/cb",
        "https://app.example.evil.example/cb",
        "//app.example/cb",
        "/cb",
        "javascript:alert(1)",
        " https://app.example/cb",
    ] {
        let landing = ask(&app, app.rp().with("redirect_uri", uri)).await;
        landing.assert_page(400, "/authorize");
        assert!(landing.reply.header("location").is_none(), "{uri}");
    }
}

#[tokio::test]
async fn a_repeated_redirect_uri_is_shown_a_page() {
    let app = App::start().await;
    for second in ["https://app.example/cb", "https://evil.example/"] {
        ask(&app, app.rp().also("redirect_uri", second)).await.assert_page(400, "/authorize");
    }
}

#[tokio::test]
async fn a_missing_redirect_uri_with_several_registered_is_shown_a_page() {
    let app = App::start().await;
    let rp = app.cli().scope("api:read").without("redirect_uri");
    ask(&app, rp).await.assert_page(400, "/authorize");
}

#[tokio::test]
async fn request_values_never_reach_the_error_page() {
    let app = App::start().await;
    let rp = app.rp().with("redirect_uri", "https://evil.example/<script>alert(1)</script>").with("client_id", "web");
    let landing = ask(&app, rp).await;
    assert!(!landing.reply.text().contains("<script>alert"));
    assert!(!landing.reply.text().contains("evil.example"));
}

#[tokio::test]
async fn every_other_repeated_parameter_is_sent_back_as_invalid_request() {
    let app = App::start().await;
    for name in ["response_type", "scope", "nonce", "code_challenge", "code_challenge_method", "prompt", "max_age"] {
        let rp = app.rp().also(name, "x").also(name, "x");
        let landing = ask(&app, rp).await;
        landing.assert_error("invalid_request");
        assert_eq!(landing.param("state").as_deref(), Some(STATE), "{name}");
    }
    let landing = ask(&app, app.rp().also("state", "other")).await;
    landing.assert_error("invalid_request");
    assert_eq!(landing.param("state"), None, "which of the two would it be?");
}

#[tokio::test]
async fn only_the_response_type_code_is_supported() {
    let app = App::start().await;
    ask(&app, app.rp().without("response_type")).await.assert_error("invalid_request");
    for kind in ["token", "id_token", "code token", "code id_token", "id_token token", "none", "Code", "code code"] {
        let landing = ask(&app, app.rp().with("response_type", kind)).await;
        landing.assert_error("unsupported_response_type");
        assert_eq!(landing.param("state").as_deref(), Some(STATE), "{kind}");
        assert!(landing.url.fragment().is_none(), "{kind}");
    }
}

#[tokio::test]
async fn scopes_that_the_client_may_not_have_are_refused() {
    let app = App::start().await;
    let many = (0..101).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
    for scope in
        ["openid admin", "api:delete", "OPENID", " openid", "openid  email", "openid\u{a0}email", "\"openid\"", &many]
    {
        ask(&app, app.rp().scope(scope)).await.assert_error("invalid_scope");
    }
}

#[tokio::test]
async fn a_state_or_nonce_beyond_the_bound_is_refused() {
    let app = App::start().await;
    let long = "x".repeat(2049);
    let landing = ask(&app, app.rp().with("state", &long)).await;
    landing.assert_error("invalid_request");
    assert_eq!(landing.param("state"), None);
    ask(&app, app.rp().with("nonce", &long)).await.assert_error("invalid_request");
}

// It may have been disabled for where it leads.
#[tokio::test]
async fn a_disabled_client_has_no_target() {
    let app = App::start().await;
    let landing = ask(&app, app.rp().registered(|change| change.is_enabled = false)).await;
    landing.assert_page(400, "/authorize");
    assert!(landing.reply.header("location").is_none());
}

#[tokio::test]
async fn a_client_that_lacks_the_grant_is_unauthorized() {
    let app = App::start().await;
    let other_grant = app.spa().registered(|change| change.client.grant_types = vec![flow::GrantName::RefreshToken]);
    ask(&app, other_grant).await.assert_error("unauthorized_client");
}

#[tokio::test]
async fn refused_requests_leave_no_trace_in_the_database() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    let before = app.snapshot().await;
    for rp in [
        app.rp().with("client_id", "nobody"),
        app.rp().with("redirect_uri", "https://evil.example/"),
        app.rp().with("response_type", "token"),
        app.rp().without("code_challenge"),
        app.rp().scope("admin"),
        app.rp().also("scope", "openid"),
        app.rp().with("prompt", "none login"),
    ] {
        browser.visit(&rp.authorize_path()).await;
    }
    app.snapshot().await.assert_same_as(&before);
}
