//! Opening a database, and what its connections are set to.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tempfile::TempDir;

use super::super::{DatabaseConfig, Db, Dialect, StoreError};
use super::fixture::{Fixture, ids, write_row};

async fn refusal(url: &str) -> String {
    match Db::open(&DatabaseConfig::new(url)).await {
        Err(error @ StoreError::Unavailable { .. }) => error.to_string(),
        other => panic!("{url}: {other:?}"),
    }
}

async fn text(connection: &DatabaseConnection, sql: &str) -> String {
    let statement = Statement::from_string(connection.get_database_backend(), sql.to_owned());
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index::<String>(0).unwrap()
}

#[tokio::test]
async fn missing_folder_is_named_with_its_remedy() {
    let told = refusal("sqlite:/nonexistent-folder/lingpai.db").await;
    assert!(told.contains("/nonexistent-folder of the database does not exist: create it"), "{told}");
}

#[tokio::test]
async fn folder_in_place_of_the_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let told = refusal(&format!("sqlite:{}", folder.path().display())).await;
    assert!(told.contains("cannot be written"), "{told}");
}

#[tokio::test]
async fn file_that_is_no_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "this is no database ".repeat(100)).unwrap();
    let told = refusal(&format!("sqlite:{}", path.display())).await;
    assert!(told.contains("notes.txt did not open"), "{told}");
}

