//! `prompt`, `max_age` and `login_hint`, beyond what `oidcc` asks. OpenID Connect Core §3.1.2.1, §3.1.2.3, §3.1.2.6.

use std::time::Duration;

use testkit::{App, Browser, PASSWORD, RelyingParty, USER};

async fn auth_time(app: &App, browser: &mut Browser, rp: &RelyingParty) -> i64 {
    let code = browser.authorize(rp).await.code();
    let tokens = rp.exchange(code).await.tokens();
    app.verify(tokens.id_token()).await.claims["auth_time"].as_i64().unwrap()
}

#[tokio::test]
async fn none_without_consent_is_consent_required() {
    let app = App::start().await;
    let landing = app.browser().signed_in().authorize(app.rp().with("prompt", "none")).await;
    landing.assert_error("consent_required");
}

#[tokio::test]
async fn none_beside_another_value_is_refused() {
    let app = App::start().await;
    for prompt in ["none login", "none consent", "consent none", "none select_account"] {
        app.browser().signed_in().authorize(app.rp().with("prompt", prompt)).await.assert_error("invalid_request");
    }
}

#[tokio::test]
async fn an_unknown_prompt_is_refused() {
    let app = App::start().await;
    for prompt in ["create", "NONE", "login,consent"] {
        app.browser().signed_in().authorize(app.rp().with("prompt", prompt)).await.assert_error("invalid_request");
    }
}

#[tokio::test]
async fn a_sign_in_that_was_cancelled_does_not_count() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    app.advance(Duration::from_secs(1));
    let page = browser.visit(&app.rp().with("prompt", "login").authorize_path()).await;
    let id = page.url.query_pairs().find(|(name, _)| name == "interaction").unwrap().1.into_owned();
    browser.visit(&format!("/authorize/resume/{id}")).await.assert_page(200, "/login");
    let failed = browser.sign_in_at(&page, USER, "wrong password").await;
    assert!(!failed.has_left);
    browser.visit(&format!("/authorize/resume/{id}")).await.assert_page(200, "/login");
    browser.sign_in_at(&page, USER, PASSWORD).await.code();
}

#[tokio::test]
async fn a_sign_in_for_another_request_does_not_count() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    app.advance(Duration::from_secs(1));
    let waiting = browser.visit(&app.rp().with("prompt", "login").authorize_path()).await;
    let other = browser.visit(&app.rp().with("prompt", "login").with("state", "other").authorize_path()).await;
    browser.sign_in_at(&other, USER, PASSWORD).await.code();
    let id = waiting.url.query_pairs().find(|(name, _)| name == "interaction").unwrap().1.into_owned();
    browser.visit(&format!("/authorize/resume/{id}")).await.assert_page(200, "/login");
}

#[tokio::test]
async fn consent_asks_again() {
    let app = App::start().await;
    app.browser().signed_in().authorize(app.rp()).await.code();
    let rp = app.rp().with("prompt", "consent");
    app.browser().signed_in().waiting().authorize(&rp).await.assert_page(200, "/consent");
    app.browser().signed_in().authorize(&rp).await.code();
    let first_party = app.rp().first_party().with("prompt", "consent");
    app.browser().signed_in().waiting().authorize(first_party).await.assert_page(200, "/consent");
}

#[tokio::test]
async fn login_and_consent_together_ask_both() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in().waiting();
    let page = browser.authorize(app.rp().with("prompt", "login consent")).await;
    page.assert_page(200, "/consent");
    browser.press(&page, "consent-allow").await.code();
}

#[tokio::test]
async fn select_account_shows_the_sign_in_page() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    let page = browser.visit(&app.rp().with("prompt", "select_account").authorize_path()).await;
    page.assert_page(200, "/login");
    let landing = browser.sign_in_at(&page, "bob", PASSWORD).await;
    let code = browser.walk_on(landing).await.code();
    let tokens = app.rp().exchange(code).await.tokens();
    assert_eq!(app.verify(tokens.id_token()).await.claims["sub"], app.user_named("bob").await.id);
}

#[tokio::test]
async fn max_age_asks_again_when_the_sign_in_is_older() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    let first = auth_time(&app, &mut browser, &app.rp().with("max_age", "15000")).await;
    app.advance(Duration::from_secs(2));
    assert_eq!(auth_time(&app, &mut browser, &app.rp().with("max_age", "10000")).await, first);
    assert_eq!(auth_time(&app, &mut browser, &app.rp().with("max_age", "2")).await, first);
    let young = app.rp().with("max_age", "1");
    browser.visit(&young.authorize_path()).await.assert_page(200, "/login");
    assert_eq!(auth_time(&app, &mut browser, &young).await, first + 2);
}

#[tokio::test]
async fn max_age_zero_always_asks_again() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    let rp = app.rp().with("max_age", "0");
    browser.visit(&rp.authorize_path()).await.assert_page(200, "/login");
    browser.authorize(&rp).await.code();
}

#[tokio::test]
async fn max_age_and_none_contradict_when_the_sign_in_is_older() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    browser.authorize(app.rp()).await.code();
    app.advance(Duration::from_secs(2));
    let rp = app.rp().with("max_age", "1").with("prompt", "none");
    browser.authorize(rp).await.assert_error("login_required");
}

#[tokio::test]
async fn max_age_must_be_a_number() {
    let app = App::start().await;
    for max_age in ["-1", "1.5", "1e3", "abc", "99999999999999999999", "0x10", " 1"] {
        app.browser().signed_in().authorize(app.rp().with("max_age", max_age)).await.assert_error("invalid_request");
    }
}

#[tokio::test]
async fn login_hint_fills_the_field_and_is_escaped() {
    let app = App::start().await;
    let page = app.browser().authorize(app.rp().with("login_hint", "\"><script>x</script>")).await;
    assert!(!page.reply.text().contains("<script>x"));
    assert_eq!(page.form_with("login-submit").value("username"), Some("\"><script>x</script>"));
}
