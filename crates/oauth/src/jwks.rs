//! The public keys. Source: RFC 7517 §5, OpenID Discovery §3 (`jwks_uri`).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::OAuth;

/// Keys are announced longer than this before they sign, so a cache of an hour never misses one.
const CACHE: &str = "public, max-age=3600";

/// `GET /jwks`: rendered once per change.
pub(crate) async fn jwks(State(oauth): State<Arc<OAuth>>, headers: HeaderMap) -> Response {
    let document = oauth.keys.document();
    cached(&headers, document.bytes.clone(), &document.etag, "application/jwk-set+json")
}

/// A public document with its validator. Source: RFC 9110 §8.8.3, §13.1.2; RFC 9111.
pub(crate) fn cached(headers: &HeaderMap, body: bytes::Bytes, etag: &str, content_type: &'static str) -> Response {
    let mut response = if matches(headers, etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
    };
    let answer = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(etag) {
        answer.insert(header::ETAG, etag);
    }
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    // Public documents may be read by any page; they carry no credentials.
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

// RFC 9110 §13.1.2: If-None-Match compares weakly, and takes a list or `*`.
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|candidate| candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == etag)
}
