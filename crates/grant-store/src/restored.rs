//! After a backup was put back: what it revived must end.

use platform::audit::{self, AuditEvent};
use platform::revision;
use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::{authorization_code, device_code, family, interaction, session};
use crate::{GrantStore, families};

/// What was ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Voided {
    /// Authorization codes.
    pub codes: u64,
    /// Families with their tokens.
    pub families: u64,
    /// Sessions.
    pub sessions: u64,
}

impl GrantStore {
    /// Ends every code, family and session: a restored backup holds codes that were spent and tokens that were revoked
    /// since it was made, and nobody can tell which.
    ///
    /// Effects: everybody signs in again; with `is_dry` nothing changes, and the answer says what would. Access tokens in the form of JWTs end by themselves within their lifetime.
    pub async fn void_all(&self, is_dry: bool) -> Result<Voided, StoreError> {
        let now = self.now();
        let voided = self
            .inner
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let voided = void(tx, now).await?;
                    Ok(if is_dry { Outcome::Rollback(voided) } else { Outcome::Commit(voided) })
                })
            })
            .await?;
        self.forget_cached();
        Ok(voided)
    }
}

async fn void(tx: &Tx, now: Timestamp) -> Result<Voided, StoreError> {
    let codes = authorization_code::Entity::delete_many().exec(tx.conn()).await?.rows_affected;
    interaction::Entity::delete_many().exec(tx.conn()).await?;
    device_code::Entity::delete_many().exec(tx.conn()).await?;
    let sessions = session::Entity::update_many()
        .col_expr(session::Column::EndedAtMs, Expr::value(now.as_millis()))
        .filter(session::Column::EndedAtMs.is_null())
        .exec(tx.conn())
        .await?
        .rows_affected;
    let live = family::Column::State.eq(flow::FamilyState::Live.as_str());
    let families = families::end_where(tx, live, "restored", now).await?;
    revision::bump(tx).await?;
    let detail = serde_json::json!({ "codes": codes, "families": families, "sessions": sessions });
    let event =
        AuditEvent { at: now, kind: "database.restored", client_id: None, user_id: None, family_id: None, detail };
    audit::record(tx, event).await?;
    Ok(Voided { codes, families, sessions })
}
