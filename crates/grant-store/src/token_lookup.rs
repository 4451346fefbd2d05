//! Tokens as an administrator looks them up: whatever their state, whoever holds them, without spending them.
//!
//! What is presented is compared by its digest like everywhere else; an unknown token and a wrong secret look alike.

use flow::{FamilyRecord, RefreshState, Refused};
use platform::audit::{self, AuditEvent};
use platform::revision;
use platform::secret::{Kind, PresentedSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{ScopeSet, Timestamp};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

use crate::entity::refresh_token;
use crate::{GrantError, GrantStore, columns, families};

/// A refresh token with the grant that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The selector; no secret.
    pub id: String,
    /// Live, rotated or dead.
    pub state: RefreshState,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The grant.
    pub family: FamilyRecord,
}

/// An opaque access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpaqueToken {
    /// The selector; no secret.
    pub id: String,
    /// The grant; absent where a client speaks for itself.
    pub family_id: Option<String>,
    /// Who holds it.
    pub client_id: String,
    /// For whom it speaks.
    pub subject: String,
    /// What it allows.
    pub scopes: ScopeSet,
    /// Whom it is for.
    pub audience: Vec<String>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl GrantStore {
    /// Finds a refresh token in any state.
    pub async fn look_up_refresh_token(&self, presented: &str) -> Result<Option<RefreshToken>, StoreError> {
        let Some(presented) = PresentedSecret::parse(Kind::RefreshToken, presented) else { return Ok(None) };
        self.inner
            .db
            .read(move |conn| {
                let presented = presented.clone();
                Box::pin(async move {
                    let row = refresh_token::Entity::find_by_id(&presented.selector).one(conn.conn()).await?;
                    let Some(row) = row.filter(|row| presented.matches(&row.secret_digest)) else { return Ok(None) };
                    let family = crate::entity::family::Entity::find_by_id(&row.family_id).one(conn.conn()).await?;
                    let Some(family) = family.map(families::record).transpose()? else { return Ok(None) };
                    Ok(Some(RefreshToken {
                        state: columns::name(&row.state, "refresh token state")?,
                        id: row.id,
                        created_at: Timestamp::from_millis(row.created_at_ms),
                        expires_at: Timestamp::from_millis(row.expires_at_ms),
                        family,
                    }))
                })
            })
            .await
    }

    /// Finds an opaque access token that is stored, expired or not.
    pub async fn look_up_opaque_token(&self, presented: &str) -> Result<Option<OpaqueToken>, StoreError> {
        let Some(presented) = PresentedSecret::parse(Kind::AccessToken, presented) else { return Ok(None) };
        self.inner
            .db
            .read(move |conn| {
                let presented = presented.clone();
                Box::pin(async move {
                    let row = opaque::Entity::find_by_id(&presented.selector).one(conn.conn()).await?;
                    row.filter(|row| presented.matches(&row.secret_digest)).map(opaque_record).transpose()
                })
            })
            .await
    }

    /// Asks the gate for a grant: whether it gives tokens, and if not, the leg that it lost.
    pub async fn judge_grant(&self, family_id: &str) -> Result<Result<FamilyRecord, Refused>, StoreError> {
        match self.check_family(family_id).await {
            Ok(family) => Ok(Ok(family)),
            Err(GrantError::Refused(refused)) => Ok(Err(refused)),
            Err(GrantError::Store(error)) => Err(error),
        }
    }

    /// Whether the JWT with this `jti` was revoked by itself.
    pub async fn is_jwt_revoked(&self, jti: &str) -> Result<bool, StoreError> {
        if !columns::is_id(jti) {
            return Ok(false);
        }
        let jti = jti.to_owned();
        self.inner
            .db
            .read(move |conn| {
                let jti = jti.clone();
                Box::pin(async move { Ok(revoked::Entity::find_by_id(jti).one(conn.conn()).await?.is_some()) })
            })
            .await
    }

    /// Revokes one JWT by its `jti`, until it would have ended by itself. Source: RFC 7009 §2.
    ///
    /// Errors: `false` where it was revoked before, or `jti` is none of ours.
    pub async fn revoke_jti(&self, jti: &str, client_id: &str, until: Timestamp) -> Result<bool, StoreError> {
        if !columns::is_id(jti) {
            return Ok(false);
        }
        let (jti, client_id, now) = (jti.to_owned(), client_id.to_owned(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let (jti, client_id) = (jti.clone(), client_id.clone());
                Box::pin(async move {
                    if revoked::Entity::find_by_id(&jti).one(tx.conn()).await?.is_some() {
                        return Ok(Outcome::Rollback(false));
                    }
                    let row = revoked::ActiveModel { id: Set(jti.clone()), expires_at_ms: Set(until.as_millis()) };
                    revoked::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    note(tx, &jti, client_id, now).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await
    }

    /// Removes one opaque access token. Source: RFC 7009 §2.
    ///
    /// Errors: `false` where it is gone already.
    pub async fn remove_opaque_token(&self, token: &OpaqueToken) -> Result<bool, StoreError> {
        let (token, now) = (token.clone(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let token = token.clone();
                Box::pin(async move {
                    if opaque::Entity::delete_by_id(&token.id).exec(tx.conn()).await?.rows_affected == 0 {
                        return Ok(Outcome::Rollback(false));
                    }
                    note(tx, &token.id, token.client_id, now).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await
    }
}

/// One token less: for the audit trail, and for whoever has cached it.
async fn note(tx: &Tx, id: &str, client_id: String, now: Timestamp) -> Result<(), StoreError> {
    revision::bump(tx).await?;
    let event = AuditEvent {
        at: now,
        kind: "token_revoked",
        client_id: Some(client_id),
        user_id: None,
        family_id: None,
        detail: json!({ "token": id }),
    };
    audit::record(tx, event).await
}

fn opaque_record(row: opaque::Model) -> Result<OpaqueToken, StoreError> {
    Ok(OpaqueToken {
        scopes: columns::scopes(&row.scopes)?,
        audience: columns::read(&row.audience, "token audience")?,
        id: row.id,
        family_id: row.family_id,
        client_id: row.client_id,
        subject: row.subject,
        created_at: Timestamp::from_millis(row.created_at_ms),
        expires_at: Timestamp::from_millis(row.expires_at_ms),
    })
}

mod opaque {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "access_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub secret_digest: String,
        pub family_id: Option<String>,
        pub client_id: String,
        pub subject: String,
        #[sea_orm(column_type = "Text")]
        pub scopes: String,
        #[sea_orm(column_type = "Text")]
        pub audience: String,
        pub created_at_ms: i64,
        pub expires_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod revoked {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revoked_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub expires_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
