//! The device authorization endpoint. RFC 8628 §3.1, §3.2.

use flow::GrantName;
use flow::device::DeviceAsk;
use grant_store::{NewClient, NewDevice, UserCodeKey};
use http::Method;
use platform::seal::MasterKey;
use testkit::{App, ISSUER};

use super::{Device, ENDPOINT, ask, new_tv, tv};

#[tokio::test]
async fn a_device_is_told_both_codes_and_where_to_go() {
    let app = App::start().await;
    let reply = ask(&tv(&app).await, "openid profile").await;
    let body = reply.assert_status(200).json();
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let user_code = body["user_code"].as_str().unwrap();
    assert_eq!(user_code.len(), 9);
    assert!(user_code.chars().enumerate().all(|(at, c)| if at == 4 {
        c == '-'
    } else {
        "BCDFGHJKLMNPQRSTVWXZ".contains(c)
    }));
    assert!(body["device_code"].as_str().unwrap().starts_with("dc_"));
    assert_eq!(body["verification_uri"], format!("{ISSUER}/device"));
    assert_eq!(body["verification_uri_complete"], format!("{ISSUER}/device?user_code={user_code}"));
    assert_eq!((body["expires_in"].as_u64(), body["interval"].as_u64()), (Some(600), Some(5)));
    assert_eq!(body.as_object().unwrap().len(), 6);
}

#[tokio::test]
async fn discovery_names_the_endpoint_and_the_grant() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["device_authorization_endpoint"], format!("{ISSUER}{ENDPOINT}"));
    let grants = metadata["grant_types_supported"].as_array().unwrap();
    assert!(grants.iter().any(|grant| grant == super::GRANT));
}

#[tokio::test]
async fn the_client_is_authenticated_as_at_the_token_endpoint() {
    let app = App::start().await;
    let console = app
        .add_client(NewClient { grant_types: vec![GrantName::DeviceCode], ..NewClient::confidential("console") })
        .await;
    ask(&console, "openid").await.assert_status(200);
    ask(&console, "openid").by_post().await.assert_status(200);
    ask(&console, "openid").with_secret("wrong").await.assert_error(401, "invalid_client");
    ask(&console, "openid").by_none().await.assert_error(401, "invalid_client");
    let tv = tv(&app).await;
    ask(&tv, "openid").await.assert_status(200);
    ask(&tv, "openid").by_nobody().await.assert_error(400, "invalid_request");
    ask(&tv, "openid").by_nobody().with("client_id", "nobody").await.assert_error(401, "invalid_client");
    app.set_client("tv", |change| change.is_enabled = false).await;
    ask(&tv, "openid").await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_client_without_the_grant_or_the_scope_gets_no_code() {
    let app = App::start().await;
    ask(&app.rp(), "openid").await.assert_error(400, "unauthorized_client");
    let tv = tv(&app).await;
    ask(&tv, "openid email").await.assert_error(400, "invalid_scope");
    ask(&tv, "openid admin").await.assert_error(400, "invalid_scope");
    ask(&tv, "open\"id").await.assert_error(400, "invalid_scope");
    assert!(app.snapshot().await.rows("device_code").is_empty());
}

#[tokio::test]
async fn a_bent_request_gets_no_code() {
    let app = App::start().await;
    let tv = tv(&app).await;
    ask(&tv, "openid").also("scope", "profile").await.assert_error(400, "invalid_request");
    ask(&tv, "openid").also("x", "1").also("x", "2").await.assert_error(400, "invalid_request");
    ask(&tv, "openid").at(&format!("{ENDPOINT}?client_id=tv")).await.assert_error(400, "invalid_request");
    ask(&tv, "openid").with_body("a=%zz").await.assert_error(400, "invalid_request");
    ask(&tv, "openid").without_header("content-type").await.assert_status(415);
    assert_eq!(ask(&tv, "openid").by_method(Method::GET).await.status.as_u16(), 405);
    assert!(app.snapshot().await.rows("device_code").is_empty());
}

#[tokio::test]
async fn no_row_holds_a_code() {
    let app = App::start().await;
    let device = Device::start(&tv(&app).await, "openid").await;
    let rows = app.snapshot().await.rows("device_code").join("\n");
    let letters = device.user_code.replace('-', "");
    for secret in [&device.user_code, &letters, &letters.to_lowercase(), device.device_code.split('.').nth(1).unwrap()]
    {
        assert!(!rows.contains(secret), "{rows}");
    }
}

#[tokio::test]
async fn an_address_that_asks_without_end_is_told_to_wait() {
    let app = App::start().await;
    let rp = tv(&app).await;
    let key = UserCodeKey::derive(&MasterKey::generate());
    let new = NewDevice {
        client_id: "tv".to_owned(),
        ask: DeviceAsk { scopes: "openid".parse().unwrap(), audience: Vec::new() },
        address: "203.0.113.7".to_owned(),
        user_agent: String::new(),
    };
    for _ in 0..500 {
        app.grants().start_device(&key, new.clone()).await.unwrap();
    }
    let refused = ask(&rp, "openid").await;
    refused.assert_status(503);
    assert_eq!(refused.header("retry-after"), Some("30"));
    assert_eq!(app.snapshot().await.rows("device_code").len(), 500);
    let elsewhere = NewDevice { address: "203.0.113.8".to_owned(), ..new };
    app.grants().start_device(&key, elsewhere).await.unwrap();
    // Codes that have ended make room.
    app.advance(std::time::Duration::from_mins(10));
    ask(&rp, "openid").await.assert_status(200);
}

#[tokio::test]
async fn what_has_ended_is_swept() {
    let app = App::start().await;
    let device = Device::start(&tv(&app).await, "openid").await;
    app.advance(std::time::Duration::from_hours(1));
    app.grants().sweep().await.unwrap();
    device.poll().await.assert_error(400, "expired_token");
    app.advance(std::time::Duration::from_mins(10));
    app.grants().sweep().await.unwrap();
    assert!(app.snapshot().await.rows("device_code").is_empty());
    device.poll().await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn offline_access_is_kept_only_where_it_means_something() {
    let app = App::start().await;
    let without_refresh = NewClient { grant_types: vec![GrantName::DeviceCode], id: "radio".to_owned(), ..new_tv() };
    for (rp, scope, kept) in [
        (tv(&app).await, "openid offline_access", "openid offline_access"),
        (app.add_client(without_refresh).await, "openid offline_access", "openid"),
    ] {
        let device = Device::start(&rp, scope).await;
        let mut alice = super::somebody(&app, testkit::USER).await;
        super::decide(&mut alice, &device, "device-allow").await;
        assert_eq!(device.tokens().await.scope, kept);
    }
}
