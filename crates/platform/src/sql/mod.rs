//! SQL access: one way to write, one way to read, on three dialects.
//!
//! All writes go through [`Db::write`], all reads through [`Db::read`]; one store method is one transaction. On SQLite
//! a single writer connection serves a queue and waiting writers share one commit (`queue.rs`); PostgreSQL and MariaDB
//! use a pool at READ COMMITTED and run a closure again after a deadlock (`pooled.rs`).

mod backup;
mod config;
mod connect;
mod error;
mod lock;
mod pooled;
mod queue;
mod skew;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement};

pub use backup::BackupError;
pub use config::{DatabaseConfig, Dialect};
pub use error::{Outage, StoreError};
pub use futures_util::future::BoxFuture;
pub use lock::{lock_exclusive, lock_shared};

use crate::revision;

/// How long a caller waits for the database, the queue included, before it is told to come back later.
const DEADLINE: Duration = Duration::from_secs(5);

/// A database. Cheap to clone; all clones share connections and queue.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

/// What the clones of a [`Db`] share.
struct Shared {
    dialect: Dialect,
    /// The connections of [`Db::read`].
    reads: Conn,
    /// The connections that write: one for SQLite, the pool for the others.
    writes: DatabaseConnection,
    /// The writer of SQLite; the other dialects write from the pool.
    queue: Option<queue::Queue>,
    deadline: Duration,
    /// See [`Db::changes`].
    changes: AtomicU64,
}

impl Db {
    /// Opens a database, creating the file of an SQLite database that does not exist yet (mode 0600).
    ///
    /// Effects: opens connections; for SQLite starts the writer on the current tokio runtime. Creates no tables.
    /// Errors: [`StoreError::Unavailable`] with a text that says what to do; it never holds the URL's password.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, StoreError> {
        Self::open_with(config, queue::Limits::default(), DEADLINE).await
    }

    async fn open_with(config: &DatabaseConfig, limits: queue::Limits, deadline: Duration) -> Result<Self, StoreError> {
        let connect::Connections { dialect, writes, reads } = connect::open(config).await?;
        let queue = match dialect {
            Dialect::Sqlite => {
                // A database in memory has no log to write back, and its one connection is the writer's.
                let checkpoints = (!config.is_in_memory()).then(|| reads.clone());
                Some(queue::Queue::start(writes.clone(), checkpoints, limits))
            }
            Dialect::Postgres | Dialect::MySql => None,
        };
        let changes = AtomicU64::new(0);
        let shared = Shared { dialect, reads: Conn { connection: reads }, writes, queue, deadline, changes };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Which SQL is spoken here.
    pub fn dialect(&self) -> Dialect {
        self.shared.dialect
    }

    /// Asks the database for a sign of life, the writer's queue of SQLite included.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let ping = async {
            self.shared.reads.connection.ping().await?;
            self.write(|_| Box::pin(async { Ok(Outcome::Rollback(())) })).await
        };
        within(self.shared.deadline, ping).await
    }

    /// Reads through the whole database file and says whether it is sound. Slow on a large one.
    ///
    /// Only SQLite has such a question; the other dialects keep their own house and answer at once.
    /// Errors: [`StoreError::Corrupt`] when the file is damaged.
    pub async fn verify(&self) -> Result<(), StoreError> {
        if self.shared.dialect != Dialect::Sqlite {
            return Ok(());
        }
        let question = Statement::from_string(DbBackend::Sqlite, "PRAGMA quick_check(1)".to_owned());
        // SQLite reports heavy damage as an error of the statement itself.
        let damaged = || StoreError::Corrupt { what: "the database file is damaged" };
        let found = self.shared.reads.connection.query_one_raw(question).await.map_err(|_| damaged())?;
        let found = found.ok_or_else(damaged)?.try_get_by_index::<String>(0)?;
        if found == "ok" { Ok(()) } else { Err(damaged()) }
    }

    /// Finishes what is queued and closes every connection.
    ///
    /// Effects: other clones of this `Db` answer [`StoreError::Unavailable`] from now on.
    pub async fn close(self) {
        if let Some(queue) = &self.shared.queue {
            queue.drain().await;
        }
        for connection in [&self.shared.reads.connection, &self.shared.writes] {
            if let Err(error) = connection.close_by_ref().await {
                tracing::warn!(%error, "a database connection did not close cleanly");
            }
        }
    }

    /// Runs `job` in one transaction and answers after its commit.
    ///
    /// The job is `Fn` because it may run again after a deadlock; it awaits nothing but its transaction, and never
    /// signs, seals, hashes or fetches. A statement that failed has ended the transaction on PostgreSQL: answer the
    /// error or [`Outcome::Rollback`] after one, never [`Outcome::Commit`].
    ///
    /// Effects: [`Outcome::Commit`] keeps the job's changes; `Rollback`, an error and a panic undo them. A caller that
    /// goes away changes nothing: a job once started runs to its end. On SQLite a job whose time passed is undone.
    /// Errors: the job's own; [`StoreError::Unavailable`] when the queue or the database did not answer within five
    /// seconds, in which case the changes may or may not stand.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t Tx) -> BoxFuture<'t, Result<Outcome<T>, StoreError>> + Send + Sync + 'static,
    {
        let noted = revision::noted();
        let answer = match &self.shared.queue {
            Some(queue) => queue.write(job).await,
            None => pooled::write(&self.shared.writes, self.shared.dialect, self.shared.deadline, job).await,
        };
        // After the commit, and whatever the answer: a transaction whose end is unknown may stand.
        if revision::noted() != noted {
            self.note_change();
        }
        answer
    }

    /// How often something that caches rest on has changed, as far as this process knows.
    ///
    /// A cache that notes this number before it reads, and forgets what was read under another one, holds nothing that
    /// a verb of this process ended before it answered. A caller that went away before its answer is noticed by the
    /// poll of the revision instead.
    pub fn changes(&self) -> u64 {
        self.shared.changes.load(Ordering::Acquire)
    }

    /// Makes every cache forget what it has read so far.
    pub fn note_change(&self) {
        self.shared.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// Runs `job` with a connection for reading. Its statements see committed rows; they are not one snapshot.
    ///
    /// Errors: the job's own; [`StoreError::Unavailable`] when no connection came free within two seconds or the job
    /// took more than five.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c Conn) -> BoxFuture<'c, Result<T, StoreError>> + Send + Sync + 'static,
    {
        within(self.shared.deadline, job(&self.shared.reads)).await
    }

    /// The connection that writes, for migrations and tests only: it passes the queue by.
    pub fn raw(&self) -> &DatabaseConnection {
        &self.shared.writes
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Db").field("dialect", &self.shared.dialect).finish_non_exhaustive()
    }
}

/// What a job wants to become of its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Keep them.
    Commit(T),
    /// Undo them: a refused request that wrote half way changes nothing.
    Rollback(T),
}

/// The transaction of a job in [`Db::write`].
pub struct Tx {
    transaction: DatabaseTransaction,
    dialect: Dialect,
}

impl Tx {
    /// The transaction, to run statements on.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Which SQL is spoken here.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tx").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

/// The connection of a job in [`Db::read`].
#[derive(Debug)]
pub struct Conn {
    connection: DatabaseConnection,
}

impl Conn {
    /// The connection, to run queries on.
    pub fn conn(&self) -> &DatabaseConnection {
        &self.connection
    }
}

/// Waits for `work` until `limit`, then answers [`StoreError::Unavailable`].
async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(StoreError::late()))
}
