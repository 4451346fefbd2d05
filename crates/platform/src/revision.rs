//! The revocation sequence: one number that rises when something cached must be forgotten.
//!
//! Every node polls it each second and drops its caches when it moved; a change made from the command line reaches
//! running servers in the same way. The process that made the change does not wait for the poll: [`Db::changes`] moves
//! before the verb that raised the number has answered.

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use crate::sql::{Db, StoreError, Tx};

/// The only row.
const ROW: i32 = 1;

/// How often this process has raised the number, in transactions that may still be open.
static RAISED: AtomicU64 = AtomicU64::new(0);

/// Raises the number; it stands if and only if the transaction does.
///
/// Effects: [`Db::write`] notices, and moves [`Db::changes`] after the commit.
pub async fn bump(tx: &Tx) -> Result<(), StoreError> {
    note();
    let raised = row::Entity::update_many()
        .col_expr(row::Column::Value, Expr::col(row::Column::Value).add(1))
        .filter(row::Column::Id.eq(ROW))
        .exec(tx.conn())
        .await?;
    if raised.rows_affected == 1 { Ok(()) } else { Err(missing()) }
}

/// Says that a transaction of this process is about to raise the number.
///
/// For whoever raises it by a statement of its own; [`bump`] does this itself.
pub fn note() {
    RAISED.fetch_add(1, Ordering::AcqRel);
}

/// How often [`note`] was said; compared before and after a transaction.
pub(crate) fn noted() -> u64 {
    RAISED.load(Ordering::Acquire)
}

/// The number as it stands.
pub async fn current(db: &Db) -> Result<i64, StoreError> {
    db.read(|conn| {
        Box::pin(async {
            let found = row::Entity::find_by_id(ROW).one(conn.conn()).await?;
            found.map(|row| row.value).ok_or_else(missing)
        })
    })
    .await
}

fn missing() -> StoreError {
    StoreError::Corrupt { what: "the row of the revocation sequence is missing" }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revision")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub value: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
