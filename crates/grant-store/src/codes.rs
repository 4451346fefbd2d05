//! Authorization codes: issued once, spent once. Source: RFC 6749 §4.1.2, RFC 9700 §4.5.

use std::sync::Arc;

use flow::authorize::Approved;
use flow::gate::Claim;
use flow::redeem::{CodeVerdict, RedeemRequest};
use flow::{ClientRecord, CodeRecord, FamilyState, Refusal, Refused, ResourceServer};
use platform::audit::{self, AuditEvent};
use platform::random;
use platform::secret::{Kind, PresentedSecret, Secret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::{authorization_code, family, interaction};
use crate::gate::{GrantKey, Permit};
use crate::{GrantError, GrantStore, access_tokens, columns, families, gate, refresh_tokens, sessions};

/// What a code was exchanged for.
#[derive(Debug)]
pub struct Redeemed {
    /// Leave to make the access token and the ID token.
    pub permit: Permit,
    /// The first refresh token of the family, where the client may have one.
    pub refresh_token: Option<Secret>,
    /// For the ID token.
    pub nonce: Option<String>,
}

impl GrantStore {
    /// Issues a code for an approved request and finishes its interaction, in one transaction.
    ///
    /// Answers none where the interaction was finished by another request in between: nothing was issued.
    pub async fn issue_code(
        &self,
        approved: Approved,
        interaction: Option<String>,
    ) -> Result<Option<Secret>, StoreError> {
        let now = self.now();
        let secret = StoredSecret::generate(Kind::Code, now);
        let policy = self.inner.policy;
        let session_id = approved.session.id.clone();
        let row = code_row(approved, &secret, now, now.plus(policy.code_ttl));
        let issued = self
            .inner
            .db
            .write(move |tx| {
                let (row, interaction, session_id) = (row.clone(), interaction.clone(), session_id.clone());
                Box::pin(async move {
                    if let Some(id) = interaction {
                        let finished = interaction::Entity::delete_by_id(id).exec(tx.conn()).await?.rows_affected;
                        if finished != 1 {
                            return Ok(Outcome::Rollback(false));
                        }
                    }
                    authorization_code::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    sessions::slide(tx, &session_id, &policy, now).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await?;
        Ok(issued.then_some(secret.presented))
    }

    /// Redeems an authorization code exactly once.
    ///
    /// Effects: on success the code is spent, its family exists and holds the first refresh token. On a valid replay the
    /// family dies in the same transaction. Nothing else changes anything.
    /// Errors: [`GrantError::Refused`] with the reason; [`GrantError::Store`] where nothing is known.
    /// Source: RFC 6749 §4.1.2 (single use), RFC 9700 §4.5 (code injection).
    pub async fn redeem(
        &self,
        presented: &str,
        request: RedeemRequest,
        client: &ClientRecord,
    ) -> Result<Redeemed, GrantError> {
        let presented =
            PresentedSecret::parse(Kind::Code, presented).ok_or_else(|| Refused::from(Refusal::CodeUnknown))?;
        let now = self.now();
        let store = self.clone();
        let apis = self.list_apis().await?;
        let job = Arc::new(Job {
            presented,
            request,
            client_id: client.id.clone(),
            family_id: random::new_id(now),
            refresh: StoredSecret::generate(Kind::RefreshToken, now),
            apis: apis.clone(),
            opaque: access_tokens::mint(client, now),
            now,
        });
        let redeemed = self
            .inner
            .db
            .write(move |tx| {
                let (job, store, apis) = (job.clone(), store.clone(), apis.clone());
                Box::pin(async move {
                    Ok(match redeem(tx, &job, &store).await? {
                        Judged::Passed(code, client) => {
                            let ttl = gate::ttl(&code.scopes, &apis, &store.inner.policy);
                            let mut redeemed = job.redeemed(*code, &client, ttl);
                            redeemed.permit =
                                access_tokens::insert(tx, job.opaque.as_ref(), redeemed.permit, job.now).await?;
                            Outcome::Commit(Ok(redeemed))
                        }
                        Judged::Refused(refused) => Outcome::Rollback(Err(refused)),
                        Judged::Replayed => Outcome::Commit(Err(Refusal::CodeReplayed.into())),
                    })
                })
            })
            .await?;
        Ok(redeemed?)
    }
}

/// One redemption; everything random is drawn before the transaction, which may run more than once.
struct Job {
    presented: PresentedSecret,
    request: RedeemRequest,
    client_id: String,
    family_id: String,
    refresh: StoredSecret,
    apis: Arc<Vec<ResourceServer>>,
    opaque: Option<StoredSecret>,
    now: Timestamp,
}

enum Judged {
    Passed(Box<CodeRecord>, Box<ClientRecord>),
    Refused(Refused),
    Replayed,
}

impl Job {
    fn redeemed(&self, code: CodeRecord, client: &ClientRecord, ttl: std::time::Duration) -> Redeemed {
        Redeemed {
            permit: gate::for_code(&code, &self.family_id, client, ttl)
                .narrowed_to(&self.request.resources, &self.apis),
            refresh_token: gate::gets_refresh_token(client).then(|| self.refresh.presented.clone()),
            nonce: code.nonce,
        }
    }
}

async fn redeem(tx: &Tx, job: &Job, store: &GrantStore) -> Result<Judged, StoreError> {
    let found = authorization_code::Entity::find_by_id(&job.presented.selector).one(tx.conn()).await?;
    let Some(row) = found.filter(|row| job.presented.matches(&row.secret_digest)) else {
        return Ok(Judged::Refused(Refusal::CodeUnknown.into()));
    };
    let code = record(row)?;
    let key = GrantKey {
        user_id: &code.user_id,
        client_id: &job.client_id,
        session_id: &code.session_id,
        slides_session: false,
    };
    let standing = gate::lock(tx, &key, &store.inner.policy, job.now).await?;
    let Some(client) = standing.client.clone() else {
        return Ok(Judged::Refused(Refusal::ClientDisabled.into()));
    };
    match flow::redeem::judge(&job.request, &code, &client, job.now) {
        Err(refused) => return Ok(Judged::Refused(refused)),
        Ok(CodeVerdict::Replayed) => return replayed(tx, &code, job.now).await,
        Ok(CodeVerdict::Fresh) => {}
    }
    // The session was live when the code was issued; a sign-out in between ends what the code would give, but for
    // offline access, which was consented to outlive it.
    let is_offline = code.scopes.contains("offline_access");
    let claim = Claim { scopes: &code.scopes, epoch: code.epoch, is_offline };
    if let Err(refused) = flow::gate::pass(&standing, &claim, job.now) {
        return Ok(Judged::Refused(refused));
    }
    if !spend(tx, &code, job).await? {
        // Another request spent it between our read and our update: we are the replay.
        let spent = authorization_code::Entity::find_by_id(&code.id).one(tx.conn()).await?.map(record).transpose()?;
        return match spent {
            Some(code) => replayed(tx, &code, job.now).await,
            None => Ok(Judged::Refused(Refusal::CodeUnknown.into())),
        };
    }
    begin_family(tx, job, &code, &client, store).await?;
    Ok(Judged::Passed(Box::new(code), Box::new(client)))
}

/// Single use: the one update that finds the code unspent wins.
async fn spend(tx: &Tx, code: &CodeRecord, job: &Job) -> Result<bool, StoreError> {
    let spent = authorization_code::Entity::update_many()
        .col_expr(authorization_code::Column::SpentAtMs, Expr::value(job.now.as_millis()))
        .col_expr(authorization_code::Column::FamilyId, Expr::value(job.family_id.as_str()))
        .filter(authorization_code::Column::Id.eq(&code.id))
        .filter(authorization_code::Column::SpentAtMs.is_null())
        .exec(tx.conn())
        .await?;
    Ok(spent.rows_affected == 1)
}

async fn begin_family(
    tx: &Tx,
    job: &Job,
    code: &CodeRecord,
    client: &ClientRecord,
    store: &GrantStore,
) -> Result<(), StoreError> {
    let policy = &store.inner.policy;
    let expires_at = job.now.plus(policy.refresh_absolute);
    let row = family::ActiveModel {
        id: Set(job.family_id.clone()),
        client_id: Set(client.id.clone()),
        user_id: Set(Some(code.user_id.clone())),
        session_id: Set(Some(code.session_id.clone())),
        epoch: Set(code.epoch),
        is_offline: Set(code.scopes.contains("offline_access")),
        scopes: Set(code.scopes.to_string()),
        audience: Set(columns::write(&code.audience)),
        generation: Set(1),
        state: Set(FamilyState::Live.to_string()),
        dead_reason: Set(None),
        auth_time_ms: Set(Some(code.auth_time.as_millis())),
        acr: Set(Some(code.acr.clone())),
        amr: Set(Some(columns::write(&code.amr))),
        created_at_ms: Set(job.now.as_millis()),
        idle_expires_at_ms: Set(job.now.plus(policy.refresh_idle).min(expires_at).as_millis()),
        expires_at_ms: Set(expires_at.as_millis()),
        updated_at_ms: Set(job.now.as_millis()),
        detail: Set(Some(columns::write(&code.detail))),
    };
    family::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    if gate::gets_refresh_token(client) {
        let first = refresh_tokens::NewToken { family_id: &job.family_id, client_id: &client.id, generation: 1 };
        let end = job.now.plus(policy.refresh_idle).min(expires_at);
        refresh_tokens::insert(tx, &job.refresh, &first, end, job.now).await?;
    }
    Ok(())
}

async fn replayed(tx: &Tx, code: &CodeRecord, now: Timestamp) -> Result<Judged, StoreError> {
    let ended = match &code.family_id {
        Some(family_id) => families::end(tx, family_id, "code_replayed", now).await?,
        None => 0,
    };
    if ended == 0 {
        // Its family is dead already: whoever repeats the replay writes nothing more.
        return Ok(Judged::Refused(Refusal::CodeReplayed.into()));
    }
    platform::revision::bump(tx).await?;
    let event = AuditEvent {
        at: now,
        kind: "code.replayed",
        client_id: Some(code.client_id.clone()),
        user_id: Some(code.user_id.clone()),
        family_id: code.family_id.clone(),
        detail: serde_json::json!({ "code": code.id }),
    };
    audit::record(tx, event).await?;
    Ok(Judged::Replayed)
}

fn code_row(
    approved: Approved,
    secret: &StoredSecret,
    now: Timestamp,
    end: Timestamp,
) -> authorization_code::ActiveModel {
    let session = approved.session;
    authorization_code::ActiveModel {
        id: Set(secret.selector.clone()),
        secret_digest: Set(secret.digest.clone()),
        family_id: Set(None),
        client_id: Set(approved.client_id),
        user_id: Set(session.user_id),
        session_id: Set(session.id),
        redirect_uri: Set(approved.redirect_uri),
        code_challenge: Set(approved.code_challenge),
        nonce: Set(approved.nonce),
        scopes: Set(approved.scopes.to_string()),
        audience: Set(columns::write(&approved.audience)),
        auth_time_ms: Set(session.auth_time.as_millis()),
        acr: Set(session.acr),
        amr: Set(columns::write(&session.amr)),
        epoch: Set(session.epoch),
        created_at_ms: Set(now.as_millis()),
        expires_at_ms: Set(end.as_millis()),
        spent_at_ms: Set(None),
        detail: Set(Some(columns::write(&approved.detail))),
    }
}

fn record(row: authorization_code::Model) -> Result<CodeRecord, StoreError> {
    Ok(CodeRecord {
        scopes: columns::scopes(&row.scopes)?,
        audience: columns::read(&row.audience, "code audience")?,
        amr: columns::read(&row.amr, "code amr")?,
        id: row.id,
        family_id: row.family_id,
        client_id: row.client_id,
        user_id: row.user_id,
        session_id: row.session_id,
        redirect_uri: row.redirect_uri,
        code_challenge: row.code_challenge,
        nonce: row.nonce,
        auth_time: Timestamp::from_millis(row.auth_time_ms),
        acr: row.acr,
        epoch: row.epoch,
        created_at: Timestamp::from_millis(row.created_at_ms),
        expires_at: Timestamp::from_millis(row.expires_at_ms),
        spent_at: row.spent_at_ms.map(Timestamp::from_millis),
        detail: columns::optional(row.detail.as_deref(), "code detail")?,
    })
}
