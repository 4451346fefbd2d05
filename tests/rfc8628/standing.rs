//! What must still hold when a device fetches its tokens: person, client, consent, session. RFC 8628 §3.5, §5.

use platform::secret::Secret;
use testkit::{App, Browser};

use super::{Device, allowed, decide, somebody};

async fn sign_out(browser: &mut Browser) {
    let page = browser.visit("/logout").await;
    browser.press(&page, "logout-confirm").await;
    assert!(!browser.has_session());
}

#[tokio::test]
async fn a_disabled_person_lets_no_device_in() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    let id = app.user().await.id;
    app.users().disable(&id).await.unwrap();
    device.poll().await.assert_error(400, "invalid_grant");
    // Enabled again under a new epoch: what was allowed before is void.
    app.users().enable(&id).await.unwrap();
    device.poll().await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_removed_person_lets_no_device_in() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    app.users().remove(&app.user().await.id).await.unwrap();
    device.poll().await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_changed_password_ends_devices_that_wait() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid offline_access").await;
    let password = Secret::new("another correct horse".to_owned());
    app.users().set_password(&app.user().await.id, password).await.unwrap();
    device.poll().await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_withdrawn_consent_lets_no_device_in() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    app.grants().revoke_consent(&app.user().await.id, "tv").await.unwrap();
    device.poll().await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_person_who_signed_out_in_between_lets_no_device_in() {
    let app = App::start().await;
    let (device, mut browser) = allowed(&app, "openid").await;
    sign_out(&mut browser).await;
    device.poll().await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn offline_access_outlives_the_session() {
    let app = App::start().await;
    let (device, mut browser) = allowed(&app, "openid offline_access").await;
    sign_out(&mut browser).await;
    let tokens = device.tokens().await;
    assert_eq!(tokens.scope, "openid offline_access");
    device.rp.refresh(tokens.refresh_token()).await.tokens();
}

#[tokio::test]
async fn without_offline_access_the_tokens_end_with_the_session() {
    let app = App::start().await;
    let (device, mut browser) = allowed(&app, "openid").await;
    let tokens = device.tokens().await;
    sign_out(&mut browser).await;
    device.rp.userinfo(&tokens.access_token).await.assert_status(401);
    device.rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_disabled_removed_or_restricted_client_gets_no_tokens() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    app.set_client("tv", |change| change.is_enabled = false).await;
    device.poll().await.assert_error(400, "unauthorized_client");
    app.set_client("tv", |change| {
        change.is_enabled = true;
        change.client.grant_types = vec![flow::GrantName::RefreshToken];
    })
    .await;
    device.poll().await.assert_error(400, "unauthorized_client");
    app.grants().remove_client("tv").await.unwrap();
    device.poll().await.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn a_scope_that_the_client_lost_is_not_given() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid api:read").await;
    app.set_client("tv", |change| change.client.scopes = ["openid"].into_iter().collect()).await;
    let tokens = device.tokens().await;
    assert_eq!(tokens.scope, "openid");
    assert_eq!(app.verify(&tokens.access_token).await.claims["aud"], testkit::ISSUER);
}

#[tokio::test]
async fn each_person_gets_their_own_tokens_on_their_own_device() {
    let app = App::start().await;
    let rp = super::tv(&app).await;
    for name in [testkit::USER, testkit::OTHER_USER] {
        let device = Device::start(&rp, "openid").await;
        decide(&mut somebody(&app, name).await, &device, "device-allow").await;
        let claims = app.verify(device.tokens().await.id_token()).await.claims;
        assert_eq!(claims["sub"], app.user_named(name).await.id);
    }
}
