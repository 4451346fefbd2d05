//! What changes a user: password, lock, status, profile, identifiers.
//!
//! Each is one conditional `UPDATE` in one transaction. Whatever must end what was issued before raises the epoch in the
//! same statement: families, sessions and codes carry the epoch of their beginning and are void under another one.

use std::time::Duration;

use platform::audit;
use platform::revision;
use platform::secret::Secret;
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{StandardClaims, Timestamp};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, UpdateMany};

use crate::claims;
use crate::entity::user_account::{Column, Entity};
use crate::entity::user_identifier;
use crate::identifiers::Identifier;
use crate::passwords::{PasswordContext, PasswordWeakness};
use crate::phc::MalformedHash;
use crate::pool::PoolError;
use crate::user::UserStatus;
use crate::users::{UserStore, event, identifier_row, insert_identifier};

/// Why a password was not set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// Too many passwords are being hashed.
    #[error("too many passwords are being hashed")]
    Busy {
        /// When to come again.
        retry_after: Duration,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// The password is not good enough.
    #[error(transparent)]
    WeakPassword(#[from] PasswordWeakness),
}

impl From<PoolError> for SetPasswordError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Busy { retry_after } => Self::Busy { retry_after },
            PoolError::Malformed(MalformedHash) => Self::Store(StoreError::Corrupt { what: "password hash" }),
        }
    }
}

/// Why claims were not set.
#[derive(Debug, thiserror::Error)]
pub enum SetClaimsError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The claims are larger than 16 KiB.
    #[error("the claims are too large")]
    TooLarge,
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
}

/// Why an identifier was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddIdentifierError {
    /// It belongs to this user or to another one.
    #[error("the identifier belongs to a user")]
    IdentifierTaken,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
}

/// One change of an account row.
#[derive(Clone)]
struct Change {
    /// Kind of the audit event.
    kind: &'static str,
    /// What is set.
    set: Vec<(Column, SimpleExpr)>,
    /// Which rows it applies to, beside the id.
    only: Condition,
    /// Whether what was issued before ends.
    raises_epoch: bool,
}

impl Change {
    fn new(kind: &'static str) -> Self {
        Self { kind, set: Vec::new(), only: Condition::all(), raises_epoch: false }
    }

    fn set(mut self, column: Column, value: impl Into<SimpleExpr>) -> Self {
        self.set.push((column, value.into()));
        self
    }

    fn status(self, status: &'static str) -> Self {
        self.set(Column::Status, Expr::value(status))
    }

    fn only(mut self, condition: SimpleExpr) -> Self {
        self.only = self.only.add(condition);
        self
    }

    fn ending_grants(mut self) -> Self {
        self.raises_epoch = true;
        self
    }

    /// Applies the change; whether a row was there to take it.
    async fn apply(self, tx: &Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let mut update: UpdateMany<Entity> = Entity::update_many()
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::UpdatedAtMs, Expr::value(now.as_millis()))
            .filter(Column::Id.eq(id))
            .filter(self.only);
        for (column, value) in self.set {
            update = update.col_expr(column, value);
        }
        if self.raises_epoch {
            update = update.col_expr(Column::Epoch, Expr::col(Column::Epoch).add(1));
        }
        let updated = update.exec(tx.conn()).await?;
        if updated.rows_affected == 0 {
            return Ok(false);
        }
        audit::record(tx, event(self.kind, id, now)).await?;
        // Whoever has cached how this user stands, or what the user is called, must ask again.
        revision::bump(tx).await?;
        Ok(true)
    }
}

/// Voids everything that was issued for a user, inside a transaction that ends the rows of it.
///
/// Effects: an exclusive lock on the user's row; a grant that is being issued comes before it and is ended, or after and
/// is refused. Answers whether there is such a user.
pub async fn raise_epoch(tx: &Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    Change::new("epoch_raised").ending_grants().apply(tx, id, now).await
}

impl UserStore {
    /// Sets a password and ends everything that was issued under the old one.
    ///
    /// Errors: [`SetPasswordError`]; on every one of them nothing changed. Answers the new epoch.
    pub async fn set_password(&self, id: &str, password: Secret) -> Result<i64, SetPasswordError> {
        let user = self.find(id).await?.ok_or(SetPasswordError::UnknownUser)?;
        let mut context = PasswordContext::new([], &user.claims);
        for identifier in &user.identifiers {
            context.add_identifier(identifier.kind, &identifier.normalized);
        }
        self.policy.check(&password, &context)?;
        let phc = self.pool.hash(&password).await?;
        let change = Change::new("password_changed").set(Column::PasswordPhc, Expr::value(phc)).ending_grants();
        self.change(id, change).await?.ok_or(SetPasswordError::UnknownUser)
    }

    /// Replaces the claims of a user; what the identifiers say is left to them.
    pub async fn set_claims(&self, id: &str, claims: &StandardClaims) -> Result<(), SetClaimsError> {
        let text = claims::to_row(claims).map_err(|claims::TooLarge| SetClaimsError::TooLarge)?;
        let change = Change::new("claims_changed").set(Column::Claims, Expr::value(text));
        self.change(id, change).await?.map(drop).ok_or(SetClaimsError::UnknownUser)
    }

