//! The store of users: finding, listing, registering and removing them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use platform::audit::{self, AuditEvent};
use platform::clock::SharedClock;
use platform::random;
use platform::revision;
use platform::secret::Secret;
use platform::sql::{Conn, Db, Outcome, StoreError, Tx};
use protocol::{StandardClaims, Timestamp};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use crate::claims;
use crate::entity::{user_account, user_identifier};
use crate::identifiers::Identifier;
use crate::passwords::{PasswordContext, PasswordPolicy, PasswordWeakness};
use crate::phc::MalformedHash;
use crate::pool::{PasswordPool, PoolError};
use crate::user::{self, User, UserStatus};

/// Characters of a UUID.
const ID_CHARS: usize = 36;

/// The store of users. Cheap to clone.
#[derive(Clone)]
pub struct UserStore {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) pool: PasswordPool,
    pub(crate) policy: PasswordPolicy,
}

/// A user to be registered.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The names by which the user is known, each with whether it is proven.
    pub identifiers: Vec<(Identifier, bool)>,
    /// Absent for users that sign in by other means.
    pub password: Option<Secret>,
    /// What is known of the person; what the identifiers say is taken from them.
    pub claims: StandardClaims,
    /// For the people of a development folder alone: their passwords are printed.
    pub bypass_password_policy: bool,
}

/// Why a user was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Too many passwords are being hashed.
    #[error("too many passwords are being hashed")]
    Busy {
        /// When to come again.
        retry_after: Duration,
    },
    /// The claims are larger than 16 KiB.
    #[error("the claims are too large")]
    ClaimsTooLarge,
    /// Somebody else is known by one of the identifiers.
    #[error("an identifier belongs to another user")]
    IdentifierTaken,
    /// Nobody could ever sign in as this user.
    #[error("a user needs an identifier")]
    NoIdentifier,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The password is not good enough.
    #[error(transparent)]
    WeakPassword(#[from] PasswordWeakness),
}

impl From<PoolError> for RegisterError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Busy { retry_after } => Self::Busy { retry_after },
            PoolError::Malformed(MalformedHash) => Self::Store(StoreError::Corrupt { what: "password hash" }),
        }
    }
}

impl UserStore {
    /// A store over `db`, hashing on `pool`, with the default password policy.
    pub fn new(db: Db, clock: SharedClock, pool: PasswordPool) -> Self {
        Self { db, clock, pool, policy: PasswordPolicy::default() }
    }

