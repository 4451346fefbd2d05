//! Refresh tokens: one live leaf a family. Source: RFC 6749 §6, RFC 9700 §4.14.2.

use std::sync::Arc;

use flow::gate::Claim;
use flow::refresh::{RefreshRequest, RefreshVerdict};
use flow::{ClientRecord, FamilyRecord, FamilyState, RefreshRecord, RefreshState, Refusal, Refused, ResourceServer};
use platform::audit::{self, AuditEvent};
use platform::secret::{Kind, PresentedSecret, Secret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::refresh_token;
use crate::gate::{GrantKey, Permit};
use crate::{GrantError, GrantStore, access_tokens, columns, families, gate};

/// What a refresh gave.
#[derive(Debug)]
pub struct Refreshed {
    /// Leave to make the access token and the ID token.
    pub permit: Permit,
    /// The successor, where the client's tokens rotate; none means: keep the one you have.
    pub refresh_token: Option<Secret>,
}

impl GrantStore {
    /// Refreshes a family.
    ///
    /// Effects: the token is spent and its successor stands in its place, in one transaction with the gate. A token that
    /// was spent before kills its family in that transaction. Nothing else changes anything.
    /// Errors: [`GrantError::Refused`] with the reason; [`GrantError::Store`] where nothing is known.
    pub async fn refresh(
        &self,
        presented: &str,
        request: RefreshRequest,
        client: &ClientRecord,
    ) -> Result<Refreshed, GrantError> {
        let presented = PresentedSecret::parse(Kind::RefreshToken, presented)
            .ok_or_else(|| Refused::from(Refusal::RefreshUnknown))?;
        let now = self.now();
        let job = Arc::new(Job {
            presented,
            request,
            client_id: client.id.clone(),
            successor: StoredSecret::generate(Kind::RefreshToken, now),
            opaque: access_tokens::mint(client, now),
            apis: self.list_apis().await?,
            store: self.clone(),
            now,
        });
        let refreshed = self
            .inner
            .db
            .write(move |tx| {
                let job = job.clone();
                Box::pin(async move {
                    Ok(match refresh(tx, &job).await? {
                        Judged::Passed(refreshed) => Outcome::Commit(Ok(*refreshed)),
                        Judged::Refused(refused) => Outcome::Rollback(Err(refused)),
                        Judged::Reused => Outcome::Commit(Err(Refusal::RefreshReused.into())),
                    })
                })
            })
            .await?;
        Ok(refreshed?)
    }
}

/// One refresh; everything random is drawn before the transaction, which may run more than once.
struct Job {
    presented: PresentedSecret,
    request: RefreshRequest,
    client_id: String,
    successor: StoredSecret,
    opaque: Option<StoredSecret>,
    apis: Arc<Vec<ResourceServer>>,
    store: GrantStore,
    now: Timestamp,
}

enum Judged {
    Passed(Box<Refreshed>),
    Refused(Refused),
    Reused,
}

async fn refresh(tx: &Tx, job: &Job) -> Result<Judged, StoreError> {
    let policy = &job.store.inner.policy;
    let found = refresh_token::Entity::find_by_id(&job.presented.selector).one(tx.conn()).await?;
    let Some(row) = found.filter(|row| job.presented.matches(&row.secret_digest)) else {
        return Ok(Judged::Refused(Refusal::RefreshUnknown.into()));
    };
    let token = record(row)?;
    let Some(family) = families::find(tx, &token.family_id).await? else {
        return Ok(Judged::Refused(Refusal::RefreshUnknown.into()));
    };
    let key = GrantKey {
        user_id: &family.user_id,
        client_id: &job.client_id,
        session_id: &family.session_id,
        slides_session: !family.is_offline && family.client_id == job.client_id,
    };
    let standing = gate::lock(tx, &key, policy, job.now).await?;
    let Some(client) = standing.client.clone() else {
        return Ok(Judged::Refused(Refusal::ClientDisabled.into()));
    };
    let scopes = match flow::refresh::judge(&job.request, &token, &family, &client, job.now) {
        Err(refused) => return Ok(Judged::Refused(refused)),
        Ok(RefreshVerdict::Reused) => return reused(tx, &token, &family, job.now).await,
        Ok(RefreshVerdict::Fresh(scopes)) => scopes,
    };
    // The gate looks at all that was granted, so that a narrower request cannot outlive a withdrawn consent.
    let claim = Claim { scopes: &family.scopes, epoch: family.epoch, is_offline: family.is_offline };
    if let Err(refused) = flow::gate::pass(&standing, &claim, job.now) {
        return Ok(Judged::Refused(refused));
    }
    let end = job.now.plus(policy.refresh_idle).min(family.expires_at);
    let is_rotating = client.rotates();
    if !families::advance(tx, &family, i64::from(is_rotating), end, job.now).await? {
        // Another request moved the family between our read and our update: it was ended, or our token is spent.
        let moved = families::find(tx, &family.id).await?;
        return match moved.filter(|family| family.state == FamilyState::Live) {
            Some(family) => reused(tx, &token, &family, job.now).await,
            None => Ok(Judged::Refused(Refusal::FamilyRevoked.into())),
        };
    }
    if is_rotating {
        rotate(tx, job, &token, &family, end).await?;
    } else {
        prolong(tx, &token, end).await?;
    }
    let permit = gate::for_refresh(&family, scopes, &job.apis, &client, policy);
    Ok(Judged::Passed(Box::new(Refreshed {
        permit: access_tokens::insert(tx, job.opaque.as_ref(), permit, job.now).await?,
        refresh_token: is_rotating.then(|| job.successor.presented.clone()),
    })))
}

async fn rotate(
    tx: &Tx,
    job: &Job,
    token: &RefreshRecord,
    family: &FamilyRecord,
    end: Timestamp,
) -> Result<(), StoreError> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::State, Expr::value(RefreshState::Rotated.as_str()))
        .col_expr(refresh_token::Column::SpentAtMs, Expr::value(job.now.as_millis()))
        .col_expr(refresh_token::Column::SuccessorId, Expr::value(job.successor.selector.as_str()))
        .filter(refresh_token::Column::Id.eq(&token.id))
        .exec(tx.conn())
        .await?;
    let next = NewToken { family_id: &family.id, client_id: &family.client_id, generation: family.generation + 1 };
    insert(tx, &job.successor, &next, end, job.now).await
}

