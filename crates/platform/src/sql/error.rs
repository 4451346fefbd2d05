//! What can go wrong below the rules: infrastructure, never a refusal.

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use thiserror::Error;

/// Why a store could not do its work.
///
/// Infrastructure trouble is 503 with `Retry-After`. It is never `invalid_grant`, `invalid_client` or
/// `login_required`: clients log people out on those.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A row with this key stands already, or was changed by somebody else meanwhile.
    #[error("a row with this key stands already")]
    Conflict,
    /// A row holds what this program never writes.
    #[error("the database holds something that this program did not write: {what}")]
    Corrupt {
        /// Which part.
        what: &'static str,
    },
    /// The database did not answer, or not in time.
    #[error("the database is not available: {cause}")]
    Unavailable {
        /// What happened, for the log.
        cause: Outage,
    },
}

impl StoreError {
    /// An outage with a text of our own.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { cause: Outage { reason: reason.into(), can_retry: false } }
    }

    /// The deadline passed.
    pub(super) fn late() -> Self {
        Self::unavailable("no answer within the deadline")
    }

    /// Whether the same transaction may succeed when it runs again at once: it lost against another one.
    pub(super) fn can_retry(&self) -> bool {
        match self {
            Self::Unavailable { cause } => cause.can_retry,
            Self::Conflict | Self::Corrupt { .. } => false,
        }
    }

    /// Takes `secrets` out of the text.
    pub(super) fn without(self, secrets: &[String]) -> Self {
        match self {
            Self::Unavailable { mut cause } => {
                for secret in secrets {
                    cause.reason = cause.reason.replace(secret, "***");
                }
                Self::Unavailable { cause }
            }
            Self::Conflict | Self::Corrupt { .. } => self,
        }
    }
}

/// What made the database unavailable. A text for the log and the administrator, without secrets.
#[derive(Debug, Error)]
#[error("{reason}")]
pub struct Outage {
    reason: String,
    can_retry: bool,
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::Conflict;
        }
        match error {
            // Another transaction got there first.
            DbErr::RecordNotInserted | DbErr::RecordNotUpdated => Self::Conflict,
            DbErr::RecordNotFound(_) => Self::Corrupt { what: "a row that must stand is missing" },
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } | DbErr::ConvertFromU64(_) => {
                Self::Corrupt { what: "a column holds a value of another type" }
            }
            other => {
                let can_retry = is_transient(&other);
                Self::Unavailable { cause: Outage { reason: other.to_string(), can_retry } }
            }
        }
    }
}

/// Whether the database itself ended the transaction in favour of another one.
fn is_transient(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    let sqlx::Error::Database(error) = error.as_ref() else {
        return false;
    };
    if let Some(mysql) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        // ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT
        return matches!(mysql.number(), 1213 | 1205);
    }
    // serialization_failure, deadlock_detected; SQLite's codes are other numbers.
    matches!(error.code().as_deref(), Some("40001" | "40P01"))
}
