//! The way of a person through the authorization endpoint. RFC 6749 §4.1.1, §4.1.2.

use std::time::Duration;

use testkit::{App, STATE, USER};

#[tokio::test]
async fn consent_sends_the_client_a_code_and_its_state() {
    let app = App::start().await;
    let landing = app.browser().signed_in().authorize(app.rp()).await;
    landing.reply.assert_status(303);
    assert_eq!(landing.reply.header("cache-control"), Some("no-store"));
    assert!(landing.url.as_str().starts_with("https://app.example/cb?"));
    assert!(!landing.code().is_empty());
    assert_eq!(landing.param("state").as_deref(), Some(STATE));
    let names: Vec<_> = landing.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["code", "state", "iss"]);
}

#[tokio::test]
async fn a_person_who_is_not_signed_in_signs_in_on_the_way() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.authorize(app.rp()).await;
    page.assert_page(200, "/login");
    let landing = browser.sign_in_at(&page, USER, testkit::PASSWORD).await;
    landing.assert_page(200, "/consent");
    assert!(!browser.walk_on(landing).await.code().is_empty());
}

#[tokio::test]
async fn the_state_comes_back_exactly_as_it_was() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    let long = "x".repeat(2048);
    for state in ["a b+c&d=e%20f#g", "令牌 ✓", "<script>\"'\\", long.as_str()] {
        let landing = browser.authorize(app.rp().with("state", state)).await;
        assert_eq!(landing.param("state").as_deref(), Some(state));
    }
}

#[tokio::test]
async fn no_state_brings_none_back() {
    let app = App::start().await;
    let landing = app.browser().signed_in().authorize(app.rp().without("state")).await;
    assert_eq!(landing.param("state"), None);
    assert!(!landing.code().is_empty());
}

#[tokio::test]
async fn a_denial_is_access_denied() {
    let app = App::start().await;
    let landing = app.browser().signed_in().denying().authorize(app.rp()).await;
    landing.assert_error("access_denied");
    assert_eq!(landing.param("state").as_deref(), Some(STATE));
}

#[tokio::test]
async fn a_denial_is_not_remembered_as_consent() {
    let app = App::start().await;
    app.browser().signed_in().denying().authorize(app.rp()).await;
    app.browser().signed_in().waiting().authorize(app.rp()).await.assert_page(200, "/consent");
}

#[tokio::test]
async fn consent_is_remembered() {
    let app = App::start().await;
    app.browser().signed_in().authorize(app.rp()).await.code();
    app.browser().signed_in().waiting().authorize(app.rp()).await.code();
    let fewer = app.rp().scope("openid");
    app.browser().signed_in().waiting().authorize(fewer).await.code();
}

#[tokio::test]
async fn a_wider_request_asks_again() {
    let app = App::start().await;
    app.browser().signed_in().authorize(app.rp()).await.code();
    let wider = app.rp().scope("openid profile email phone");
    app.browser().signed_in().waiting().authorize(&wider).await.assert_page(200, "/consent");
    app.browser().signed_in().authorize(&wider).await.code();
    app.browser().signed_in().waiting().authorize(app.rp()).await.code();
}

#[tokio::test]
async fn consent_of_one_person_is_not_that_of_another() {
    let app = App::start().await;
    app.browser().signed_in().authorize(app.rp()).await.code();
    let other = app.browser().signed_in_as("bob").waiting().authorize(app.rp()).await;
    other.assert_page(200, "/consent");
}

#[tokio::test]
async fn a_withdrawn_consent_is_asked_for_again() {
    let app = App::start().await;
    app.browser().signed_in().authorize(app.rp()).await.code();
    app.grants().revoke_consent(&app.user().await.id, "web").await.unwrap();
    app.browser().signed_in().waiting().authorize(app.rp()).await.assert_page(200, "/consent");
}

#[tokio::test]
async fn a_first_party_client_needs_no_consent() {
    let app = App::start().await;
    app.browser().signed_in().waiting().authorize(app.rp().first_party()).await.code();
}

#[tokio::test]
async fn the_request_may_come_by_post() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    let form = app.rp().authorize_form();
    let request = http::Request::post("/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://app.example")
        .header("sec-fetch-site", "cross-site")
        .body(axum::body::Body::from(form))
        .unwrap();
    let reply = browser.send(request).await;
    reply.assert_status(303);
    assert!(reply.location().starts_with("https://app.example/cb?code="), "{}", reply.location());
}

