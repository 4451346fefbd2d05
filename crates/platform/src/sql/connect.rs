//! Opening connections, one way per dialect.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sea_orm::sqlx::pool::{PoolConnectionMetadata, PoolOptions};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions, Connection, Database, Executor, Row};
use sea_orm::{DatabaseConnection, SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector};

use super::config::{DatabaseConfig, Dialect, Target, passwords, without_password};
use super::error::StoreError;

/// How long a caller waits for a free connection.
const POOL_WAIT: Duration = Duration::from_secs(2);
/// A connection that was idle for longer is pinged before use: a firewall may have dropped it.
const PING_AFTER_IDLE: Duration = Duration::from_secs(30);
/// How long SQLite waits for another process that writes (the command line).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The connections of an open database.
pub(super) struct Connections {
    pub dialect: Dialect,
    pub writes: DatabaseConnection,
    pub reads: DatabaseConnection,
}

/// Connects as the URL says.
pub(super) async fn open(config: &DatabaseConfig) -> Result<Connections, StoreError> {
    let opened = match config.target() {
        Some(Target::MySql(url)) => mysql(config, &url).await,
        Some(Target::Postgres) => postgres(config).await,
        Some(Target::SqliteFile(path)) => sqlite_file(config, &path).await,
        Some(Target::SqliteMemory) => sqlite_memory().await,
        None => Err(StoreError::unavailable(format!(
            "the database URL {} is of no known kind: use sqlite:PATH, postgres://… or mariadb://…",
            without_password(&config.url)
        ))),
    };
    // Drivers repeat parts of a URL that they cannot parse.
    opened.map_err(|error| error.without(&passwords(&config.url)))
}

async fn sqlite_file(config: &DatabaseConfig, path: &Path) -> Result<Connections, StoreError> {
    create_file(path)?;
    let synchronous = if config.synchronous_full { SqliteSynchronous::Full } else { SqliteSynchronous::Normal };
    let options = sqlite_options().filename(path).create_if_missing(false).synchronous(synchronous);
    let to_write = options
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("cache_size", "-16384")
        // The writer's own checkpoints are the fallback; another connection makes one every second.
        .pragma("wal_autocheckpoint", "8000")
        // 64 MiB: after a burst the log shrinks again.
        .pragma("journal_size_limit", "67108864");
    let at_path = |error| unopened(&format!("the database file {} did not open", path.display()), &error);
    let writes = kept(SqlitePoolOptions::new(), 1).connect_with(to_write).await.map_err(at_path)?;
    // Readers cannot write by mistake; the writer would not know, and two writers wait for each other.
    let to_read = options.pragma("query_only", "on");
    let reads = kept(SqlitePoolOptions::new(), config.max_connections).connect_with(to_read).await.map_err(at_path)?;
    Ok(Connections {
        dialect: Dialect::Sqlite,
        writes: SqlxSqliteConnector::from_sqlx_sqlite_pool(writes),
        reads: SqlxSqliteConnector::from_sqlx_sqlite_pool(reads),
    })
}

/// One connection for reads and writes, never closed: with it the database would go.
async fn sqlite_memory() -> Result<Connections, StoreError> {
    let options = sqlite_options().in_memory(true).filename(":memory:").synchronous(SqliteSynchronous::Off);
    let pool = kept(SqlitePoolOptions::new(), 1)
        .min_connections(1)
        // A reader waits for the batch before it, as a writer does.
        .acquire_timeout(super::DEADLINE)
        .connect_with(options)
        .await
        .map_err(|error| unopened("the database in memory did not open", &error))?;
    let connection = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    Ok(Connections { dialect: Dialect::Sqlite, writes: connection.clone(), reads: connection })
}

/// What every SQLite connection has in common.
fn sqlite_options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(256)
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

/// A pool of local connections: they cost nothing while idle and cannot be cut off, so they are neither pinged nor
/// replaced.
fn kept(options: SqlitePoolOptions, most: u32) -> SqlitePoolOptions {
    options
        .max_connections(most.max(1))
        .acquire_timeout(POOL_WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Creates the database file for its owner alone, or takes other people's access away.
fn create_file(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(StoreError::unavailable(format!(
            "the folder {} of the database does not exist: create it, or name another one in the database URL",
            folder.display()
        )));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // SQLite gives its log files the mode of the database file.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| {
        StoreError::unavailable(format!("the database file {} cannot be written: {error}", path.display()))
    })?;
    close_to_others(path, &file);
    Ok(())
}

#[cfg(unix)]
fn close_to_others(path: &Path, file: &std::fs::File) {
    use std::os::unix::fs::PermissionsExt;
    let is_open = file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    if is_open {
        let closed = file.set_permissions(std::fs::Permissions::from_mode(0o600));
        match closed {
            Ok(()) => {
                tracing::warn!(file = %path.display(), "the database file was open to others and is now 0600");
            }
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "the database file is open to others");
            }
        }
    }
}

