//! One immutable snapshot of the keys: what signs, what verifies, what is published.

use std::collections::HashMap;
use std::sync::Arc;

use platform::seal::MasterKey;
use protocol::alg::Alg;
use protocol::jwk::{JwkSet, PublicJwk};

use crate::document::JwksDocument;
use crate::error::KeyError;
use crate::generate::thumbprint;
use crate::provider::SigningKey;
use crate::signing_key::Model;
use crate::state::{KeyState, KeySummary};
use crate::verifying_key::VerifyingKey;

/// The keys as the rows stood at one revision.
#[derive(Default)]
pub(crate) struct KeyRing {
    revision: i64,
    signing: Vec<Arc<SigningKey>>,
    verifying: HashMap<String, VerifyingKey>,
    standing: Vec<(KeyState, String)>,
    document: Arc<JwksDocument>,
}

impl KeyRing {
    /// Builds the ring from `rows`, opening only private keys that `before` does not hold.
    pub(crate) fn load(revision: i64, rows: &[Model], master: &MasterKey, before: &Self) -> Result<Self, KeyError> {
        let mut published = Vec::new();
        for row in rows {
            let summary = row.summary()?;
            if summary.state != KeyState::Gone {
                published.push((summary, row));
            }
        }
        // The active key stands first for verifiers that take the first key that fits; the rest of the order is any
        // that every node agrees on.
        published.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));

        let mut ring = Self { revision, ..Self::default() };
        let mut set = Vec::new();
        for (summary, row) in published {
            let (jwk, verifying) = public(&summary, row)
                .ok_or_else(|| KeyError::Corrupt { kid: row.kid.clone(), column: "public_jwk" })?;
            ring.verifying.insert(summary.kid.clone(), verifying);
            // Sorted newest first: should there ever be two active keys, every node signs with the same one.
            if summary.state == KeyState::Active && ring.active(summary.alg).is_none() {
                ring.signing.push(open(&summary, row, master, before)?);
            }
            ring.standing.push((summary.state, summary.kid));
            set.push(jwk);
        }
        let document = JwksDocument::render(&JwkSet { keys: set });
        ring.document = Arc::new(document.map_err(|error| KeyError::Sign(error.into()))?);
        Ok(ring)
    }

    /// The revision that the rows were read at, or before.
    pub(crate) fn revision(&self) -> i64 {
        self.revision
    }

    /// The key that signs with `alg`.
    pub(crate) fn active(&self, alg: Alg) -> Option<&Arc<SigningKey>> {
        self.signing.iter().find(|key| key.alg() == alg)
    }

    /// The published key that `kid` names, compared byte for byte.
    pub(crate) fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.verifying.get(kid)
    }

    /// Every published key with its state.
    pub(crate) fn standing(&self) -> &[(KeyState, String)] {
        &self.standing
    }

    /// The published key set.
    pub(crate) fn document(&self) -> &Arc<JwksDocument> {
        &self.document
    }
}

fn order(key: &KeySummary) -> (KeyState, &'static str, std::cmp::Reverse<(i64, &str)>) {
    (key.state, key.alg.as_str(), std::cmp::Reverse((key.activates_at.as_millis(), &key.kid)))
}

/// The public half of a row, if it is the key that the row names.
fn public(key: &KeySummary, row: &Model) -> Option<(PublicJwk, VerifyingKey)> {
    let jwk: PublicJwk = serde_json::from_str(&row.public_jwk).ok()?;
    let is_its_own = jwk.kid.as_ref() == Some(&key.kid) && thumbprint(&jwk.key) == key.kid;
    let verifying = VerifyingKey::from_jwk(&jwk)?;
    (is_its_own && verifying.accepts(key.alg)).then_some((jwk, verifying))
}

fn open(key: &KeySummary, row: &Model, master: &MasterKey, before: &KeyRing) -> Result<Arc<SigningKey>, KeyError> {
    if let Some(known) = before.active(key.alg).filter(|known| known.kid() == key.kid) {
        return Ok(Arc::clone(known));
    }
    let pkcs8 = master
        .open(&Model::seal_identity(&key.kid), &row.sealed_private)
        .map_err(|_| KeyError::Unopenable { kid: key.kid.clone() })?;
    Ok(Arc::new(SigningKey::from_pkcs8(key.alg, &key.kid, &pkcs8)?))
}
