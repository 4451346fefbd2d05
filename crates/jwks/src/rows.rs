//! Reading and changing the rows of `signing_key`, inside one transaction each.
//!
//! Every change first raises the revision: its row lock lets one node at a time decide, and the new number tells the
//! other nodes to reload. What is decided then is still written by conditional updates.

use std::time::Duration;

use platform::sql::{Conn, Outcome, StoreError, Tx};
use platform::{audit, revision};
use protocol::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use crate::error::KeyError;
use crate::signing_key::{Column, Entity, Model};
use crate::state::{KeyState, KeySummary, Transition, due};

/// When a new key may enter, and what becomes of the keys before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Announced, unless another key of its algorithm is announced already.
    Announced,
    /// Active, if no key of its algorithm is.
    First,
    /// Active at once: the active key retires and announced ones go.
    Replacing,
}

/// All rows, the oldest first.
pub(crate) async fn all(conn: &Conn) -> Result<Vec<Model>, StoreError> {
    Ok(select(conn.conn()).await?)
}

/// Applies what is due; `Rollback` if nothing is, or another node was faster.
pub(crate) async fn advance(tx: &Tx, now: Timestamp, keep_retired_for: Duration) -> Result<Outcome<()>, StoreError> {
    revision::bump(tx).await?;
    let steps = due(&summaries(&select(tx.conn()).await?)?, now, keep_retired_for);
    if steps.is_empty() {
        return Ok(Outcome::Rollback(()));
    }
    for step in &steps {
        if !apply(tx, step, now).await? {
            return Ok(Outcome::Rollback(()));
        }
    }
    Ok(Outcome::Commit(()))
}

/// Adds `row` as `entry` demands; `Rollback(false)` if it is not needed any more.
pub(crate) async fn enter(tx: &Tx, row: Model, entry: Entry, now: Timestamp) -> Result<Outcome<bool>, StoreError> {
    revision::bump(tx).await?;
    let before = summaries(&select(tx.conn()).await?)?;
    let Some(steps) = make_room(&before, &row.alg, entry) else {
        return Ok(Outcome::Rollback(false));
    };
    for step in &steps {
        if !apply(tx, step, now).await? {
            return Err(StoreError::Conflict);
        }
    }
    record(tx, &row.kid, &row.state, now).await?;
    Entity::insert(row.into_active_model()).exec_without_returning(tx.conn()).await?;
    Ok(Outcome::Commit(true))
}

/// What must happen to the keys before when a new one enters; `None` if they make it needless.
fn make_room(before: &[KeySummary], alg: &str, entry: Entry) -> Option<Vec<Transition>> {
    let of_alg = |state| before.iter().filter(move |key| key.alg.as_str() == alg && key.state == state);
    let move_to = |to| move |key: &KeySummary| Transition { kid: key.kid.clone(), from: key.state, to };
    match entry {
        Entry::Announced => of_alg(KeyState::Announced).next().is_none().then(Vec::new),
        Entry::First => of_alg(KeyState::Active).next().is_none().then(Vec::new),
        Entry::Replacing => {
            let retiring = of_alg(KeyState::Active).map(move_to(KeyState::Retired));
            Some(retiring.chain(of_alg(KeyState::Announced).map(move_to(KeyState::Gone))).collect())
        }
    }
}

/// The summaries of `rows`; what this program did not write is [`StoreError::Corrupt`].
pub(crate) fn summaries(rows: &[Model]) -> Result<Vec<KeySummary>, StoreError> {
    rows.iter().map(|row| row.summary().map_err(|_: KeyError| StoreError::Corrupt { what: "signing_key" })).collect()
}

async fn select<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, sea_orm::DbErr> {
    let oldest_first = Entity::find().order_by_asc(Column::CreatedAtMs).order_by_asc(Column::ActivatesAtMs);
    oldest_first.order_by_asc(Column::Kid).all(connection).await
}

/// Moves one row on if it still stands where the decision saw it. A key that ceases to sign loses its private half.
async fn apply(tx: &Tx, step: &Transition, now: Timestamp) -> Result<bool, StoreError> {
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(step.to.as_str()))
        .filter(Column::Kid.eq(step.kid.as_str()))
        .filter(Column::State.eq(step.from.as_str()));
    let column = match step.to {
        KeyState::Active => Column::ActiveAtMs,
        KeyState::Announced => Column::AnnouncedAtMs,
        KeyState::Gone => Column::GoneAtMs,
        KeyState::Retired => Column::RetiredAtMs,
    };
    update = update.col_expr(column, Expr::value(now.as_millis()));
    if matches!(step.to, KeyState::Gone | KeyState::Retired) {
        update = update.col_expr(Column::SealedPrivate, Expr::value(""));
    }
    let is_ours = update.exec(tx.conn()).await?.rows_affected == 1;
    if is_ours {
        record(tx, &step.kid, step.to.as_str(), now).await?;
    }
    Ok(is_ours)
}

async fn record(tx: &Tx, kid: &str, state: &str, now: Timestamp) -> Result<(), StoreError> {
    let event = audit::AuditEvent {
        at: now,
        kind: "signing_key",
        client_id: None,
        user_id: None,
        family_id: None,
        detail: serde_json::json!({ "kid": kid, "state": state }),
    };
    audit::record(tx, event).await
}
