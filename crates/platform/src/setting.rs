//! Facts about the installation itself that stand beside its data: which issuer it belongs to, whether it is a
//! development folder.

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};

use crate::sql::{Db, Outcome, StoreError, Tx};

/// The value of `name`, if it was ever written.
pub async fn read(db: &Db, name: &str) -> Result<Option<String>, StoreError> {
    let name = name.to_owned();
    db.read(move |conn| {
        let query = row::Entity::find_by_id(name.clone());
        Box::pin(async move { Ok(query.one(conn.conn()).await?.map(|row| row.value)) })
    })
    .await
}

/// Writes `name`, replacing what stood there.
pub async fn write(db: &Db, name: &str, value: &str) -> Result<(), StoreError> {
    let (name, value) = (name.to_owned(), value.to_owned());
    db.write(move |tx| {
        let (name, value) = (name.clone(), value.clone());
        Box::pin(async move {
            let replace = OnConflict::column(row::Column::Name).update_column(row::Column::Value).to_owned();
            insert(tx, name, value, replace).await?;
            Ok(Outcome::Commit(()))
        })
    })
    .await
}

/// Writes `name` unless something stands there already, and answers what stands there now.
pub async fn claim(db: &Db, name: &str, value: &str) -> Result<String, StoreError> {
    let (name, value) = (name.to_owned(), value.to_owned());
    db.write(move |tx| {
        let (name, value) = (name.clone(), value.clone());
        Box::pin(async move {
            let keep = OnConflict::column(row::Column::Name).do_nothing_on([row::Column::Name]).to_owned();
            insert(tx, name.clone(), value, keep).await?;
            let standing = row::Entity::find_by_id(name).one(tx.conn()).await?;
            let missing = StoreError::Corrupt { what: "a setting is missing after it was written" };
            Ok(Outcome::Commit(standing.ok_or(missing)?.value))
        })
    })
    .await
}

async fn insert(tx: &Tx, name: String, value: String, on_conflict: OnConflict) -> Result<(), StoreError> {
    row::Entity::insert(row::ActiveModel { name: Set(name), value: Set(value) })
        .on_conflict(on_conflict)
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
    Ok(())
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "setting")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub value: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
