//! The server's published keys, as a resource server keeps them: fetched once, kept for a while, fetched again when a
//! token names a key that is not among them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jwks::{JwtPolicy, VerifyError, verify_with_jwks};
use protocol::jwk::JwkSet;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{CallError, send};

/// How long a fetched set is used without asking again.
const FRESH_FOR: Duration = Duration::from_mins(5);
/// How soon an unknown key may cause another fetch: tokens with made-up key ids must not cause traffic.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Why a token could not be verified.
#[derive(Debug, Error)]
pub(crate) enum KeysError {
    /// The keys could not be fetched; nothing is known of the token.
    #[error("the keys could not be fetched: {0}")]
    Fetch(#[from] CallError),
    /// What was fetched is no key set.
    #[error("the answer of status {status} is no key set")]
    NoKeySet { status: u16 },
    /// The token is not good.
    #[error(transparent)]
    Refused(#[from] VerifyError),
}

/// A cached JWKS document.
#[derive(Debug)]
pub(crate) struct RemoteKeys {
    http: reqwest::Client,
    uri: String,
    cached: Mutex<Option<Cached>>,
}

#[derive(Clone, Debug)]
struct Cached {
    keys: Arc<JwkSet>,
    fetched: Instant,
}

impl RemoteKeys {
    pub(crate) fn new(http: reqwest::Client, uri: String) -> Self {
        Self { http, uri, cached: Mutex::new(None) }
    }

    /// Verifies a token by the published keys.
    pub(crate) async fn verify<C: DeserializeOwned>(&self, policy: &JwtPolicy, token: &str) -> Result<C, KeysError> {
        self.verify_at(policy, token, Instant::now()).await
    }

    async fn verify_at<C: DeserializeOwned>(
        &self,
        policy: &JwtPolicy,
        token: &str,
        now: Instant,
    ) -> Result<C, KeysError> {
        let age = |cached: &Cached| now.saturating_duration_since(cached.fetched);
        let known = match self.cached() {
            Some(cached) if age(&cached) < FRESH_FOR => cached,
            Some(_) | None => self.fetch(now).await?,
        };
        match verify_with_jwks(&known.keys, policy, token) {
            Err(VerifyError::UnknownKey) if age(&known) >= ASK_AGAIN_AFTER => {
                let newer = self.fetch(now).await?;
                Ok(verify_with_jwks(&newer.keys, policy, token)?)
            }
            other => Ok(other?),
        }
    }

    fn cached(&self) -> Option<Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self, now: Instant) -> Result<Cached, KeysError> {
        let answer = send(self.http.get(&self.uri)).await?;
        let status = answer.status;
        let keys: JwkSet = serde_json::from_value(answer.json).map_err(|_| KeysError::NoKeySet { status })?;
        let cached = Cached { keys: Arc::new(keys), fetched: now };
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(cached.clone());
        Ok(cached)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::routing::get;
    use protocol::{Alg, Timestamp};
    use serde_json::Value;
    use tokio::net::TcpListener;

    use super::*;
    use crate::relying_party::http_client;

    /// `{"alg":"ES256","typ":"at+jwt","kid":"nobody"}`, and no claims that anybody would look at.
    const UNKNOWN: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Im5vYm9keSJ9.e30.AAAA";

    async fn published(body: &'static str) -> (RemoteKeys, Arc<AtomicUsize>) {
        let counter = Arc::new(AtomicUsize::new(0));
        let seen = counter.clone();
        let router = Router::new().route(
            "/jwks",
            get(move || async move {
                seen.fetch_add(1, Ordering::SeqCst);
                body
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        (RemoteKeys::new(http_client(&issuer).unwrap(), format!("{issuer}/jwks")), counter)
    }

    fn policy() -> JwtPolicy {
        JwtPolicy::new("at+jwt", &[Alg::Es256], "http://i", "http://a", Timestamp::from_secs(0))
    }

    #[tokio::test]
    async fn keys_are_fetched_once_and_again_for_an_unknown_key_but_not_at_once() {
        let (keys, calls) = published(r#"{"keys":[]}"#).await;
        let start = Instant::now();
        for (after_ms, fetched) in [(0, 1), (10, 1), (999, 1), (1_000, 2), (1_500, 2), (301_000, 3)] {
            let now = start + Duration::from_millis(after_ms);
            let refused = keys.verify_at::<Value>(&policy(), UNKNOWN, now).await.unwrap_err();
            assert!(matches!(refused, KeysError::Refused(VerifyError::UnknownKey)), "{refused}");
            assert_eq!(calls.load(Ordering::SeqCst), fetched, "after {after_ms} ms");
        }
    }

    #[tokio::test]
    async fn a_malformed_token_causes_no_second_fetch() {
        let (keys, calls) = published(r#"{"keys":[]}"#).await;
        let later = Instant::now() + Duration::from_secs(10);
        for _ in 0..3 {
            assert!(keys.verify_at::<Value>(&policy(), "x", later).await.is_err());
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn trouble_with_the_keys_is_told_apart_from_a_bad_token() {
        let (broken, _) = published("not a key set").await;
        assert!(matches!(broken.verify::<Value>(&policy(), UNKNOWN).await, Err(KeysError::NoKeySet { status: 200 })));
        let nobody = RemoteKeys::new(http_client("http://127.0.0.1:1").unwrap(), "http://127.0.0.1:1/jwks".to_owned());
        assert!(matches!(nobody.verify::<Value>(&policy(), UNKNOWN).await, Err(KeysError::Fetch(_))));
    }
}
