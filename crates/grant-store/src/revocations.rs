//! What an administrator ends, each with its line in the audit trail: a session, everything of a person, a grant, an app.
//!
//! Each verb is one transaction and raises the revision, so that running servers forget within a second.

use platform::audit::{self, AuditEvent};
use platform::revision;
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

use crate::entity::{family, session};
use crate::{GrantStore, columns, consents, families, sessions};

/// How many ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Sessions.
    pub sessions: u64,
    /// Grants, each with every token that came from it.
    pub grants: u64,
}

impl GrantStore {
    /// Ends a session and the grants that began in it, those with offline access excepted (OpenID Core §11).
    ///
    /// Errors: `Ok(None)` where there is no such session, or it was ended before.
    pub async fn revoke_session(&self, id: &str) -> Result<Option<Ended>, StoreError> {
        if !columns::is_id(id) {
            return Ok(None);
        }
        let (id, now) = (id.to_owned(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move {
                    let row = session::Entity::find_by_id(&id).one(tx.conn()).await?;
                    let ended = sessions::end(tx, &id, "session_revoked", now).await?;
                    let (Some(row), Some(grants)) = (row, ended) else { return Ok(Outcome::Rollback(None)) };
                    let event = AuditEvent {
                        at: now,
                        kind: "session_revoked",
                        client_id: None,
                        user_id: Some(row.user_id),
                        family_id: None,
                        detail: json!({ "session": id, "grants": grants }),
                    };
                    audit::record(tx, event).await?;
                    Ok(Outcome::Commit(Some(Ended { sessions: 1, grants })))
                })
            })
            .await
    }

    /// Signs a person out everywhere: every session ends, and every grant, those with offline access too.
    ///
    /// Effects: raises the person's epoch, which is what voids sessions, codes and tokens, those among them that are
    /// being issued at this moment; the rows are ended for the record.
    pub async fn sign_out_everywhere(&self, user_id: &str) -> Result<Ended, StoreError> {
        let (user_id, now) = (user_id.to_owned(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let user_id = user_id.clone();
                Box::pin(async move {
                    // The account first, in the order of the gate: a redemption that runs has locked it.
                    user_store::raise_epoch(tx, &user_id, now).await?;
                    let sessions = end_sessions(tx, &user_id, now).await?;
                    let of_person = family::Column::UserId.eq(&user_id);
                    let grants = families::end_where(tx, of_person, "signed_out_everywhere", now).await?;
                    revision::bump(tx).await?;
                    let event = AuditEvent {
                        at: now,
                        kind: "user_signed_out_everywhere",
                        client_id: None,
                        user_id: Some(user_id),
                        family_id: None,
                        detail: json!({ "sessions": sessions, "grants": grants }),
                    };
                    audit::record(tx, event).await?;
                    Ok(Outcome::Commit(Ended { sessions, grants }))
                })
            })
            .await
    }

    /// Ends what a person gave a client: the consent, and every grant, those with offline access too.
    ///
    /// Errors: `Ok(None)` where there was neither.
    pub async fn revoke_app(&self, user_id: &str, client_id: &str) -> Result<Option<Ended>, StoreError> {
        let key = (user_id.to_owned(), client_id.to_owned());
        let now = self.now();
        self.inner
            .db
            .write(move |tx| {
                let key = key.clone();
                Box::pin(async move {
                    let (had_consent, grants) = consents::revoke(tx, &key, now).await?;
                    if !had_consent && grants == 0 {
                        return Ok(Outcome::Rollback(None));
                    }
                    let event = AuditEvent {
                        at: now,
                        kind: "consent_revoked",
                        client_id: Some(key.1),
                        user_id: Some(key.0),
                        family_id: None,
                        detail: json!({ "grants": grants }),
                    };
                    audit::record(tx, event).await?;
                    Ok(Outcome::Commit(Some(Ended { sessions: 0, grants })))
                })
            })
            .await
    }

    /// Ends a grant: every token that came from one authorization.
    ///
    /// Errors: `false` where there is no such grant, or it was ended before.
    pub async fn revoke_grant(&self, family_id: &str) -> Result<bool, StoreError> {
        if !columns::is_id(family_id) {
            return Ok(false);
        }
        let (id, now) = (family_id.to_owned(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move {
                    if families::end(tx, &id, "token_revoked", now).await? == 0 {
                        return Ok(Outcome::Rollback(false));
                    }
                    revision::bump(tx).await?;
                    let family = families::find(tx, &id).await?;
                    let event = AuditEvent {
                        at: now,
                        kind: "grant_revoked",
                        client_id: family.as_ref().map(|family| family.client_id.clone()),
                        user_id: family.map(|family| family.user_id),
                        family_id: Some(id),
                        detail: json!({}),
                    };
                    audit::record(tx, event).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await
    }
}

async fn end_sessions(tx: &Tx, user_id: &str, now: Timestamp) -> Result<u64, StoreError> {
    let ended = session::Entity::update_many()
        .col_expr(session::Column::EndedAtMs, Expr::value(now.as_millis()))
        .filter(session::Column::UserId.eq(user_id))
        .filter(session::Column::EndedAtMs.is_null())
        .filter(
            session::Column::IdleExpiresAtMs.gt(now.as_millis()).and(session::Column::ExpiresAtMs.gt(now.as_millis())),
        )
        .exec(tx.conn())
        .await?;
    Ok(ended.rows_affected)
}
