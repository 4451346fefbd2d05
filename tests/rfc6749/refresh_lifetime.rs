//! When a refresh token ends: by time, with its session, with the person's standing. RFC 6749 §1.5, §6; RFC 9700 §2.2.2.

use std::time::Duration;

use platform::secret::Secret;
use testkit::{App, Browser, RelyingParty, Tokens};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn tokens(browser: &mut Browser, rp: &RelyingParty) -> Tokens {
    let code = browser.authorize(rp).await.code();
    rp.exchange(code).await.tokens()
}

fn offline(app: &App) -> RelyingParty {
    app.rp().scope("openid offline_access").with("prompt", "consent")
}

async fn sign_out(browser: &mut Browser) {
    let page = browser.visit("/logout").await;
    browser.press(&page, "logout-confirm").await;
    assert!(!browser.has_session());
}

#[tokio::test]
async fn without_offline_access_it_ends_with_the_session() {
    let app = App::start().await;
    let (rp, mut browser) = (app.rp(), app.browser().signed_in());
    let tokens = tokens(&mut browser, &rp).await;
    sign_out(&mut browser).await;
    rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
    assert_eq!(rp.userinfo(&tokens.access_token).await.status.as_u16(), 401);
}

#[tokio::test]
async fn with_offline_access_it_outlives_the_sign_out() {
    let app = App::start().await;
    let (rp, mut browser) = (offline(&app), app.browser().signed_in());
    let tokens = tokens(&mut browser, &rp).await;
    assert_eq!(tokens.scope, "openid offline_access");
    sign_out(&mut browser).await;
    rp.refresh(tokens.refresh_token()).await.tokens();
}

#[tokio::test]
async fn offline_access_that_nobody_consented_to_is_left_out() {
    let app = App::start().await;
    let (rp, mut browser) = (app.rp().scope("openid"), app.browser().signed_in());
    browser.authorize(&rp).await.code();
    let plain = tokens(&mut browser, &rp).await;
    assert_eq!(plain.scope, "openid");
}

#[tokio::test]
async fn each_refresh_slides_the_session() {
    let app = App::start().await;
    let (rp, mut browser) = (app.rp(), app.browser().signed_in());
    let mut current = tokens(&mut browser, &rp).await;
    for _ in 0..5 {
        app.advance(7 * HOUR);
        current = rp.refresh(current.refresh_token()).await.tokens();
    }
    // 35 hours after the sign-in the browser is still signed in, because its app was busy.
    browser.visit(&rp.authorize_path()).await.code();
    app.advance(8 * HOUR);
    rp.refresh(current.refresh_token()).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn idleness_ends_it() {
    let app = App::start().await;
    let (rp, mut browser) = (offline(&app), app.browser().signed_in());
    let first = tokens(&mut browser, &rp).await;
    app.advance(13 * DAY + 23 * HOUR);
    let second = rp.refresh(first.refresh_token()).await.tokens();
    app.advance(14 * DAY);
    rp.refresh(second.refresh_token()).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn ninety_days_end_it_however_busy() {
    let app = App::start().await;
    let (rp, mut browser) = (offline(&app), app.browser().signed_in());
    let mut current = tokens(&mut browser, &rp).await;
    for _ in 0..8 {
        app.advance(11 * DAY);
        current = rp.refresh(current.refresh_token()).await.tokens();
    }
    app.advance(2 * DAY);
    rp.refresh(current.refresh_token()).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_changed_password_ends_it() {
    let app = App::start().await;
    for rp in [app.rp(), offline(&app)] {
        let tokens = tokens(&mut app.browser().signed_in(), &rp).await;
        let id = app.user().await.id;
        app.users().set_password(&id, Secret::new(testkit::PASSWORD.to_owned())).await.unwrap();
        rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
        assert_eq!(rp.userinfo(&tokens.access_token).await.status.as_u16(), 401);
    }
}

#[tokio::test]
async fn a_disabled_person_ends_it() {
    let app = App::start().await;
    let rp = offline(&app);
    let tokens = tokens(&mut app.browser().signed_in(), &rp).await;
    app.users().disable(&app.user().await.id).await.unwrap();
    rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
    assert_eq!(rp.userinfo(&tokens.access_token).await.status.as_u16(), 401);
}

#[tokio::test]
async fn a_withdrawn_consent_ends_it_even_for_narrower_scopes() {
    let app = App::start().await;
    let rp = offline(&app);
    let tokens = tokens(&mut app.browser().signed_in(), &rp).await;
    app.grants().revoke_consent(&app.user().await.id, "web").await.unwrap();
    rp.refresh(tokens.refresh_token()).with("scope", "openid").await.assert_error(400, "invalid_grant");
    rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_that_is_disabled_or_lost_the_grant_cannot_refresh() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = tokens(&mut app.browser().signed_in(), &rp).await;
    app.set_client("web", |change| change.is_enabled = false).await;
    rp.refresh(tokens.refresh_token()).await.assert_error(400, "unauthorized_client");
    app.set_client("web", |change| {
        change.is_enabled = true;
        change.client.grant_types = vec![flow::GrantName::AuthorizationCode];
    })
    .await;
    rp.refresh(tokens.refresh_token()).await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_restart_loses_no_family() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = tokens(&mut app.browser().signed_in(), &rp).await;
    let restarted = app.second_node().await;
    let new = restarted.rp().refresh(tokens.refresh_token()).await.tokens();
    let newest = rp.refresh(new.refresh_token()).await.tokens();
    restarted.rp().refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.refresh(newest.refresh_token()).await.assert_error(400, "invalid_grant");
}
