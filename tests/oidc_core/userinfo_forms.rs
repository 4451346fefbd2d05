//! Where userinfo takes its token: in the header or in the form of a POST, in one place, never in the query. RFC 6750 §2.

use axum::body::Body;
use http::{Method, Request};
use testkit::{App, Reply};

const FORM: &str = "application/x-www-form-urlencoded";

async fn token(app: &App) -> String {
    let code = app.browser().signed_in().authorize(app.rp()).await.code();
    app.rp().exchange(code).await.tokens().access_token
}

/// A request with a form; without a content type where `kind` is empty.
async fn send(app: &App, method: Method, kind: &str, body: &str, bearer: Option<&str>) -> Reply {
    let mut request = Request::builder().method(method).uri("/userinfo");
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    if let Some(token) = bearer {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[track_caller]
fn assert_misplaced(reply: &Reply) {
    reply.assert_error(400, "invalid_request");
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_request\""), "{challenge}");
}

#[tokio::test]
async fn a_form_may_carry_the_token() {
    let app = App::start().await;
    let token = token(&app).await;
    let reply = send(&app, Method::POST, FORM, &format!("access_token={token}"), None).await;
    assert_eq!(reply.assert_status(200).json()["sub"], app.user().await.id);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let charset = format!("{FORM}; charset=UTF-8");
    send(&app, Method::POST, &charset, &format!("access_token={token}&x=1"), None).await.assert_status(200);
}

#[tokio::test]
async fn a_bad_token_in_a_form_gets_its_reason() {
    let app = App::start().await;
    for body in ["access_token=x", "access_token=a.b.c", "access_token=%F0%9F%8D%9C"] {
        let reply = send(&app, Method::POST, FORM, body, None).await;
        reply.assert_status(401);
        assert!(reply.header("www-authenticate").unwrap().contains("error=\"invalid_token\""), "{body}");
    }
    // A form without the token is a request without one.
    for body in ["", "access_token=", "token=x"] {
        let reply = send(&app, Method::POST, FORM, body, None).await;
        reply.assert_status(401);
        assert!(!reply.header("www-authenticate").unwrap().contains("error"), "{body}");
    }
}

#[tokio::test]
async fn two_places_are_refused() {
    let app = App::start().await;
    let token = token(&app).await;
    let body = format!("access_token={token}");
    assert_misplaced(&send(&app, Method::POST, FORM, &body, Some(&token)).await);
    assert_misplaced(&send(&app, Method::POST, FORM, &format!("{body}&{body}"), None).await);
    send(&app, Method::POST, FORM, "", Some(&token)).await.assert_status(200);
}

#[tokio::test]
async fn a_token_in_the_query_is_refused() {
    let app = App::start().await;
    let token = token(&app).await;
    assert_misplaced(&app.get(&format!("/userinfo?access_token={token}")).await);
    assert_misplaced(&app.get("/userinfo?access_token=").await);
    let request =
        Request::get(format!("/userinfo?access_token={token}")).header("authorization", format!("Bearer {token}"));
    assert_misplaced(&app.send(request.body(Body::empty()).unwrap()).await);
    let request = Request::get("/userinfo?schema=openid").header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty()).unwrap()).await.assert_status(200);
}

#[tokio::test]
async fn only_the_form_of_a_post_counts() {
    let app = App::start().await;
    let token = token(&app).await;
    let body = format!("access_token={token}");
    send(&app, Method::GET, FORM, &body, None).await.assert_status(401);
    for kind in ["", "application/json", "text/plain", "multipart/form-data; boundary=x"] {
        send(&app, Method::POST, kind, &body, None).await.assert_status(401);
    }
    send(&app, Method::POST, FORM, "access_token=%zz", None).await.assert_error(400, "invalid_request");
}
