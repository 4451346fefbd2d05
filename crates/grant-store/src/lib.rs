//! Clients, consents, interactions, codes, families, refresh and opaque access tokens, sessions.
//!
//! [`GrantStore`] is one concrete store with business verbs, one file per noun; each verb is one transaction. What may
//! happen is decided by `flow`; what happened is decided here, by conditional updates and their affected rows. The way to
//! a token is [`gate`]: a [`Permit`] comes out of a transaction in which user, client, consent, session and family were
//! read under lock, and nothing else can make one.

mod access_tokens;
mod apis;
mod client_assertions;
mod client_secrets;
mod clients;
mod codes;
mod columns;
mod consents;
mod device_codes;
mod device_polls;
mod entity;
mod facts;
mod families;
pub mod gate;
mod interactions;
mod new_client;
mod origins;
mod overview;
mod refresh_tokens;
mod restored;
mod revocations;
mod revoked_tokens;
mod sessions;
mod sweep;
mod token_exchange;
mod token_lookup;

use std::sync::Arc;

use flow::{Policy, Refused};
use platform::clock::SharedClock;
use platform::seal::MasterKey;
use platform::sql::{Db, StoreError};
use protocol::Timestamp;

pub use access_tokens::AccessTokenRecord;
pub use codes::Redeemed;
pub use device_codes::{NewDevice, StartedDevice, UserCodeDigest, UserCodeKey};
pub use gate::Permit;
pub use interactions::{InteractionRecord, NewInteraction, ParkError};
pub use new_client::{ClientChange, ClientError, NewClient};
pub use overview::{ConsentOverview, SessionOverview, SessionQuery};
pub use refresh_tokens::Refreshed;
pub use restored::Voided;
pub use revocations::Ended;
pub use revoked_tokens::{LiveRefreshToken, RevokedToken};
pub use sessions::NewSession;
pub use sweep::Swept;
pub use token_exchange::Exchanged;
pub use token_lookup::RefreshToken;

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
    origins: origins::Cache,
    parked: interactions::Estimate,
    /// Seals client secrets that must come back as they were.
    master: Option<Arc<MasterKey>>,
    devices: interactions::Estimate,
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
            origins: origins::new_cache(),
            parked: interactions::Estimate::default(),
            master,
            devices: interactions::Estimate::default(),
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
    ///
    /// Effects: also moves [`GrantStore::changes`], so that what others cache of this store is read again.
    pub fn forget_cached(&self) {
        self.inner.db.note_change();
        self.forget_clients();
        self.inner.apis.invalidate_all();
    }

    /// Forgets what is cached of clients; called after every change of one.
    fn forget_clients(&self) {
        self.inner.clients.invalidate_all();
        self.inner.origins.invalidate_all();
    }

    /// How often what this store holds has changed in a way that ends something, as far as this process knows.
    ///
    /// Whoever caches an answer of this store notes the number before asking and forgets the answer under another one.
    pub fn changes(&self) -> u64 {
        self.inner.db.changes()
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}
