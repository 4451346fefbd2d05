//! Which answers the script of another origin may read. Source: Fetch, CORS protocol.
//!
//! Nothing here is ever allowed with credentials: cookies of ours are for our own pages. Who is allowed is the caller's
//! to decide; an answer without these headers is closed.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// How long a browser may remember a preflight: an origin that was taken off the list is closed out after that.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// What a script may send beside the headers that need no leave.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type");
/// What a script may read beside the headers that need no leave.
const RESPONSE_HEADERS: HeaderValue = HeaderValue::from_static("www-authenticate, retry-after");

/// The one origin that a request names; none for requests that no script of another origin made.
///
/// `null` is what every sandboxed frame and local file sends: it identifies nobody and counts as none.
pub fn origin(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::ORIGIN).iter();
    let (Some(only), None) = (values.next(), values.next()) else { return None };
    only.to_str().ok().filter(|origin| *origin != "null")
}

/// Lets the script of `origin` read this answer.
pub fn allow(headers: &mut HeaderMap, origin: &str) {
    if let Ok(origin) = HeaderValue::from_str(origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS);
    }
}

/// Says that the answer depends on the origin, whether it was allowed or not: a shared cache must not mix them up.
pub fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

/// The answer to a preflight: what `origin` may do here; nothing, where there is none.
pub fn preflight(origin: Option<&str>, methods: &'static str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        allow(headers, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    response
}

/// The answer to a preflight of a document that everybody may read.
#[allow(clippy::unused_async, reason = "a handler")]
pub async fn public_preflight() -> Response {
    preflight(Some("*"), "GET, HEAD")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(origins: &[&'static str]) -> HeaderMap {
        origins.iter().map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))).collect()
    }

    #[test]
    fn one_origin_counts_and_null_does_not() {
        assert_eq!(origin(&sent(&["https://spa.example"])), Some("https://spa.example"));
        assert_eq!(origin(&sent(&[])), None);
        assert_eq!(origin(&sent(&["null"])), None);
        let mut twice = sent(&["https://spa.example"]);
        twice.append(header::ORIGIN, HeaderValue::from_static("https://evil.example"));
        assert_eq!(origin(&twice), None);
    }

    #[test]
    fn a_preflight_allows_exactly_what_is_used_and_no_credentials() {
        let response = preflight(Some("https://spa.example"), "POST");
        let text = |name: header::HeaderName| response.headers()[name].to_str().unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(text(header::ACCESS_CONTROL_ALLOW_ORIGIN), "https://spa.example");
        assert_eq!(text(header::ACCESS_CONTROL_ALLOW_METHODS), "POST");
        assert_eq!(text(header::ACCESS_CONTROL_ALLOW_HEADERS), "authorization, content-type");
        assert_eq!(text(header::ACCESS_CONTROL_MAX_AGE), "600");
        assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }

    #[test]
    fn a_preflight_for_nobody_allows_nothing() {
        let response = preflight(None, "POST");
        assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}
