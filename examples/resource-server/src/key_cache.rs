//! The issuer's public keys, kept as long as the issuer says.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use reqwest::Client;
use reqwest::header::{CACHE_CONTROL, HeaderMap};
use serde::Deserialize;
use tokio::sync::Mutex;

/// A key that nobody knows makes us ask again, but not for every stranger's token.
const ASK_AGAIN_AFTER: Duration = Duration::from_mins(1);
/// The same after an issuer that did not answer.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Bounds for what `Cache-Control` may ask of us.
const SHORTEST: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(24);

/// Public keys by their id.
pub struct KeyCache {
    issuer: String,
    http: Client,
    // Held while fetching, so that a burst of requests fetches once.
    cached: Mutex<Cached>,
}

struct Cached {
    /// `None` until the issuer has answered once.
    keys: Option<JwkSet>,
    fresh_until: Instant,
    ask_from: Instant,
}

/// The part of the issuer's metadata that we need. Source: RFC 8414 §2.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl KeyCache {
    /// An empty cache; the first token fills it, so the API may start before its issuer.
    pub fn new(issuer: &str) -> anyhow::Result<Self> {
        let http = Client::builder().timeout(Duration::from_secs(5)).build()?;
        let now = Instant::now();
        let cached = Mutex::new(Cached { keys: None, fresh_until: now, ask_from: now });
        Ok(Self { issuer: issuer.to_owned(), http, cached })
    }

    /// The key that `kid` names, asking the issuer if the cache is old or does not know it.
    ///
    /// An issuer that is down does not take this API down with it: old keys beat no keys.
    pub async fn find(&self, kid: &str) -> anyhow::Result<Option<Jwk>> {
        let mut cached = self.cached.lock().await;
        let now = Instant::now();
        let is_known = cached.keys.as_ref().is_some_and(|keys| keys.find(kid).is_some());
        if now >= cached.ask_from && (!is_known || now >= cached.fresh_until) {
            match self.fetch().await {
                Ok((keys, max_age)) => {
                    let fresh_until = now + max_age.clamp(SHORTEST, LONGEST);
                    *cached = Cached { keys: Some(keys), fresh_until, ask_from: now + ASK_AGAIN_AFTER };
                }
                Err(error) => {
                    eprintln!("the issuer's keys cannot be had: {error:#}");
                    cached.ask_from = now + TRY_AGAIN_AFTER;
                }
            }
        }
        let keys = cached.keys.as_ref().context("the issuer has not answered yet")?;
        Ok(keys.find(kid).cloned())
    }

    async fn fetch(&self) -> anyhow::Result<(JwkSet, Duration)> {
        let metadata = format!("{}/.well-known/openid-configuration", self.issuer);
        let metadata = self.http.get(metadata).send().await?.error_for_status()?.json::<Metadata>().await;
        let metadata = metadata.context("the issuer's metadata is not readable")?;
        // RFC 8414 §3.3: otherwise one issuer could hand out keys in the name of another.
        ensure!(metadata.issuer == self.issuer, "the metadata belongs to {}", metadata.issuer);

        let reply = self.http.get(metadata.jwks_uri).send().await?.error_for_status()?;
        let max_age = max_age(reply.headers());
        let keys = reply.json::<JwkSet>().await.context("the issuer's key set is not readable")?;
        Ok((keys, max_age))
    }
}

/// `max-age` of `Cache-Control`. Source: RFC 9111 §5.2.2.1.
fn max_age(headers: &HeaderMap) -> Duration {
    let directives = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let seconds = directives.split(',').find_map(|one| one.trim().strip_prefix("max-age=")?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_read_among_other_directives() {
        let mut headers = HeaderMap::new();
        assert_eq!(max_age(&headers), Duration::ZERO);
        headers.insert(CACHE_CONTROL, "public, max-age=3600, must-revalidate".parse().unwrap());
        assert_eq!(max_age(&headers), Duration::from_hours(1));
        headers.insert(CACHE_CONTROL, "max-age=-1".parse().unwrap());
        assert_eq!(max_age(&headers), Duration::ZERO);
    }
}
