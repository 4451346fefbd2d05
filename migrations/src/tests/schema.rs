//! What every dialect makes of the schema.

use platform::sql::Dialect;

use super::fixture::Fixture;
use crate::versions::ALL;

/// Letters, case, trailing spaces and accents are all part of an identifier.
#[tokio::test]
async fn identifiers_are_compared_byte_for_byte() {
    let alike = ["abc", "ABC", "abc ", "äbc", "a\u{308}bc", "ａｂｃ", "令牌", "😀", "😁"];
    for fixture in Fixture::each_migrated().await {
        for (number, name) in alike.iter().enumerate() {
            fixture.execute(&format!("INSERT INTO setting (name, value) VALUES ('{name}', '{number}')")).await;
        }
        for (number, name) in alike.iter().enumerate() {
            let found = fixture.texts(&format!("SELECT value FROM setting WHERE name = '{name}'")).await;
            assert_eq!(found, [number.to_string()], "{name:?} {:?}", fixture.db.dialect());
        }
        fixture.remove().await;
    }
}

#[tokio::test]
async fn every_text_column_of_mariadb_is_binary_without_padding() {
    for fixture in Fixture::each_migrated().await {
        if fixture.db.dialect() == Dialect::MySql {
            let others = fixture
                .texts(
                    "SELECT CONCAT(table_name, '.', column_name, ' ', collation_name) FROM information_schema.columns \
                     WHERE table_schema = DATABASE() AND collation_name <> 'utf8mb4_nopad_bin'",
                )
                .await;
            assert!(others.is_empty(), "{others:?}");
            let engines = fixture
                .texts(
                    "SELECT table_name FROM information_schema.tables \
                     WHERE table_schema = DATABASE() AND engine <> 'InnoDB'",
                )
                .await;
            assert!(engines.is_empty(), "{engines:?}");
        }
        fixture.remove().await;
    }
}

#[tokio::test]
async fn value_that_is_too_long_is_refused_not_cut() {
    for fixture in Fixture::each_migrated().await {
        if fixture.db.dialect() != Dialect::Sqlite {
            use sea_orm::ConnectionTrait;
            let long = "x".repeat(65);
            let sql = format!("INSERT INTO setting (name, value) VALUES ('{long}', '')");
            assert!(fixture.db.raw().execute_unprepared(&sql).await.is_err());
        }
        fixture.remove().await;
    }
}

#[tokio::test]
async fn payload_holds_more_than_64_kib() {
    for fixture in Fixture::each_migrated().await {
        let long = "x".repeat(200_000);
        fixture.execute(&format!("INSERT INTO setting (name, value) VALUES ('long', '{long}')")).await;
        assert_eq!(fixture.texts("SELECT value FROM setting").await, [long]);
        fixture.remove().await;
    }
}

/// An index for every way in which the stores find rows, on every dialect.
#[test]
fn every_find_by_has_its_index() {
    let wanted = [
        ("client_secret", "client_id"),
        ("user_identifier", "user_id"),
        ("session", "user_id"),
        ("session", "expires_at_ms"),
        ("consent", "client_id"),
        ("interaction", "browser_digest"),
        ("interaction", "address"),
        ("interaction", "expires_at_ms"),
        ("family", "client_id"),
        ("family", "user_id"),
        ("family", "session_id"),
        ("family", "expires_at_ms"),
        ("authorization_code", "family_id"),
        ("authorization_code", "expires_at_ms"),
        ("refresh_token", "family_id"),
        ("refresh_token", "expires_at_ms"),
        ("audit_event", "at_ms"),
        ("audit_event", "user_id"),
    ];
    for dialect in [Dialect::MySql, Dialect::Postgres, Dialect::Sqlite] {
        let steps: Vec<String> = ALL.iter().flat_map(|migration| (migration.steps)(dialect)).collect();
        for (table, column) in wanted {
            let name = format!("{table}_by_{column}");
            let found = steps.iter().any(|step| step.starts_with("CREATE INDEX IF NOT EXISTS") && step.contains(&name));
            assert!(found, "{name} {dialect:?}");
        }
    }
}

/// A step that cannot run again would leave a MariaDB database that stopped half way for ever.
#[test]
fn every_step_can_run_again() {
    for dialect in [Dialect::MySql, Dialect::Postgres, Dialect::Sqlite] {
        for step in ALL.iter().flat_map(|migration| (migration.steps)(dialect)) {
            let again = ["CREATE TABLE IF NOT EXISTS ", "CREATE INDEX IF NOT EXISTS ", "INSERT IGNORE "];
            // SQLite's runner looks whether the column stands.
            let is_looked_at = dialect == Dialect::Sqlite && step.starts_with("ALTER TABLE ");
            let adds_if_new = step.starts_with("ALTER TABLE ") && step.contains(" ADD COLUMN IF NOT EXISTS ");
            let is_repeatable = is_looked_at
                || adds_if_new
                || again.iter().any(|start| step.starts_with(start))
                || step.ends_with("DO NOTHING");
            assert!(is_repeatable, "{step}");
        }
    }
}
