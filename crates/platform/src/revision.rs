//! The revocation sequence: one number that rises when something cached must be forgotten.
//!
//! Every node polls it each second and drops its caches when it moved; a change made from the command line reaches
//! running servers in the same way.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use crate::sql::{Db, StoreError, Tx};

/// The only row.
const ROW: i32 = 1;

/// Raises the number; it stands if and only if the transaction does.
pub async fn bump(tx: &Tx) -> Result<(), StoreError> {
    let raised = row::Entity::update_many()
        .col_expr(row::Column::Value, Expr::col(row::Column::Value).add(1))
        .filter(row::Column::Id.eq(ROW))
        .exec(tx.conn())
        .await?;
    if raised.rows_affected == 1 { Ok(()) } else { Err(missing()) }
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
