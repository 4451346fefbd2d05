//! What people have allowed. Source: OpenID Core §3.1.2.4.

use flow::authorize::Asked;
use flow::{ConsentDetail, ConsentRecord};
use platform::revision;
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{ScopeSet, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

use crate::entity::{consent, family};
use crate::{GrantStore, columns, families};

impl GrantStore {
    /// Finds a consent that stands.
    pub async fn find_consent(&self, user_id: &str, client_id: &str) -> Result<Option<ConsentRecord>, StoreError> {
        if !columns::is_id(user_id) || !columns::is_id(client_id) {
            return Ok(None);
        }
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

    /// Records a consent to scopes; what was allowed before stays allowed.
    pub async fn grant_consent(&self, user_id: &str, client_id: &str, scopes: &ScopeSet) -> Result<(), StoreError> {
        let asked = Asked { scopes: scopes.clone(), ..Asked::default() };
        self.grant_asked(user_id, client_id, asked).await
    }

    /// Records a consent to all that a request asks for; what was allowed before stays allowed.
    pub async fn grant_asked(&self, user_id: &str, client_id: &str, asked: Asked) -> Result<(), StoreError> {
        let key = (user_id.to_owned(), client_id.to_owned());
        let now = self.now();
        self.inner
            .db
            .write(move |tx| {
                let (key, asked) = (key.clone(), asked.clone());
                Box::pin(async move {
                    grant(tx, key, &asked, now).await?;
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
                    let (had_consent, _) = revoke(tx, &key, now).await?;
                    Ok(Outcome::Commit(had_consent))
                })
            })
            .await
    }
}

/// Withdraws a consent and ends what rested on it; answers whether there was one, and how many families ended.
pub(crate) async fn revoke(tx: &Tx, key: &(String, String), now: Timestamp) -> Result<(bool, u64), StoreError> {
    let revoked = consent::Entity::update_many()
        .col_expr(consent::Column::RevokedAtMs, Expr::value(now.as_millis()))
        .filter(consent::Column::UserId.eq(&key.0))
        .filter(consent::Column::ClientId.eq(&key.1))
        .filter(consent::Column::RevokedAtMs.is_null())
        .exec(tx.conn())
        .await?
        .rows_affected;
    let of_pair = family::Column::UserId.eq(&key.0).and(family::Column::ClientId.eq(&key.1));
    let families = families::end_where(tx, of_pair, "consent_revoked", now).await?;
    revision::bump(tx).await?;
    Ok((revoked == 1, families))
}

/// Records a consent inside a transaction; what was allowed before stays allowed.
pub(crate) async fn grant(tx: &Tx, key: (String, String), asked: &Asked, now: Timestamp) -> Result<(), StoreError> {
    // The row first, then its lock, then the change: two consents of one pair add up, whoever comes first.
    let empty = empty_row(&key, now);
    let primary_key = [consent::Column::UserId, consent::Column::ClientId];
    consent::Entity::insert(empty).on_conflict_do_nothing_on(primary_key).exec_without_returning(tx.conn()).await?;
    let select = consent::Entity::find_by_id(key.clone());
    let earlier = standing(platform::sql::lock_exclusive(select, tx).one(tx.conn()).await?)?;
    let (scopes, detail) = earlier.map(|earlier| (earlier.scopes, earlier.detail)).unwrap_or_default();
    let detail = ConsentDetail {
        claims: union(detail.claims, &asked.claims),
        resources: union(detail.resources, &asked.resources),
    };
    consent::Entity::update_many()
        .col_expr(consent::Column::Scopes, Expr::value(scopes.union(&asked.scopes).to_string()))
        .col_expr(consent::Column::Detail, Expr::value(columns::write(&detail)))
        .col_expr(consent::Column::UpdatedAtMs, Expr::value(now.as_millis()))
        .col_expr(consent::Column::RevokedAtMs, Expr::value(None::<i64>))
        .filter(consent::Column::UserId.eq(key.0))
        .filter(consent::Column::ClientId.eq(key.1))
        .exec(tx.conn())
        .await?;
    Ok(())
}

fn union(mut known: Vec<String>, more: &[String]) -> Vec<String> {
    for one in more {
        if !known.contains(one) {
            known.push(one.clone());
        }
    }
    known
}

/// A consent to nothing, withdrawn at once: what a first consent grows from.
fn empty_row(key: &(String, String), now: Timestamp) -> consent::ActiveModel {
    consent::ActiveModel {
        user_id: Set(key.0.clone()),
        client_id: Set(key.1.clone()),
        scopes: Set(String::new()),
        granted_at_ms: Set(now.as_millis()),
        updated_at_ms: Set(now.as_millis()),
        revoked_at_ms: Set(Some(now.as_millis())),
        detail: Set(None),
    }
}

/// Reads a standing consent inside a transaction, under a shared lock.
pub(crate) async fn locked(tx: &Tx, user_id: &str, client_id: &str) -> Result<Option<ConsentRecord>, StoreError> {
    let select = consent::Entity::find_by_id((user_id.to_owned(), client_id.to_owned()));
    standing(platform::sql::lock_shared(select, tx).one(tx.conn()).await?)
}

pub(crate) fn standing(row: Option<consent::Model>) -> Result<Option<ConsentRecord>, StoreError> {
    row.filter(|row| row.revoked_at_ms.is_none()).map(record).transpose()
}

pub(crate) fn record(row: consent::Model) -> Result<ConsentRecord, StoreError> {
    Ok(ConsentRecord {
        scopes: columns::scopes(&row.scopes)?,
        detail: columns::optional(row.detail.as_deref(), "consent detail")?,
        user_id: row.user_id,
        client_id: row.client_id,
        granted_at: Timestamp::from_millis(row.updated_at_ms),
    })
}
