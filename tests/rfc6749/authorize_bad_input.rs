//! Bytes that are no authorization request. RFC 6749 §3.1, appendix B.

use axum::body::Body;
use http::{Method, Request};
use testkit::{App, Reply};

const FORM: &str = "application/x-www-form-urlencoded";

async fn query(app: &App, query: &str) -> Reply {
    app.get(&format!("/authorize?{query}")).await
}

async fn post(app: &App, kind: Option<&str>, body: impl Into<Body>) -> Reply {
    let mut request = Request::post("/authorize");
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    app.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn queries_that_cannot_be_decoded_are_refused_with_a_page() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let good = app.rp().authorize_form();
    let too_many = "a=1&".repeat(201);
    let too_long = format!("state={}", "x".repeat(8 * 1024 + 1));
    for bad in [
        "state=%",
        "state=%zz",
        "state=%FF",
        "state=%C0%80",
        "state=%00",
        "%00=1",
        "state=a%0Ab",
        "state=%7F",
        &too_many,
        &too_long,
    ] {
        let reply = query(&app, &format!("{good}&{bad}")).await;
        reply.assert_status(400);
        assert!(reply.header("location").is_none(), "{bad:.40}");
    }
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn forms_that_cannot_be_decoded_are_refused() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let good = app.rp().authorize_form();
    post(&app, Some("application/json"), good.clone()).await.assert_status(415);
    post(&app, Some("multipart/form-data; boundary=x"), good.clone()).await.assert_status(415);
    post(&app, None, good.clone()).await.assert_status(415);
    post(&app, Some(FORM), vec![b'x'; 64 * 1024 + 1]).await.assert_status(413);
    post(&app, Some(FORM), vec![0xff, 0xfe]).await.assert_status(400);
    post(&app, Some(FORM), &b"client_id=web\0"[..]).await.assert_status(400);
    post(&app, Some(FORM), "").await.assert_status(400);
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn an_empty_request_is_a_page() {
    let app = App::start().await;
    app.browser().visit("/authorize").await.assert_page(400, "/authorize");
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let app = App::start().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        let request = Request::builder().method(method.clone()).uri(app.rp().authorize_path());
        let reply = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status.as_u16(), 405, "{method}");
        assert!(reply.header("allow").is_some_and(|allow| allow.contains("GET") && allow.contains("POST")), "{method}");
    }
}

#[tokio::test]
async fn resume_takes_any_text_for_an_unknown_request() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let long = "x".repeat(4000);
    for id in ["x", "%00", "%ff", "..%2f..", "'%20or%201=1", "%F0%9F%A6%80", long.as_str()] {
        let reply = app.get(&format!("/authorize/resume/{id}")).await;
        assert!(reply.status.is_client_error(), "{id:.40}: {}", reply.status);
    }
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn a_hint_of_any_kind_is_no_error() {
    let app = App::start().await;
    let rp = app.rp().with("login_hint", "nobody@example").with("ui_locales", "xx zh-CN").with("display", "popup");
    let rp = rp.with("acr_values", "1 2").with("claims_locales", "se").with("claims", "{\"userinfo\":{}}");
    app.browser().signed_in().authorize(rp).await.code();
}