#[tokio::test]
async fn a_post_from_another_site_finds_the_session_all_the_same() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    // SameSite=Lax: a browser sends no cookies with a POST from another site.
    let request = http::Request::post("/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://app.example")
        .header("sec-fetch-site", "cross-site")
        .body(axum::body::Body::from(app.rp().authorize_form()))
        .unwrap();
    let reply = app.send(request).await;
    reply.assert_status(303);
    assert!(reply.headers.get("set-cookie").is_none(), "the browser would lose its id");
    browser.visit(reply.location()).await.code();
}

#[tokio::test]
async fn unknown_and_empty_parameters_are_ignored() {
    let app = App::start().await;
    let rp = app.rp().with("extra", "foobar").with("prompt", "").with("max_age", "").with("response_mode", "");
    app.browser().signed_in().authorize(rp).await.code();
}

#[tokio::test]
async fn a_query_of_the_redirect_uri_is_kept() {
    let app = App::start().await;
    let uri = "https://app.example/cb?tenant=a&x=%2F";
    let registered = protocol::RedirectUri::new(uri).unwrap();
    let rp = app.rp().with("redirect_uri", uri);
    let rp = rp.registered(move |change| change.client.redirect_uris = vec![registered.clone()]);
    let landing = app.browser().signed_in().authorize(&rp).await;
    assert!(landing.url.as_str().starts_with("https://app.example/cb?tenant=a&x=%2F&code="), "{}", landing.url);
    rp.exchange(landing.code()).await.tokens();
}

#[tokio::test]
async fn the_only_registered_redirect_uri_may_be_left_out_of_a_plain_oauth_request() {
    let app = App::start().await;
    let rp = app.rp().scope("api:read").without("redirect_uri");
    let landing = app.browser().signed_in().authorize(&rp).await;
    assert!(landing.url.as_str().starts_with("https://app.example/cb?code="));
    rp.exchange(landing.code()).await.tokens();
}

#[tokio::test]
async fn a_finished_request_cannot_be_resumed() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in().waiting();
    let page = browser.authorize(app.rp()).await;
    let id = page.url.query_pairs().find(|(name, _)| name == "interaction").unwrap().1.into_owned();
    browser.press(&page, "consent-allow").await.code();
    let again = browser.visit(&format!("/authorize/resume/{id}")).await;
    assert!(!again.has_left);
    assert!(again.reply.status.is_client_error(), "{}", again.reply.summary());
}

#[tokio::test]
async fn another_browser_cannot_finish_the_request() {
    let app = App::start().await;
    let page = app.browser().signed_in().waiting().authorize(app.rp()).await;
    let id = page.url.query_pairs().find(|(name, _)| name == "interaction").unwrap().1.into_owned();
    let mut victim = app.browser().signed_in();
    victim.authorize(app.rp()).await.code();
    for path in
        [format!("/authorize/resume/{id}"), format!("/consent?interaction={id}"), format!("/login?interaction={id}")]
    {
        let landing = victim.visit(&path).await;
        assert!(!landing.has_left, "{path}");
        assert!(landing.reply.status.is_client_error(), "{path}: {}", landing.reply.summary());
    }
}

#[tokio::test]
async fn a_parked_request_expires() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.authorize(app.rp()).await;
    app.advance(Duration::from_mins(30));
    let landing = browser.sign_in_at(&page, USER, testkit::PASSWORD).await;
    assert!(!landing.has_left);
    assert!(landing.reply.status.is_client_error(), "{}", landing.reply.summary());
}

#[tokio::test]
async fn a_session_ends_by_idleness_and_asks_for_a_sign_in() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    app.advance(Duration::from_hours(8));
    let landing = browser.visit(&app.rp().authorize_path()).await;
    landing.assert_page(200, "/login");
}

#[tokio::test]
async fn a_locked_person_gets_no_code() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    app.users().disable(&app.user().await.id).await.unwrap();
    let landing = browser.visit(&app.rp().authorize_path()).await;
    landing.assert_page(200, "/login");
}
