//! What can stop a migration.

use platform::sql::StoreError;
use sea_orm::DbErr;
use thiserror::Error;

/// Why the schema is not what this program needs.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// Another process migrates and did not finish in time.
    #[error("another process migrates this database; try again when it is done")]
    Locked,
    /// The database knows migrations that this program does not: it belongs to a newer release.
    #[error("the database was migrated by a newer release (it knows {name}); run that release, or restore a backup")]
    Newer {
        /// The first unknown migration.
        name: String,
    },
    /// A step failed. It runs again next time.
    #[error("migration {name} failed: {cause}")]
    Step {
        /// The migration.
        name: &'static str,
        /// What the database said.
        cause: StoreError,
    },
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbErr> for MigrateError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}
