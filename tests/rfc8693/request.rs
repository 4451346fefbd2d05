//! What may be exchanged for what, and how the answer looks. RFC 8693 §2.1, §2.2, §4.1.

use std::time::Duration;

use serde_json::json;
use testkit::{API, App, ISSUER};

use super::{ACCESS_TOKEN, GRANT, House, MAIL, STOCK, exchange, service};

#[tokio::test]
async fn a_service_gets_a_token_of_the_person_for_the_next_service() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let old = house.app.verify(&tokens.access_token).await.claims;
    assert_eq!(old["aud"], json!([API, STOCK, ISSUER]));
    house.app.advance(Duration::from_mins(1));
    let reply = house.exchange(&tokens.access_token).await;
    let body = reply.assert_status(200).json();
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
    assert_eq!((&body["issued_token_type"], &body["token_type"]), (&json!(ACCESS_TOKEN), &json!("Bearer")));
    // `stock:write` stays behind: the service itself may not have it.
    assert_eq!((&body["scope"], &body["expires_in"]), (&json!("stock:read"), &json!(540)));
    let new = house.app.verify(body["access_token"].as_str().unwrap()).await.claims;
    assert_eq!((&new["aud"], &new["scope"]), (&json!(STOCK), &json!("stock:read")));
    assert_eq!((&new["sub"], &new["client_id"]), (&old["sub"], &json!("orders")));
    assert_eq!(new["act"], json!({ "sub": "orders" }));
    assert_eq!((&new["family"], &new["sid"], &new["exp"]), (&old["family"], &old["sid"], &old["exp"]));
    assert_ne!(new["jti"], old["jti"]);
    assert!(old.get("act").is_none());
}

#[tokio::test]
async fn an_audience_names_the_target_as_well() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let call = house.exchange(&tokens.access_token).without("resource").with("audience", STOCK);
    assert_eq!(call.with("requested_token_type", ACCESS_TOKEN).await.tokens().scope, "stock:read");
}

#[tokio::test]
async fn discovery_names_the_grant() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
}

#[tokio::test]
async fn it_is_off_unless_grant_and_targets_are_registered() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let mut off = service("off", API, &[]);
    let without_targets = house.app.add_client(off.clone()).await;
    exchange(&without_targets, &tokens.access_token, STOCK).await.assert_error(400, "unauthorized_client");
    off.id = "also-off".to_owned();
    off.grant_types = vec![flow::GrantName::ClientCredentials];
    off.terms.exchange_targets = vec![STOCK.to_owned()];
    let without_grant = house.app.add_client(off).await;
    exchange(&without_grant, &tokens.access_token, STOCK).await.assert_error(400, "unauthorized_client");
    exchange(&house.app.spa(), &tokens.access_token, STOCK).await.assert_error(400, "unauthorized_client");
    let mut public = grant_store::NewClient::public("public");
    public.grant_types = vec![flow::GrantName::TokenExchange];
    assert!(matches!(house.app.grants().add_client(public).await, Err(grant_store::ClientError::GrantUnfit)));
}

#[tokio::test]
async fn the_client_is_authenticated() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let call = house.exchange(&tokens.access_token);
    call.clone().with_secret("wrong").await.assert_error(401, "invalid_client");
    call.clone().by_none().await.assert_error(401, "invalid_client");
    house.app.set_client("orders", |change| change.is_enabled = false).await;
    call.await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn nothing_is_filled_in_for_what_is_missing_and_no_other_type_is_taken() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let call = house.exchange(&tokens.access_token);
    let before = house.app.snapshot().await.without(&["refusal"]);
    for missing in ["subject_token", "subject_token_type", "resource"] {
        call.clone().without(missing).await.assert_error(400, "invalid_request");
        call.clone().with(missing, "").await.assert_error(400, "invalid_request");
    }
    for kind in ["jwt", "id_token", "refresh_token", "saml2", ""] {
        let kind = format!("urn:ietf:params:oauth:token-type:{kind}");
        call.clone().with("subject_token_type", &kind).await.assert_error(400, "invalid_request");
        call.clone().with("requested_token_type", &kind).await.assert_error(400, "invalid_request");
    }
    call.clone().with("actor_token", &tokens.access_token).await.assert_error(400, "invalid_request");
    call.clone().with("actor_token_type", ACCESS_TOKEN).await.assert_error(400, "invalid_request");
    call.clone().also("subject_token", &tokens.access_token).await.assert_error(400, "invalid_request");
    call.clone().also("scope", "stock:read").also("scope", "stock:read").await.assert_error(400, "invalid_request");
    house.app.snapshot().await.without(&["refusal"]).assert_same_as(&before);
    call.await.tokens();
}

