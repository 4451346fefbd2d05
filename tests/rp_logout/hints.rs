//! What a hint proves, and what it does not. RP-Initiated Logout 1.0 §2, §4, §6.

use std::time::Duration;

use testkit::{OTHER_USER, SPA};

use super::{BYE, House, assert_asks_and_leads_nowhere, assert_told_signed_out, logout_path, sign_in};

#[tokio::test]
async fn an_expired_hint_still_says_who_is_meant() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    house.app.advance(Duration::from_hours(2));
    let landing = house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!((landing.has_left, landing.url.as_str()), (true, BYE));
    house.assert_signed_out().await;
}

#[tokio::test]
async fn a_hint_about_somebody_else_signs_nobody_out_without_asking() {
    let mut house = House::build().await;
    let (_, theirs) = sign_in(&house.app, OTHER_USER, &house.rp).await;
    let page =
        house.logout(&[("id_token_hint", theirs.id_token()), ("post_logout_redirect_uri", BYE), ("state", "s")]).await;
    page.assert_page(200, "/logout");
    assert!(house.is_signed_in().await);
    // Both are proven, so whoever confirms goes back to the app.
    let landing = house.browser.press(&page, "logout-confirm").await;
    assert_eq!((landing.has_left, landing.url.as_str()), (true, format!("{BYE}?state=s").as_str()));
    house.assert_signed_out().await;
}

#[tokio::test]
async fn a_hint_from_an_earlier_session_of_the_person_fits() {
    let mut house = House::build().await;
    let earlier = house.tokens.id_token().to_owned();
    let (mut browser, tokens) = sign_in(&house.app, testkit::USER, &house.rp).await;
    let landing = browser.visit(&logout_path(&[("id_token_hint", &earlier), ("post_logout_redirect_uri", BYE)])).await;
    assert!(landing.has_left);
    assert!(!browser.has_session());
    house.rp.userinfo(&tokens.access_token).await.assert_status(401);
    // A session of another browser is not this request's to end.
    assert!(house.is_signed_in().await);
}

#[tokio::test]
async fn a_client_id_must_be_the_one_of_the_hint() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    for other in [SPA, "nobody", "WEB"] {
        let pairs = [("id_token_hint", hint.as_str()), ("client_id", other), ("post_logout_redirect_uri", BYE)];
        assert_asks_and_leads_nowhere(&house.logout(&pairs).await);
        assert!(house.is_signed_in().await);
    }
    let pairs = [("id_token_hint", hint.as_str()), ("client_id", "web"), ("post_logout_redirect_uri", BYE)];
    assert!(house.logout(&pairs).await.has_left);
    house.assert_signed_out().await;
}

#[tokio::test]
async fn another_clients_address_is_no_way_back() {
    let mut house = House::build().await;
    let spa = house.app.spa();
    let (mut browser, tokens) = sign_in(&house.app, testkit::USER, &spa).await;
    let landing =
        browser.visit(&logout_path(&[("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)])).await;
    assert_told_signed_out(&landing);
    assert!(house.is_signed_in().await, "another browser's session");
}

#[tokio::test]
async fn a_disabled_client_sends_nobody_anywhere() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    house.app.set_client("web", |change| change.is_enabled = false).await;
    let landing = house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    assert_told_signed_out(&landing);
}

#[tokio::test]
async fn without_a_session_a_proven_request_is_sent_back() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    let landing = house.app.browser().visit(&logout_path(&pairs)).await;
    assert_eq!((landing.has_left, landing.url.as_str()), (true, format!("{BYE}?state=s").as_str()));
    for unproven in [&pairs[1..], &[("id_token_hint", "x"), pairs[1]]] {
        assert_told_signed_out(&house.app.browser().visit(&logout_path(unproven)).await);
    }
    assert!(house.is_signed_in().await);
}

#[tokio::test]
async fn a_request_by_form_is_answered_like_one_by_link() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let landing = house
        .browser
        .post("/logout", &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE), ("state", "s")])
        .await;
    assert_eq!((landing.has_left, landing.url.as_str()), (true, format!("{BYE}?state=s").as_str()));
    house.assert_signed_out().await;
}

#[tokio::test]
async fn a_retired_key_still_verifies_a_hint() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    house.app.keys().rotate(protocol::Alg::Rs256, true).await.unwrap();
    let landing = house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    assert!(landing.has_left);
    house.assert_signed_out().await;
}

#[tokio::test]
async fn offline_access_outlives_the_sign_out() {
    let mut house = House::build().await;
    let rp = house.rp.clone().scope("openid offline_access");
    let (mut browser, offline) = sign_in(&house.app, testkit::USER, &rp).await;
    let pairs = [("id_token_hint", offline.id_token()), ("post_logout_redirect_uri", BYE)];
    assert!(browser.visit(&logout_path(&pairs)).await.has_left);
    house.rp.refresh(offline.refresh_token()).await.tokens();
    assert!(house.is_signed_in().await);
}

#[tokio::test]
async fn repeated_and_endless_parameters_are_refused() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let twice = [("id_token_hint", hint.as_str()), ("id_token_hint", "x")];
    assert_eq!(house.logout(&twice).await.reply.status.as_u16(), 400);
    let long = "s".repeat(8000);
    let pairs = [("id_token_hint", long.as_str()), ("state", long.as_str())];
    assert_eq!(house.logout(&pairs).await.reply.status.as_u16(), 400);
    assert!(house.is_signed_in().await);
}

#[tokio::test]
async fn the_language_that_the_app_wishes_is_spoken() {
    let mut house = House::build().await;
    let hint = house.tokens.id_token().to_owned();
    let landing = house.logout(&[("id_token_hint", &hint), ("ui_locales", "zh-CN"), ("logout_hint", "alice")]).await;
    landing.assert_page(200, "/logout");
    assert!(landing.reply.text().contains("lang=\"zh-CN\""));
    house.assert_signed_out().await;
}
