//! Runs what is missing, in order, under a lock.

use platform::clock::{Clock, SystemClock};
use platform::sql::{Db, Dialect};
use sea_orm::{ConnectionTrait, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use crate::error::MigrateError;
use crate::history;
use crate::lock;
use crate::schema;
use crate::versions::{ALL, Migration};

/// What [`run`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The migrations that ran just now, in order; empty when the schema was up to date.
    pub applied: Vec<String>,
}

/// One migration and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its name, which sorts by age.
    pub name: String,
    /// Whether it ran.
    pub applied: bool,
}

/// Brings the schema up to this release.
///
/// Effects: creates and changes tables. On SQLite and PostgreSQL all of it or nothing; on MariaDB a failure leaves the
/// steps that succeeded, and the next run goes on from there. Running it twice is a no-op; two processes wait for each
/// other.
/// Errors: [`MigrateError::Newer`] before anything is changed.
pub async fn run(db: &Db) -> Result<Report, MigrateError> {
    // One connection for lock and steps: a lock of a pool's other connection would lock nobody out.
    let transaction = begin(db).await?;
    lock::acquire(&transaction, db.dialect()).await?;
    let outcome = run_missing(&transaction, db.dialect()).await;
    // MariaDB's lock belongs to the session and outlives the transaction.
    lock::release(&transaction, db.dialect()).await?;
    match outcome {
        Ok(report) => {
            transaction.commit().await?;
            Ok(report)
        }
        Err(error) => {
            transaction.rollback().await?;
            Err(error)
        }
    }
}

/// Every migration of this release, oldest first, and whether the database has it. Changes nothing.
///
/// Errors: [`MigrateError::Newer`] as for [`run`].
pub async fn status(db: &Db) -> Result<Vec<MigrationStatus>, MigrateError> {
    let known = history::list(db.raw(), db.dialect()).await?;
    refuse_newer(&known)?;
    Ok(ALL
        .iter()
        .map(|migration| MigrationStatus {
            name: migration.name.to_owned(),
            applied: known.iter().any(|name| name == migration.name),
        })
        .collect())
}

async fn begin(db: &Db) -> Result<DatabaseTransaction, MigrateError> {
    let options = TransactionOptions {
        sqlite_transaction_mode: (db.dialect() == Dialect::Sqlite).then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(db.raw().begin_with_options(options).await?)
}

async fn run_missing(transaction: &DatabaseTransaction, dialect: Dialect) -> Result<Report, MigrateError> {
    history::create(transaction, dialect).await?;
    let known = history::list(transaction, dialect).await?;
    refuse_newer(&known)?;
    let mut report = Report::default();
    for migration in ALL.iter().filter(|migration| !known.iter().any(|name| name == migration.name)) {
        apply(transaction, dialect, migration).await?;
        report.applied.push(migration.name.to_owned());
    }
    Ok(report)
}

async fn apply(transaction: &DatabaseTransaction, dialect: Dialect, migration: &Migration) -> Result<(), MigrateError> {
    for statement in (migration.steps)(dialect) {
        if schema::adds_what_stands(transaction, dialect, &statement).await? {
            continue;
        }
        transaction
            .execute_unprepared(&statement)
            .await
            .map_err(|error| MigrateError::Step { name: migration.name, cause: error.into() })?;
    }
    history::add(transaction, migration.name, SystemClock.now()).await?;
    tracing::info!(migration = migration.name, "the database schema was migrated");
    Ok(())
}

/// An older program on a newer schema would write rows that the newer one does not understand.
fn refuse_newer(known: &[String]) -> Result<(), MigrateError> {
    let unknown = known.iter().find(|name| !ALL.iter().any(|migration| migration.name == name.as_str()));
    match unknown {
        Some(name) => Err(MigrateError::Newer { name: name.clone() }),
        None => Ok(()),
    }
}
