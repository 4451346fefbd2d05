//! The userinfo endpoint. OpenID Connect Core §5.3, §5.4; bearer tokens: RFC 6750.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use protocol::standard_claims::CLAIMS_BY_SCOPE;
use testkit::{App, RelyingParty, Reply};

async fn token(app: &App, rp: &RelyingParty) -> String {
    let code = app.browser().signed_in().authorize(rp).await.code();
    rp.exchange(code).await.tokens().access_token
}

async fn call(app: &App, method: Method, authorizations: &[&str]) -> Reply {
    let mut request = Request::builder().method(method).uri("/userinfo");
    for value in authorizations {
        request = request.header("authorization", *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn each_scope_releases_its_claims_and_no_others() {
    let app = App::start().await;
    for (scope, claims) in CLAIMS_BY_SCOPE {
        let rp = app.rp().scope(&format!("openid {scope}"));
        let reply = rp.userinfo(&token(&app, &rp).await).await;
        assert_eq!(reply.assert_status(200).header("content-type"), Some("application/json"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let body = reply.json();
        let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [claims, &["sub"]].concat();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{scope}");
    }
}

#[tokio::test]
async fn openid_alone_releases_the_subject() {
    let app = App::start().await;
    let rp = app.rp().scope("openid");
    let body = rp.userinfo(&token(&app, &rp).await).await.json();
    assert_eq!(body, serde_json::json!({"sub": app.user().await.id}));
}

#[tokio::test]
async fn claims_have_their_types() {
    let app = App::start().await;
    let rp = app.rp().scope("openid profile email address phone");
    let body = rp.userinfo(&token(&app, &rp).await).await.json();
    assert!(body["updated_at"].is_number() && body["email_verified"].is_boolean());
    assert!(body["phone_number_verified"].is_boolean() && body["address"].is_object());
    for (name, value) in body.as_object().unwrap() {
        assert!(!value.is_null() && *value != "" && *value != "null", "{name}");
    }
}

#[tokio::test]
async fn it_answers_get_and_post_with_the_header() {
    let app = App::start().await;
    let bearer = format!("Bearer {}", token(&app, &app.rp()).await);
    for method in [Method::GET, Method::POST] {
        call(&app, method, &[&bearer]).await.assert_status(200);
    }
    call(&app, Method::GET, &[&bearer.replacen("Bearer", "bEARER", 1)]).await.assert_status(200);
    call(&app, Method::PUT, &[&bearer]).await.assert_status(405);
}

#[tokio::test]
async fn a_request_without_token_gets_a_bare_challenge() {
    let app = App::start().await;
    let reply = call(&app, Method::GET, &[]).await;
    reply.assert_status(401);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer realm=\"") && !challenge.contains("error"), "{challenge}");
}

#[tokio::test]
async fn a_bad_token_gets_its_reason() {
    let app = App::start().await;
    let token = token(&app, &app.rp()).await;
    let good = format!("Bearer {token}");
    let headers: [&[&str]; 6] =
        [&["Bearer x"], &["Bearer a b"], &["Bearer a,b"], &[&token], &[&good, &good], &["Basic YTpi"]];
    for authorizations in headers {
        let reply = call(&app, Method::GET, authorizations).await;
        reply.assert_status(401);
        assert!(reply.header("www-authenticate").unwrap().contains("error=\"invalid_token\""), "{authorizations:?}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_token_without_openid_is_refused() {
    let app = App::start().await;
    let rp = app.rp().scope("api:read");
    let reply = rp.userinfo(&token(&app, &rp).await).await;
    assert!(matches!(reply.status.as_u16(), 401 | 403), "{}", reply.summary());
    assert!(reply.header("www-authenticate").unwrap().contains("error=\"in"));
}

#[tokio::test]
async fn a_token_ends_after_ten_minutes() {
    let app = App::start().await;
    let rp = app.rp();
    let token = token(&app, &rp).await;
    app.advance(Duration::from_secs(599));
    rp.userinfo(&token).await.assert_status(200);
    // Ten seconds of leeway, so that two clocks need not agree.
    app.advance(Duration::from_secs(11));
    rp.userinfo(&token).await.assert_status(401);
}

#[tokio::test]
async fn a_withdrawn_consent_or_a_disabled_person_ends_it_at_once() {
    let app = App::start().await;
    let rp = app.rp();
    let first = token(&app, &rp).await;
    app.grants().revoke_consent(&app.user().await.id, "web").await.unwrap();
    rp.userinfo(&first).await.assert_status(401);
    let second = token(&app, &rp).await;
    app.users().disable(&app.user().await.id).await.unwrap();
    rp.userinfo(&second).await.assert_status(401);
}

#[tokio::test]
async fn changed_claims_show_at_once() {
    let app = App::start().await;
    let rp = app.rp();
    let token = token(&app, &rp).await;
    let user = app.user().await;
    let claims = protocol::StandardClaims { name: Some("Li Hua".to_owned()), ..user.claims };
    app.users().set_claims(&user.id, &claims).await.unwrap();
    assert_eq!(rp.userinfo(&token).await.json()["name"], "Li Hua");
}
