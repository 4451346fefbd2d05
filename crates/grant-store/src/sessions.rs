//! Sessions: who is signed in, where, since when. The secret is in the cookie; its digest is here.

use std::time::Duration;

use flow::{Policy, SessionRecord};
use platform::revision;
use platform::secret::{Kind, PresentedSecret, Secret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};

use crate::entity::{family, session};
use crate::{GrantStore, columns, facts, families};

/// Sliding is written at most this often.
const SLIDE_EVERY: Duration = Duration::from_mins(1);
const MAX_USER_AGENT: usize = 400;
const MAX_ADDRESS: usize = 64;

/// A session to open. Only `sign-in` opens sessions.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who proved themselves.
    pub user_id: String,
    /// Their credential epoch.
    pub epoch: i64,
    /// How strongly. Source: OpenID Core §2.
    pub acr: String,
    /// By what. Source: RFC 8176.
    pub amr: Vec<String>,
    /// The client address, for the person's list of devices.
    pub address: String,
    /// What the browser said it was; cut to 400 characters.
    pub user_agent: String,
}

impl GrantStore {
    /// Opens a session and ends the one that it replaces, in one transaction.
    ///
    /// Shape: the secret is the cookie's value, returned once. `replaces` is the cookie that the browser had before; it
    /// ends whoever it belonged to, so that no earlier id survives a sign-in (session fixation).
    pub async fn open_session(
        &self,
        new: NewSession,
        replaces: Option<&str>,
    ) -> Result<(SessionRecord, Secret), StoreError> {
        let now = self.now();
        let secret = StoredSecret::generate(Kind::Session, now);
        let row = row(new, &secret, &self.inner.policy, now);
        let opened = record(row.clone())?;
        let active: session::ActiveModel = row.into();
        let old_cookie = replaces.and_then(|presented| PresentedSecret::parse(Kind::Session, presented));
        self.inner
            .db
            .write(move |tx| {
                let (active, old_cookie) = (all_set(active.clone()), old_cookie.clone());
                Box::pin(async move {
                    if let Some(old) = old_cookie {
                        let row = session::Entity::find_by_id(&old.selector).one(tx.conn()).await?;
                        if row.is_some_and(|row| old.matches(&row.secret_digest)) {
                            end(tx, &old.selector, "replaced", now).await?;
                        }
                    }
                    session::Entity::insert(active).exec_without_returning(tx.conn()).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await?;
        Ok((opened, secret.presented))
    }

    /// Lists the live sessions of a user, newest first; those that a change of the credentials has voided are not live.
    pub async fn list_sessions(&self, user_id: &str) -> Result<Vec<SessionRecord>, StoreError> {
        let (user_id, now) = (user_id.to_owned(), self.now());
        self.inner
            .db
            .read(move |conn| {
                let user_id = user_id.clone();
                Box::pin(async move {
                    let rows = session::Entity::find()
                        .filter(session::Column::UserId.eq(&user_id))
                        .filter(session::Column::EndedAtMs.is_null())
                        .order_by_desc(session::Column::CreatedAtMs)
                        .all(conn.conn())
                        .await?;
                    let user = user_store::standing_now(conn, &user_id, now).await?.map(facts::user);
                    let records = rows.into_iter().map(record).collect::<Result<Vec<_>, _>>()?;
                    let is_live = |one: &SessionRecord| one.is_live(now) && facts::holds(one, user.as_ref());
                    Ok(records.into_iter().filter(is_live).collect())
                })
            })
            .await
    }

    /// Ends a session and every family that began in it, those with offline access excepted (OpenID Core §11).
    ///
    /// Answers whether this call ended it; a second call changes nothing.
    pub async fn end_session(&self, id: &str) -> Result<bool, StoreError> {
        if !columns::is_id(id) {
            return Ok(false);
        }
        let (id, now) = (id.to_owned(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move { Ok(Outcome::Commit(end(tx, &id, "signed_out", now).await?.is_some())) })
            })
            .await
    }
}

/// Ends a session; answers how many families ended with it, or nothing where it was not there or ended before.
pub(crate) async fn end(tx: &Tx, id: &str, reason: &'static str, now: Timestamp) -> Result<Option<u64>, StoreError> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAtMs, Expr::value(now.as_millis()))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::EndedAtMs.is_null())
        .exec(tx.conn())
        .await?
        .rows_affected
        == 1;
    if !ended {
        return Ok(None);
    }
    let bound = family::Column::SessionId.eq(id).and(family::Column::IsOffline.eq(false));
    let families = families::end_where(tx, bound, reason, now).await?;
    revision::bump(tx).await?;
    Ok(Some(families))
}

/// Slides a live session, at most once a minute.
pub(crate) async fn slide(tx: &Tx, id: &str, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAtMs, Expr::value(now.as_millis()))
        .col_expr(session::Column::IdleExpiresAtMs, Expr::value(now.plus(policy.session_idle).as_millis()))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::EndedAtMs.is_null())
        .filter(session::Column::LastSeenAtMs.lte(now.minus(SLIDE_EVERY).as_millis()))
        .filter(session::Column::IdleExpiresAtMs.gt(now.as_millis()))
        .filter(session::Column::ExpiresAtMs.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Reads a session inside a transaction, under a shared lock.
pub(crate) async fn locked(tx: &Tx, id: &str) -> Result<Option<SessionRecord>, StoreError> {
    platform::sql::lock_shared(session::Entity::find_by_id(id), tx).one(tx.conn()).await?.map(record).transpose()
}

fn row(new: NewSession, secret: &StoredSecret, policy: &Policy, now: Timestamp) -> session::Model {
    session::Model {
        id: secret.selector.clone(),
        secret_digest: secret.digest.clone(),
        user_id: new.user_id,
        epoch: new.epoch,
        auth_time_ms: now.as_millis(),
        acr: new.acr,
        amr: columns::write(&new.amr),
        address: new.address.chars().take(MAX_ADDRESS).collect(),
        user_agent: new.user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect(),
        created_at_ms: now.as_millis(),
        last_seen_at_ms: now.as_millis(),
        idle_expires_at_ms: now.plus(policy.session_idle).as_millis(),
        expires_at_ms: now.plus(policy.session_absolute).as_millis(),
        ended_at_ms: None,
    }
}

/// A model turned into an active model leaves its values unchanged; an insert needs them set.
fn all_set(active: session::ActiveModel) -> session::ActiveModel {
    use sea_orm::ActiveModelTrait as _;
    active.reset_all()
}

pub(crate) fn record(row: session::Model) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        amr: columns::read(&row.amr, "session amr")?,
        id: row.id,
        user_id: row.user_id,
        epoch: row.epoch,
        auth_time: Timestamp::from_millis(row.auth_time_ms),
        acr: row.acr,
        address: row.address,
        user_agent: row.user_agent,
        created_at: Timestamp::from_millis(row.created_at_ms),
        last_seen_at: Timestamp::from_millis(row.last_seen_at_ms),
        idle_expires_at: Timestamp::from_millis(row.idle_expires_at_ms),
        expires_at: Timestamp::from_millis(row.expires_at_ms),
        ended_at: row.ended_at_ms.map(Timestamp::from_millis),
    })
}
