//! Client secrets: 256 random bits, of which a digest is kept. Source: RFC 6749 §2.3.1, §10.10.
//!
//! A MAC can only be checked with the secret itself. For clients of `client_secret_jwt`, and for no others, the secret is
//! therefore sealed under the master key as well, bound to its row.

use std::time::Duration;

use flow::ClientAuthMethod;
use platform::secret::{self, Kind, Secret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx, lock_exclusive};
use platform::{random, revision};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use crate::GrantStore;
use crate::entity::{client, client_secret};

impl GrantStore {
    /// Adds a generated secret and returns it: the only moment at which it can be read.
    ///
    /// Errors: [`StoreError::Conflict`] where there is no such client.
    pub async fn add_secret(&self, client_id: &str) -> Result<Secret, StoreError> {
        self.replace_secret(client_id, None).await
    }

    /// Adds a generated secret and lets the older ones end after `overlap`.
    ///
    /// Units: `overlap` zero ends them at once.
    pub async fn rotate_secret(&self, client_id: &str, overlap: Duration) -> Result<Secret, StoreError> {
        self.replace_secret(client_id, Some(overlap)).await
    }

    /// Makes `secret` the client's only secret; for seeds and imports.
    pub async fn set_secret(&self, client_id: &str, secret: &Secret) -> Result<(), StoreError> {
        self.store_secret(client_id, secret, Some(Duration::ZERO)).await
    }

    async fn replace_secret(&self, client_id: &str, overlap: Option<Duration>) -> Result<Secret, StoreError> {
        let secret = StoredSecret::generate(Kind::ClientSecret, self.now()).presented;
        self.store_secret(client_id, &secret, overlap).await?;
        Ok(secret)
    }

    async fn store_secret(
        &self,
        client_id: &str,
        secret: &Secret,
        overlap: Option<Duration>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let id = random::new_id(now);
        let sealed = self.sealed(client_id, &id, secret).await?;
        let row = client_secret::ActiveModel {
            id: Set(id),
            client_id: Set(client_id.to_owned()),
            digest: Set(secret::digest(Kind::ClientSecret, secret.expose())),
            created_at_ms: Set(now.as_millis()),
            expires_at_ms: Set(None),
            sealed: Set(sealed),
        };
        let client_id = client_id.to_owned();
        self.inner
            .db
            .write(move |tx| {
                let (row, client_id) = (row.clone(), client_id.clone());
                Box::pin(async move {
                    // The client's row is the lock: a secret never outlives its client, and two rotations follow each other.
                    let owner = lock_exclusive(client::Entity::find_by_id(&client_id), tx).one(tx.conn()).await?;
                    if owner.is_none() {
                        return Err(StoreError::Conflict);
                    }
                    if let Some(overlap) = overlap {
                        end_older(tx, &client_id, now, now.plus(overlap)).await?;
                    }
                    client_secret::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await?;
        self.inner.clients.invalidate_all();
        Ok(())
    }

    /// The secret as its row keeps it, where the client's method needs it again.
    async fn sealed(&self, client_id: &str, id: &str, secret: &Secret) -> Result<Option<String>, StoreError> {
        let Some(master) = &self.inner.master else { return Ok(None) };
        let client = self.find_client(client_id).await?;
        let is_needed = client.is_some_and(|client| client.auth_method == ClientAuthMethod::ClientSecretJwt);
        Ok(is_needed.then(|| master.seal(&seal_identity(id), secret.expose().as_bytes())))
    }

    /// The live secrets of a client that can check a MAC, as they were given out.
    ///
    /// Errors: [`StoreError::Corrupt`] where the master key does not open one of them: ours to mend, and no fault of the client.
    pub async fn mac_secrets(&self, client_id: &str) -> Result<Vec<Secret>, StoreError> {
        let Some(master) = &self.inner.master else { return Ok(Vec::new()) };
        let now = self.now().as_millis();
        let secrets = self.client_snapshot(client_id).await?.map(|snapshot| snapshot.secrets).unwrap_or_default();
        let live = secrets.iter().filter(|row| row.expires_at_ms.is_none_or(|end| now < end));
        let open = |row: &client_secret::Model| {
            let sealed = row.sealed.as_ref()?;
            let opened = master.open(&seal_identity(&row.id), sealed).ok();
            let text = opened.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
            Some(text.map(Secret::new).ok_or(StoreError::Corrupt { what: "sealed client secret" }))
        };
        live.filter_map(open).collect()
    }

    /// Whether the client has a live secret that can check a MAC.
    pub async fn has_mac_secret(&self, client_id: &str) -> Result<bool, StoreError> {
        let now = self.now().as_millis();
        let secrets = self.client_snapshot(client_id).await?.map(|snapshot| snapshot.secrets).unwrap_or_default();
        Ok(secrets.iter().any(|row| row.sealed.is_some() && row.expires_at_ms.is_none_or(|end| now < end)))
    }

    /// Whether `presented` is a live secret of the client.
    ///
    /// An unknown client costs the same: one digest, one comparison.
    pub async fn check_secret(&self, client_id: &str, presented: &str) -> Result<bool, StoreError> {
        let digest = secret::digest(Kind::ClientSecret, presented);
        let secrets = self.client_snapshot(client_id).await?.map(|snapshot| snapshot.secrets).unwrap_or_default();
        let now = self.now().as_millis();
        let decoy = secret::digests_equal(&digest, &"0".repeat(digest.len()));
        let is_good = secrets
            .iter()
            .filter(|row| row.expires_at_ms.is_none_or(|end| now < end))
            .any(|row| secret::digests_equal(&digest, &row.digest));
        Ok(is_good && !decoy)
    }

    /// When the newest secret of a client was made; none where it has no live one.
    pub async fn secret_age(&self, client_id: &str) -> Result<Option<Timestamp>, StoreError> {
        let now = self.now().as_millis();
        let secrets = self.client_snapshot(client_id).await?.map(|snapshot| snapshot.secrets).unwrap_or_default();
        let live = secrets.iter().filter(|row| row.expires_at_ms.is_none_or(|end| now < end));
        Ok(live.map(|row| row.created_at_ms).max().map(Timestamp::from_millis))
    }
}

/// What a sealed secret is bound to, so that it opens in its own row alone.
fn seal_identity(id: &str) -> String {
    format!("client_secret/{id}/sealed")
}

async fn end_older(tx: &Tx, client_id: &str, now: Timestamp, end: Timestamp) -> Result<(), StoreError> {
    let of_client = client_secret::Column::ClientId.eq(client_id);
    if end <= now {
        client_secret::Entity::delete_many().filter(of_client).exec(tx.conn()).await?;
        return Ok(());
    }
    client_secret::Entity::update_many()
        .col_expr(client_secret::Column::ExpiresAtMs, Expr::value(end.as_millis()))
        .filter(of_client)
        .filter(client_secret::Column::ExpiresAtMs.is_null().or(client_secret::Column::ExpiresAtMs.gt(end.as_millis())))
        .exec(tx.conn())
        .await?;
    Ok(())
}
