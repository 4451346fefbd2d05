//! Which endpoints the script of another origin may call. RFC 9700 §2.6; the Fetch standard, CORS protocol.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

use axum::body::Body;
use http::{Method, Request};
use testkit::{App, RelyingParty, Reply, SPA};

const ORIGIN: &str = "https://spa.example";
const OTHER: &str = "https://other.example";
const EVIL: &str = "https://evil.example";
/// What browser apps call.
const OPEN: [(&str, &str); 3] = [("/token", "POST"), ("/revoke", "POST"), ("/userinfo", "GET, POST")];

/// Two clients with an origin each, and one without.
async fn app() -> App {
    let app = App::start().await;
    app.set_client(SPA, |change| change.client.cors_origins = vec![ORIGIN.to_owned()]).await;
    app.set_client("cli", |change| change.client.cors_origins = vec![OTHER.to_owned()]).await;
    app
}

async fn preflight(app: &App, path: &str, origin: &str) -> Reply {
    let request = Request::builder().method(Method::OPTIONS).uri(path).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    let request = request.header("access-control-request-headers", "authorization,content-type");
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn get(app: &App, path: &str, origin: &str) -> Reply {
    app.send(Request::get(path).header("origin", origin).body(Body::empty()).unwrap()).await
}

#[track_caller]
fn allowed(reply: &Reply) -> Option<&str> {
    assert!(reply.header("access-control-allow-credentials").is_none());
    reply.header("access-control-allow-origin")
}

async fn code(app: &App, rp: &RelyingParty) -> String {
    app.browser().signed_in().authorize(rp).await.code()
}

#[tokio::test]
async fn a_registered_origin_passes_the_preflight() {
    let app = app().await;
    for (path, methods) in OPEN {
        for origin in [ORIGIN, OTHER] {
            let reply = preflight(&app, path, origin).await;
            reply.assert_status(204);
            assert_eq!(allowed(&reply), Some(origin), "{path}");
            assert_eq!(reply.header("access-control-allow-methods"), Some(methods));
            assert_eq!(reply.header("access-control-allow-headers"), Some("authorization, content-type"));
            assert_eq!(reply.header("access-control-max-age"), Some("600"));
            assert_eq!(reply.header("vary"), Some("origin"));
        }
    }
}

#[tokio::test]
async fn no_other_origin_passes_it() {
    let app = app().await;
    let near =
        ["https://spa.example:8443", "http://spa.example", "https://SPA.example", "https://spa.example.evil.example"];
    for (path, _) in OPEN {
        for origin in [EVIL, "null", "*", "", "https://spa.example/"].into_iter().chain(near) {
            let reply = preflight(&app, path, origin).await;
            assert_eq!(allowed(&reply), None, "{path} for {origin}");
            assert_eq!(reply.header("access-control-allow-methods"), None);
            assert_eq!(reply.header("vary"), Some("origin"));
        }
    }
}

#[tokio::test]
async fn the_origins_of_a_disabled_client_are_closed() {
    let app = app().await;
    assert_eq!(allowed(&preflight(&app, "/token", ORIGIN).await), Some(ORIGIN));
    app.set_client(SPA, |change| change.is_enabled = false).await;
    assert_eq!(allowed(&preflight(&app, "/token", ORIGIN).await), None);
}

#[tokio::test]
async fn a_single_page_app_redeems_refreshes_asks_and_gives_up_from_its_origin() {
    let app = app().await;
    let rp = app.spa();
    let reply = rp.exchange(code(&app, &rp).await).with_header("origin", ORIGIN).await;
    assert_eq!((allowed(&reply), reply.header("vary")), (Some(ORIGIN), Some("origin")));
    let tokens = reply.tokens();
    let reply = rp.refresh(tokens.refresh_token()).with_header("origin", ORIGIN).await;
    assert_eq!(allowed(&reply), Some(ORIGIN));
    let tokens = reply.tokens();
    let bearer = format!("Bearer {}", tokens.access_token);
    let request = Request::get("/userinfo").header("origin", ORIGIN).header("authorization", bearer);
    let reply = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(allowed(reply.assert_status(200)), Some(ORIGIN));
    let reply = rp.revoke(tokens.refresh_token()).with_header("origin", ORIGIN).await;
    assert_eq!(allowed(reply.assert_status(200)), Some(ORIGIN));
}

#[tokio::test]
async fn an_answer_is_opened_for_the_origins_of_the_client_that_called() {
    let app = app().await;
    let rp = app.spa();
    // Another client's origin passes the preflight, and still cannot read what this client gets.
    for origin in [OTHER, EVIL, "null"] {
        let reply = rp.exchange(code(&app, &rp).await).with_header("origin", origin).await;
        assert_eq!((allowed(&reply), reply.header("vary")), (None, Some("origin")), "{origin}");
        reply.tokens();
    }
    let token = rp.exchange(code(&app, &rp).await).await.tokens().access_token;
    let request = Request::get("/userinfo").header("origin", OTHER).header("authorization", format!("Bearer {token}"));
    assert_eq!(allowed(&app.send(request.body(Body::empty()).unwrap()).await), None);
    assert_eq!(allowed(&rp.revoke(&token).with_header("origin", OTHER).await), None);
}

#[tokio::test]
async fn an_app_can_read_why_it_was_refused() {
    let app = app().await;
    let rp = app.spa();
    let reply = rp.exchange("code_x.y").with_header("origin", ORIGIN).await;
    assert_eq!(allowed(reply.assert_error(400, "invalid_grant")), Some(ORIGIN));
    let reply = rp.call("nonsense").by_nobody().with_header("origin", ORIGIN).await;
    assert_eq!(allowed(reply.assert_error(400, "unsupported_grant_type")), Some(ORIGIN));
    let reply = get(&app, "/userinfo", ORIGIN).await;
    assert_eq!(allowed(reply.assert_status(401)), Some(ORIGIN));
    assert_eq!(reply.header("access-control-expose-headers"), Some("www-authenticate, retry-after"));
    assert_eq!(allowed(&get(&app, "/userinfo", EVIL).await), None);
    app.db().clone().close().await;
    let reply = rp.refresh("rt_00000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let reply = reply.with_header("origin", ORIGIN).await;
    assert_eq!(allowed(reply.assert_status(503)), Some(ORIGIN));
}

#[tokio::test]
async fn a_request_without_origin_is_answered_without_headers() {
    let app = app().await;
    let rp = app.spa();
    let reply = rp.exchange(code(&app, &rp).await).await;
    assert_eq!((allowed(&reply), reply.header("vary")), (None, Some("origin")));
    reply.tokens();
}

#[tokio::test]
async fn public_documents_are_open_to_everybody() {
    let app = app().await;
    for path in ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        assert_eq!(allowed(get(&app, path, EVIL).await.assert_status(200)), Some("*"), "{path}");
        let reply = preflight(&app, path, EVIL).await;
        assert_eq!(allowed(reply.assert_status(204)), Some("*"));
        assert_eq!(reply.header("access-control-allow-methods"), Some("GET, HEAD"));
    }
}

#[tokio::test]
async fn everything_else_is_closed() {
    let app = app().await;
    for path in
        ["/", "/authorize", "/introspect", "/login", "/consent", "/logout", "/preferences", "/healthz", "/nowhere"]
    {
        assert_eq!(allowed(&preflight(&app, path, ORIGIN).await), None, "{path}");
        assert_eq!(allowed(&get(&app, path, ORIGIN).await), None, "{path}");
    }
    let reply = app.m2m().introspect("x").with_header("origin", ORIGIN).await;
    assert_eq!(allowed(reply.assert_status(200)), None);
}