async fn prolong(tx: &Tx, token: &RefreshRecord, end: Timestamp) -> Result<(), StoreError> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::ExpiresAtMs, Expr::value(end.as_millis()))
        .filter(refresh_token::Column::Id.eq(&token.id))
        .exec(tx.conn())
        .await?;
    Ok(())
}

// RFC 9700 §4.14.2: a spent token that comes again means that two parties hold the chain; neither can be told from the
// other, so both lose it.
async fn reused(tx: &Tx, token: &RefreshRecord, family: &FamilyRecord, now: Timestamp) -> Result<Judged, StoreError> {
    families::end(tx, &family.id, "refresh_reused", now).await?;
    platform::revision::bump(tx).await?;
    let event = AuditEvent {
        at: now,
        kind: "token.refresh.reused",
        client_id: Some(family.client_id.clone()),
        user_id: Some(family.user_id.clone()),
        family_id: Some(family.id.clone()),
        detail: serde_json::json!({ "token": token.id, "generation": token.generation, "current": family.generation }),
    };
    audit::record(tx, event).await?;
    Ok(Judged::Reused)
}

/// A refresh token to store.
pub(crate) struct NewToken<'a> {
    pub(crate) family_id: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) generation: i64,
}

pub(crate) async fn insert(
    tx: &Tx,
    secret: &StoredSecret,
    new: &NewToken<'_>,
    end: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = refresh_token::ActiveModel {
        id: Set(secret.selector.clone()),
        secret_digest: Set(secret.digest.clone()),
        family_id: Set(new.family_id.to_owned()),
        client_id: Set(new.client_id.to_owned()),
        generation: Set(new.generation),
        state: Set(RefreshState::Live.to_string()),
        created_at_ms: Set(now.as_millis()),
        expires_at_ms: Set(end.as_millis()),
        spent_at_ms: Set(None),
        successor_id: Set(None),
        sealed_reply: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

fn record(row: refresh_token::Model) -> Result<RefreshRecord, StoreError> {
    Ok(RefreshRecord {
        state: columns::name(&row.state, "refresh token state")?,
        id: row.id,
        family_id: row.family_id,
        client_id: row.client_id,
        generation: row.generation,
        expires_at: Timestamp::from_millis(row.expires_at_ms),
    })
}
