//! Opaque access tokens: random references that are good only here. Source: RFC 6749 §1.4, RFC 7662 §1.
//!
//! The row holds what a JWT would say. It is written by the transaction that issues the token, ends with its family (a
//! use asks the gate for it, as for a JWT) and can be taken away alone.

use flow::{ClientRecord, TokenFormat};
use platform::audit::{self, AuditEvent};
use platform::revision;
use platform::secret::{Kind, PresentedSecret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{ScopeSet, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::access_token;
use crate::gate::Permit;
use crate::{GrantStore, columns};

/// An opaque access token as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenRecord {
    /// The selector; no secret.
    pub id: String,
    /// The unit of revocation; absent where a client speaks for itself.
    pub family_id: Option<String>,
    /// The client that it was issued to.
    pub client_id: String,
    /// The user, or the client itself.
    pub subject: String,
    /// What it allows.
    pub scopes: ScopeSet,
    /// The audiences of the grant; the issuer is not among them.
    pub audience: Vec<String>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A fresh opaque token for a client whose tokens are opaque; drawn before the transaction, which may run twice.
pub(crate) fn mint(client: &ClientRecord, now: Timestamp) -> Option<StoredSecret> {
    match client.terms.access_token_format {
        TokenFormat::Jwt => None,
        TokenFormat::Opaque => Some(StoredSecret::generate(Kind::AccessToken, now)),
    }
}

/// Stores what was minted, if anything, and gives it to the permit; part of the transaction that issues.
pub(crate) async fn insert(
    tx: &Tx,
    minted: Option<&StoredSecret>,
    permit: Permit,
    now: Timestamp,
) -> Result<Permit, StoreError> {
    let Some(secret) = minted else { return Ok(permit) };
    access_token::Entity::insert(row(secret, &permit, now)).exec_without_returning(tx.conn()).await?;
    Ok(permit.with_opaque_token(secret.presented.clone()))
}

impl GrantStore {
    /// Gives a permit its opaque token where the client's tokens are opaque; one insert, and nothing for other clients.
    ///
    /// For grants whose transaction stores none. The token is good no longer than its family, so a revocation that
    /// comes between the grant and this insert ends it all the same.
    pub async fn with_opaque_token(&self, permit: Permit, client: &ClientRecord) -> Result<Permit, StoreError> {
        let now = self.now();
        if permit.opaque_token().is_some() {
            return Ok(permit);
        }
        let Some(minted) = mint(client, now) else { return Ok(permit) };
        let row = row(&minted, &permit, now);
        self.inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    access_token::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await?;
        Ok(permit.with_opaque_token(minted.presented))
    }

    /// Finds an opaque access token that has not expired; whether its family lives is the gate's to say.
    pub async fn find_access_token(&self, presented: &str) -> Result<Option<AccessTokenRecord>, StoreError> {
        let now = self.now();
        Ok(self.look_up_access_token(presented).await?.filter(|token| now < token.expires_at))
    }

    /// Finds an opaque access token that is stored, expired or not.
    pub async fn look_up_access_token(&self, presented: &str) -> Result<Option<AccessTokenRecord>, StoreError> {
        let Some(presented) = PresentedSecret::parse(Kind::AccessToken, presented) else { return Ok(None) };
        self.inner
            .db
            .read(move |conn| {
                let presented = presented.clone();
                Box::pin(async move {
                    let row = access_token::Entity::find_by_id(&presented.selector).one(conn.conn()).await?;
                    row.filter(|row| presented.matches(&row.secret_digest)).map(record).transpose()
                })
            })
            .await
    }

    /// Takes an opaque access token away; its family lives on. Source: RFC 7009 §2.1.
    ///
    /// Shape: a token that [`GrantStore::find_access_token`] found. Answers whether this call ended it.
    pub async fn revoke_access_token(&self, token: &AccessTokenRecord) -> Result<bool, StoreError> {
        let (token, now) = (token.clone(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let token = token.clone();
                Box::pin(async move {
                    let gone = access_token::Entity::delete_many()
                        .filter(access_token::Column::Id.eq(&token.id))
                        .filter(access_token::Column::ClientId.eq(&token.client_id))
                        .exec(tx.conn())
                        .await?
                        .rows_affected;
                    if gone == 0 {
                        return Ok(Outcome::Rollback(false));
                    }
                    revision::bump(tx).await?;
                    let event = revoked(token.client_id, token.family_id, &token.id, now);
                    audit::record(tx, event).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await
    }
}

fn row(secret: &StoredSecret, permit: &Permit, now: Timestamp) -> access_token::ActiveModel {
    access_token::ActiveModel {
        id: Set(secret.selector.clone()),
        secret_digest: Set(secret.digest.clone()),
        family_id: Set(permit.person().map(|person| person.family_id.clone())),
        client_id: Set(permit.client_id().to_owned()),
        subject: Set(permit.subject().to_owned()),
        scopes: Set(permit.scopes().to_string()),
        audience: Set(columns::write(permit.audience())),
        detail: Set(None),
        created_at_ms: Set(now.as_millis()),
        expires_at_ms: Set(now.plus(permit.access_token_ttl()).as_millis()),
    }
}

/// The trace of an access token that its client gave up.
pub(crate) fn revoked(client_id: String, family_id: Option<String>, token: &str, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        kind: "token.access.revoked",
        client_id: Some(client_id),
        user_id: None,
        family_id,
        detail: serde_json::json!({ "token": token }),
    }
}

fn record(row: access_token::Model) -> Result<AccessTokenRecord, StoreError> {
    Ok(AccessTokenRecord {
        scopes: columns::scopes(&row.scopes)?,
        audience: columns::read(&row.audience, "access token audience")?,
        id: row.id,
        family_id: row.family_id,
        client_id: row.client_id,
        subject: row.subject,
        created_at: Timestamp::from_millis(row.created_at_ms),
        expires_at: Timestamp::from_millis(row.expires_at_ms),
    })
}
