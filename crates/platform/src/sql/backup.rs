//! A sound copy of a database that is in use.

use std::fs::OpenOptions;
use std::path::Path;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Db, StoreError};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file: it stands already, or cannot be made.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Db {
    /// Copies an SQLite database into `file` while others read and write: one moment, no log beside it.
    ///
    /// Effects: creates the file with mode 0600; never replaces one. A copy by other means may be torn (the log is a
    /// file of its own).
    /// Errors: [`BackupError::File`] where the file stands, [`BackupError::Store`] on the other dialects, too.
    pub async fn backup(&self, file: &Path) -> Result<(), BackupError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        drop(options.open(file)?);
        let target = file.to_string_lossy().into_owned();
        let copied = self
            .raw()
            // An empty file may be filled; the name is a value, not SQL.
            .execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [target.into()]))
            .await;
        if let Err(error) = copied {
            std::fs::remove_file(file)?;
            return Err(StoreError::from(error).into());
        }
        Ok(())
    }
}
