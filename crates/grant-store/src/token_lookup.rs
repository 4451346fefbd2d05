//! Tokens as an administrator looks them up: whatever their state, whoever holds them, without spending them.
//!
//! What is presented is compared by its digest like everywhere else; an unknown token and a wrong secret look alike.

use flow::{FamilyRecord, RefreshState, Refused};
use platform::secret::{Kind, PresentedSecret};
use platform::sql::StoreError;
use protocol::Timestamp;
use sea_orm::EntityTrait;

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

    /// Asks the gate for a grant: whether it gives tokens, and if not, the leg that it lost.
    pub async fn judge_grant(&self, family_id: &str) -> Result<Result<FamilyRecord, Refused>, StoreError> {
        match self.check_family(family_id).await {
            Ok(family) => Ok(Ok(family)),
            Err(GrantError::Refused(refused)) => Ok(Err(refused)),
            Err(GrantError::Store(error)) => Err(error),
        }
    }
}
