//! What must still hold when a code is exchanged: person, client, consent, session. RFC 6749 §4.1.3, §5.2.

use platform::secret::Secret;
use testkit::{App, Browser, RelyingParty};

async fn code(browser: &mut Browser, rp: &RelyingParty) -> String {
    browser.authorize(rp).await.code()
}

#[tokio::test]
async fn a_disabled_person_gets_no_tokens() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    app.users().disable(&app.user().await.id).await.unwrap();
    rp.exchange(code).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_person_who_was_disabled_and_enabled_must_sign_in_again() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    let id = app.user().await.id;
    app.users().disable(&id).await.unwrap();
    app.users().enable(&id).await.unwrap();
    rp.exchange(code).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_changed_password_ends_codes_that_wait() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    let password = Secret::new("another correct horse".to_owned());
    app.users().set_password(&app.user().await.id, password).await.unwrap();
    rp.exchange(code).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_removed_person_gets_no_tokens() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    app.users().remove(&app.user().await.id).await.unwrap();
    rp.exchange(code).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_withdrawn_consent_gives_no_tokens() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    app.grants().revoke_consent(&app.user().await.id, "web").await.unwrap();
    rp.exchange(code).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_person_who_signed_out_in_between_gives_no_tokens() {
    let app = App::start().await;
    let rp = app.rp();
    let mut browser = app.browser().signed_in();
    let code = code(&mut browser, &rp).await;
    let page = browser.visit("/logout").await;
    browser.press(&page, "logout-confirm").await;
    assert!(!browser.has_session());
    rp.exchange(code).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_disabled_client_gets_no_tokens() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    app.set_client("web", |change| change.is_enabled = false).await;
    rp.exchange(code).await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_removed_client_is_unknown() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    app.grants().remove_client("web").await.unwrap();
    rp.exchange(code).await.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn a_client_that_lost_the_grant_is_unauthorized() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&mut app.browser().signed_in(), &rp).await;
    app.set_client("web", |change| change.client.grant_types = vec![flow::GrantName::RefreshToken]).await;
    rp.exchange(code).await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn one_persons_code_gives_that_persons_tokens() {
    let app = App::start().await;
    let rp = app.rp();
    let mut alice = app.browser().signed_in();
    let mut bob = app.browser().signed_in_as("bob");
    let (of_alice, of_bob) = (code(&mut alice, &rp).await, code(&mut bob, &rp).await);
    for (code, name) in [(of_bob, "bob"), (of_alice, "alice")] {
        let tokens = rp.exchange(code).await.tokens();
        let userinfo = rp.userinfo(&tokens.access_token).await.json();
        assert_eq!(userinfo["sub"], app.user_named(name).await.id);
        assert_eq!(userinfo["preferred_username"], name);
    }
}
