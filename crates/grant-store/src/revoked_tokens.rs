//! What clients give up before its time. Source: RFC 7009 §2.
//!
//! A refresh token takes its family along; an access token in the form of a JWT leaves its `jti` here until it would
//! have ended by itself.

use flow::{FamilyRecord, RefreshState};
use platform::audit::{self, AuditEvent};
use platform::revision;
use platform::secret::{Kind, PresentedSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::access_tokens;
use crate::entity::{refresh_token, revoked_token};
use crate::{GrantError, GrantStore, columns, families};

/// A JWT that its client gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedToken {
    /// `jti`.
    pub id: String,
    /// The client that it was issued to, and that gives it up.
    pub client_id: String,
    /// Its family, for the audit trail.
    pub family_id: Option<String>,
    /// When nobody accepts it any more; the leeway of the verifiers included.
    pub until: Timestamp,
}

/// A refresh token that would be accepted now.
#[derive(Clone, Debug)]
pub struct LiveRefreshToken {
    /// Its family, which the gate lets pass.
    pub family: FamilyRecord,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl GrantStore {
    /// Whether an access token was revoked by its `jti`.
    pub async fn is_token_revoked(&self, jti: &str) -> Result<bool, StoreError> {
        if !columns::is_id(jti) {
            return Ok(false);
        }
        let jti = jti.to_owned();
        self.inner
            .db
            .read(move |conn| {
                let jti = jti.clone();
                Box::pin(async move { Ok(revoked_token::Entity::find_by_id(jti).one(conn.conn()).await?.is_some()) })
            })
            .await
    }

    /// Revokes an access token by its `jti`; its family lives on. Answers whether this call ended it.
    pub async fn revoke_jwt(&self, token: RevokedToken) -> Result<bool, StoreError> {
        if !columns::is_id(&token.id) || self.is_token_revoked(&token.id).await? {
            return Ok(false);
        }
        let now = self.now();
        let revoked = self
            .inner
            .db
            .write(move |tx| {
                let token = token.clone();
                Box::pin(async move {
                    let row = revoked_token::ActiveModel {
                        id: Set(token.id.clone()),
                        expires_at_ms: Set(token.until.as_millis()),
                    };
                    revoked_token::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    revision::bump(tx).await?;
                    audit::record(tx, access_tokens::revoked(token.client_id, token.family_id, &token.id, now)).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await;
        match revoked {
            // Somebody else has just revoked it.
            Err(StoreError::Conflict) => Ok(false),
            other => other,
        }
    }

    /// Finds a refresh token that `client_id` holds and could use now, without spending it.
    ///
    /// Errors: [`GrantError::Refused`] where the gate does not let its family pass.
    pub async fn find_refresh_token(
        &self,
        presented: &str,
        client_id: &str,
    ) -> Result<Option<LiveRefreshToken>, GrantError> {
        let Some(row) = self.own_refresh_token(presented, client_id).await? else { return Ok(None) };
        let (issued_at, expires_at) =
            (Timestamp::from_millis(row.created_at_ms), Timestamp::from_millis(row.expires_at_ms));
        if row.state != RefreshState::Live.as_str() || self.now() >= expires_at {
            return Ok(None);
        }
        let family = self.check_family(&row.family_id).await?;
        let is_leaf = row.generation == family.generation;
        Ok(is_leaf.then_some(LiveRefreshToken { family, issued_at, expires_at }))
    }

    /// Ends the family of a refresh token that `client_id` holds, and every token of it. Source: RFC 7009 §2.1.
    ///
    /// A spent or expired token of the client counts as well: whoever gives it up is done with the grant. A token that is
    /// unknown or another client's changes nothing. Answers whether this call ended something.
    pub async fn revoke_refresh_token(&self, presented: &str, client_id: &str) -> Result<bool, StoreError> {
        // Read first: what is nobody's costs no transaction.
        let Some(row) = self.own_refresh_token(presented, client_id).await? else { return Ok(false) };
        let now = self.now();
        self.inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    let is_ended = end(tx, &row, now).await?;
                    Ok(if is_ended { Outcome::Commit(true) } else { Outcome::Rollback(false) })
                })
            })
            .await
    }

    async fn own_refresh_token(
        &self,
        presented: &str,
        client_id: &str,
    ) -> Result<Option<refresh_token::Model>, StoreError> {
        let Some(presented) = PresentedSecret::parse(Kind::RefreshToken, presented) else { return Ok(None) };
        let client_id = client_id.to_owned();
        self.inner
            .db
            .read(move |conn| {
                let (presented, client_id) = (presented.clone(), client_id.clone());
                Box::pin(async move {
                    let row = refresh_token::Entity::find_by_id(&presented.selector).one(conn.conn()).await?;
                    Ok(row.filter(|row| presented.matches(&row.secret_digest) && row.client_id == client_id))
                })
            })
            .await
    }
}

/// Ends the family in one transaction; a use of any of its tokens either precedes this or finds it dead.
async fn end(tx: &Tx, token: &refresh_token::Model, now: Timestamp) -> Result<bool, StoreError> {
    if families::end(tx, &token.family_id, "revoked_by_client", now).await? == 0 {
        return Ok(false);
    }
    revision::bump(tx).await?;
    let event = AuditEvent {
        at: now,
        kind: "token.refresh.revoked",
        client_id: Some(token.client_id.clone()),
        user_id: None,
        family_id: Some(token.family_id.clone()),
        detail: serde_json::json!({ "token": token.id }),
    };
    audit::record(tx, event).await?;
    Ok(true)
}
