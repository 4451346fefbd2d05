//! What a poll gets. RFC 8628 §3.4, §3.5.

use std::time::Duration;

use testkit::{App, USER};

use super::{Device, GRANT, allowed, decide, somebody, tv};

#[tokio::test]
async fn the_whole_way() {
    let app = App::start().await;
    let device = Device::start(&tv(&app).await, "openid profile api:read").await;
    device.poll().await.assert_error(400, "authorization_pending");
    app.advance(Duration::from_secs(5));
    let mut alice = somebody(&app, USER).await;
    let signed_in_at = app.now().as_secs();
    decide(&mut alice, &device, "device-allow").await;
    app.advance(Duration::from_secs(5));
    let tokens = device.tokens().await;
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("openid profile api:read", 600));
    let id_token = app.verify(tokens.id_token()).await.claims;
    let access_token = app.verify(&tokens.access_token).await.claims;
    assert_eq!(id_token["sub"], app.user().await.id);
    assert_eq!((&id_token["aud"], &id_token["auth_time"]), (&"tv".into(), &signed_in_at.into()));
    assert_eq!((&id_token["acr"], &id_token["amr"]), (&"1".into(), &vec!["pwd"].into()));
    assert!(id_token["sid"].is_string() && id_token["at_hash"].is_string() && id_token["nonce"].is_null());
    assert_eq!((&access_token["client_id"], &access_token["sid"]), (&"tv".into(), &id_token["sid"]));
    assert_eq!(access_token["aud"], serde_json::json!([testkit::API, testkit::ISSUER]));
    device.rp.userinfo(&tokens.access_token).await.assert_status(200);
    let again = device.rp.refresh(tokens.refresh_token()).await.tokens();
    assert_eq!(again.scope, tokens.scope);
}

#[tokio::test]
async fn a_waiting_device_that_keeps_its_pause_goes_on_waiting() {
    let app = App::start().await;
    let device = Device::start(&tv(&app).await, "openid").await;
    for _ in 0..5 {
        device.poll().await.assert_error(400, "authorization_pending");
        app.advance(Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_device_in_a_hurry_is_slowed_down_by_five_seconds_each_time() {
    let app = App::start().await;
    let device = Device::start(&tv(&app).await, "openid").await;
    device.poll().await.assert_error(400, "authorization_pending");
    device.poll().await.assert_error(400, "slow_down");
    // The pause is ten seconds now, and begins with the last poll.
    app.advance(Duration::from_secs(9));
    device.poll().await.assert_error(400, "slow_down");
    app.advance(Duration::from_secs(15));
    device.poll().await.assert_error(400, "authorization_pending");
    // And it stays fifteen.
    app.advance(Duration::from_millis(14_499));
    device.poll().await.assert_error(400, "slow_down");
    app.advance(Duration::from_millis(19_500));
    device.poll().await.assert_error(400, "authorization_pending");
}

#[tokio::test]
async fn an_impatient_device_still_gets_its_tokens() {
    let app = App::start().await;
    let device = Device::start(&tv(&app).await, "openid").await;
    device.poll().await.assert_error(400, "authorization_pending");
    device.poll().await.assert_error(400, "slow_down");
    let mut alice = somebody(&app, USER).await;
    decide(&mut alice, &device, "device-allow").await;
    device.tokens().await;
}

#[tokio::test]
async fn a_refused_device_is_told_so_every_time() {
    let app = App::start().await;
    let device = Device::start(&tv(&app).await, "openid").await;
    let mut alice = somebody(&app, USER).await;
    decide(&mut alice, &device, "device-deny").await;
    for _ in 0..2 {
        device.poll().await.assert_error(400, "access_denied");
    }
    assert!(app.snapshot().await.rows("consent").is_empty());
    assert!(app.snapshot().await.rows("family").is_empty());
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes_decided_or_not() {
    let app = App::start().await;
    let (decided, _) = allowed(&app, "openid").await;
    let waiting = Device::start(&decided.rp, "openid").await;
    app.advance(Duration::from_millis(599_999));
    waiting.poll().await.assert_error(400, "authorization_pending");
    app.advance(Duration::from_millis(1));
    for device in [waiting, decided] {
        device.poll().await.assert_error(400, "expired_token");
    }
}

#[tokio::test]
async fn tokens_are_given_once_and_a_replay_ends_them() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    let tokens = device.tokens().await;
    device.rp.userinfo(&tokens.access_token).await.assert_status(200);
    for _ in 0..2 {
        device.poll().await.assert_error(400, "invalid_grant");
    }
    device.rp.userinfo(&tokens.access_token).await.assert_status(401);
    device.rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
    let replays = app.snapshot().await.rows("audit_event").iter().filter(|row| row.contains("device.replayed")).count();
    assert_eq!(replays, 1);
}

#[tokio::test]
async fn of_sixteen_polls_one_gets_the_tokens() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        calls.spawn(device.poll().into_future());
    }
    let replies = calls.join_all().await;
    let winners = replies.iter().filter(|reply| reply.status.as_u16() == 200).count();
    assert_eq!(winners, 1);
    for reply in replies.iter().filter(|reply| reply.status.as_u16() != 200) {
        reply.assert_error(400, "invalid_grant");
    }
    assert_eq!(app.snapshot().await.rows("family").len(), 1);
}

#[tokio::test]
async fn junk_neither_spends_nor_slows_nor_ends() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    let code = device.device_code.as_str();
    let before = app.snapshot().await;
    let wrong_secret = format!("{}.{}", code.split('.').next().unwrap(), "A".repeat(43));
    let disguised = code.replacen("dc_", "rt_", 1);
    for artefact in
        ["x", "dc_", "dc_.", "dc_a.b", &code[..code.len() - 1], &wrong_secret, &disguised, &device.user_code]
    {
        device.rp.call(GRANT).with("device_code", artefact).await.assert_error(400, "invalid_grant");
    }
    device.rp.call(GRANT).await.assert_error(400, "invalid_request");
    device.poll().also("device_code", code).await.assert_error(400, "invalid_request");
    device.poll().by_nobody().await.assert_error(400, "invalid_request");
    app.snapshot().await.assert_same_as(&before);
    device.tokens().await;
}

#[tokio::test]
async fn another_clients_code_is_nobodys() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    let radio = app.add_client(grant_store::NewClient { id: "radio".to_owned(), ..super::new_tv() }).await;
    let before = app.snapshot().await;
    radio.call(GRANT).with("device_code", &device.device_code).await.assert_error(400, "invalid_grant");
    // A client without the grant does not even learn that much.
    app.spa().call(GRANT).with("device_code", &device.device_code).await.assert_error(400, "unauthorized_client");
    app.snapshot().await.assert_same_as(&before);
    device.tokens().await;
    radio.call(GRANT).with("device_code", &device.device_code).await.assert_error(400, "invalid_grant");
    assert!(app.snapshot().await.rows("family").iter().any(|row| row.contains("live")));
}

#[tokio::test]
async fn one_kind_of_secret_never_passes_for_another() {
    let app = App::start().await;
    let (device, _) = allowed(&app, "openid").await;
    let as_refresh = device.device_code.replacen("dc_", "rt_", 1);
    device.rp.refresh(&as_refresh).await.assert_error(400, "invalid_grant");
    device.rp.refresh(&device.device_code).await.assert_error(400, "invalid_grant");
    let tokens = device.tokens().await;
    let as_device = tokens.refresh_token().replacen("rt_", "dc_", 1);
    device.rp.call(GRANT).with("device_code", &as_device).await.assert_error(400, "invalid_grant");
    device.rp.refresh(tokens.refresh_token()).await.tokens();
}
