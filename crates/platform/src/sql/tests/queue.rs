//! The writer of SQLite.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait, TransactionTrait};
use tokio::task::JoinHandle;

use super::super::queue::Limits;
use super::super::{Db, Outcome, StoreError};
use super::fixture::{Door, Fixture, add, counter, ids, impatient, insert, rows, write_row};

/// Starts a write that adds `id` and then waits at `door`.
fn spawn_at(db: &Db, id: &'static str, door: &Door) -> JoinHandle<Result<(), StoreError>> {
    let (db, door) = (db.clone(), door.clone());
    tokio::spawn(async move {
        db.write(move |tx| {
            let door = door.clone();
            Box::pin(async move {
                insert(tx, id, 0).await?;
                door.pass().await;
                Ok(Outcome::Commit(()))
            })
        })
        .await
    })
}

/// Starts a write that adds `id`, and lets it reach the queue.
async fn spawn_row(db: &Db, id: &'static str) -> JoinHandle<Result<(), StoreError>> {
    let db = db.clone();
    let task = tokio::spawn(async move { write_row(&db, id, 0).await });
    settle().await;
    task
}

/// Lets every task that can run do so (the runtime of these tests has one thread).
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_writers_lose_no_update() {
    let fixture = Fixture::file().await;
    write_row(&fixture.db, "shared", 0).await.unwrap();
    let writers = (0..64).map(|_| {
        let db = fixture.db.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let changed = db.write(|tx| Box::pin(async { Ok(Outcome::Commit(add(tx, "shared", 1).await?)) }));
                assert!(changed.await.unwrap());
            }
        })
    });
    join_all(writers).await.into_iter().for_each(Result::unwrap);
    assert_eq!(rows(&fixture.db).await, [("shared".to_owned(), 640)]);
}

#[tokio::test]
async fn waiting_writers_share_one_commit_and_are_answered_after_it() {
    let fixture = Fixture::file().await;
    let (first_door, third_door) = (Door::closed(), Door::closed());
    let first = spawn_at(&fixture.db, "first", &first_door);
    first_door.reached().await;
    let second = spawn_row(&fixture.db, "second").await;
    let third = spawn_at(&fixture.db, "third", &third_door);
    settle().await;
    first_door.open();
    first.await.unwrap().unwrap();

    // Third runs in the transaction in which second has run already.
    third_door.reached().await;
    assert!(!second.is_finished());
    assert_eq!(ids(&fixture.db).await, ["first"]);

    third_door.open();
    second.await.unwrap().unwrap();
    third.await.unwrap().unwrap();
    assert_eq!(ids(&fixture.db).await, ["first", "second", "third"]);
}

#[tokio::test]
async fn refused_and_panicking_jobs_cost_their_own_savepoint_only() {
    let fixture = Fixture::file().await;
    let door = Door::closed();
    let blocker = spawn_at(&fixture.db, "a-blocker", &door);
    door.reached().await;

    let before = spawn_row(&fixture.db, "b-before").await;
    let db = fixture.db.clone();
    let refused = tokio::spawn(async move {
        db.write(|tx| {
            Box::pin(async {
                insert(tx, "c-refused", 0).await?;
                Ok(Outcome::Rollback("no"))
            })
        })
        .await
    });
    let db = fixture.db.clone();
    let panicked = tokio::spawn(async move {
        db.write(|tx| {
            Box::pin(async {
                insert(tx, "d-panicked", 0).await?;
                assert!(tx.dialect() != super::super::Dialect::Sqlite, "a bug in a job");
                Ok(Outcome::Commit(()))
            })
        })
        .await
    });
    let failed = spawn_row(&fixture.db, "a-blocker").await;
    let after = spawn_row(&fixture.db, "e-after").await;
    door.open();

    blocker.await.unwrap().unwrap();
    before.await.unwrap().unwrap();
    assert_eq!(refused.await.unwrap().unwrap(), "no");
    assert!(matches!(panicked.await.unwrap(), Err(StoreError::Unavailable { .. })));
    assert!(matches!(failed.await.unwrap(), Err(StoreError::Conflict)));
    after.await.unwrap().unwrap();
    assert_eq!(ids(&fixture.db).await, ["a-blocker", "b-before", "e-after"]);
}

