//! The writer of SQLite: one connection, a bounded queue, and one commit for everybody who waits.
//!
//! SQLite admits one writer, and a durable commit costs one `fsync` however much it holds. So the jobs that wait while
//! a commit runs become the next transaction together, each in a savepoint of its own; nobody is answered before that
//! transaction has committed, for a job may have seen what the jobs before it wrote.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use parking_lot::Mutex;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::{BoxFuture, Dialect, Outcome, StoreError, Tx, within};

/// The bounds of the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Jobs that may wait.
    pub capacity: usize,
    /// Jobs that share a commit.
    pub batch: usize,
    /// How long a caller waits, the queue included.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { capacity: 1024, batch: 256, deadline: super::DEADLINE }
    }
}

/// How much longer than a job may run its caller waits for the commit. A job that is late is undone, so a caller who was
/// told "unavailable" finds no change later, unless the commit itself took longer than this.
const COMMIT_WITHIN: Duration = Duration::from_millis(500);

/// How often the log is written back into the database file, beside SQLite's own thousand pages.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// The way to the writer.
pub(super) struct Queue {
    sender: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    ended: Arc<tokio::sync::Semaphore>,
    deadline: Duration,
}

impl Queue {
    /// Starts the writer on the current runtime. It ends when the queue is dropped or drained.
    pub(super) fn start(writer: DatabaseConnection, checkpoints: Option<DatabaseConnection>, limits: Limits) -> Self {
        let (sender, receiver) = mpsc::channel(limits.capacity);
        let ended = Arc::new(tokio::sync::Semaphore::new(0));
        let signal = Arc::clone(&ended);
        tokio::spawn(async move {
            let checkpointer = checkpoints.map(Checkpointer::new);
            serve(&writer, receiver, limits.batch, checkpointer).await;
            signal.add_permits(1);
        });
        Self { sender: Mutex::new(Some(sender)), ended, deadline: limits.deadline }
    }

    /// Queues `job` and waits for its answer.
    pub(super) async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t Tx) -> BoxFuture<'t, Result<Outcome<T>, StoreError>> + Send + Sync + 'static,
    {
        let sender = self.sender.lock().clone().ok_or_else(closed)?;
        let until = Instant::now() + self.deadline;
        let place = within(self.deadline, async { sender.reserve().await.map_err(|_| closed()) }).await?;
        let (reply, answer) = oneshot::channel();
        let span = Span::current();
        place.send(Box::new(Waiting { job, until, span, reply: Some(reply), answer: None }));
        let wait = until.saturating_duration_since(Instant::now()) + COMMIT_WITHIN;
        within(wait, async { answer.await.unwrap_or_else(|_| Err(StoreError::late())) }).await
    }

    /// Takes no more jobs, and returns when those that wait are done.
    pub(super) async fn drain(&self) {
        drop(self.sender.lock().take());
        // An error means that the semaphore was closed, which nobody does.
        let _ended = self.ended.acquire().await;
    }
}

fn closed() -> StoreError {
    StoreError::unavailable("the database is closed")
}

/// A job whose answer has some type or other.
trait Job: Send {
    /// Whether the caller's time has passed.
    fn is_late(&self) -> bool;
    /// Runs the job and keeps its answer; says whether its changes stay. Panics pass through.
    fn run<'a>(&'a mut self, tx: &'a Tx) -> BoxFuture<'a, Fate>;
    /// Replaces the answer.
    fn fail(&mut self, error: StoreError);
    /// Gives the kept answer to the caller, if it still waits.
    fn answer(&mut self);
}

/// What becomes of a job's changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Undo,
}

/// A job in the queue.
struct Waiting<T, F> {
    job: F,
    until: Instant,
    /// The caller's, so that what the job logs carries the caller's reference.
    span: Span,
    reply: Option<oneshot::Sender<Result<T, StoreError>>>,
    answer: Option<Result<T, StoreError>>,
}

impl<T, F> Job for Waiting<T, F>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t Tx) -> BoxFuture<'t, Result<Outcome<T>, StoreError>> + Send + Sync + 'static,
{
    fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    fn run<'a>(&'a mut self, tx: &'a Tx) -> BoxFuture<'a, Fate> {
        Box::pin(async move {
            let (fate, answer) = match (self.job)(tx).instrument(self.span.clone()).await {
                Ok(Outcome::Commit(value)) => (Fate::Keep, Ok(value)),
                Ok(Outcome::Rollback(value)) => (Fate::Undo, Ok(value)),
                Err(error) => (Fate::Undo, Err(error)),
            };
            self.answer = Some(answer);
            fate
        })
    }

