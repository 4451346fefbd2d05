//! Polling with a device code: slowed down, redeemed once. Source: RFC 8628 §3.4–3.5.

use std::sync::Arc;

use flow::device::{DeviceApproval, DeviceRecord, DeviceState, INTERVAL_STEP, JITTER, PollVerdict};
use flow::gate::Claim;
use flow::{ClientRecord, FamilyRecord, FamilyState, GrantDetail, Refusal, Refused, ResourceServer};
use platform::audit::{self, AuditEvent};
use platform::random;
use platform::secret::{Kind, PresentedSecret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use crate::entity::{device_code, family};
use crate::gate::GrantKey;
use crate::{GrantError, GrantStore, Redeemed, access_tokens, columns, device_codes, families, gate, refresh_tokens};

impl GrantStore {
    /// Answers a poll: not yet, too soon, refused, expired, or the tokens, once.
    ///
    /// Effects: every poll of a waiting device moves its next one; one that came too soon lengthens the pause for good.
    /// On success the code is spent, its family exists and holds the first refresh token. A replay by the proven client
    /// ends the family. Nothing else changes anything.
    /// Errors: [`GrantError::Refused`] with the reason; [`GrantError::Store`] where nothing is known.
    pub async fn redeem_device(&self, presented: &str, client: &ClientRecord) -> Result<Redeemed, GrantError> {
        let presented = PresentedSecret::parse(Kind::DeviceCode, presented)
            .ok_or_else(|| Refused::from(Refusal::DeviceCodeUnknown))?;
        let now = self.now();
        let store = self.clone();
        let job = Arc::new(Job {
            presented,
            client_id: client.id.clone(),
            family_id: random::new_id(now),
            refresh: StoredSecret::generate(Kind::RefreshToken, now),
            opaque: access_tokens::mint(client, now),
            apis: self.list_apis().await?,
            now,
        });
        let redeemed = self
            .inner
            .db
            .write(move |tx| {
                let (job, store) = (job.clone(), store.clone());
                Box::pin(async move {
                    Ok(match redeem(tx, &job, &store).await? {
                        Judged::Passed(redeemed) => Outcome::Commit(Ok(*redeemed)),
                        Judged::Noted(refusal) => Outcome::Commit(Err(refusal.into())),
                        Judged::Refused(refused) => Outcome::Rollback(Err(refused)),
                    })
                })
            })
            .await?;
        Ok(redeemed?)
    }
}

/// One poll; everything random is drawn before the transaction, which may run more than once.
struct Job {
    presented: PresentedSecret,
    client_id: String,
    family_id: String,
    refresh: StoredSecret,
    opaque: Option<StoredSecret>,
    apis: Arc<Vec<ResourceServer>>,
    now: Timestamp,
}

enum Judged {
    /// Refused, and something was written that must stand: a pause, a revocation.
    Noted(Refusal),
    Passed(Box<Redeemed>),
    Refused(Refused),
}

async fn redeem(tx: &Tx, job: &Job, store: &GrantStore) -> Result<Judged, StoreError> {
    let found = device_code::Entity::find_by_id(&job.presented.selector).one(tx.conn()).await?;
    let Some(row) = found.filter(|row| job.presented.matches(&row.secret_digest)) else {
        return Ok(Judged::Refused(Refusal::DeviceCodeUnknown.into()));
    };
    let device = device_codes::record(row)?;
    let Some(client) = crate::clients::locked(tx, &job.client_id).await? else {
        return Ok(Judged::Refused(Refusal::ClientDisabled.into()));
    };
    match flow::device::poll(&device, &client, job.now) {
        Err(refused) => Ok(Judged::Refused(refused)),
        Ok(PollVerdict::Pending) => pause(tx, &device.id, job.now).await.map(Judged::Noted),
        Ok(PollVerdict::Replayed) => replayed(tx, &device, job.now).await,
        Ok(PollVerdict::Allowed(approval)) => pass(tx, job, store, &device, approval).await,
    }
}

/// Keeps a waiting device to its pause. The condition of the first update decides which of two polls came too soon.
async fn pause(tx: &Tx, id: &str, now: Timestamp) -> Result<Refusal, StoreError> {
    let step_s = i64::try_from(INTERVAL_STEP.as_secs()).unwrap_or(i64::MAX);
    let waiting = || {
        device_code::Entity::update_many()
            .filter(device_code::Column::Id.eq(id))
            .filter(device_code::Column::State.eq(DeviceState::Pending.as_str()))
    };
    let interval = || Expr::col(device_code::Column::IntervalS);
    let on_time = waiting()
        .col_expr(device_code::Column::NextPollAtMs, interval().mul(1_000_i64).add(now.as_millis()))
        .filter(device_code::Column::NextPollAtMs.lte(now.plus(JITTER).as_millis()))
        .exec(tx.conn())
        .await?;
    if on_time.rows_affected == 1 {
        return Ok(Refusal::DevicePending);
    }
    // The moment before the interval: MariaDB assigns from left to right and would add the step twice.
    let too_soon = waiting()
        .col_expr(device_code::Column::NextPollAtMs, interval().add(step_s).mul(1_000_i64).add(now.as_millis()))
        .col_expr(device_code::Column::IntervalS, interval().add(step_s))
        .exec(tx.conn())
        .await?;
    // Where neither counts, somebody decided in between: the next poll will tell.
    Ok(if too_soon.rows_affected == 1 { Refusal::DevicePolledTooSoon } else { Refusal::DevicePending })
}

/// Lets an allowed device through the gate and begins its family.
async fn pass(
    tx: &Tx,
    job: &Job,
    store: &GrantStore,
    device: &DeviceRecord,
    approval: DeviceApproval,
) -> Result<Judged, StoreError> {
    let policy = &store.inner.policy;
    let key = GrantKey {
        user_id: &approval.user_id,
        client_id: &job.client_id,
        session_id: &approval.session_id,
        slides_session: false,
    };
    let standing = gate::lock(tx, &key, policy, job.now).await?;
    let Some(client) = standing.client.clone() else {
        return Ok(Judged::Refused(Refusal::ClientDisabled.into()));
    };
    let family = begun(job, store, device, approval, &client);
    let claim = Claim { scopes: &family.scopes, epoch: family.epoch, is_offline: family.is_offline };
    if let Err(refused) = flow::gate::pass(&standing, &claim, job.now) {
        return Ok(Judged::Refused(refused));
    }
    if !spend(tx, device, job).await? {
        // Another poll spent it between our read and our update: we are the replay.
        let spent = device_code::Entity::find_by_id(&device.id).one(tx.conn()).await?;
        return match spent.map(device_codes::record).transpose()? {
            Some(spent) => replayed(tx, &spent, job.now).await,
            None => Ok(Judged::Refused(Refusal::DeviceCodeUnknown.into())),
        };
    }
    family::Entity::insert(row(&family, job.now)).exec_without_returning(tx.conn()).await?;
    let has_refresh = gate::gets_refresh_token(&client);
    if has_refresh {
        let first = refresh_tokens::NewToken { family_id: &family.id, client_id: &client.id, generation: 1 };
        refresh_tokens::insert(tx, &job.refresh, &first, family.idle_expires_at, job.now).await?;
    }
    let permit = gate::for_refresh(&family, family.scopes.clone(), &job.apis, &client, policy);
    Ok(Judged::Passed(Box::new(Redeemed {
        permit: access_tokens::insert(tx, job.opaque.as_ref(), permit, job.now).await?,
        refresh_token: has_refresh.then(|| job.refresh.presented.clone()),
        nonce: None,
    })))
}

/// Single use: the one update that finds the code allowed wins.
async fn spend(tx: &Tx, device: &DeviceRecord, job: &Job) -> Result<bool, StoreError> {
    let spent = device_code::Entity::update_many()
        .col_expr(device_code::Column::State, Expr::value(DeviceState::Spent.as_str()))
        .col_expr(device_code::Column::FamilyId, Expr::value(job.family_id.as_str()))
        .filter(device_code::Column::Id.eq(&device.id))
        .filter(device_code::Column::State.eq(DeviceState::Allowed.as_str()))
        .exec(tx.conn())
        .await?;
    Ok(spent.rows_affected == 1)
}

/// The family that begins: like any other, in the session of the person who decided.
fn begun(
    job: &Job,
    store: &GrantStore,
    device: &DeviceRecord,
    approval: DeviceApproval,
    client: &ClientRecord,
) -> FamilyRecord {
    let policy = &store.inner.policy;
    let expires_at = job.now.plus(policy.refresh_absolute);
    let scopes = device.scopes.intersection(&client.scopes);
    FamilyRecord {
        id: job.family_id.clone(),
        client_id: client.id.clone(),
        user_id: approval.user_id,
        session_id: approval.session_id,
        epoch: approval.epoch,
        is_offline: scopes.contains("offline_access"),
        // A scope that the client lost meanwhile takes its API along.
        audience: flow::authorize::target::remaining(&scopes, &device.scopes, &device.audience, &job.apis),
        scopes,
        generation: 1,
        state: FamilyState::Live,
        auth_time: approval.auth_time,
        acr: approval.acr,
        amr: approval.amr,
        idle_expires_at: job.now.plus(policy.refresh_idle).min(expires_at),
        expires_at,
        detail: GrantDetail::default(),
    }
}

fn row(family: &FamilyRecord, now: Timestamp) -> family::ActiveModel {
    family::ActiveModel {
        id: Set(family.id.clone()),
        client_id: Set(family.client_id.clone()),
        user_id: Set(Some(family.user_id.clone())),
        session_id: Set(Some(family.session_id.clone())),
        epoch: Set(family.epoch),
        is_offline: Set(family.is_offline),
        scopes: Set(family.scopes.to_string()),
        audience: Set(columns::write(&family.audience)),
        generation: Set(family.generation),
        state: Set(family.state.to_string()),
        dead_reason: Set(None),
        auth_time_ms: Set(Some(family.auth_time.as_millis())),
        acr: Set(Some(family.acr.clone())),
        amr: Set(Some(columns::write(&family.amr))),
        created_at_ms: Set(now.as_millis()),
        idle_expires_at_ms: Set(family.idle_expires_at.as_millis()),
        expires_at_ms: Set(family.expires_at.as_millis()),
        updated_at_ms: Set(now.as_millis()),
        detail: Set(Some(columns::write(&family.detail))),
    }
}

/// A spent code that comes again means that two parties hold it, or that the answer was lost: either way nobody but a
/// thief has a use for the family.
async fn replayed(tx: &Tx, device: &DeviceRecord, now: Timestamp) -> Result<Judged, StoreError> {
    let ended = match &device.family_id {
        Some(family_id) => families::end(tx, family_id, "device_code_replayed", now).await?,
        None => 0,
    };
    if ended == 0 {
        return Ok(Judged::Refused(Refusal::DeviceCodeReplayed.into()));
    }
    platform::revision::bump(tx).await?;
    let event = AuditEvent {
        at: now,
        kind: "device.replayed",
        client_id: Some(device.client_id.clone()),
        user_id: device.approval.as_ref().map(|approval| approval.user_id.clone()),
        family_id: device.family_id.clone(),
        detail: serde_json::json!({ "device": device.id }),
    };
    audit::record(tx, event).await?;
    Ok(Judged::Noted(Refusal::DeviceCodeReplayed))
}
