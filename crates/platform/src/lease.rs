//! Leases: of several nodes, one does the work.

use std::time::Duration;

use protocol::time::Timestamp;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Set};

use crate::sql::{Db, Outcome, StoreError, Tx};

/// Takes or prolongs the lease `name` for `holder` until `now + ttl`; `false` while somebody else holds it.
///
/// A lease is not a lock: a holder that stops for longer than `ttl` does not notice that another has taken over. The
/// work under it must be safe to do twice.
pub async fn acquire(db: &Db, name: &str, holder: &str, ttl: Duration, now: Timestamp) -> Result<bool, StoreError> {
    let claim = Claim { name: name.to_owned(), holder: holder.to_owned(), until: now.plus(ttl), now };
    db.write(move |tx| {
        let claim = claim.clone();
        Box::pin(async move {
            let is_ours = claim.prolong(tx).await? || claim.insert(tx).await?;
            Ok(if is_ours { Outcome::Commit(true) } else { Outcome::Rollback(false) })
        })
    })
    .await
}

/// Gives the lease back early; `false` when `holder` did not hold it.
pub async fn release(db: &Db, name: &str, holder: &str) -> Result<bool, StoreError> {
    let (name, holder) = (name.to_owned(), holder.to_owned());
    db.write(move |tx| {
        let filter = Condition::all().add(row::Column::Name.eq(&name)).add(row::Column::Holder.eq(&holder));
        Box::pin(async move {
            let gone = row::Entity::delete_many().filter(filter).exec(tx.conn()).await?;
            Ok(Outcome::Commit(gone.rows_affected == 1))
        })
    })
    .await
}

#[derive(Clone)]
struct Claim {
    name: String,
    holder: String,
    until: Timestamp,
    now: Timestamp,
}

impl Claim {
    /// Takes a lease that stands: our own, or one that has run out.
    async fn prolong(&self, tx: &Tx) -> Result<bool, StoreError> {
        let is_ours_or_over = Condition::any()
            .add(row::Column::Holder.eq(&self.holder))
            .add(row::Column::ExpiresAtMs.lte(self.now.as_millis()));
        let taken = row::Entity::update_many()
            .col_expr(row::Column::Holder, Expr::value(self.holder.clone()))
            .col_expr(row::Column::ExpiresAtMs, Expr::value(self.until.as_millis()))
            .filter(row::Column::Name.eq(&self.name))
            .filter(is_ours_or_over)
            .exec(tx.conn())
            .await?;
        Ok(taken.rows_affected == 1)
    }

    /// Makes a lease that nobody has had yet.
    async fn insert(&self, tx: &Tx) -> Result<bool, StoreError> {
        let row = row::ActiveModel {
            name: Set(self.name.clone()),
            holder: Set(self.holder.clone()),
            expires_at_ms: Set(self.until.as_millis()),
        };
        // MariaDB counts a row that it found as matched, so the number of rows says nothing there: read who it is.
        row::Entity::insert(row)
            .on_conflict(OnConflict::column(row::Column::Name).do_nothing_on([row::Column::Name]).to_owned())
            .try_insert()
            .exec_without_returning(tx.conn())
            .await?;
        let found = row::Entity::find_by_id(self.name.clone()).one(tx.conn()).await?;
        Ok(found.is_some_and(|row| row.holder == self.holder))
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "lease")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub holder: String,
        pub expires_at_ms: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