    /// The same store with another password policy.
    #[must_use]
    pub fn with_policy(self, policy: PasswordPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Registers a user: account, identifiers and password in one transaction, or nothing.
    ///
    /// Effects: the password is judged and hashed before the transaction; of two people who register one identifier
    /// at once the database chooses one.
    /// Errors: [`RegisterError`]; on every one of them nothing was created.
    pub async fn register(&self, new: NewUser) -> Result<User, RegisterError> {
        let now = self.clock.now();
        if new.identifiers.is_empty() {
            return Err(RegisterError::NoIdentifier);
        }
        let claims = claims::to_row(&new.claims).map_err(|claims::TooLarge| RegisterError::ClaimsTooLarge)?;
        if let Some(password) = new.password.as_ref().filter(|_| !new.bypass_password_policy) {
            let names = new.identifiers.iter().map(|(identifier, _)| identifier);
            self.policy.check(password, &PasswordContext::new(names, &new.claims))?;
        }
        let password_phc = match &new.password {
            Some(password) => Some(self.pool.hash(password).await?),
            None => None,
        };
        let account = user_account::Model {
            id: random::new_id(now),
            status: UserStatus::ENABLED.to_owned(),
            locked_until_ms: None,
            epoch: 0,
            password_phc,
            claims,
            version: 1,
            created_at_ms: now.as_millis(),
            updated_at_ms: now.as_millis(),
        };
        let names = identifier_rows(&account.id, new.identifiers, now);
        match self.insert(account.clone(), names.clone(), now).await {
            Ok(()) => Ok(user::of_rows(account, names, now)?),
            Err(StoreError::Conflict) => Err(RegisterError::IdentifierTaken),
            Err(error) => Err(error.into()),
        }
    }

    async fn insert(
        &self,
        account: user_account::Model,
        names: Vec<user_identifier::Model>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.db
            .write(move |tx| {
                let (account, names) = (account.clone(), names.clone());
                Box::pin(async move {
                    let event = event("user_registered", &account.id, now);
                    let account = user_account::ActiveModel::from(account);
                    user_account::Entity::insert(account.reset_all()).exec_without_returning(tx.conn()).await?;
                    for name in names {
                        insert_identifier(tx, name).await?;
                    }
                    audit::record(tx, event).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await
    }

    /// The user with this id; a text that is no id of ours is nobody's.
    pub async fn find(&self, id: &str) -> Result<Option<User>, StoreError> {
        if !is_id(id) {
            return Ok(None);
        }
        let (id, now) = (id.to_owned(), self.clock.now());
        self.db
            .read(move |conn| {
                let id = id.clone();
                Box::pin(async move {
                    let account = user_account::Entity::find_by_id(id).one(conn.conn()).await?;
                    one(conn, account, now).await
                })
            })
            .await
    }

    /// The user whom a login field means: by user name, e-mail address or phone number, however it is spelled.
    pub async fn find_by_login(&self, login: &str) -> Result<Option<User>, StoreError> {
        let (candidates, now) = (Identifier::candidates(login), self.clock.now());
        self.db
            .read(move |conn| {
                let candidates = candidates.clone();
                Box::pin(async move {
                    let account = account_of(conn, &candidates).await?;
                    one(conn, account, now).await
                })
            })
            .await
    }

    /// At most `limit` users, the oldest first, behind the id `after`.
    pub async fn list(&self, after: Option<&str>, limit: u64) -> Result<Vec<User>, StoreError> {
        let (after, now) = (after.map(ToOwned::to_owned), self.clock.now());
        self.db
            .read(move |conn| {
                let after = after.clone();
                Box::pin(async move {
                    let mut select = user_account::Entity::find().order_by_asc(user_account::Column::Id).limit(limit);
                    if let Some(after) = after {
                        select = select.filter(user_account::Column::Id.gt(after));
                    }
                    let accounts = select.all(conn.conn()).await?;
                    complete(conn, accounts, now).await
                })
            })
            .await
    }

    /// Removes a user with everything that this store holds of them. The id is never used again.
    ///
    /// Effects: frees the identifiers; grants of the user end, for the gate finds nobody behind them.
    /// Errors: `Ok(false)` where there was no such user.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        let (id, now) = (id.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move {
                    // The account goes first: its row is the lock that a gate holds while it issues.
                    let removed = user_account::Entity::delete_by_id(&id).exec(tx.conn()).await?;
                    if removed.rows_affected == 0 {
                        return Ok(Outcome::Rollback(false));
                    }
                    user_identifier::Entity::delete_many()
                        .filter(user_identifier::Column::UserId.eq(&id))
                        .exec(tx.conn())
                        .await?;
                    audit::record(tx, event("user_removed", &id, now)).await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await
    }
}

/// Whether a text may be a user's id: PostgreSQL answers a NUL with an error, which would look like an outage.
fn is_id(text: &str) -> bool {
    text.len() == ID_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// An audit event about a user.
pub(crate) fn event(kind: &'static str, user_id: &str, at: Timestamp) -> AuditEvent {
    AuditEvent { at, kind, client_id: None, user_id: Some(user_id.to_owned()), family_id: None, detail: json!({}) }
}

/// The account that is known by one of `candidates`; one query, whether there is one or not.
pub(crate) async fn account_of(
    conn: &Conn,
    candidates: &[Identifier],
) -> Result<Option<user_account::Model>, StoreError> {
    let mut known_by = Condition::any();
    for candidate in candidates {
        known_by = known_by.add(
            user_identifier::Column::Kind
                .eq(candidate.kind().as_str())
                .and(user_identifier::Column::Normalized.eq(candidate.normalized())),
        );
    }
    if candidates.is_empty() {
        return Ok(None);
    }
    let ids = Query::select()
        .column(user_identifier::Column::UserId)
        .from(user_identifier::Entity)
        .cond_where(known_by)
        .to_owned();
    let select = user_account::Entity::find().filter(user_account::Column::Id.in_subquery(ids));
    Ok(select.one(conn.conn()).await?)
}

/// A user with its identifiers.
pub(crate) async fn one(
    conn: &Conn,
    account: Option<user_account::Model>,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    Ok(complete(conn, account.into_iter().collect(), now).await?.pop())
}

async fn complete(conn: &Conn, accounts: Vec<user_account::Model>, now: Timestamp) -> Result<Vec<User>, StoreError> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let names = user_identifier::Entity::find()
        .filter(user_identifier::Column::UserId.is_in(accounts.iter().map(|account| account.id.as_str())))
        .order_by_asc(user_identifier::Column::CreatedAtMs)
        .order_by_asc(user_identifier::Column::Kind)
        .order_by_asc(user_identifier::Column::Normalized)
        .all(conn.conn())
        .await?;
    let mut by_user: HashMap<String, Vec<user_identifier::Model>> = HashMap::new();
    for name in names {
        by_user.entry(name.user_id.clone()).or_default().push(name);
    }
    accounts
        .into_iter()
        .map(|account| {
            let names = by_user.remove(&account.id).unwrap_or_default();
            user::of_rows(account, names, now)
        })
        .collect()
}

/// Rows for the identifiers of a user, each once.
fn identifier_rows(user_id: &str, named: Vec<(Identifier, bool)>, now: Timestamp) -> Vec<user_identifier::Model> {
    let mut seen = BTreeSet::new();
    named
        .into_iter()
        .filter(|(identifier, _)| seen.insert((identifier.kind(), identifier.normalized().to_owned())))
        .map(|(identifier, is_verified)| identifier_row(user_id, &identifier, is_verified, now))
        .collect()
}

pub(crate) fn identifier_row(
    user_id: &str,
    identifier: &Identifier,
    is_verified: bool,
    now: Timestamp,
) -> user_identifier::Model {
    user_identifier::Model {
        kind: identifier.kind().as_str().to_owned(),
        normalized: identifier.normalized().to_owned(),
        user_id: user_id.to_owned(),
        display: identifier.display().to_owned(),
        verified_at_ms: is_verified.then(|| now.as_millis()),
        created_at_ms: now.as_millis(),
    }
}

/// Errors: [`StoreError::Conflict`] where the identifier belongs to somebody.
pub(crate) async fn insert_identifier(tx: &Tx, row: user_identifier::Model) -> Result<(), StoreError> {
    let row = user_identifier::ActiveModel::from(row);
    user_identifier::Entity::insert(row.reset_all()).exec_without_returning(tx.conn()).await?;
    Ok(())
}