    /// Locks a user until then and ends what was issued. A disabled user stays disabled.
    ///
    /// Errors: `Ok(false)` where there is no such user or it is disabled.
    pub async fn lock(&self, id: &str, until: Timestamp) -> Result<bool, StoreError> {
        let change = Change::new("user_locked")
            .status(UserStatus::LOCKED)
            .set(Column::LockedUntilMs, Expr::value(until.as_millis()))
            .only(Column::Status.ne(UserStatus::DISABLED))
            .ending_grants();
        Ok(self.change(id, change).await?.is_some())
    }

    /// Ends a lock before its time.
    ///
    /// Errors: `Ok(false)` where there is no such user or it is not locked.
    pub async fn unlock(&self, id: &str) -> Result<bool, StoreError> {
        let change = Change::new("user_unlocked")
            .status(UserStatus::ENABLED)
            .set(Column::LockedUntilMs, Expr::value(Option::<i64>::None))
            .only(Column::Status.eq(UserStatus::LOCKED));
        Ok(self.change(id, change).await?.is_some())
    }

    /// Switches a user off and ends what was issued.
    ///
    /// Errors: `Ok(false)` where there is no such user or it is disabled already.
    pub async fn disable(&self, id: &str) -> Result<bool, StoreError> {
        let change = Change::new("user_disabled")
            .status(UserStatus::DISABLED)
            .set(Column::LockedUntilMs, Expr::value(Option::<i64>::None))
            .only(Column::Status.ne(UserStatus::DISABLED))
            .ending_grants();
        Ok(self.change(id, change).await?.is_some())
    }

    /// Switches a disabled user on again; what ended stays ended.
    ///
    /// Errors: `Ok(false)` where there is no such user or it is not disabled.
    pub async fn enable(&self, id: &str) -> Result<bool, StoreError> {
        let change =
            Change::new("user_enabled").status(UserStatus::ENABLED).only(Column::Status.eq(UserStatus::DISABLED));
        Ok(self.change(id, change).await?.is_some())
    }

    /// Makes a user known by another identifier too.
    pub async fn add_identifier(
        &self,
        id: &str,
        identifier: Identifier,
        is_verified: bool,
    ) -> Result<(), AddIdentifierError> {
        let now = self.clock.now();
        let row = identifier_row(id, &identifier, is_verified, now);
        let added = self.db.write(move |tx| {
            let row = row.clone();
            Box::pin(async move {
                // The account's row first: a user that is being removed at this moment gets no new name.
                if !Change::new("identifier_added").apply(tx, &row.user_id, now).await? {
                    return Ok(Outcome::Rollback(false));
                }
                insert_identifier(tx, row).await?;
                Ok(Outcome::Commit(true))
            })
        });
        match added.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(AddIdentifierError::UnknownUser),
            Err(StoreError::Conflict) => Err(AddIdentifierError::IdentifierTaken),
            Err(error) => Err(AddIdentifierError::Store(error)),
        }
    }

    /// Takes an identifier from a user; it is free from then on.
    ///
    /// Errors: `Ok(false)` where the user is not known by it, or by nothing else.
    pub async fn remove_identifier(&self, id: &str, identifier: &Identifier) -> Result<bool, StoreError> {
        let (id, now) = (id.to_owned(), self.clock.now());
        let (kind, normalized) = (identifier.kind().as_str(), identifier.normalized().to_owned());
        self.db
            .write(move |tx| {
                let (id, normalized) = (id.clone(), normalized.clone());
                Box::pin(async move {
                    // The update holds the account's row, so that two removals cannot both find the other name there.
                    if !Change::new("identifier_removed").apply(tx, &id, now).await? {
                        return Ok(Outcome::Rollback(false));
                    }
                    let removed = user_identifier::Entity::delete_many()
                        .filter(user_identifier::Column::UserId.eq(&id))
                        .filter(user_identifier::Column::Kind.eq(kind))
                        .filter(user_identifier::Column::Normalized.eq(normalized))
                        .exec(tx.conn())
                        .await?;
                    let left = user_identifier::Entity::find()
                        .filter(user_identifier::Column::UserId.eq(&id))
                        .one(tx.conn())
                        .await?;
                    let is_done = removed.rows_affected == 1 && left.is_some();
                    Ok(if is_done { Outcome::Commit(true) } else { Outcome::Rollback(false) })
                })
            })
            .await
    }

    /// Applies a change and answers the epoch after it, or `None` where no row took it.
    async fn change(&self, id: &str, change: Change) -> Result<Option<i64>, StoreError> {
        let (id, now) = (id.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                let (id, change) = (id.clone(), change.clone());
                Box::pin(async move {
                    if !change.apply(tx, &id, now).await? {
                        return Ok(Outcome::Rollback(None));
                    }
                    let row = Entity::find_by_id(&id).one(tx.conn()).await?;
                    Ok(Outcome::Commit(row.map(|row| row.epoch)))
                })
            })
            .await
    }
}
