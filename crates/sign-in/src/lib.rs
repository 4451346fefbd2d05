//! The one place where a proof becomes a session.
//!
//! Pages, API and OAuth endpoints call [`SignIn`]; nothing else opens a session, so whatever must hold at a sign-in (what
//! is asked in which order, what a failure tells, which session ends) is written once, here.
//!
//! **Limits.** A hash is dear, so it is bounded before it runs: the queue of the hashing threads is short, and a full one
//! answers [`SignInError::Busy`]. What is not here yet is the counter of wrong passwords per account and per address.
//! It belongs in front of the hash and must be raised before the hash runs, not after a mismatch: requests that run at
//! the same time would otherwise all pass the same count. It is lowered again when the password was right.

mod password;

pub use password::PasswordAttempt;

use std::time::Duration;

use flow::SessionRecord;
use grant_store::GrantStore;
use platform::secret::Secret;
use platform::sql::StoreError;
use user_store::{User, UserStore, VerifyError};

/// The sign-in. Cheap to clone.
#[derive(Clone)]
pub struct SignIn {
    users: UserStore,
    grants: GrantStore,
}

impl SignIn {
    /// A sign-in for the users of one store, opening sessions in the other.
    pub fn new(users: UserStore, grants: GrantStore) -> Self {
        Self { users, grants }
    }
}

/// Somebody proved who they are.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// Their session.
    pub session: SessionRecord,
    /// The value of the session cookie; told this once.
    pub cookie: Secret,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Too many passwords are being checked; nothing was checked.
    #[error("too many passwords are being checked")]
    Busy {
        /// When to come again.
        retry_after: Duration,
    },
    /// The proof is right, but the account is locked or disabled. Told only after the right proof.
    #[error("the account is locked or disabled")]
    Locked,
    /// Login and proof do not belong together; whether the login exists is not told.
    #[error("login and proof do not match")]
    Mismatch,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VerifyError> for SignInError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Busy { retry_after } => Self::Busy { retry_after },
            VerifyError::Store(error) => Self::Store(error),
        }
    }
}
