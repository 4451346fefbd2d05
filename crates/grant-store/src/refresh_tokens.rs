//! Refresh tokens: one live leaf a family. Source: RFC 6749 §6, RFC 9700 §4.14.2.

mod reply;

use std::sync::Arc;

use flow::authorize::target;
use flow::gate::Claim;
use flow::refresh::{RefreshRequest, RefreshVerdict};
use flow::{ClientRecord, FamilyRecord, RefreshRecord, RefreshState, Refusal, Refused, ResourceServer, Spent};
use platform::audit::{self, AuditEvent};
use platform::secret::{Kind, PresentedSecret, Secret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::refresh_token;
use crate::gate::{GrantKey, Permit};
use crate::{GrantError, GrantStore, access_tokens, columns, families, gate};

use reply::{Reply, Sealer};

/// What a refresh gave.
#[derive(Debug)]
pub struct Refreshed {
    /// Leave to make the access token and the ID token.
    pub permit: Permit,
    /// The successor, where the client's tokens rotate; none means: keep the one you have.
    pub refresh_token: Option<Secret>,
}

/// How often a refresh looks again when another request moved the family between its read and its update.
const LOOKS: u32 = 4;

impl GrantStore {
    /// Refreshes a family.
    ///
    /// Effects: the token is spent and its successor stands in its place, in one transaction with the gate. The request
    /// that spent it, sent again within the retry window while the successor is unused, is answered with that successor
    /// and changes nothing. Any other use of a spent token kills its family in that transaction. Nothing else changes
    /// anything.
    /// Errors: [`GrantError::Refused`] with the reason; [`GrantError::Store`] where nothing is known.
    pub async fn refresh(
        &self,
        presented: &str,
        request: RefreshRequest,
        client: &ClientRecord,
    ) -> Result<Refreshed, GrantError> {
        let token = PresentedSecret::parse(Kind::RefreshToken, presented)
            .ok_or_else(|| Refused::from(Refusal::RefreshUnknown))?;
        let now = self.now();
        let successor = StoredSecret::generate(Kind::RefreshToken, now);
        // Sealed here, because nothing is sealed inside a transaction.
        let sealer = Sealer::new(presented, &token.selector, &request);
        let sealed_reply = (!self.inner.policy.refresh_retry.is_zero()).then(|| sealer.seal(&successor.presented));
        let job = Arc::new(Job {
            presented: token,
            request,
            client_id: client.id.clone(),
            successor,
            sealer,
            sealed_reply,
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
    sealer: Sealer,
    sealed_reply: Option<String>,
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

impl From<Refusal> for Judged {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

async fn refresh(tx: &Tx, job: &Job) -> Result<Judged, StoreError> {
    for _ in 0..LOOKS {
        if let Some(judged) = look(tx, job).await? {
            return Ok(judged);
        }
    }
    Err(StoreError::unavailable("a refresh met others at every look"))
}

/// One look at the token and what follows from it; none where another request moved the family meanwhile.
async fn look(tx: &Tx, job: &Job) -> Result<Option<Judged>, StoreError> {
    let policy = &job.store.inner.policy;
    let Some((mut token, mut reply)) = find(tx, job).await? else { return Ok(Some(Refusal::RefreshUnknown.into())) };
    let Some(family) = families::find(tx, &token.family_id).await? else {
        return Ok(Some(Refusal::RefreshUnknown.into()));
    };
    if token.state == RefreshState::Live && token.generation != family.generation {
        // READ COMMITTED: another refresh was committed between the two reads. Its token row came with its family's, so
        // it is there now; judged by the old one, a retry at the same time would look like theft.
        let Some(again) = find(tx, job).await? else { return Ok(Some(Refusal::RefreshUnknown.into())) };
        (token, reply) = again;
    }
    let is_leaf = token.state == RefreshState::Live && token.generation == family.generation;
    let key = GrantKey {
        user_id: &family.user_id,
        client_id: &job.client_id,
        session_id: &family.session_id,
        slides_session: is_leaf && !family.is_offline && family.client_id == job.client_id,
    };
    let standing = gate::lock(tx, &key, policy, job.now).await?;
    let Some(client) = standing.client.clone() else { return Ok(Some(Refusal::ClientDisabled.into())) };
    let (scopes, is_fresh) = match flow::refresh::judge(&job.request, &token, &family, &client, job.now) {
        Err(refused) => return Ok(Some(Judged::Refused(refused))),
        Ok(RefreshVerdict::Reused) => return reused(tx, &token, &family, job.now).await.map(Some),
        Ok(RefreshVerdict::Retry(scopes)) => (scopes, false),
        Ok(RefreshVerdict::Fresh(scopes)) => (scopes, true),
    };
    // The gate looks at all that was granted, so that a narrower request cannot outlive a withdrawn consent.
    let claim = Claim { scopes: &family.scopes, epoch: family.epoch, is_offline: family.is_offline };
    if let Err(refused) = flow::gate::pass(&standing, &claim, job.now) {
        return Ok(Some(Judged::Refused(refused)));
    }
    let is_rotating = client.rotates();
    let end = job.now.plus(policy.refresh_idle).min(family.expires_at);
    let is_ours = if is_fresh {
        families::advance(tx, &family, i64::from(is_rotating), end, job.now).await?
    } else {
        families::hold(tx, &family).await?
    };
    if !is_ours {
        return Ok(None);
    }
    let refresh_token = if !is_fresh {
        reply.map(|reply| reply.successor)
    } else if is_rotating {
        Some(rotate(tx, job, &token, &family, end).await?)
    } else {
        prolong(tx, &token, end).await?;
        None
    };
    let permit = gate::for_refresh(&family, scopes, &job.apis, &client, policy);
    // Fewer scopes may leave out the very API that is named.
    if let Err(refused) = target::within(&job.request.resources, permit.audience()) {
        return Ok(Some(Judged::Refused(refused)));
    }
    let permit = permit.narrowed_to(&job.request.resources, &job.apis);
    let permit = access_tokens::insert(tx, job.opaque.as_ref(), permit, job.now).await?;
    Ok(Some(Judged::Passed(Box::new(Refreshed { permit, refresh_token }))))
}

/// The token that was presented, and what its first use was answered with.
async fn find(tx: &Tx, job: &Job) -> Result<Option<(RefreshRecord, Option<Reply>)>, StoreError> {
    let found = refresh_token::Entity::find_by_id(&job.presented.selector).one(tx.conn()).await?;
    let Some(row) = found.filter(|row| job.presented.matches(&row.secret_digest)) else { return Ok(None) };
    // What does not open was not written for this token; then there is nothing to repeat.
    let reply = row.sealed_reply.as_deref().and_then(|sealed| job.sealer.open(sealed));
    let spent = match (&reply, row.spent_at_ms, &row.successor_id) {
        (Some(reply), Some(spent_at), Some(successor)) => Some(Spent {
            at: Timestamp::from_millis(spent_at),
            retry_for: job.store.inner.policy.refresh_retry,
            is_same_request: reply.is_same_request,
            is_successor_live: is_live(tx, successor).await?,
        }),
        (_, _, _) => None,
    };
    Ok(Some((RefreshRecord { spent, ..record(row)? }, reply)))
}

async fn is_live(tx: &Tx, id: &str) -> Result<bool, StoreError> {
    let found = refresh_token::Entity::find_by_id(id).one(tx.conn()).await?;
    Ok(found.is_some_and(|row| row.state == RefreshState::Live.as_str()))
}

async fn rotate(
    tx: &Tx,
    job: &Job,
    token: &RefreshRecord,
    family: &FamilyRecord,
    end: Timestamp,
) -> Result<Secret, StoreError> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::State, Expr::value(RefreshState::Rotated.as_str()))
        .col_expr(refresh_token::Column::SpentAtMs, Expr::value(job.now.as_millis()))
        .col_expr(refresh_token::Column::SuccessorId, Expr::value(job.successor.selector.as_str()))
        .col_expr(refresh_token::Column::SealedReply, Expr::value(job.sealed_reply.clone()))
        .filter(refresh_token::Column::Id.eq(&token.id))
        .exec(tx.conn())
        .await?;
    let next = NewToken { family_id: &family.id, client_id: &family.client_id, generation: family.generation + 1 };
    insert(tx, &job.successor, &next, end, job.now).await?;
    Ok(job.successor.presented.clone())
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
        spent: None,
    })
}
