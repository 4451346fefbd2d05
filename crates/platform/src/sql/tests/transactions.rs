//! What every dialect promises about a transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use tokio::sync::Barrier;

use super::super::{Dialect, Outcome, StoreError, lock_exclusive, lock_shared};
use super::fixture::{Door, Fixture, add, counter, ids, insert, rows, write_row};

#[tokio::test]
async fn commit_keeps_and_rollback_error_and_panic_undo() {
    for fixture in Fixture::each().await {
        let db = &fixture.db;
        write_row(db, "kept", 1).await.unwrap();
        let refused = db.write(|tx| {
            Box::pin(async {
                insert(tx, "refused", 1).await?;
                Ok(Outcome::Rollback(7))
            })
        });
        assert_eq!(refused.await.unwrap(), 7);
        let failed: Result<(), _> = db
            .write(|tx| {
                Box::pin(async {
                    insert(tx, "failed", 1).await?;
                    Err(StoreError::Corrupt { what: "a test" })
                })
            })
            .await;
        assert!(matches!(failed, Err(StoreError::Corrupt { what: "a test" })));
        let panicked: Result<(), _> = db
            .write(|tx| {
                Box::pin(async {
                    insert(tx, "panicked", 1).await?;
                    panic!("a bug in a job")
                })
            })
            .await;
        assert!(matches!(panicked, Err(StoreError::Unavailable { .. })));
        assert_eq!(ids(db).await, ["kept"], "{:?}", db.dialect());
        fixture.remove().await;
    }
}

#[tokio::test]
async fn second_row_of_one_key_is_a_conflict() {
    for fixture in Fixture::each().await {
        write_row(&fixture.db, "one", 1).await.unwrap();
        let second = write_row(&fixture.db, "one", 2).await;
        assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
        assert_eq!(rows(&fixture.db).await, [("one".to_owned(), 1)]);
        fixture.remove().await;
    }
}

