//! Families: every token of one authorization, ended together.

use flow::{FamilyRecord, FamilyState, RefreshState};
use platform::sql::{StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::{Expr, Query, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::columns;
use crate::entity::{family, refresh_token};

/// Ends every live family that `which` selects, and its refresh tokens.
///
/// The families are updated first and judged by the row, so a rotation that runs at the same time either came before and
/// is ended here, or comes after and finds its family dead.
pub(crate) async fn end_where(
    tx: &Tx,
    which: SimpleExpr,
    reason: &'static str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let ended = family::Entity::update_many()
        .col_expr(family::Column::State, Expr::value(FamilyState::Dead.as_str()))
        .col_expr(family::Column::DeadReason, Expr::value(reason))
        .col_expr(family::Column::UpdatedAtMs, Expr::value(now.as_millis()))
        .filter(which.clone())
        .filter(family::Column::State.eq(FamilyState::Live.as_str()))
        .exec(tx.conn())
        .await?
        .rows_affected;
    if ended > 0 {
        let ids = Query::select().column(family::Column::Id).from(family::Entity).and_where(which).to_owned();
        refresh_token::Entity::update_many()
            .col_expr(refresh_token::Column::State, Expr::value(RefreshState::Dead.as_str()))
            .filter(refresh_token::Column::FamilyId.in_subquery(ids))
            .filter(refresh_token::Column::State.eq(RefreshState::Live.as_str()))
            .exec(tx.conn())
            .await?;
    }
    Ok(ended)
}

/// Ends one family.
pub(crate) async fn end(tx: &Tx, id: &str, reason: &'static str, now: Timestamp) -> Result<u64, StoreError> {
    end_where(tx, family::Column::Id.eq(id), reason, now).await
}

/// Moves a live family on by one generation; the winner of a race is the one whose update counts.
///
/// `by` is 1 for a rotation and 0 for a refresh that keeps its token. Answers whether the family was live and at
/// `generation`.
pub(crate) async fn advance(
    tx: &Tx,
    family: &FamilyRecord,
    by: i64,
    idle_expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let moved = family::Entity::update_many()
        .col_expr(family::Column::Generation, Expr::value(family.generation + by))
        .col_expr(family::Column::IdleExpiresAtMs, Expr::value(idle_expires_at.as_millis()))
        .col_expr(family::Column::UpdatedAtMs, Expr::value(now.as_millis()))
        .filter(family::Column::Id.eq(&family.id))
        .filter(family::Column::State.eq(FamilyState::Live.as_str()))
        .filter(family::Column::Generation.eq(family.generation))
        .exec(tx.conn())
        .await?;
    Ok(moved.rows_affected == 1)
}

/// Holds a live family in its generation until the transaction ends, and changes nothing.
///
/// An update and not a read, so that it waits for a revocation that runs at the same time and is judged by its outcome.
pub(crate) async fn hold(tx: &Tx, family: &FamilyRecord) -> Result<bool, StoreError> {
    let held = family::Entity::update_many()
        .col_expr(family::Column::Generation, Expr::value(family.generation))
        .filter(family::Column::Id.eq(&family.id))
        .filter(family::Column::State.eq(FamilyState::Live.as_str()))
        .filter(family::Column::Generation.eq(family.generation))
        .exec(tx.conn())
        .await?;
    Ok(held.rows_affected == 1)
}

/// Finds a family inside a transaction.
pub(crate) async fn find(tx: &Tx, id: &str) -> Result<Option<FamilyRecord>, StoreError> {
    family::Entity::find_by_id(id).one(tx.conn()).await?.map(record).transpose()
}

pub(crate) fn record(row: family::Model) -> Result<FamilyRecord, StoreError> {
    const MISSING: StoreError = StoreError::Corrupt { what: "family without a person" };
    Ok(FamilyRecord {
        scopes: columns::scopes(&row.scopes)?,
        audience: columns::read(&row.audience, "family audience")?,
        state: columns::name(&row.state, "family state")?,
        amr: columns::read(row.amr.as_deref().unwrap_or("[]"), "family amr")?,
        user_id: row.user_id.ok_or(MISSING)?,
        session_id: row.session_id.ok_or(MISSING)?,
        auth_time: row.auth_time_ms.map(Timestamp::from_millis).ok_or(MISSING)?,
        acr: row.acr.unwrap_or_default(),
        id: row.id,
        client_id: row.client_id,
        epoch: row.epoch,
        is_offline: row.is_offline,
        generation: row.generation,
        idle_expires_at: Timestamp::from_millis(row.idle_expires_at_ms),
        expires_at: Timestamp::from_millis(row.expires_at_ms),
        detail: columns::optional(row.detail.as_deref(), "family detail")?,
    })
}
