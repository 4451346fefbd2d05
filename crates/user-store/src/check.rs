//! A login and a password: the one question whose answer and duration must not tell which logins exist.

use std::time::Duration;

use platform::secret::Secret;
use platform::sql::{Outcome, StoreError};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::user_account;
use crate::identifiers::Identifier;
use crate::phc::MalformedHash;
use crate::pool::PoolError;
use crate::user::User;
use crate::users::{self, UserStore};

/// What became of a login and a password.
#[derive(Clone, Debug)]
pub enum PasswordCheck {
    /// They belong together. The user may still be locked or disabled.
    Match(Box<User>),
    /// They do not, or nobody is known by this login, or that user has no password.
    Mismatch,
}

/// Why a password was not checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Too many passwords are being checked.
    #[error("too many passwords are being checked")]
    Busy {
        /// When to come again.
        retry_after: Duration,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PoolError> for VerifyError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Busy { retry_after } => Self::Busy { retry_after },
            PoolError::Malformed(MalformedHash) => {
                Self::Store(StoreError::Corrupt { what: "user_account.password_phc" })
            }
        }
    }
}

impl UserStore {
    /// Checks a password.
    ///
    /// Every failure does the same: one query, one hash at today's price. After a match the hash is renewed if its
    /// price has fallen behind.
    /// Effects: counts nothing; whoever calls this for strangers limits them first (see the crate `sign-in`).
    /// Errors: [`VerifyError::Busy`] before any hash when the queue is full.
    /// Source: OWASP Authentication Cheat Sheet (user enumeration), CWE-208.
    pub async fn verify_password(&self, login: &str, password: Secret) -> Result<PasswordCheck, VerifyError> {
        let candidates = Identifier::candidates(login);
        let account = self.db.read(move |conn| {
            let candidates = candidates.clone();
            Box::pin(async move { users::account_of(conn, &candidates).await })
        });
        let account = account.await?;
        let phc = account.as_ref().and_then(|account| account.password_phc.as_deref());
        let checked = self.pool.check(&password, phc).await?;
        let Some(account) = account.filter(|_| checked.is_match) else {
            return Ok(PasswordCheck::Mismatch);
        };
        if checked.wants_rehash {
            self.rehash(&account, &password).await;
        }
        // Status and epoch are those that stood beside the hash: a password that was changed while we computed must
        // not open a session of the new epoch.
        let now = self.clock.now();
        let user = self.db.read(move |conn| {
            let account = account.clone();
            Box::pin(async move { users::one(conn, Some(account), now).await })
        });
        Ok(user.await?.map_or(PasswordCheck::Mismatch, |user| PasswordCheck::Match(Box::new(user))))
    }

    /// Replaces a hash by a dearer one of the same password. The person is right either way, so trouble is only logged.
    async fn rehash(&self, account: &user_account::Model, password: &Secret) {
        let renewed = match self.pool.hash(password).await {
            Ok(phc) => self.replace_hash(account, phc).await,
            Err(error) => return tracing::info!(%error, user.id = %account.id, "a password hash stays as it is"),
        };
        if let Err(error) = renewed {
            tracing::warn!(%error, user.id = %account.id, "a password hash could not be renewed");
        }
    }

    /// The password stays the same, so neither epoch nor version rise.
    async fn replace_hash(&self, account: &user_account::Model, phc: String) -> Result<(), StoreError> {
        let (id, epoch) = (account.id.clone(), account.epoch);
        self.db
            .write(move |tx| {
                let (id, phc) = (id.clone(), phc.clone());
                Box::pin(async move {
                    user_account::Entity::update_many()
                        .col_expr(user_account::Column::PasswordPhc, Expr::value(phc))
                        .filter(user_account::Column::Id.eq(id))
                        // A password that was changed meanwhile has raised the epoch and stays.
                        .filter(user_account::Column::Epoch.eq(epoch))
                        .filter(user_account::Column::PasswordPhc.is_not_null())
                        .exec(tx.conn())
                        .await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await
    }
}
