//! A fresh database for each test, on the server that the test names.

use std::thread;

use platform::random;
use platform::sql::{DatabaseConfig, Db};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

/// The environment variable with the URL of a PostgreSQL account that may create databases.
pub const POSTGRES_URL: &str = "LINGPAI_TEST_POSTGRES";
/// The environment variable with the URL of a MariaDB account that may create databases.
pub const MARIADB_URL: &str = "LINGPAI_TEST_MARIADB";

/// Where a test keeps its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Database {
    /// MariaDB, where [`MARIADB_URL`] is set.
    MariaDb,
    /// PostgreSQL, where [`POSTGRES_URL`] is set.
    Postgres,
    /// SQLite in a temporary file.
    #[default]
    Sqlite,
}

impl Database {
    /// Every database.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::MariaDb, Self::Postgres];

    /// Whether there is such a server here. Tests skip what is not; a full run has all of them.
    pub fn is_available(self) -> bool {
        match self {
            Self::MariaDb => std::env::var_os(MARIADB_URL).is_some(),
            Self::Postgres => std::env::var_os(POSTGRES_URL).is_some(),
            Self::Sqlite => true,
        }
    }

    /// The databases that are here.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|database| database.is_available())
    }
}

/// A database of the test's own; dropped on its server when the test ends, even by a panic.
pub(crate) struct Fresh {
    pub(crate) config: DatabaseConfig,
    on_server: Option<OnServer>,
    _folder: Option<TempDir>,
}

struct OnServer {
    admin: String,
    name: String,
}

impl Fresh {
    /// An empty database.
    pub(crate) async fn create(database: Database) -> Self {
        match database {
            Database::MariaDb => Self::create_on_server(MARIADB_URL).await,
            Database::Postgres => Self::create_on_server(POSTGRES_URL).await,
            Database::Sqlite => Self::from_file(None),
        }
    }

    /// An SQLite database with the bytes of another one that was closed.
    pub(crate) fn from_file(bytes: Option<&[u8]>) -> Self {
        let folder = TempDir::new().expect("no temporary folder");
        let path = folder.path().join("test.db");
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).expect("the template was not written");
        }
        let mut config = DatabaseConfig::new(format!("sqlite:{}", path.display()));
        // The tests end processes, not power supplies.
        config.synchronous_full = false;
        config.max_connections = 2;
        Self { config, on_server: None, _folder: Some(folder) }
    }

    /// The bytes of an SQLite database that was closed.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let path = self.config.url.strip_prefix("sqlite:").expect("only SQLite is one file");
        std::fs::read(path).expect("the template was not read")
    }

    async fn create_on_server(variable: &str) -> Self {
        let admin = std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set"));
        let name = format!("testkit_{:024x}", u128::from_be_bytes(random::bytes::<16>()) >> 32);
        execute(&admin, &format!("CREATE DATABASE {name}")).await;
        let mut config = DatabaseConfig::new(sibling(&admin, &name));
        config.max_connections = 4;
        Self { config, on_server: Some(OnServer { admin, name }), _folder: None }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Some(OnServer { admin, name }) = self.on_server.take() else { return };
        // The test's runtime may be ending and its pool may still hold connections: drop from a thread of its own.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let force = if admin.starts_with("postgres") { " WITH (FORCE)" } else { "" };
            runtime.expect("no runtime").block_on(execute(&admin, &format!("DROP DATABASE {name}{force}")));
        });
        if dropping.join().is_err() {
            eprintln!("a test's database was not dropped");
        }
    }
}

async fn execute(admin: &str, sql: &str) {
    let mut config = DatabaseConfig::new(admin);
    config.max_connections = 1;
    let db = Db::open(&config).await.expect("the database server does not answer");
    db.raw().execute_unprepared(sql).await.expect("the database server refused");
    db.close().await;
}

/// The same server's database of another name.
fn sibling(admin: &str, name: &str) -> String {
    let mut url = url::Url::parse(admin).expect("the admin URL is malformed");
    url.set_path(name);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sibling_keeps_account_and_options() {
        assert_eq!(
            sibling("postgres://root:p%40ss@127.0.0.1:5433/postgres?sslmode=disable", "t1"),
            "postgres://root:p%40ss@127.0.0.1:5433/t1?sslmode=disable"
        );
        assert_eq!(sibling("mysql://root@localhost:3307", "t1"), "mysql://root@localhost:3307/t1");
    }
}
