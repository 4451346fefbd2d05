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
        let known = match self.cached() {
            Some(cached) if cached.fetched.elapsed() < FRESH_FOR => cached,
            Some(_) | None => self.fetch().await?,
        };
        match verify_with_jwks(&known.keys, policy, token) {
            Err(VerifyError::UnknownKey) if known.fetched.elapsed() >= ASK_AGAIN_AFTER => {
                let newer = self.fetch().await?;
                Ok(verify_with_jwks(&newer.keys, policy, token)?)
            }
            other => Ok(other?),
        }
    }

    fn cached(&self) -> Option<Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self) -> Result<Cached, KeysError> {
        let answer = send(self.http.get(&self.uri)).await?;
        let status = answer.status;
        let keys: JwkSet = serde_json::from_value(answer.json).map_err(|_| KeysError::NoKeySet { status })?;
        let cached = Cached { keys: Arc::new(keys), fetched: Instant::now() };
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(cached.clone());
        Ok(cached)
    }
}
