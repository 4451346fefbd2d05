//! The three engines, and a fresh database on each of them.

use platform::random;
use platform::sql::{DatabaseConfig, Db};
use protocol::Timestamp;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;
use url::Url;

/// A database engine that the product runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    MariaDb,
    Postgres,
    Sqlite,
}

impl Engine {
    /// The variable that holds the URL of an account that may create databases.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::MariaDb => Some("LINGPAI_TEST_MARIADB"),
            Self::Postgres => Some("LINGPAI_TEST_POSTGRES"),
            Self::Sqlite => None,
        }
    }

    /// Whether there is such a server here; says "skipped" where there is none.
    ///
    /// # Panics
    /// Under `CI=true` where the server is missing: there a skipped test is a failed one.
    pub(crate) fn is_here(self) -> bool {
        let Some(variable) = self.variable().filter(|name| std::env::var_os(name).is_none()) else { return true };
        let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!is_ci, "{variable} is not set: `cargo xtask test` starts the server and sets it");
        println!("skipped: {variable} is not set");
        false
    }

    /// A fresh, empty database, or none where there is no such server here.
    pub(crate) async fn fresh(self) -> Option<Fresh> {
        if !self.is_here() {
            return None;
        }
        match self.variable() {
            Some(variable) => Some(Fresh::on_server(&std::env::var(variable).unwrap()).await),
            None => Some(Fresh::file()),
        }
    }
}

/// A database of the test's own; it goes when this value does, also after a panic.
pub(crate) struct Fresh {
    pub(crate) url: String,
    on_server: Option<(String, String)>,
    _folder: Option<TempDir>,
}

impl Fresh {
    fn file() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Self { url, on_server: None, _folder: Some(folder) }
    }

    async fn on_server(admin: &str) -> Self {
        let name = format!("store_{}", random::new_id(Timestamp::from_secs(0)).replace('-', ""));
        execute(admin, &format!("CREATE DATABASE {name}")).await;
        let mut url = Url::parse(admin).unwrap();
        url.set_path(&name);
        Self { url: url.into(), on_server: Some((admin.to_owned(), name)), _folder: None }
    }

    /// How a process of this test opens it.
    pub(crate) fn config(&self) -> DatabaseConfig {
        config(&self.url)
    }
}

/// The settings for a database of a test.
pub(crate) fn config(url: &str) -> DatabaseConfig {
    DatabaseConfig { max_connections: 8, ..DatabaseConfig::new(url) }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some((admin, name)) = self.on_server.take() else { return };
        // From a thread of its own: the test's runtime may be ending, and its pool may hold connections still.
        let dropping = std::thread::spawn(move || {
            let force = if admin.starts_with("postgres") { " WITH (FORCE)" } else { "" };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&admin, &format!("DROP DATABASE {name}{force}")));
        });
        if dropping.join().is_err() {
            eprintln!("the database of a test was not dropped");
        }
    }
}

async fn execute(admin: &str, sql: &str) {
    let config = DatabaseConfig { max_connections: 1, ..DatabaseConfig::new(admin) };
    let db = Db::open(&config).await.unwrap();
    db.raw().execute_unprepared(sql).await.unwrap();
    db.close().await;
}
