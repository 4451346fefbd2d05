//! Answers only for our own names.
//!
//! Every absolute URL is built from the configured issuer, never from `Host`; refusing foreign hosts also ends DNS
//! rebinding against a server on loopback. Source: RFC 9110 §15.5.20 (421), RFC 9112 §3.2.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, header};

use crate::{
    fault::{Fault, FaultKind},
    settings::WebSettings,
};

/// Middleware that refuses requests for a host that is not ours with 421, and requests that name none with 400.
pub async fn check(State(settings): State<Arc<WebSettings>>, request: Request, next: Next) -> Response {
    match host(request.uri(), request.headers()) {
        Some(host) if settings.allows_host(host) => next.run(request).await,
        Some(_) => Fault::new(FaultKind::ForeignHost).into_response(),
        None => Fault::new(FaultKind::BadRequest).into_response(),
    }
}

/// The authority that a request asks for: the target's own if it has one (RFC 9112 §3.2.2), else the one `Host`.
///
/// `None` when it is missing, not text, or said twice.
pub fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) | (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn_with_state, routing::get};
    use http::StatusCode;
    use tower::ServiceExt;

    use super::*;
    use crate::settings::tests::settings;

    async fn status(request: http::request::Builder) -> StatusCode {
        let app =
            Router::new().route("/", get(|| async { "ok" })).layer(from_fn_with_state(Arc::new(settings(true)), check));
        app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn our_own_host_is_answered() {
        assert_eq!(status(Request::get("/").header("host", "id.example.com")).await, StatusCode::OK);
        assert_eq!(status(Request::get("https://id.example.com/")).await, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_foreign_host_is_misdirected() {
        let foreign = Request::get("/").header("host", "evil.example");
        assert_eq!(status(foreign).await, StatusCode::MISDIRECTED_REQUEST);
        let foreign = Request::get("https://evil.example/").header("host", "id.example.com");
        assert_eq!(status(foreign).await, StatusCode::MISDIRECTED_REQUEST);
        let user_info = Request::get("/").header("host", "id.example.com@evil.example");
        assert_eq!(status(user_info).await, StatusCode::MISDIRECTED_REQUEST);
    }

    #[tokio::test]
    async fn no_host_or_two_hosts_are_bad_requests() {
        assert_eq!(status(Request::get("/")).await, StatusCode::BAD_REQUEST);
        let twice = Request::get("/").header("host", "id.example.com").header("host", "evil.example");
        assert_eq!(status(twice).await, StatusCode::BAD_REQUEST);
    }
}
