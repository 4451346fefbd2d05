//! Fresh, empty databases.

use platform::random;
use platform::sql::{DatabaseConfig, Db};
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;

/// A database of the test's own.
pub(super) struct Fixture {
    pub db: Db,
    pub config: DatabaseConfig,
    admin: Option<(String, String)>,
    _folder: Option<TempDir>,
}

impl Fixture {
    /// One empty database of every dialect that there is here.
    pub(super) async fn each() -> Vec<Self> {
        let folder = TempDir::new().unwrap();
        let config = DatabaseConfig::new(format!("sqlite:{}", folder.path().join("test.db").display()));
        let mut all = vec![Self::open(config, None, Some(folder)).await];
        for variable in ["LINGPAI_TEST_POSTGRES", "LINGPAI_TEST_MARIADB"] {
            if let Ok(admin) = std::env::var(variable) {
                all.push(Self::on_server(admin).await);
            }
        }
        all
    }

    /// The same, with the schema.
    pub(super) async fn each_migrated() -> Vec<Self> {
        let all = Self::each().await;
        for fixture in &all {
            crate::run(&fixture.db).await.unwrap();
        }
        all
    }

    /// Another process's view of the database.
    pub(super) async fn other(&self) -> Db {
        Db::open(&self.config).await.unwrap()
    }

    pub(super) async fn execute(&self, sql: &str) {
        if crate::schema::adds_what_stands(self.db.raw(), self.db.dialect(), sql).await.unwrap() {
            return;
        }
        self.db.raw().execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The first column of every row.
    pub(super) async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.db.raw().get_database_backend(), sql.to_owned());
        let rows = self.db.raw().query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
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

    async fn on_server(admin: String) -> Self {
        let name = format!("migrations_{}", random::password().replace('-', ""));
        let opened = Db::open(&DatabaseConfig::new(admin.clone())).await.unwrap();
        opened.raw().execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        opened.close().await;
        let (before, _) = admin.rsplit_once('/').unwrap();
        let config = DatabaseConfig::new(format!("{before}/{name}"));
        Self::open(config, Some((admin, name)), None).await
    }

    async fn open(config: DatabaseConfig, admin: Option<(String, String)>, folder: Option<TempDir>) -> Self {
        let db = Db::open(&config).await.unwrap();
        Self { db, config, admin, _folder: folder }
    }
}
