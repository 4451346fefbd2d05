//! Who may ask, about what, and how. RFC 7662 §2.1, §4.

use http::Method;
use testkit::{API, App, ISSUER};

use super::{active, api_of, assert_inactive, resource_server, tokens};

#[tokio::test]
async fn a_resource_server_sees_the_tokens_of_its_audience() {
    let app = App::start().await;
    let (api, other) = (api_of(&app).await, resource_server(&app, "other-api", &["https://other.example"]).await);
    let rp = app.rp().scope("openid api:read");
    let for_api = tokens(&app, &rp).await;
    let body = active(&api.introspect(&for_api.access_token).await);
    assert_eq!(body["client_id"], "web");
    assert!(body.get("username").is_none());
    assert_inactive(&other.introspect(&for_api.access_token).await, "another audience");
    // A token for userinfo alone is none of the API's business, and neither is anybody's refresh token.
    let for_userinfo = tokens(&app, &app.rp().scope("openid")).await;
    assert_inactive(&api.introspect(&for_userinfo.access_token).await, "not for the API");
    assert_inactive(&api.introspect(for_api.refresh_token()).await, "a refresh token");
    let issuer = resource_server(&app, "issuer-api", &[ISSUER]).await;
    active(&issuer.introspect(&for_userinfo.access_token).await);
}

#[tokio::test]
async fn a_client_without_audiences_sees_its_own_tokens_alone() {
    let app = App::start().await;
    let rp = app.rp().scope("openid api:read");
    let tokens = tokens(&app, &rp).await;
    assert_inactive(&app.m2m().introspect(&tokens.access_token).await, "another client's");
    let own = app.m2m().client_credentials().await.tokens();
    assert_inactive(&rp.introspect(&own.access_token).await, "another client's");
    active(&app.m2m().introspect(&own.access_token).await);
}

#[tokio::test]
async fn an_audience_is_compared_byte_for_byte() {
    let app = App::start().await;
    let audiences = ["https://api.example/", "https://API.example", "https://api.exampl", "api"];
    let api = resource_server(&app, "near-api", &audiences).await;
    let tokens = tokens(&app, &app.rp().scope("openid api:read")).await;
    assert_inactive(&api.introspect(&tokens.access_token).await, API);
}

#[tokio::test]
async fn only_a_client_that_proves_itself_may_ask() {
    let app = App::start().await;
    let rp = app.rp();
    let own = tokens(&app, &app.spa()).await;
    let token = tokens(&app, &rp).await.access_token;
    app.spa().introspect(&own.access_token).await.assert_error(401, "invalid_client");
    rp.introspect(&token).by_none().await.assert_error(401, "invalid_client");
    rp.introspect(&token).by_nobody().await.assert_error(400, "invalid_request");
    let wrong = rp.introspect(&token).with_secret("wrong").await;
    wrong.assert_error(401, "invalid_client");
    assert!(wrong.header("www-authenticate").unwrap().starts_with("Basic "));
    rp.introspect(&token).by_post().await.assert_status(200);
    rp.introspect(&token).by_post().by_basic().with("client_secret", "x").await.assert_error(400, "invalid_request");
    let bearer = rp.introspect(&token).by_nobody().with_header("authorization", &format!("Bearer {token}")).await;
    bearer.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn a_disabled_client_may_not_ask() {
    let app = App::start().await;
    let token = app.m2m().client_credentials().await.tokens().access_token;
    app.set_client("m2m", |change| change.is_enabled = false).await;
    app.m2m().introspect(&token).await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_malformed_request_is_refused() {
    let app = App::start().await;
    let rp = app.rp();
    let token = tokens(&app, &rp).await.access_token;
    rp.introspect("").await.assert_error(400, "invalid_request");
    rp.introspect(&token).without("token").await.assert_error(400, "invalid_request");
    rp.introspect(&token).also("token", "x").await.assert_error(400, "invalid_request");
    rp.introspect(&token).with_query(&format!("token={token}")).await.assert_error(400, "invalid_request");
    rp.introspect(&token).without_header("content-type").await.assert_error(415, "invalid_request");
    rp.introspect(&token).with("unknown", "ignored").await.assert_status(200);
    for method in [Method::GET, Method::PUT, Method::OPTIONS] {
        rp.introspect(&token).by_method(method).await.assert_status(405);
    }
}

#[tokio::test]
async fn discovery_names_the_endpoint_and_how_to_authenticate() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["introspection_endpoint"], format!("{ISSUER}/introspect"));
    let methods = metadata["introspection_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(methods.contains(&"client_secret_basic".into()) && !methods.contains(&"none".into()));
}
