//! Writing on PostgreSQL and MariaDB: a pool, READ COMMITTED, and again after a deadlock.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use tracing::Instrument;

use super::{BoxFuture, Dialect, Outcome, StoreError, Tx, within};

/// How often a transaction that lost against another one runs again.
const RETRIES: u32 = 3;

/// Runs `job` in a transaction of its own.
///
/// It runs in a task, so that a caller that goes away (a closed connection) cannot stop it half way.
pub(super) async fn write<T, F>(
    pool: &DatabaseConnection,
    dialect: Dialect,
    deadline: Duration,
    job: F,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t Tx) -> BoxFuture<'t, Result<Outcome<T>, StoreError>> + Send + Sync + 'static,
{
    let pool = pool.clone();
    let task = tokio::spawn(async move { with_retries(&pool, dialect, &job).await }.in_current_span());
    let answer = async { task.await.unwrap_or_else(|_| Err(StoreError::unavailable("the runtime is shutting down"))) };
    within(deadline, answer).await
}

async fn with_retries<T, F>(pool: &DatabaseConnection, dialect: Dialect, job: &F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t Tx) -> BoxFuture<'t, Result<Outcome<T>, StoreError>> + Send + Sync + 'static,
{
    let mut attempt = 0;
    loop {
        match once(pool, dialect, job).await {
            Err(error) if error.can_retry() && attempt < RETRIES => {
                attempt += 1;
                tracing::debug!(attempt, %error, "a transaction lost against another one and runs again");
                // The winner needs a moment to commit; a growing pause keeps many losers from meeting again.
                tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt) * 3)).await;
            }
            answer => return answer,
        }
    }
}

async fn once<T, F>(pool: &DatabaseConnection, dialect: Dialect, job: &F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t Tx) -> BoxFuture<'t, Result<Outcome<T>, StoreError>> + Send + Sync + 'static,
{
    let tx = Tx { transaction: pool.begin().await?, dialect };
    let ran = AssertUnwindSafe(async { job(&tx).await }).catch_unwind().await;
    match ran {
        Ok(Ok(Outcome::Commit(value))) => {
            refuse_failed_transaction(&tx).await?;
            // A COMMIT whose connection broke may or may not stand: 503, and the caller finds out by asking again.
            tx.transaction.commit().await?;
            Ok(value)
        }
        Ok(Ok(Outcome::Rollback(value))) => {
            tx.transaction.rollback().await?;
            Ok(value)
        }
        Ok(Err(error)) => {
            roll_back(tx).await;
            Err(error)
        }
        Err(_panic) => {
            tracing::error!("a store job panicked; its transaction was rolled back");
            roll_back(tx).await;
            Err(StoreError::unavailable("a store job panicked"))
        }
    }
}

/// Rolls back where the answer is an error already.
async fn roll_back(tx: Tx) {
    if let Err(error) = tx.transaction.rollback().await {
        // The pool tests a connection before it takes it back, so this one is not used again.
        tracing::debug!(%error, "a rollback failed");
    }
}

/// PostgreSQL turns the COMMIT of a transaction in which a statement failed into a ROLLBACK and says nothing: a job
/// that swallowed such an error would be told "committed". Any statement finds out.
async fn refuse_failed_transaction(tx: &Tx) -> Result<(), StoreError> {
    // One round trip, so only where the tests run; a job that does this is wrong on every run.
    if cfg!(debug_assertions) && tx.dialect == Dialect::Postgres {
        tx.transaction.execute_unprepared("SELECT 1").await?;
    }
    Ok(())
}
