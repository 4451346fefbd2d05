//! The demo API: a resource server as a third party would write one, that happens to run in the same process.
//!
//! It knows the server by its issuer alone: keys come from the published JWKS over HTTP, tokens are those of RFC 9068,
//! the audience is its own address. It allows no leeway, so that a token of one second really ends after one second.

mod refusal;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jwks::JwtPolicy;
use platform::clock::SharedClock;
use protocol::{Alg, ScopeSet};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalog::{API_PATH, API_READ, API_WRITE};
use crate::relying_party::{KeysError, RemoteKeys};
use refusal::ApiRefusal;

/// The longest note, in bytes of its JSON.
const NOTE_BYTES: usize = 4 * 1024;

/// The demo API's state.
pub(crate) struct DemoApi {
    issuer: String,
    audience: String,
    keys: RemoteKeys,
    clock: SharedClock,
}

/// Of an access token, what this API reads. Source: RFC 9068 §2.2.
#[derive(Debug, Deserialize)]
struct Caller {
    sub: String,
    client_id: String,
    #[serde(default)]
    scope: ScopeSet,
}

impl DemoApi {
    pub(crate) fn new(issuer: &str, http: reqwest::Client, jwks_uri: String, clock: SharedClock) -> Self {
        let audience = format!("{issuer}{API_PATH}");
        Self { issuer: issuer.to_owned(), audience, keys: RemoteKeys::new(http, jwks_uri), clock }
    }

    /// Lets a request in that carries a good token with `scope`.
    ///
    /// Source: RFC 9068 §4, RFC 6750 §3.1.
    async fn admit(&self, headers: &HeaderMap, scope: &'static str) -> Result<Caller, ApiRefusal> {
        let token = bearer(headers)?;
        let policy = JwtPolicy {
            // No tolerance: this API shows when a token ends.
            leeway: Duration::ZERO,
            ..JwtPolicy::new("at+jwt", &[Alg::Es256, Alg::Rs256], &self.issuer, &self.audience, self.clock.now())
        };
        let caller: Caller = self.keys.verify(&policy, token).await.map_err(|error| match error {
            KeysError::Refused(refused) => ApiRefusal::from(refused),
            KeysError::Fetch(_) | KeysError::NoKeySet { .. } => {
                tracing::warn!(%error, "the demo API cannot fetch the keys");
                ApiRefusal::KeysUnavailable
            }
        })?;
        if caller.scope.contains(scope) { Ok(caller) } else { Err(ApiRefusal::ScopeMissing { scope }) }
    }
}

/// The routes of the demo API.
pub(crate) fn router(api: Arc<DemoApi>) -> Router {
    Router::new()
        .route(&format!("{API_PATH}/whoami"), get(whoami).options(preflight))
        .route(&format!("{API_PATH}/notes"), axum::routing::post(add_note).options(preflight))
        .layer(map_response(allow_browsers))
        .with_state(api)
}

async fn whoami(State(api): State<Arc<DemoApi>>, headers: HeaderMap) -> Result<Json<Value>, ApiRefusal> {
    let caller = api.admit(&headers, API_READ).await?;
    Ok(Json(json!({ "sub": caller.sub, "client_id": caller.client_id, "scope": caller.scope })))
}

async fn add_note(State(api): State<Arc<DemoApi>>, headers: HeaderMap, body: Bytes) -> Result<Response, ApiRefusal> {
    // The token is judged before the body is read as anything.
    let caller = api.admit(&headers, API_WRITE).await?;
    let note = read_note(&body)?;
    let body = json!({ "note": note, "by": caller.sub, "at": api.clock.now().to_rfc3339() });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn read_note(body: &[u8]) -> Result<String, ApiRefusal> {
    if body.len() > NOTE_BYTES {
        return Err(ApiRefusal::NoteTooLong);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| ApiRefusal::NoteMalformed)?;
    body.get("note").and_then(Value::as_str).map(str::to_owned).ok_or(ApiRefusal::NoteMalformed)
}

/// The one bearer token of the request. Source: RFC 6750 §2.1; tokens in queries and bodies are not looked at.
fn bearer(headers: &HeaderMap) -> Result<&str, ApiRefusal> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return Err(ApiRefusal::NoToken) };
    let line = line.to_str().map_err(|_| ApiRefusal::NoToken)?;
    match line.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        Some(_) | None => Err(ApiRefusal::NoToken),
    }
}

async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Lets scripts of other origins call the API. Nothing is given away: it reads no cookies, and who holds a token could
/// call without a browser as well.
async fn allow_browsers(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "WWW-Authenticate"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn one_bearer_token_is_found() {
        assert_eq!(bearer(&with(&["Bearer a.b.c"])).unwrap(), "a.b.c");
        assert_eq!(bearer(&with(&["bearer a.b.c"])).unwrap(), "a.b.c");
        for lines in [&[][..], &["Basic abc"], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert!(matches!(bearer(&with(lines)), Err(ApiRefusal::NoToken)), "{lines:?}");
        }
    }

    #[tokio::test]
    async fn when_the_keys_cannot_be_fetched_nothing_is_said_of_the_token() {
        let http = crate::relying_party::http_client("http://127.0.0.1:1").unwrap();
        let clock = Arc::new(platform::clock::SystemClock);
        let api = DemoApi::new("http://127.0.0.1:1", http, "http://127.0.0.1:1/jwks".to_owned(), clock);
        let refused = api.admit(&with(&["Bearer a.b.c"]), API_READ).await.unwrap_err();
        assert_eq!(refused, ApiRefusal::KeysUnavailable);
    }

    #[test]
    fn a_note_is_a_text_of_bounded_length() {
        assert_eq!(read_note(br#"{"note":"milk"}"#).unwrap(), "milk");
        for bad in [&b""[..], b"milk", b"{}", b"[]", b"{\"note\":1}", b"{\"note\":\"\xff\"}"] {
            assert!(matches!(read_note(bad), Err(ApiRefusal::NoteMalformed)), "{bad:?}");
        }
        let long = format!("{{\"note\":\"{}\"}}", "x".repeat(NOTE_BYTES));
        assert!(matches!(read_note(long.as_bytes()), Err(ApiRefusal::NoteTooLong)));
    }
}