    fn fail(&mut self, error: StoreError) {
        self.answer = Some(Err(error));
    }

    fn answer(&mut self) {
        if let (Some(reply), Some(answer)) = (self.reply.take(), self.answer.take()) {
            // A caller that went away needs no answer; its changes stand.
            let _gone = reply.send(answer);
        }
    }
}

/// The writer's life: take what waits, commit it together, answer.
async fn serve(
    writer: &DatabaseConnection,
    mut receiver: mpsc::Receiver<Box<dyn Job>>,
    most: usize,
    checkpointer: Option<Checkpointer>,
) {
    let mut jobs = Vec::new();
    while receiver.recv_many(&mut jobs, most).await > 0 {
        // Who was told "unavailable" must not find a change later; dropping the job drops its reply.
        jobs.retain(|job| !job.is_late());
        if jobs.is_empty() {
            continue;
        }
        if let Err(error) = commit_together(writer, &mut jobs).await {
            tracing::error!(%error, jobs = jobs.len(), "a commit failed; every job in it is refused");
            let reason = error.to_string();
            for job in &mut jobs {
                job.fail(StoreError::unavailable(reason.clone()));
            }
        }
        jobs.drain(..).for_each(|mut job| job.answer());
        if let Some(checkpointer) = &checkpointer {
            checkpointer.after_commit();
        }
    }
}

/// One transaction for all `jobs`. An error means that none of their changes stand.
async fn commit_together(writer: &DatabaseConnection, jobs: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let options = TransactionOptions {
        // A deferred transaction that reads before it writes fails with SQLITE_BUSY_SNAPSHOT when another process
        // (the command line) wrote in between, and no waiting helps; an immediate one waits at its beginning.
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = writer.begin_with_options(options).await?;
    if let [job] = jobs {
        let tx = Tx { transaction, dialect: Dialect::Sqlite };
        return finish(&tx_fate(job, &tx).await, tx.transaction).await;
    }
    for job in jobs.iter_mut() {
        let tx = Tx { transaction: transaction.begin().await?, dialect: Dialect::Sqlite };
        let fate = tx_fate(job, &tx).await;
        // If SQLite gave the transaction up by itself (disk full, I/O error), the savepoint is gone and this fails:
        // the rest must not run outside a transaction.
        finish(&fate, tx.transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Runs one job; a panic undoes its changes and nobody else's.
async fn tx_fate(job: &mut Box<dyn Job>, tx: &Tx) -> Fate {
    // The time may have passed while another process held the lock, or while the job ran.
    if job.is_late() {
        job.fail(StoreError::late());
        return Fate::Undo;
    }
    let ran = AssertUnwindSafe(async { job.run(tx).await }).catch_unwind().await;
    let fate = ran.unwrap_or_else(|_panic| {
        tracing::error!("a store job panicked; its changes were rolled back");
        job.fail(StoreError::unavailable("a store job panicked"));
        Fate::Undo
    });
    if fate == Fate::Keep && job.is_late() {
        job.fail(StoreError::late());
        return Fate::Undo;
    }
    fate
}

/// Ends a transaction or a savepoint.
async fn finish(fate: &Fate, transaction: DatabaseTransaction) -> Result<(), StoreError> {
    match fate {
        Fate::Keep => transaction.commit().await?,
        Fate::Undo => transaction.rollback().await?,
    }
    Ok(())
}

/// Writes the log back from another connection, so that no commit has to.
struct Checkpointer {
    connection: DatabaseConnection,
    last: Mutex<Instant>,
    is_running: Arc<AtomicBool>,
}

impl Checkpointer {
    fn new(connection: DatabaseConnection) -> Self {
        Self { connection, last: Mutex::new(Instant::now()), is_running: Arc::default() }
    }

    /// Starts a checkpoint when the last one is long enough ago.
    fn after_commit(&self) {
        let mut last = self.last.lock();
        if last.elapsed() < CHECKPOINT_EVERY || self.is_running.swap(true, Ordering::AcqRel) {
            return;
        }
        *last = Instant::now();
        let (connection, is_running) = (self.connection.clone(), Arc::clone(&self.is_running));
        tokio::spawn(async move {
            // PASSIVE waits for nobody; what it leaves, the next one takes.
            if let Err(error) = connection.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await {
                tracing::debug!(%error, "a checkpoint was skipped");
            }
            is_running.store(false, Ordering::Release);
        });
    }
}