#[tokio::test]
async fn unknown_scheme_is_refused_without_repeating_the_password() {
    let told = refusal("oracle://me:hunter2@db.example/x?password=hunter2").await;
    assert!(told.contains("oracle://me:***@db.example/x is of no known kind"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn unreachable_server_is_named_without_its_password() {
    for scheme in ["postgres", "mysql", "mariadb"] {
        // Port 1 of the loopback interface: nobody listens there.
        let told = refusal(&format!("{scheme}://me:hunter%212@127.0.0.1:1/lingpai")).await;
        assert!(told.contains(&format!("no connection to {scheme}://me:***@127.0.0.1:1/lingpai")), "{told}");
        assert!(!told.contains("hunter"), "{told}");
    }
}

#[tokio::test]
async fn malformed_url_is_refused_without_its_password() {
    for url in ["postgres://me:hunter2@host:port/db", "mysql://me:hunter2@:99999/db"] {
        let told = refusal(url).await;
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn debug_of_the_settings_shows_no_password() {
    for url in [
        "postgres://me:hunter2@host/db",
        "mysql://me:hun@ter2@host/db",
        "postgres://host/db?password=hunter2",
        "mysql://me:hun/ter2@host/db",
    ] {
        let shown = format!("{:?}", DatabaseConfig::new(url));
        assert!(!shown.contains("ter2"), "{shown}");
        assert!(shown.contains("host/db"), "{shown}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn database_files_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let config = DatabaseConfig::new(format!("sqlite:{}", folder.path().join("new.db").display()));
    let old = folder.path().join("old.db");
    std::fs::write(&old, "").unwrap();
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o644)).unwrap();
    for config in [config, DatabaseConfig::new(format!("sqlite://{}", old.display()))] {
        let db = Db::open(&config).await.unwrap();
        db.raw().execute_unprepared("CREATE TABLE t (a)").await.unwrap();
    }
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
        seen += 1;
    }
    assert!(seen >= 2);
}

#[tokio::test]
async fn sqlite_connections_are_durable_and_strict() {
    let fixture = Fixture::file().await;
    let writer = fixture.db.raw();
    assert_eq!(text(writer, "SELECT journal_mode FROM pragma_journal_mode").await, "wal");
    assert_eq!(text(writer, "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await, "2");
    assert_eq!(text(writer, "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await, "1");
    assert_eq!(text(writer, "SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout").await, "5000");
}

#[tokio::test]
async fn relaxed_durability_is_a_setting() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("relaxed.db").display());
    let config = DatabaseConfig { synchronous_full: false, ..DatabaseConfig::new(url) };
    let db = Db::open(&config).await.unwrap();
    assert_eq!(text(db.raw(), "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await, "1");
}

#[tokio::test]
async fn reader_of_a_file_cannot_write() {
    let fixture = Fixture::file().await;
    let written = fixture.db.read(|conn| {
        Box::pin(async {
            conn.conn().execute_unprepared("DELETE FROM counter").await?;
            Ok(())
        })
    });
    assert!(matches!(written.await, Err(StoreError::Unavailable { .. })));
}

#[tokio::test]
async fn databases_in_memory_are_apart_and_stay() {
    let (one, other) = (Fixture::memory().await, Fixture::memory().await);
    write_row(&one.db, "row", 1).await.unwrap();
    assert!(ids(&other.db).await.is_empty());
    for _ in 0..50 {
        assert_eq!(ids(&one.db).await, ["row"]);
    }
}

#[tokio::test]
async fn ping_answers_on_every_dialect() {
    for fixture in Fixture::each().await {
        fixture.db.ping().await.unwrap();
        let closed = fixture.db.clone();
        fixture.remove().await;
        assert!(matches!(closed.ping().await, Err(StoreError::Unavailable { .. })));
    }
}

#[tokio::test]
async fn server_sessions_are_read_committed_and_strict() {
    for fixture in [Fixture::postgres().await, Fixture::mariadb().await].into_iter().flatten() {
        match fixture.db.dialect() {
            Dialect::Postgres => {
                let level = text(fixture.db.raw(), "SELECT current_setting('transaction_isolation')").await;
                assert_eq!(level, "read committed");
            }
            Dialect::MySql => {
                let level = text(fixture.db.raw(), "SELECT @@SESSION.tx_isolation").await;
                assert_eq!(level, "READ-COMMITTED");
                let mode = text(fixture.db.raw(), "SELECT @@SESSION.sql_mode").await;
                assert!(mode.contains("STRICT_ALL_TABLES"), "{mode}");
                let charset = text(fixture.db.raw(), "SELECT @@SESSION.character_set_connection").await;
                assert_eq!(charset, "utf8mb4");
            }
            Dialect::Sqlite => panic!("not a server"),
        }
        fixture.remove().await;
    }
}

/// The one connection of a database in memory is the database: giving up on a query must not cost it.
#[tokio::test]
async fn abandoned_queries_do_not_cost_a_database_in_memory() {
    let fixture = Fixture::memory().await;
    write_row(&fixture.db, "row", 1).await.unwrap();
    for millis in [1, 5, 20] {
        let db = fixture.db.clone();
        let slow = tokio::spawn(async move {
            db.read(|conn| {
                Box::pin(async {
                    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) \
                                   SELECT CAST(count(*) AS TEXT) FROM n";
                    Ok(text(conn.conn(), endless).await)
                })
            })
            .await
        });
        tokio::time::sleep(Duration::from_millis(millis)).await;
        slow.abort();
        let _aborted = slow.await;
        assert_eq!(ids(&fixture.db).await, ["row"]);
        write_row(&fixture.db, "gone", 0).await.unwrap();
        fixture.db.raw().execute_unprepared("DELETE FROM counter WHERE id = 'gone'").await.unwrap();
    }
}

#[tokio::test]
async fn damaged_file_is_told_from_a_sound_one() {
    let fixture = Fixture::file().await;
    for _ in 0..3 {
        fixture
            .db
            .raw()
            .execute_unprepared(
                "INSERT INTO counter WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
                 SELECT hex(randomblob(16)), i FROM n",
            )
            .await
            .unwrap();
    }
    fixture.db.verify().await.unwrap();
    fixture.db.clone().close().await;
    let path = fixture.config.url.trim_start_matches("sqlite:").to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let reopened = Db::open(&fixture.config).await.unwrap();
    assert!(matches!(reopened.verify().await, Err(StoreError::Corrupt { .. })));
}
