//! What people have allowed. Source: OpenID Core §3.1.2.4.

use flow::ConsentRecord;
use platform::revision;
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{ScopeSet, Timestamp};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

use crate::entity::{consent, family};
use crate::{GrantStore, columns, families};

impl GrantStore {
    /// Finds a consent that stands.
    pub async fn find_consent(&self, user_id: &str, client_id: &str) -> Result<Option<ConsentRecord>, StoreError> {
        let key = (user_id.to_owned(), client_id.to_owned());
        self.inner
            .db
            .read(move |conn| {
                let key = key.clone();
                Box::pin(async move { standing(consent::Entity::find_by_id(key).one(conn.conn()).await?) })
            })
            .await
    }

    /// Lists what a person has allowed, newest first.
    pub async fn list_consents(&self, user_id: &str) -> Result<Vec<ConsentRecord>, StoreError> {
        let user_id = user_id.to_owned();
        self.inner
            .db
            .read(move |conn| {
                let user_id = user_id.clone();
                Box::pin(async move {
                    let rows = consent::Entity::find()
                        .filter(consent::Column::UserId.eq(user_id))
                        .filter(consent::Column::RevokedAtMs.is_null())
                        .order_by_desc(consent::Column::UpdatedAtMs)
                        .all(conn.conn())
                        .await?;
                    rows.into_iter().map(record).collect()
                })
            })
            .await
    }

    /// Records a consent; what was allowed before stays allowed.
    pub async fn grant_consent(&self, user_id: &str, client_id: &str, scopes: &ScopeSet) -> Result<(), StoreError> {
        let key = (user_id.to_owned(), client_id.to_owned());
        let (scopes, now) = (scopes.clone(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let (key, scopes) = (key.clone(), scopes.clone());
                Box::pin(async move {
                    grant(tx, key, &scopes, now).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await
    }

    /// Withdraws a consent and ends every family that rested on it, those with offline access too.
    pub async fn revoke_consent(&self, user_id: &str, client_id: &str) -> Result<bool, StoreError> {
        let key = (user_id.to_owned(), client_id.to_owned());
        let now = self.now();
        self.inner
            .db
            .write(move |tx| {
                let key = key.clone();
                Box::pin(async move {
                    let revoked = consent::Entity::update_many()
                        .col_expr(consent::Column::RevokedAtMs, Expr::value(now.as_millis()))
                        .filter(consent::Column::UserId.eq(&key.0))
                        .filter(consent::Column::ClientId.eq(&key.1))
                        .filter(consent::Column::RevokedAtMs.is_null())
                        .exec(tx.conn())
                        .await?
                        .rows_affected;
                    let of_pair = family::Column::UserId.eq(&key.0).and(family::Column::ClientId.eq(&key.1));
                    families::end_where(tx, of_pair, "consent_revoked", now).await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(revoked == 1))
                })
            })
            .await
    }
}

async fn grant(tx: &Tx, key: (String, String), scopes: &ScopeSet, now: Timestamp) -> Result<(), StoreError> {
    let earlier = locked(tx, &key.0, &key.1).await?.map(|earlier| earlier.scopes).unwrap_or_default();
    let row = consent::ActiveModel {
        user_id: Set(key.0),
        client_id: Set(key.1),
        scopes: Set(earlier.union(scopes).to_string()),
        granted_at_ms: Set(now.as_millis()),
        updated_at_ms: Set(now.as_millis()),
        revoked_at_ms: Set(None),
    };
    let mut replace = OnConflict::columns([consent::Column::UserId, consent::Column::ClientId]);
    replace.update_columns([consent::Column::Scopes, consent::Column::UpdatedAtMs, consent::Column::RevokedAtMs]);
    consent::Entity::insert(row).on_conflict(replace).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Reads a standing consent inside a transaction, under a shared lock.
pub(crate) async fn locked(tx: &Tx, user_id: &str, client_id: &str) -> Result<Option<ConsentRecord>, StoreError> {
    let select = consent::Entity::find_by_id((user_id.to_owned(), client_id.to_owned()));
    standing(platform::sql::lock_shared(select, tx).one(tx.conn()).await?)
}

pub(crate) fn standing(row: Option<consent::Model>) -> Result<Option<ConsentRecord>, StoreError> {
    row.filter(|row| row.revoked_at_ms.is_none()).map(record).transpose()
}

fn record(row: consent::Model) -> Result<ConsentRecord, StoreError> {
    Ok(ConsentRecord {
        scopes: columns::scopes(&row.scopes)?,
        user_id: row.user_id,
        client_id: row.client_id,
        granted_at: Timestamp::from_millis(row.updated_at_ms),
    })
}
