//! What every answer carries, whatever it is. RFC 9700 §4.16 (clickjacking), RFC 6749 §10.13.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use testkit::{App, CLI, Reply};

use super::{at_consent, at_login};

/// Every route of the server, and some that do not exist.
const PATHS: [&str; 19] = [
    "/",
    "/login",
    "/consent",
    "/logout",
    "/preferences",
    "/authorize",
    "/authorize/resume/0193e1b2",
    "/token",
    "/introspect",
    "/revoke",
    "/userinfo",
    "/jwks",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/assets/lingpai.css",
    "/healthz",
    "/nowhere",
    "/login/",
    "/%ff",
];

#[track_caller]
fn assert_closed(reply: &Reply, what: &str) {
    let policy = reply.header("content-security-policy").unwrap_or_else(|| panic!("{what} has no policy"));
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"] {
        assert!(policy.contains(part), "{what}: {part} is missing in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{what}: {name}");
    }
}

#[tokio::test]
async fn every_route_and_every_method_is_closed_to_frames() {
    let app = App::start().await;
    for path in PATHS {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::HEAD] {
            let request = Request::builder().method(&method).uri(path).body(Body::empty()).unwrap();
            let reply = app.send(request).await;
            assert!(!reply.status.is_server_error(), "{method} {path}: {}", reply.summary());
            assert_closed(&reply, &format!("{method} {path}"));
        }
    }
}

#[tokio::test]
async fn a_foreign_host_is_refused_on_every_route_and_its_page_is_closed_too() {
    let app = App::start().await;
    for path in PATHS {
        for host in ["evil.example", "id.example.evil.example", "127.0.0.1"] {
            let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
            let reply = app.send(request).await;
            assert_eq!(reply.status, StatusCode::MISDIRECTED_REQUEST, "{path} for {host}");
            assert_closed(&reply, path);
            assert!(!reply.text().contains("evil"), "the host is repeated");
        }
    }
}

#[tokio::test]
async fn pages_are_not_cached_and_assets_are() {
    let app = App::start().await;
    let (mut browser, page) = at_login(&app).await;
    assert_eq!(page.reply.header("cache-control"), Some("no-store"));
    let style = page.reply.text().split("rel=\"stylesheet\" href=\"").nth(1).unwrap();
    let path = testkit::html::decode(style.split('"').next().unwrap());
    let style = browser.get(&path).await;
    style.assert_status(200);
    assert_eq!(style.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
}

#[tokio::test]
async fn a_form_may_end_at_the_app_that_asked_and_nowhere_else() {
    let app = App::start().await;
    let expected = "form-action 'self' https://app.example;";
    let (_, login) = at_login(&app).await;
    let (_, consent) = at_consent(&app).await;
    for page in [login, consent] {
        let policy = page.reply.header("content-security-policy").unwrap();
        assert!(policy.contains(expected), "{policy}");
    }
    let plain = app.browser().visit("/login").await;
    assert!(plain.reply.header("content-security-policy").unwrap().contains("form-action 'self';"));
}

#[tokio::test]
async fn a_native_app_has_its_own_source() {
    let app = App::start().await;
    for (redirect_uri, source) in [
        ("http://127.0.0.1:51004/cb", "http://127.0.0.1:51004;"),
        ("http://[::1]:51004/cb", "http:;"),
        ("com.example.cli:/cb", "com.example.cli:;"),
    ] {
        let page = app.browser().authorize(app.cli().with("redirect_uri", redirect_uri)).await;
        page.assert_page(200, "/login");
        let policy = page.reply.header("content-security-policy").unwrap();
        assert!(policy.contains(&format!("form-action 'self' {source}")), "{CLI} at {redirect_uri}: {policy}");
    }
}
