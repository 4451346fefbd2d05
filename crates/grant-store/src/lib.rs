//! Clients, consents, interactions, codes, families, refresh tokens and sessions.
//!
//! [`GrantStore`] is one concrete store with business verbs, one file per noun; each verb is one transaction. What may
//! happen is decided by `flow`; what happened is decided here, by conditional updates and their affected rows. The way to
//! a token is [`gate`]: a [`Permit`] comes out of a transaction in which user, client, consent, session and family were
//! read under lock, and nothing else can make one.

mod apis;
mod client_assertions;
mod client_secrets;
mod clients;
mod codes;
mod columns;
mod consents;
mod entity;
mod facts;
mod families;
pub mod gate;
mod interactions;
mod new_client;
mod refresh_tokens;
mod sessions;
mod sweep;

use std::sync::Arc;

use flow::{Policy, Refused};
use platform::clock::SharedClock;
use platform::seal::MasterKey;
use platform::sql::{Db, StoreError};
use protocol::Timestamp;

pub use codes::Redeemed;
pub use gate::Permit;
pub use interactions::{InteractionRecord, NewInteraction, ParkError};
pub use new_client::{ClientChange, ClientError, NewClient};
pub use refresh_tokens::Refreshed;
pub use sessions::NewSession;
pub use sweep::Swept;

/// The stores of everything that an authorization leaves behind.
///
/// Cheap to clone; all clones share one cache of clients and resource servers (at most five seconds old, dropped at once
/// after a change by this process).
#[derive(Clone)]
pub struct GrantStore {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: SharedClock,
    policy: Policy,
    clients: clients::Cache,
    apis: apis::Cache,
    parked: interactions::Estimate,
    /// Seals client secrets that must come back as they were.
    master: Option<Arc<MasterKey>>,
}

/// Why a grant was not given: a rule, or the database.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The database is in trouble; nothing is known and nothing may be concluded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl GrantStore {
    /// Opens the store on a database that has been migrated.
    pub fn new(db: Db, clock: SharedClock, policy: Policy) -> Self {
        Self::open(db, clock, policy, None)
    }

    fn open(db: Db, clock: SharedClock, policy: Policy, master: Option<Arc<MasterKey>>) -> Self {
        let inner = Inner {
            db,
            clock,
            policy,
            clients: clients::new_cache(),
            apis: apis::new_cache(),
            parked: interactions::Estimate::default(),
            master,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The same store with the key that seals; its caches are empty, so call it first.
    ///
    /// Only the secrets of `client_secret_jwt` need it: a store without it neither stores nor reads them in a form that
    /// verifies a MAC.
    #[must_use]
    pub fn with_master(self, master: Arc<MasterKey>) -> Self {
        Self::open(self.inner.db.clone(), self.inner.clock.clone(), self.inner.policy, Some(master))
    }

    /// The lifetimes that this store applies.
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// The database behind the store, for health checks.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Forgets what is cached; called when another process has changed something.
    pub fn forget_cached(&self) {
        self.inner.clients.invalidate_all();
        self.inner.apis.invalidate_all();
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}
