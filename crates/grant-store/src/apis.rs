//! Resource servers and their scopes, cached like clients.

use std::sync::Arc;
use std::time::Duration;

use flow::{ApiScope, ResourceServer};
use moka::sync::Cache as MokaCache;
use platform::revision;
use platform::sql::{Outcome, StoreError};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};

use crate::entity::resource_server;
use crate::{GrantStore, columns};

pub(crate) type Cache = MokaCache<(), Arc<Vec<ResourceServer>>>;

pub(crate) fn new_cache() -> Cache {
    MokaCache::builder().max_capacity(1).time_to_live(Duration::from_secs(5)).build()
}

impl GrantStore {
    /// Every resource server, by audience; at most five seconds old.
    pub async fn list_apis(&self) -> Result<Arc<Vec<ResourceServer>>, StoreError> {
        if let Some(apis) = self.inner.apis.get(&()) {
            return Ok(apis);
        }
        let apis = self
            .inner
            .db
            .read(|conn| {
                Box::pin(async move {
                    let rows = resource_server::Entity::find()
                        .order_by_asc(resource_server::Column::Audience)
                        .all(conn.conn())
                        .await?;
                    rows.into_iter().map(record).collect::<Result<Vec<_>, _>>()
                })
            })
            .await?;
        let apis = Arc::new(apis);
        self.inner.apis.insert((), apis.clone());
        Ok(apis)
    }

    /// Adds a resource server or replaces the one with the same audience.
    pub async fn upsert_api(&self, api: ResourceServer) -> Result<(), StoreError> {
        let now = self.now().as_millis();
        let row = resource_server::ActiveModel {
            audience: Set(api.audience),
            name: Set(api.name),
            scopes: Set(columns::write(&api.scopes)),
            created_at_ms: Set(now),
            updated_at_ms: Set(now),
        };
        self.inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    let mut replace = OnConflict::column(resource_server::Column::Audience);
                    replace.update_columns([
                        resource_server::Column::Name,
                        resource_server::Column::Scopes,
                        resource_server::Column::UpdatedAtMs,
                    ]);
                    resource_server::Entity::insert(row).on_conflict(replace).exec_without_returning(tx.conn()).await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await?;
        self.inner.apis.invalidate_all();
        Ok(())
    }

    /// Removes a resource server; tokens that name it die at their expiry.
    pub async fn remove_api(&self, audience: &str) -> Result<bool, StoreError> {
        let audience = audience.to_owned();
        let removed = self
            .inner
            .db
            .write(move |tx| {
                let audience = audience.clone();
                Box::pin(async move {
                    let gone =
                        resource_server::Entity::delete_by_id(audience).exec(tx.conn()).await?.rows_affected == 1;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(gone))
                })
            })
            .await?;
        self.inner.apis.invalidate_all();
        Ok(removed)
    }
}

fn record(row: resource_server::Model) -> Result<ResourceServer, StoreError> {
    let scopes = columns::read::<Vec<ApiScope>>(&row.scopes, "resource server scopes")?;
    Ok(ResourceServer { audience: row.audience, name: row.name, scopes })
}
