//! The browser origins that clients are registered with. Source: Fetch, CORS protocol; RFC 9700 §2.6.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache as MokaCache;
use platform::sql::StoreError;

use crate::GrantStore;

pub(crate) type Cache = MokaCache<(), Arc<HashSet<String>>>;

// DESIGN: with several nodes nothing positive is cached longer than five seconds.
pub(crate) fn new_cache() -> Cache {
    MokaCache::builder().max_capacity(1).time_to_live(Duration::from_secs(5)).build()
}

impl GrantStore {
    /// Whether any enabled client is registered with this origin, byte for byte; the answer is at most five seconds old.
    ///
    /// For a preflight, which names no client. `null` is everybody's and never allowed.
    pub async fn is_client_origin(&self, origin: &str) -> Result<bool, StoreError> {
        if origin == "null" {
            return Ok(false);
        }
        Ok(self.client_origins().await?.contains(origin))
    }

    async fn client_origins(&self) -> Result<Arc<HashSet<String>>, StoreError> {
        if let Some(origins) = self.inner.origins.get(&()) {
            return Ok(origins);
        }
        let clients = self.list_clients().await?;
        let enabled = clients.into_iter().filter(|client| client.is_enabled);
        let origins: Arc<HashSet<String>> = Arc::new(enabled.flat_map(|client| client.cors_origins).collect());
        self.inner.origins.insert((), origins.clone());
        Ok(origins)
    }
}
