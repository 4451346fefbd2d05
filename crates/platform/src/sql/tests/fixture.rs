//! Fresh databases with one small table.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait, QueryOrder, Set};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::super::queue::Limits;
use super::super::{DatabaseConfig, Db, Outcome, StoreError, Tx};
use crate::random;

/// A database of the test's own.
pub(super) struct Fixture {
    pub db: Db,
    pub config: DatabaseConfig,
    admin: Option<(String, String)>,
    _folder: Option<TempDir>,
}

impl Fixture {
    pub(super) async fn memory() -> Self {
        Self::with_table(DatabaseConfig::in_memory(), None, None, None).await
    }

    pub(super) async fn file() -> Self {
        Self::file_with(Limits::default()).await
    }

    pub(super) async fn file_with(limits: Limits) -> Self {
        let folder = TempDir::new().unwrap();
        let config = DatabaseConfig::new(format!("sqlite:{}", folder.path().join("test.db").display()));
        Self::with_table(config, None, Some(folder), Some(limits)).await
    }

    /// A fresh database on the server that the environment variable names.
    pub(super) async fn server(variable: &str) -> Option<Self> {
        let admin = std::env::var(variable).ok()?;
        let name = format!("platform_{}", random::password().replace('-', ""));
        let config = DatabaseConfig::new(admin.clone());
        let opened = Db::open(&config).await.unwrap();
        opened.raw().execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        opened.close().await;
        let (before, _) = admin.rsplit_once('/').unwrap();
        let own = DatabaseConfig::new(format!("{before}/{name}"));
        Some(Self::with_table(own, Some((admin, name)), None, None).await)
    }

    pub(super) async fn postgres() -> Option<Self> {
        Self::server("LINGPAI_TEST_POSTGRES").await
    }

    pub(super) async fn mariadb() -> Option<Self> {
        Self::server("LINGPAI_TEST_MARIADB").await
    }

    /// One database of every dialect that there is here.
    pub(super) async fn each() -> Vec<Self> {
        let mut all = vec![Self::memory().await, Self::file().await];
        all.extend(Self::postgres().await);
        all.extend(Self::mariadb().await);
        all
    }

    /// Removes the database from its server.
    pub(super) async fn remove(self) {
        self.db.close().await;
        if let Some((admin, name)) = self.admin {
            let opened = Db::open(&DatabaseConfig::new(admin)).await.unwrap();
            opened.raw().execute_unprepared(&format!("DROP DATABASE {name}")).await.unwrap();
            opened.close().await;
        }
    }

    async fn with_table(
        config: DatabaseConfig,
        admin: Option<(String, String)>,
        folder: Option<TempDir>,
        limits: Option<Limits>,
    ) -> Self {
        let limits = limits.unwrap_or_default();
        let db = Db::open_with(&config, limits, limits.deadline).await.unwrap();
        db.raw()
            .execute_unprepared("CREATE TABLE counter (id varchar(64) PRIMARY KEY, value bigint NOT NULL)")
            .await
            .unwrap();
        Self { db, config, admin, _folder: folder }
    }
}

/// Limits with a short deadline, for tests that let it pass.
pub(super) fn impatient() -> Limits {
    Limits { deadline: Duration::from_millis(150), ..Limits::default() }
}

/// Adds a row.
pub(super) async fn insert(tx: &Tx, id: &str, value: i64) -> Result<(), StoreError> {
    let row = counter::ActiveModel { id: Set(id.to_owned()), value: Set(value) };
    counter::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// Adds to a row's value; says whether the row was there.
pub(super) async fn add(tx: &Tx, id: &str, amount: i64) -> Result<bool, StoreError> {
    let changed = counter::Entity::update_many()
        .col_expr(counter::Column::Value, Expr::col(counter::Column::Value).add(amount))
        .filter(counter::Column::Id.eq(id))
        .exec(tx.conn())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Adds a row in a transaction of its own.
pub(super) async fn write_row(db: &Db, id: &'static str, value: i64) -> Result<(), StoreError> {
    db.write(move |tx| {
        Box::pin(async move {
            insert(tx, id, value).await?;
            Ok(Outcome::Commit(()))
        })
    })
    .await
}

/// Every row, by id.
pub(super) async fn rows(db: &Db) -> Vec<(String, i64)> {
    let rows = db
        .read(|conn| {
            Box::pin(async {
                let query = counter::Entity::find().order_by_asc(counter::Column::Id);
                Ok(query.all(conn.conn()).await?)
            })
        })
        .await;
    rows.unwrap().into_iter().map(|row| (row.id, row.value)).collect()
}

/// The ids of every row.
pub(super) async fn ids(db: &Db) -> Vec<String> {
    rows(db).await.into_iter().map(|(id, _)| id).collect()
}

/// A door that a job waits at until the test opens it.
#[derive(Clone)]
pub(super) struct Door {
    reached: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

impl Door {
    pub(super) fn closed() -> Self {
        Self { reached: Arc::new(Semaphore::new(0)), opened: Arc::new(Semaphore::new(0)) }
    }

    /// The job's side: says that it is here, and waits.
    pub(super) async fn pass(&self) {
        self.reached.add_permits(1);
        let _open = self.opened.acquire().await.unwrap();
    }

    /// The test's side: waits until a job is here.
    pub(super) async fn reached(&self) {
        self.reached.acquire().await.unwrap().forget();
    }

    /// The test's side: lets everyone through.
    pub(super) fn open(&self) {
        self.opened.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

pub(super) mod counter {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counter")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub value: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