#[tokio::test]
async fn failed_commit_refuses_every_job_in_it_and_the_next_one_succeeds() {
    let fixture = Fixture::file().await;
    fixture
        .db
        .raw()
        .execute_unprepared("CREATE TABLE child (id varchar(64) REFERENCES counter(id) DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    let door = Door::closed();
    let blocker = spawn_at(&fixture.db, "a", &door);
    door.reached().await;
    let innocent = spawn_row(&fixture.db, "innocent").await;
    let db = fixture.db.clone();
    // A deferred constraint is SQLite's way to fail at COMMIT and not before.
    let guilty = tokio::spawn(async move {
        db.write(|tx| {
            Box::pin(async {
                tx.conn().execute_unprepared("INSERT INTO child VALUES ('nobody')").await?;
                Ok(Outcome::Commit(()))
            })
        })
        .await
    });
    let db = fixture.db.clone();
    // This one saw a row that never came to be; its answer must not get out.
    let witness = tokio::spawn(async move {
        db.write(|tx| Box::pin(async { Ok(Outcome::Rollback(add(tx, "innocent", 1).await?)) })).await
    });
    settle().await;
    door.open();

    blocker.await.unwrap().unwrap();
    assert!(matches!(innocent.await.unwrap(), Err(StoreError::Unavailable { .. })));
    assert!(matches!(guilty.await.unwrap(), Err(StoreError::Unavailable { .. })));
    assert!(matches!(witness.await.unwrap(), Err(StoreError::Unavailable { .. })));
    write_row(&fixture.db, "b", 0).await.unwrap();
    assert_eq!(ids(&fixture.db).await, ["a", "b"]);
}

#[tokio::test]
async fn job_whose_deadline_passed_in_the_queue_never_runs() {
    let fixture = Fixture::file_with(impatient()).await;
    let door = Door::closed();
    let blocker = spawn_at(&fixture.db, "blocker", &door);
    door.reached().await;
    let late = write_row(&fixture.db, "late", 0).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    door.open();
    // The one that blocked outlived its own time as well: its caller is told so, and its change is undone.
    assert!(matches!(blocker.await.unwrap(), Err(StoreError::Unavailable { .. })));
    write_row(&fixture.db, "next", 0).await.unwrap();
    assert_eq!(ids(&fixture.db).await, ["next"]);
}

#[tokio::test]
async fn full_queue_answers_unavailable_at_the_deadline() {
    let fixture = Fixture::file_with(Limits { capacity: 1, batch: 1, ..impatient() }).await;
    let door = Door::closed();
    let _blocker = spawn_at(&fixture.db, "blocker", &door);
    door.reached().await;
    let _waiting = spawn_row(&fixture.db, "waiting").await;
    let shut_out = write_row(&fixture.db, "shut-out", 0).await;
    assert!(matches!(shut_out, Err(StoreError::Unavailable { .. })), "{shut_out:?}");
    door.open();
}

#[tokio::test]
async fn close_finishes_what_is_queued_and_refuses_the_rest() {
    let fixture = Fixture::file().await;
    let door = Door::closed();
    let running = spawn_at(&fixture.db, "running", &door);
    door.reached().await;
    let queued = spawn_row(&fixture.db, "queued").await;
    let other = fixture.db.clone();
    let mut closing = Box::pin(fixture.db.clone().close());
    assert!((&mut closing).now_or_never().is_none());
    let refused = write_row(&other, "refused", 0).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })));
    door.open();
    closing.await;
    running.await.unwrap().unwrap();
    queued.await.unwrap().unwrap();
    let reopened = Db::open(&fixture.config).await.unwrap();
    assert_eq!(ids(&reopened).await, ["queued", "running"]);
}

#[tokio::test]
async fn writer_of_another_process_delays_but_does_not_fail() {
    let fixture = Fixture::file().await;
    let other = Db::open(&fixture.config).await.unwrap();
    let transaction = other.raw().begin().await.unwrap();
    transaction.execute_unprepared("INSERT INTO counter VALUES ('theirs', 0)").await.unwrap();
    let ours = spawn_row(&fixture.db, "ours").await;
    // Long enough for the writer to meet the lock, far below its patience.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!ours.is_finished());
    transaction.commit().await.unwrap();
    ours.await.unwrap().unwrap();
    assert_eq!(ids(&fixture.db).await, ["ours", "theirs"]);
}

#[tokio::test]
async fn jobs_run_once_each() {
    let fixture = Fixture::memory().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let jobs = (0..50).map(|_| {
        let runs = Arc::clone(&runs);
        fixture.db.write(move |_| {
            runs.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(Outcome::Commit(())) })
        })
    });
    join_all(jobs).await.into_iter().for_each(Result::unwrap);
    assert_eq!(runs.load(Ordering::Relaxed), 50);
}

#[tokio::test]
async fn job_that_reads_before_it_writes_meets_no_stale_snapshot() {
    let fixture = Fixture::file().await;
    write_row(&fixture.db, "row", 1).await.unwrap();
    let other = Db::open(&fixture.config).await.unwrap();
    let door = Door::closed();
    let (db, at) = (fixture.db.clone(), door.clone());
    let ours = tokio::spawn(async move {
        db.write(move |tx| {
            let at = at.clone();
            Box::pin(async move {
                let before = counter::Entity::find_by_id("row").one(tx.conn()).await?;
                at.pass().await;
                // Had another process written meanwhile, SQLite would refuse this for good (SQLITE_BUSY_SNAPSHOT).
                add(tx, "row", before.map_or(0, |row| row.value)).await?;
                Ok(Outcome::Commit(()))
            })
        })
        .await
    });
    door.reached().await;
    let theirs = spawn_row(&other, "theirs").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!theirs.is_finished());
    door.open();
    ours.await.unwrap().unwrap();
    theirs.await.unwrap().unwrap();
    assert_eq!(rows(&fixture.db).await, [("row".to_owned(), 2), ("theirs".to_owned(), 0)]);
}
