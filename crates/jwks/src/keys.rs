//! The key ring of one process over the rows of all.

use std::sync::Arc;

use arc_swap::ArcSwap;
use platform::clock::SharedClock;
use platform::revision;
use platform::seal::MasterKey;
use platform::sql::Db;
use protocol::{alg::Alg, time::Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::document::JwksDocument;
use crate::error::KeyError;
use crate::generate::NewKey;
use crate::policy::{JwtPolicy, VerifyError};
use crate::provider::provider_is_ours;
use crate::ring::KeyRing;
use crate::rows::{self, Entry};
use crate::settings::KeySettings;
use crate::signing_key::Model;
use crate::state::{KeyState, KeySummary, due};
use crate::token;

/// The signing keys of this installation. Cheap to clone; all clones share one snapshot.
#[derive(Clone)]
pub struct Keys {
    shared: Arc<Shared>,
}

struct Shared {
    db: Db,
    master: Arc<MasterKey>,
    clock: SharedClock,
    settings: KeySettings,
    ring: ArcSwap<KeyRing>,
}

impl Keys {
    /// Opens the keys, and creates an active one for each algorithm of the settings that has none.
    ///
    /// Effects: installs the provider for JSON web tokens; generates keys on a thread for blocking work; writes rows.
    /// Of several nodes that start on an empty database at once, one wins per algorithm and the others use its key.
    /// Errors: [`KeyError::Unopenable`] with another master key than the one that sealed the keys.
    pub async fn open(
        db: Db,
        master: Arc<MasterKey>,
        clock: SharedClock,
        settings: KeySettings,
    ) -> Result<Self, KeyError> {
        if !provider_is_ours() {
            return Err(KeyError::ProviderTaken);
        }
        let keys = Self { shared: Arc::new(Shared { db, master, clock, settings, ring: ArcSwap::default() }) };
        keys.advance().await?;
        let missing: Vec<Alg> = {
            let ring = keys.shared.ring.load();
            keys.shared.settings.algorithms.iter().copied().filter(|alg| ring.active(*alg).is_none()).collect()
        };
        for alg in missing {
            keys.create(alg, Entry::First).await?;
        }
        keys.reload().await?;
        Ok(keys)
    }

    /// Takes over what the rows say now; true if something changed.
    ///
    /// Errors: on any, the snapshot before stays in use.
    pub async fn reload(&self) -> Result<bool, KeyError> {
        // The revision is read before the rows, so that the ring is at least as new as the number on it.
        let revision = revision::current(&self.shared.db).await?;
        let rows = self.shared.db.read(|conn| Box::pin(rows::all(conn))).await?;
        let ring = KeyRing::load(revision, &rows, &self.shared.master, &self.shared.ring.load())?;
        let ring = Arc::new(ring);
        // Of two reloads at once the one that read later wins, whichever ends first.
        let before = self
            .shared
            .ring
            .rcu(|current| if current.revision() > ring.revision() { Arc::clone(current) } else { Arc::clone(&ring) });
        let has_changed = before.revision() <= ring.revision() && before.standing() != ring.standing();
        if has_changed {
            tracing::info!(keys.published = ring.standing().len(), "the signing keys have changed");
        }
        Ok(has_changed)
    }

    /// Moves keys on whose time has come: announced → active → retired → gone; then takes over what the rows say.
    ///
    /// Every node may call this at any time; the rows decide, and one node at a time changes them.
    pub async fn advance(&self) -> Result<(), KeyError> {
        let now = self.shared.clock.now();
        let keep = self.shared.settings.keep_retired_for;
        if !due(&self.list().await?, now, keep).is_empty() {
            self.shared.db.write(move |tx| Box::pin(rows::advance(tx, now, keep))).await?;
        }
        self.reload().await?;
        Ok(())
    }

    /// Makes a new key for `alg`.
    ///
    /// Shape: with `now_please` the new key signs at once and the old one retires; verifiers that cache the key set
    /// meet it unknown, so this is for a key that may have leaked. Otherwise the key is announced and takes over after
    /// the settings' time; a key that is announced already is answered as it stands.
    /// Errors: [`KeyError::AlgNotEnabled`] for an algorithm that the settings do not list and no client has needed yet.
    pub async fn rotate(&self, alg: Alg, now_please: bool) -> Result<KeySummary, KeyError> {
        let is_enabled =
            self.shared.settings.algorithms.contains(&alg) || self.shared.ring.load().active(alg).is_some();
        if !is_enabled {
            return Err(KeyError::AlgNotEnabled { alg });
        }
        if !now_please && let Some(announced) = self.find_announced(alg).await? {
            return Ok(announced);
        }
        let entry = if now_please { Entry::Replacing } else { Entry::Announced };
        let made = self.create(alg, entry).await?;
        self.reload().await?;
        match made {
            Some(summary) => Ok(summary),
            // Another node announced one in the meantime.
            None => self.find_announced(alg).await?.ok_or(KeyError::NoKey { alg }),
        }
    }

    /// Makes the first key of `alg` where there is none; true if this call made it.
    ///
    /// Shape: for algorithms outside the settings, whose key is made when the first client needs it. It signs at once:
    /// nobody can have cached a key set that lacks it and hold a token of that algorithm.
    /// Effects: none, and no wait, where there is an active key.
    pub async fn ensure(&self, alg: Alg) -> Result<bool, KeyError> {
        if self.shared.ring.load().active(alg).is_some() {
            return Ok(false);
        }
        let made = self.create(alg, Entry::First).await?;
        // Another node may have been faster; its key is as good.
        self.reload().await?;
        Ok(made.is_some())
    }

    /// Every key that ever was, the oldest first.
    pub async fn list(&self) -> Result<Vec<KeySummary>, KeyError> {
        let rows = self.shared.db.read(|conn| Box::pin(rows::all(conn))).await?;
        rows.iter().map(Model::summary).collect()
    }

    /// Signs `claims` as a compact JWS with the active key of `alg`. Source: RFC 7515 §3.1.
    ///
    /// Shape: the header holds `typ`, `alg` and `kid`.
    pub fn sign<C: Serialize>(&self, alg: Alg, typ: &str, claims: &C) -> Result<String, KeyError> {
        let ring = self.shared.ring.load();
        ring.active(alg).ok_or(KeyError::NoKey { alg })?.sign(typ, claims)
    }

    /// Verifies a token that this installation signed, and reads its claims.
    ///
    /// Shape: keys that are announced, active or retired count.
    pub fn verify<C: DeserializeOwned>(&self, policy: &JwtPolicy, token: &str) -> Result<C, VerifyError> {
        let ring = self.shared.ring.load();
        token::verify(policy, token, |kid| ring.find(kid))
    }

    /// The key set as published, rendered once per change.
    pub fn document(&self) -> Arc<JwksDocument> {
        Arc::clone(self.shared.ring.load().document())
    }

    /// The algorithms that have an active key: those of the settings in their order, then what clients needed beside.
    pub fn active_algs(&self) -> Vec<Alg> {
        let ring = self.shared.ring.load();
        let listed = &self.shared.settings.algorithms;
        let others = Alg::ALL.into_iter().filter(|alg| !listed.contains(alg));
        listed.iter().copied().chain(others).filter(|alg| ring.active(*alg).is_some()).collect()
    }

    async fn find_announced(&self, alg: Alg) -> Result<Option<KeySummary>, KeyError> {
        Ok(self.list().await?.into_iter().find(|key| key.alg == alg && key.state == KeyState::Announced))
    }

    /// Generates a key and enters it; `None` if another node's key makes it needless.
    async fn create(&self, alg: Alg, entry: Entry) -> Result<Option<KeySummary>, KeyError> {
        let row = self.new_row(alg, entry).await?;
        let summary = row.summary()?;
        let now = summary.created_at;
        let is_entered = self.shared.db.write(move |tx| Box::pin(rows::enter(tx, row.clone(), entry, now))).await?;
        Ok(is_entered.then_some(summary))
    }

    async fn new_row(&self, alg: Alg, entry: Entry) -> Result<Model, KeyError> {
        let bits = self.shared.settings.rsa_bits;
        // An RSA key takes a tenth of a second and more: never on a thread that serves requests.
        let made = tokio::task::spawn_blocking(move || NewKey::generate(alg, bits)).await;
        let key = made.map_err(|_| KeyError::Generate { alg })??;
        let public_jwk = serde_json::to_string(&key.public_jwk).map_err(|_| KeyError::Generate { alg })?;
        let now = self.shared.clock.now();
        let (state, activates_at, active_at) = match entry {
            Entry::Announced => (KeyState::Announced, now.plus(self.shared.settings.announce_for), None),
            Entry::First | Entry::Replacing => (KeyState::Active, now, Some(now)),
        };
        Ok(Model {
            sealed_private: self.shared.master.seal(&Model::seal_identity(&key.kid), &key.pkcs8),
            kid: key.kid,
            alg: alg.as_str().to_owned(),
            state: state.as_str().to_owned(),
            public_jwk,
            created_at_ms: now.as_millis(),
            announced_at_ms: now.as_millis(),
            activates_at_ms: activates_at.as_millis(),
            active_at_ms: active_at.map(Timestamp::as_millis),
            retired_at_ms: None,
            gone_at_ms: None,
        })
    }
}

#[cfg(test)]
#[path = "keys_tests/mod.rs"]
mod tests;