#[tokio::test]
async fn caller_that_went_away_still_commits() {
    for fixture in Fixture::each().await {
        let door = Door::closed();
        let (db, at) = (fixture.db.clone(), door.clone());
        let caller = tokio::spawn(async move {
            db.write(move |tx| {
                let at = at.clone();
                Box::pin(async move {
                    insert(tx, "orphan", 1).await?;
                    at.pass().await;
                    insert(tx, "second half", 1).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await
        });
        door.reached().await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        door.open();
        // On SQLite the next write waits for the orphan; elsewhere it runs beside it.
        let mut patience = 0;
        while ids(&fixture.db).await.len() < 2 && patience < 500 {
            patience += 1;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(ids(&fixture.db).await, ["orphan", "second half"]);
        fixture.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_spend_one_row_exactly_one_wins() {
    for fixture in Fixture::each().await {
        for round in 0..5 {
            let id = ["r0", "r1", "r2", "r3", "r4"][round];
            write_row(&fixture.db, id, 0).await.unwrap();
            let spenders = (0..32).map(|_| {
                let db = fixture.db.clone();
                tokio::spawn(async move {
                    db.write(move |tx| {
                        Box::pin(async move {
                            let spent = Statement::from_string(
                                tx.conn().get_database_backend(),
                                format!("UPDATE counter SET value = 1 WHERE id = '{id}' AND value = 0"),
                            );
                            let spent = tx.conn().execute_raw(spent).await?.rows_affected();
                            Ok(Outcome::Commit(spent))
                        })
                    })
                    .await
                    .unwrap()
                })
            });
            let winners: u64 = join_all(spenders).await.into_iter().map(Result::unwrap).sum();
            assert_eq!(winners, 1, "{:?}", fixture.db.dialect());
        }
        fixture.remove().await;
    }
}

/// Two transactions that take two rows in opposite order; the database ends one, and it runs again.
async fn deadlock_is_survived(fixture: Fixture) {
    write_row(&fixture.db, "left", 0).await.unwrap();
    write_row(&fixture.db, "right", 0).await.unwrap();
    let (meeting, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let transactions = [("left", "right"), ("right", "left")].map(|(first, second)| {
        let (meeting, runs) = (Arc::clone(&meeting), Arc::clone(&runs));
        fixture.db.write(move |tx| {
            let (meeting, runs) = (Arc::clone(&meeting), Arc::clone(&runs));
            Box::pin(async move {
                let is_first_run = runs.fetch_add(1, Ordering::SeqCst) < 2;
                add(tx, first, 1).await?;
                if is_first_run {
                    meeting.wait().await;
                }
                add(tx, second, 1).await?;
                Ok(Outcome::Commit(()))
            })
        })
    });
    join_all(transactions).await.into_iter().for_each(Result::unwrap);
    // Three, or more when the loser comes back before the winner has woken up and they meet again.
    assert!(runs.load(Ordering::SeqCst) >= 3);
    assert_eq!(rows(&fixture.db).await, [("left".to_owned(), 2), ("right".to_owned(), 2)]);
    fixture.remove().await;
}

#[tokio::test]
async fn deadlock_on_postgres_runs_the_loser_again() {
    if let Some(fixture) = Fixture::postgres().await {
        deadlock_is_survived(fixture).await;
    }
}

#[tokio::test]
async fn deadlock_on_mariadb_runs_the_loser_again() {
    if let Some(fixture) = Fixture::mariadb().await {
        deadlock_is_survived(fixture).await;
    }
}

#[tokio::test]
async fn lost_transaction_runs_at_most_four_times() {
    for fixture in [Fixture::postgres().await, Fixture::mariadb().await].into_iter().flatten() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&runs);
        // Raising the database's own error is the only way to lose every time.
        let raise = match fixture.db.dialect() {
            Dialect::MySql => "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213",
            Dialect::Postgres | Dialect::Sqlite => "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$",
        };
        let lost: Result<(), _> = fixture
            .db
            .write(move |tx| {
                counted.fetch_add(1, Ordering::SeqCst);
                Box::pin(async move {
                    tx.conn().execute_unprepared(raise).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await;
        assert!(matches!(lost, Err(StoreError::Unavailable { .. })), "{lost:?}");
        assert_eq!(runs.load(Ordering::SeqCst), 4);
        fixture.remove().await;
    }
}

#[tokio::test]
async fn swallowed_failure_on_postgres_is_not_told_committed() {
    let Some(fixture) = Fixture::postgres().await else {
        return;
    };
    write_row(&fixture.db, "one", 1).await.unwrap();
    let swallowed = fixture.db.write(|tx| {
        Box::pin(async {
            insert(tx, "lost", 1).await?;
            let _conflict = insert(tx, "one", 2).await;
            Ok(Outcome::Commit(()))
        })
    });
    assert!(matches!(swallowed.await, Err(StoreError::Unavailable { .. })));
    assert_eq!(ids(&fixture.db).await, ["one"]);
    fixture.remove().await;
}

#[tokio::test]
async fn locks_are_accepted_by_every_dialect() {
    for fixture in Fixture::each().await {
        write_row(&fixture.db, "one", 1).await.unwrap();
        let found = fixture.db.write(|tx| {
            Box::pin(async {
                let shared = lock_shared(counter::Entity::find_by_id("one"), tx).one(tx.conn()).await?;
                let exclusive = lock_exclusive(counter::Entity::find_by_id("one"), tx).one(tx.conn()).await?;
                Ok(Outcome::Commit((shared, exclusive)))
            })
        });
        let (shared, exclusive) = found.await.unwrap();
        assert!(shared.is_some() && exclusive.is_some());
        fixture.remove().await;
    }
}

/// A row that one transaction relies on cannot change before it ends.
#[tokio::test]
async fn shared_lock_holds_back_a_change() {
    for fixture in [Fixture::postgres().await, Fixture::mariadb().await].into_iter().flatten() {
        write_row(&fixture.db, "relied-on", 1).await.unwrap();
        let door = Door::closed();
        let (db, at) = (fixture.db.clone(), door.clone());
        let reader = tokio::spawn(async move {
            db.write(move |tx| {
                let at = at.clone();
                Box::pin(async move {
                    let query = lock_shared(counter::Entity::find_by_id("relied-on"), tx);
                    let before = query.one(tx.conn()).await?.map(|row| row.value);
                    at.pass().await;
                    insert(tx, "issued", before.unwrap_or(0)).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await
        });
        door.reached().await;
        let db = fixture.db.clone();
        let change = tokio::spawn(async move {
            db.write(|tx| Box::pin(async { Ok(Outcome::Commit(add(tx, "relied-on", 1).await?)) })).await
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!change.is_finished(), "{:?}", fixture.db.dialect());
        door.open();
        reader.await.unwrap().unwrap();
        assert!(change.await.unwrap().unwrap());
        assert_eq!(rows(&fixture.db).await, [("issued".to_owned(), 1), ("relied-on".to_owned(), 2)]);
        fixture.remove().await;
    }
}
