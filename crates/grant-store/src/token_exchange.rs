//! Exchanging a token: the family of the subject token is asked again, under lock. Source: RFC 8693 §2.1.

use std::sync::Arc;

use flow::gate::Claim;
use flow::token_exchange::{Exchange, SubjectToken};
use flow::{ClientRecord, FamilyRecord, Refusal, Refused, ResourceServer, TokenFormat};
use platform::sql::{Outcome, StoreError, Tx, lock_shared};
use protocol::token_exchange::Actor;
use protocol::{Timestamp, TokenExchangeRequest};
use sea_orm::EntityTrait;

use crate::entity::{access_token, family, revoked_token};
use crate::gate::{GrantKey, Permit};
use crate::{GrantError, GrantStore, clients, columns, families, gate};

/// What a token was exchanged for.
#[derive(Debug)]
pub struct Exchanged {
    /// Leave to make the access token.
    pub permit: Permit,
    /// Its `act` claim.
    pub actor: Actor,
}

impl GrantStore {
    /// Lets a client exchange a token that was found good, with the client in its audience.
    ///
    /// Effects: none is stored; the new token belongs to the family of the old one. The rows that it rests on are read
    /// under lock, so a revocation either comes first and refuses it or follows and ends it.
    /// Errors: [`Refusal::SubjectTokenRejected`] for whatever leg the subject token lost, and every refusal of
    /// `flow::token_exchange`.
    pub async fn exchange(
        &self,
        request: TokenExchangeRequest,
        subject: SubjectToken,
        client: &ClientRecord,
    ) -> Result<Exchanged, GrantError> {
        if !columns::is_id(&subject.family_id) || !columns::is_id(&subject.jti) {
            return Err(Refused::from(Refusal::SubjectTokenRejected).into());
        }
        let store = self.clone();
        let apis = self.list_apis().await?;
        let job = Arc::new(Job { request, subject, client_id: client.id.clone(), apis, now: self.now() });
        let judged = self
            .inner
            .db
            .write(move |tx| {
                let (job, store) = (job.clone(), store.clone());
                Box::pin(async move {
                    Ok(match exchange(tx, &job, &store).await? {
                        Ok(exchanged) => Outcome::Commit(Ok(exchanged)),
                        Err(refused) => Outcome::Rollback(Err(refused)),
                    })
                })
            })
            .await?;
        Ok(judged?)
    }
}

struct Job {
    request: TokenExchangeRequest,
    subject: SubjectToken,
    client_id: String,
    apis: Arc<Vec<ResourceServer>>,
    now: Timestamp,
}

async fn exchange(tx: &Tx, job: &Job, store: &GrantStore) -> Result<Result<Exchanged, Refused>, StoreError> {
    let policy = &store.inner.policy;
    let client = clients::locked(tx, &job.client_id).await?;
    let Some(client) = client else { return Ok(Err(Refusal::ClientDisabled.into())) };
    let exchange = match flow::token_exchange::judge(&job.request, &job.subject, &client, &job.apis, job.now) {
        Ok(exchange) => exchange,
        Err(refused) => return Ok(Err(refused)),
    };
    Ok(match standing(tx, job, store, &exchange).await? {
        Ok(family) => Ok(Exchanged {
            permit: gate::for_exchange(&family, &exchange, &job.apis, &client, policy),
            actor: exchange.actor,
        }),
        // Whatever leg it lost, to the caller its token is no good (RFC 8693 §2.2.2).
        Err(refused) => Err(Refusal::SubjectTokenRejected.because(refused.refusal.name(), refused.received)),
    })
}

/// The family of the subject token, if everything that it rests on still stands.
async fn standing(
    tx: &Tx,
    job: &Job,
    store: &GrantStore,
    exchange: &Exchange,
) -> Result<Result<FamilyRecord, Refused>, StoreError> {
    let Some(found) = family::Entity::find_by_id(&job.subject.family_id).one(tx.conn()).await? else {
        return Ok(Err(Refusal::FamilyRevoked.into()));
    };
    let found = families::record(found)?;
    let key = GrantKey {
        user_id: &found.user_id,
        client_id: &found.client_id,
        session_id: &found.session_id,
        slides_session: false,
    };
    // The family last, as whatever ends a session locks it.
    let standing = gate::lock(tx, &key, &store.inner.policy, job.now).await?;
    let select = lock_shared(family::Entity::find_by_id(&job.subject.family_id), tx);
    let Some(family) = select.one(tx.conn()).await?.map(families::record).transpose()? else {
        return Ok(Err(Refusal::FamilyRevoked.into()));
    };
    if family.user_id != job.subject.user_id {
        return Ok(Err(Refusal::FamilyRevoked.because("the subject of the family", "another")));
    }
    let claim = Claim { scopes: &exchange.scopes, epoch: family.epoch, is_offline: family.is_offline };
    let passed = flow::gate::family(&family, job.now).and_then(|()| flow::gate::pass(&standing, &claim, job.now));
    if let Err(refused) = passed {
        return Ok(Err(refused));
    }
    Ok(if is_revoked(tx, &job.subject).await? {
        Err(Refusal::BearerRejected.because("a live token", "a revoked one"))
    } else {
        Ok(family)
    })
}

/// Whether the token alone was given up. Source: RFC 7009 §2.1.
async fn is_revoked(tx: &Tx, subject: &SubjectToken) -> Result<bool, StoreError> {
    let id = &subject.jti;
    Ok(match subject.format {
        TokenFormat::Jwt => revoked_token::Entity::find_by_id(id).one(tx.conn()).await?.is_some(),
        TokenFormat::Opaque => access_token::Entity::find_by_id(id).one(tx.conn()).await?.is_none(),
    })
}
