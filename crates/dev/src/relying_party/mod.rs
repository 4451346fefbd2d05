//! The client side of the protocol over real HTTP, for the demo app, the demo API and the trial.
//!
//! It uses the server as any client would: by what discovery and JWKS publish, through a socket. It shares the verifier
//! of `jwks`, and nothing else of the server's state.

mod checks;
mod pkce;
mod remote_keys;

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header;
use platform::http::{HttpError, HttpLimits};
use platform::random;
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::Value;
use server::config::Issuer;
use thiserror::Error;
use url::form_urlencoded;

pub(crate) use checks::{Check, Expected, verify_access_token, verify_id_token};
pub(crate) use pkce::PkcePair;
pub(crate) use remote_keys::{KeysError, RemoteKeys};

/// The longest answer that is read.
const BODY_BYTES: usize = 64 * 1024;

/// What discovery says, as far as it is used here. Source: OpenID Connect Discovery §3, RFC 8414 §2.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) userinfo_endpoint: String,
    pub(crate) jwks_uri: String,
    #[serde(default)]
    pub(crate) end_session_endpoint: Option<String>,
}

/// Why a call has no answer, or discovery none that can be used.
#[derive(Debug, Error)]
pub enum CallError {
    /// No answer at all.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Discovery speaks of another issuer: following it would trust that one instead.
    #[error("discovery names the issuer {found}")]
    IssuerMismatch {
        /// What it names.
        found: String,
    },
    /// Discovery answered something that is no metadata.
    #[error("discovery answered status {status} and no usable metadata")]
    NoMetadata {
        /// Its status.
        status: u16,
    },
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `WWW-Authenticate`, where there is one.
    pub(crate) challenge: Option<String>,
    /// The body as JSON; `Null` where it is none.
    pub(crate) json: Value,
    pub(crate) took: Duration,
}

impl Answer {
    /// A member of the JSON object that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.json.get(name).and_then(Value::as_str)
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The outbound client for calls to `issuer`. What stays on this computer goes through no proxy.
pub(crate) fn http_client(issuer: &str) -> Result<reqwest::Client, CallError> {
    let limits = HttpLimits { body_bytes: BODY_BYTES, ..HttpLimits::default() };
    let is_loopback = Issuer::new(issuer).is_ok_and(|issuer| issuer.is_loopback());
    let client = if is_loopback { platform::http::loopback_client(limits) } else { platform::http::client(limits) };
    Ok(client?)
}

/// Sends a request and reads its answer.
pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, CallError> {
    let started = Instant::now();
    let response = request.send().await.map_err(HttpError::Call)?;
    let status = response.status().as_u16();
    let challenge =
        response.headers().get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = platform::http::read_body(response, BODY_BYTES).await?;
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Answer { status, challenge, json, took: started.elapsed() })
}

/// Asks an issuer what it offers, and insists that it speaks of itself.
///
/// Source: OpenID Connect Discovery §4.3.
pub(crate) async fn discover(http: &reqwest::Client, issuer: &str) -> Result<Provider, CallError> {
    let answer = send(http.get(discovery_url(issuer))).await?;
    let status = answer.status;
    let provider: Provider = serde_json::from_value(answer.json).map_err(|_| CallError::NoMetadata { status })?;
    if provider.issuer == issuer { Ok(provider) } else { Err(CallError::IssuerMismatch { found: provider.issuer }) }
}

/// Where an issuer publishes its metadata.
pub(crate) fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// A form as it goes over the wire.
pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// An address with a query.
pub(crate) fn with_query(url: &str, fields: &[(&str, &str)]) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{}", encode(fields))
}

/// The header of `client_secret_basic`: both parts form-encoded first. Source: RFC 6749 §2.3.1.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    let part = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", part(id), part(secret))))
}

/// 256 random bits in base64url, for `state`, `nonce`, verifiers and cookies.
pub(crate) fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(random::bytes::<32>())
}

/// One part of a compact token, decoded and not verified: `0` is the header, `1` the claims.
pub(crate) fn decode_part(token: &str, part: usize) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(part)?).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

/// A POST with a form.
pub(crate) fn post(http: &reqwest::Client, url: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    http.post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(encode(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_first() {
        assert_eq!(basic("web", "web-dev-secret"), "Basic d2ViOndlYi1kZXYtc2VjcmV0");
        assert_eq!(basic("a:b", "c d"), format!("Basic {}", STANDARD.encode("a%3Ab:c+d")));
    }

    #[test]
    fn queries_are_appended() {
        assert_eq!(with_query("http://a/x", &[("b", "c d")]), "http://a/x?b=c+d");
        assert_eq!(with_query("http://a/x?y=z", &[("b", "&")]), "http://a/x?y=z&b=%26");
        assert_eq!(discovery_url("http://a/"), "http://a/.well-known/openid-configuration");
    }

    #[test]
    fn parts_are_decoded_or_absent() {
        assert_eq!(decode_part("eyJhbGciOiJSUzI1NiJ9.e30.AA", 0).unwrap()["alg"], "RS256");
        for broken in ["", ".", "eyJ", "a.b.c", "MQ.MQ.MQ"] {
            assert!(decode_part(broken, 0).is_none() && decode_part(broken, 7).is_none(), "{broken}");
        }
    }

    #[test]
    fn random_texts_fit_a_verifier() {
        assert_eq!(random_text().len(), 43);
        assert_ne!(random_text(), random_text());
    }
}
