//! The register of clients, cached for at most five seconds.

use std::sync::Arc;
use std::time::Duration;

use flow::ClientRecord;
use moka::sync::Cache as MokaCache;
use platform::revision;
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{RedirectUri, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{client, client_secret, consent};
use crate::new_client::{ClientChange, ClientError, NewClient, is_client_id};
use crate::{GrantStore, columns, families};

/// A client with the digests of its live secrets.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) record: Arc<ClientRecord>,
    pub(crate) secrets: Vec<client_secret::Model>,
}

pub(crate) type Cache = MokaCache<String, Snapshot>;

// DESIGN: with several nodes nothing positive is cached longer than five seconds.
pub(crate) fn new_cache() -> Cache {
    MokaCache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(5)).build()
}

pub(crate) fn record(row: client::Model) -> Result<ClientRecord, StoreError> {
    let uris = |text: &str| -> Result<Vec<RedirectUri>, StoreError> {
        columns::read::<Vec<String>>(text, "client redirect URIs")?
            .iter()
            .map(|uri| RedirectUri::new(uri).map_err(|_| StoreError::Corrupt { what: "client redirect URI" }))
            .collect()
    };
    let grants = columns::read::<Vec<String>>(&row.grant_types, "client grant types")?;
    Ok(ClientRecord {
        redirect_uris: uris(&row.redirect_uris)?,
        post_logout_redirect_uris: uris(&row.post_logout_redirect_uris)?,
        grant_types: grants.iter().map(|grant| columns::name(grant, "grant type")).collect::<Result<_, _>>()?,
        scopes: columns::scopes(&row.scopes)?,
        kind: columns::name(&row.kind, "client kind")?,
        auth_method: columns::name(&row.auth_method, "client authentication method")?,
        pkce: columns::name(&row.pkce, "PKCE rule")?,
        id_token_alg: columns::name(&row.id_token_alg, "algorithm")?,
        access_token_alg: columns::name(&row.access_token_alg, "algorithm")?,
        cors_origins: columns::read(&row.cors_origins, "client origins")?,
        terms: columns::optional(row.terms.as_deref(), "client terms")?,
        id: row.id,
        name: row.name,
        is_first_party: row.is_first_party,
        is_enabled: row.is_enabled,
        rotation: row.rotation,
        version: row.version,
        created_at: Timestamp::from_millis(row.created_at_ms),
        updated_at: Timestamp::from_millis(row.updated_at_ms),
    })
}

impl GrantStore {
    /// Finds a client; the answer is at most five seconds old.
    pub async fn find_client(&self, id: &str) -> Result<Option<Arc<ClientRecord>>, StoreError> {
        Ok(self.client_snapshot(id).await?.map(|snapshot| snapshot.record))
    }

    pub(crate) async fn client_snapshot(&self, id: &str) -> Result<Option<Snapshot>, StoreError> {
        if !is_client_id(id) {
            return Ok(None);
        }
        if let Some(snapshot) = self.inner.clients.get(id) {
            return Ok(Some(snapshot));
        }
        let key = id.to_owned();
        let found = self
            .inner
            .db
            .read(move |conn| {
                let key = key.clone();
                Box::pin(async move {
                    let Some(row) = client::Entity::find_by_id(&key).one(conn.conn()).await? else { return Ok(None) };
                    let secrets = client_secret::Entity::find()
                        .filter(client_secret::Column::ClientId.eq(&key))
                        .all(conn.conn())
                        .await?;
                    Ok(Some(Snapshot { record: Arc::new(record(row)?), secrets }))
                })
            })
            .await?;
        if let Some(snapshot) = &found {
            self.inner.clients.insert(id.to_owned(), snapshot.clone());
        }
        Ok(found)
    }

    /// Lists every client, by id.
    pub async fn list_clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        self.inner
            .db
            .read(|conn| {
                Box::pin(async move {
                    let rows = client::Entity::find().order_by_asc(client::Column::Id).all(conn.conn()).await?;
                    rows.into_iter().map(record).collect()
                })
            })
            .await
    }

    /// Registers a client.
    ///
    /// Errors: [`ClientError::Exists`] and every rule of the enum.
    pub async fn add_client(&self, new: NewClient) -> Result<(), ClientError> {
        new.check()?;
        let now = self.now();
        let row = new.into_row(true, 1, now, now);
        let added = self
            .inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    client::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await;
        self.forget_clients();
        match added {
            Err(StoreError::Conflict) => Err(ClientError::Exists),
            other => Ok(other?),
        }
    }

    /// Replaces a client's settings.
    ///
    /// Effects: disabling a client ends nothing by itself: the gate refuses its grants from this commit on.
    /// Errors: [`ClientError::Changed`] where `from_version` is no longer current.
    pub async fn set_client(&self, change: ClientChange) -> Result<(), ClientError> {
        change.client.check()?;
        let id = change.client.id.clone();
        let found =
            self.list_clients().await?.into_iter().find(|client| client.id == id).ok_or(ClientError::NotFound)?;
        let row = change.client.into_row(change.is_enabled, change.from_version + 1, found.created_at, self.now());
        let changed = self
            .inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    let result = client::Entity::update_many()
                        .set(row.clone())
                        .filter(client::Column::Id.eq(row.id.clone().unwrap()))
                        .filter(client::Column::Version.eq(change.from_version))
                        .exec(tx.conn())
                        .await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(result.rows_affected == 1))
                })
            })
            .await?;
        self.forget_clients();
        if changed { Ok(()) } else { Err(ClientError::Changed) }
    }

    /// Removes a client with its secrets and consents, and ends its families.
    pub async fn remove_client(&self, id: &str) -> Result<bool, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        let removed = self
            .inner
            .db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move { remove(tx, &id, now).await.map(Outcome::Commit) })
            })
            .await?;
        self.forget_clients();
        Ok(removed)
    }
}

async fn remove(tx: &Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let removed = client::Entity::delete_by_id(id).exec(tx.conn()).await?.rows_affected == 1;
    client_secret::Entity::delete_many().filter(client_secret::Column::ClientId.eq(id)).exec(tx.conn()).await?;
    consent::Entity::delete_many().filter(consent::Column::ClientId.eq(id)).exec(tx.conn()).await?;
    families::end_where(tx, crate::entity::family::Column::ClientId.eq(id), "client_removed", now).await?;
    revision::bump(tx).await?;
    Ok(removed)
}

/// Reads a client inside a transaction, under a shared lock.
pub(crate) async fn locked(tx: &Tx, id: &str) -> Result<Option<ClientRecord>, StoreError> {
    let select = platform::sql::lock_shared(client::Entity::find_by_id(id), tx);
    select.one(tx.conn()).await?.map(record).transpose()
}
