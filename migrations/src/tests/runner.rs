//! The runner.

use futures_util::future::join_all;
use platform::revision;
use platform::sql::{DatabaseConfig, Db, Dialect};

use super::fixture::Fixture;
use crate::versions::ALL;
use crate::{MigrateError, Report, run, status};

#[tokio::test]
async fn first_run_applies_everything_and_the_second_nothing() {
    for fixture in Fixture::each().await {
        let before = status(&fixture.db).await.unwrap();
        assert!(before.len() == ALL.len() && before.iter().all(|one| !one.applied));
        let first = run(&fixture.db).await.unwrap();
        let names: Vec<&str> = ALL.iter().map(|migration| migration.name).collect();
        assert_eq!(first.applied, names);
        assert_eq!(run(&fixture.db).await.unwrap(), Report::default());
        assert!(status(&fixture.db).await.unwrap().iter().all(|one| one.applied));
        fixture.remove().await;
    }
}

#[tokio::test]
async fn database_in_memory_is_migrated_too() {
    let db = Db::open(&DatabaseConfig::in_memory()).await.unwrap();
    assert!(!run(&db).await.unwrap().applied.is_empty());
    assert_eq!(revision::current(&db).await.unwrap(), 0);
}

/// MariaDB commits each DDL statement, so a crash leaves any prefix of the steps; every prefix must be a good start.
#[tokio::test]
async fn migration_that_stopped_after_any_step_goes_on() {
    for fixture in Fixture::each().await {
        let steps: Vec<String> = ALL.iter().flat_map(|migration| (migration.steps)(fixture.db.dialect())).collect();
        for stopped_after in [1, 2, steps.len() / 2, steps.len()] {
            for step in &steps[..stopped_after] {
                fixture.execute(step).await;
            }
            assert_eq!(run(&fixture.db).await.unwrap().applied.len(), ALL.len(), "{stopped_after}");
            assert_eq!(revision::current(&fixture.db).await.unwrap(), 0);
            // The next round starts with every table there, which is one more half-way state.
            fixture.execute("DELETE FROM migration").await;
        }
        fixture.remove().await;
    }
}

#[tokio::test]
async fn resuming_keeps_the_rows_that_stand() {
    for fixture in Fixture::each_migrated().await {
        fixture.execute("UPDATE revision SET value = 7").await;
        fixture.execute("INSERT INTO setting (name, value) VALUES ('issuer', 'https://id.example')").await;
        fixture.execute("DELETE FROM migration").await;
        run(&fixture.db).await.unwrap();
        assert_eq!(revision::current(&fixture.db).await.unwrap(), 7);
        assert_eq!(fixture.texts("SELECT value FROM setting").await, ["https://id.example"]);
        fixture.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_processes_exactly_one_migrates() {
    for fixture in Fixture::each().await {
        let others = join_all((0..6).map(|_| fixture.other())).await;
        let reports = join_all(others.iter().map(run)).await;
        let applied: usize = reports.into_iter().map(|report| report.unwrap().applied.len()).sum();
        assert_eq!(applied, ALL.len(), "{:?}", fixture.db.dialect());
        for other in others {
            other.close().await;
        }
        fixture.remove().await;
    }
}

#[tokio::test]
async fn database_of_a_newer_release_is_refused_unchanged() {
    for fixture in Fixture::each().await {
        fixture.execute("CREATE TABLE migration (name varchar(64) PRIMARY KEY, applied_at_ms bigint)").await;
        fixture.execute("INSERT INTO migration VALUES ('9999_future', 0)").await;
        let refused = run(&fixture.db).await;
        assert!(matches!(&refused, Err(MigrateError::Newer { name }) if name == "9999_future"), "{refused:?}");
        assert!(matches!(status(&fixture.db).await, Err(MigrateError::Newer { .. })));
        assert_eq!(fixture.texts("SELECT name FROM migration").await, ["9999_future"]);
        // The refusal freed the lock.
        fixture.execute("DROP TABLE migration").await;
        run(&fixture.db).await.unwrap();
        fixture.remove().await;
    }
}

#[tokio::test]
async fn failing_step_is_named_and_runs_again_next_time() {
    for fixture in Fixture::each().await {
        // A view in the table's place: the step that makes the table's index fails.
        fixture.execute("CREATE VIEW client_secret AS SELECT 1 AS one").await;
        let failed = run(&fixture.db).await;
        assert!(matches!(failed, Err(MigrateError::Step { name: "0001_first_house", .. })), "{failed:?}");
        assert!(status(&fixture.db).await.unwrap().iter().all(|one| !one.applied));
        fixture.execute("DROP VIEW client_secret").await;
        assert_eq!(run(&fixture.db).await.unwrap().applied.len(), ALL.len());
        fixture.remove().await;
    }
}

#[tokio::test]
async fn limits_of_a_session_come_back_after_a_migration() {
    for fixture in Fixture::each_migrated().await {
        let limit = match fixture.db.dialect() {
            Dialect::MySql => "SELECT CAST(@@SESSION.max_statement_time AS CHAR)",
            Dialect::Postgres => "SELECT current_setting('statement_timeout')",
            Dialect::Sqlite => continue,
        };
        let told = fixture.texts(limit).await;
        assert!(["5s", "5.000000"].contains(&told[0].as_str()), "{told:?}");
        fixture.remove().await;
    }
}

#[test]
fn names_sort_by_age() {
    assert!(ALL.is_sorted_by_key(|migration| migration.name));
}