#[cfg(not(unix))]
fn close_to_others(_path: &Path, _file: &std::fs::File) {}

async fn postgres(config: &DatabaseConfig) -> Result<Connections, StoreError> {
    let named = without_password(&config.url);
    let options: PgConnectOptions = config.url.parse().map_err(|error| not_valid(&named, &error))?;
    let options = options.application_name("lingpai").disable_statement_logging();
    let first = first_connection(&options, &named).await?;
    drop(first);
    let pool = remote(PgPoolOptions::new(), config.max_connections)
        .after_connect(|connection, _| Box::pin(async move { connection.execute(POSTGRES_SESSION).await.map(drop) }))
        .connect_with(options)
        .await
        .map_err(|error| no_connection(&named, &error))?;
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Ok(Connections { dialect: Dialect::Postgres, writes: connection.clone(), reads: connection })
}

async fn mysql(config: &DatabaseConfig, url: &str) -> Result<Connections, StoreError> {
    let named = without_password(&config.url);
    let options: MySqlConnectOptions = url.parse().map_err(|error| not_valid(&named, &error))?;
    let options = options.charset("utf8mb4").disable_statement_logging();
    let mut first = first_connection(&options, &named).await?;
    let version: String = sqlx::query("SELECT VERSION()")
        .fetch_one(&mut first)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| no_connection(&named, &error))?;
    drop(first);
    if !version.contains("MariaDB") {
        // MySQL has neither the collation nor the conditional DDL that the schema is made of.
        return Err(StoreError::unavailable(format!("{named} is MySQL {version}; MariaDB 10.6 or later is needed")));
    }
    let pool = remote(MySqlPoolOptions::new(), config.max_connections)
        .after_connect(|connection, _| Box::pin(async move { connection.execute(MARIADB_SESSION).await.map(drop) }))
        .connect_with(options)
        .await
        .map_err(|error| no_connection(&named, &error))?;
    let connection = SqlxMySqlConnector::from_sqlx_mysql_pool(pool);
    Ok(Connections { dialect: Dialect::MySql, writes: connection.clone(), reads: connection })
}

/// One connection beside the pool, for its error: a pool repeats what was refused until its time is over, and then
/// says only that.
async fn first_connection<O>(options: &O, named: &str) -> Result<O::Connection, StoreError>
where
    O: ConnectOptions,
    O::Connection: Sized,
{
    match tokio::time::timeout(super::DEADLINE, options.connect()).await {
        Ok(connected) => connected.map_err(|error| no_connection(named, &error)),
        Err(_) => Err(StoreError::unavailable(format!("no connection to {named}: no answer"))),
    }
}

/// What a session of PostgreSQL must not leave to the server's configuration.
///
/// A statement that runs longer than its caller waits would only hold a connection.
const POSTGRES_SESSION: &str = "SET default_transaction_isolation = 'read committed'; \
     SET statement_timeout = '5s'; \
     SET lock_timeout = '4s'; \
     SET idle_in_transaction_session_timeout = '10s'";

/// What a session of MariaDB must not leave to the server's configuration.
///
/// REPEATABLE READ would show a transaction the state before the rows that it has just waited for. Without strict mode
/// a value that is too long is cut off: two identifiers could become one.
const MARIADB_SESSION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
     SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,PIPES_AS_CONCAT', \
     SESSION max_statement_time = 5, SESSION innodb_lock_wait_timeout = 4";

/// A pool of connections over the network.
fn remote<DB: Database>(options: PoolOptions<DB>, most: u32) -> PoolOptions<DB> {
    options
        .max_connections(most.max(1))
        .acquire_timeout(POOL_WAIT)
        .idle_timeout(Duration::from_mins(10))
        .max_lifetime(Duration::from_mins(30))
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| Box::pin(ping_if_idle(connection, metadata)))
}

/// Lets a connection out when it is fresh or answers. A dead one is replaced, not reported.
async fn ping_if_idle<C: Connection>(
    connection: &mut C,
    metadata: PoolConnectionMetadata,
) -> Result<bool, sqlx::Error> {
    if metadata.idle_for < PING_AFTER_IDLE {
        return Ok(true);
    }
    Ok(connection.ping().await.is_ok())
}

/// An outage at opening, with what was tried.
fn unopened(what: &str, error: &sqlx::Error) -> StoreError {
    StoreError::unavailable(format!("{what}: {error}"))
}

fn not_valid(named: &str, error: &sqlx::Error) -> StoreError {
    unopened(&format!("the database URL {named} is not valid"), error)
}

fn no_connection(named: &str, error: &sqlx::Error) -> StoreError {
    unopened(&format!("no connection to {named}"), error)
}