#[tokio::test]
async fn only_a_listed_target_that_exists_is_served() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    for target in [MAIL, API, ISSUER, "https://stock.example/", "orders", "https://evil.example"] {
        exchange(&house.orders, &tokens.access_token, target).await.assert_error(400, "invalid_target");
    }
    let call = house.exchange(&tokens.access_token);
    call.clone().also("resource", MAIL).await.assert_error(400, "invalid_target");
    call.clone().with("audience", STOCK).await.assert_error(400, "invalid_target");
    house.app.grants().remove_api(STOCK).await.unwrap();
    call.await.assert_error(400, "invalid_target");
}

#[tokio::test]
async fn no_scope_grows() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    for beyond in ["stock:write", "mail:send", "api:read", "api:write", "openid", "stock:read openid", "a\"b"] {
        let reply = house.exchange(&tokens.access_token).with("scope", beyond).await;
        reply.assert_error(400, "invalid_scope");
    }
    assert_eq!(house.exchange(&tokens.access_token).with("scope", "stock:read").await.tokens().scope, "stock:read");
    // A person who did not allow the stock gives nothing for it.
    let poor = house.app.rp().scope("openid api:read");
    let code = house.app.browser().signed_in_as("bob").authorize(&poor).await.code();
    let of_bob = poor.exchange(code).await.tokens();
    house.exchange(&of_bob.access_token).await.assert_error(400, "invalid_scope");
}

#[tokio::test]
async fn a_new_token_ends_no_later_than_the_old_one() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    house.app.advance(Duration::from_secs(599));
    assert_eq!(house.exchange(&tokens.access_token).await.tokens().expires_in, 1);
    // Verifiers allow for clocks that differ by ten seconds; an exchange does not.
    house.app.advance(Duration::from_secs(1));
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
    house.app.advance(Duration::from_mins(1));
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn a_chain_names_everybody_who_acted() {
    let house = House::build().await;
    let stock = house.app.add_client(service("stock", STOCK, &[MAIL, STOCK])).await;
    let wide = house.web.clone().scope("openid api:read stock:read mail:send");
    let code = house.app.browser().signed_in().authorize(&wide).await.code();
    let tokens = wide.exchange(code).await.tokens();
    let first = house.exchange(&tokens.access_token).await.tokens();
    // What was narrowed stays narrow: the mail was in the first token and is not in the second.
    exchange(&stock, &first.access_token, MAIL).await.assert_error(400, "invalid_scope");
    let second = exchange(&stock, &first.access_token, STOCK).await.tokens();
    let claims = house.app.verify(&second.access_token).await.claims;
    assert_eq!(claims["act"], json!({ "sub": "stock", "act": { "sub": "orders" } }));
    let third = exchange(&stock, &second.access_token, STOCK).await.tokens();
    let fourth = exchange(&stock, &third.access_token, STOCK).await.tokens();
    exchange(&stock, &fourth.access_token, STOCK).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn introspection_tells_who_acts() {
    let house = House::build().await;
    let stock = house.app.add_client(service("stock", STOCK, &[])).await;
    let tokens = house.tokens().await;
    let new = house.exchange(&tokens.access_token).await.tokens();
    let told = stock.introspect(&new.access_token).await.json();
    assert_eq!((&told["active"], &told["act"]), (&json!(true), &json!({ "sub": "orders" })));
    assert_eq!(told["sub"], house.app.user().await.id);
}
