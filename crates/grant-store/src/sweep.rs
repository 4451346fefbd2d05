//! Removing what has ended, in small batches, so that nothing grows with uptime.

use std::time::Duration;

use platform::sql::{Outcome, StoreError, Tx};
use protocol::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::GrantStore;
use crate::entity::{
    access_token, authorization_code, client_assertion, client_secret, device_code, family, interaction, refresh_token,
    revoked_token, session,
};

/// Rows removed in one transaction.
const BATCH: u64 = 200;
/// How long ended device codes stay: a device that polls on is told that its code has expired, a replay is noticed.
const KEEP_DEVICES: Duration = Duration::from_hours(1);
/// How long ended sessions and families stay, for the audit of a morning after.
const KEEP_ENDED: Duration = Duration::from_hours(24);

/// What one sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows removed.
    pub rows: u64,
    /// Whether a batch was full, so that more may be waiting.
    pub is_more: bool,
}

macro_rules! sweep {
    ($tx:expr, $swept:expr, $module:ident, $condition:expr) => {{
        let ids: Vec<String> = $module::Entity::find()
            .select_only()
            .column($module::Column::Id)
            .filter($condition)
            .limit(BATCH)
            .into_tuple()
            .all($tx.conn())
            .await?;
        if !ids.is_empty() {
            $swept.is_more |= ids.len() as u64 == BATCH;
            let gone = $module::Entity::delete_many().filter($module::Column::Id.is_in(ids)).exec($tx.conn()).await?;
            $swept.rows += gone.rows_affected;
        }
    }};
}

impl GrantStore {
    /// Removes one batch of every kind. Call it again while [`Swept::is_more`] holds, with a pause in between.
    ///
    /// A spent code's row outlives the access tokens that came from it, so that a replay can still end them.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let now = self.now();
        let code_end = now.minus(self.inner.policy.access_token_ttl * 2);
        self.inner
            .db
            .write(move |tx| Box::pin(async move { sweep(tx, now, code_end).await.map(Outcome::Commit) }))
            .await
    }
}

async fn sweep(tx: &Tx, now: Timestamp, code_end: Timestamp) -> Result<Swept, StoreError> {
    let mut swept = Swept::default();
    let ended = now.minus(KEEP_ENDED).as_millis();
    sweep!(tx, swept, interaction, interaction::Column::ExpiresAtMs.lte(now.as_millis()));
    sweep!(tx, swept, authorization_code, authorization_code::Column::ExpiresAtMs.lte(code_end.as_millis()));
    sweep!(tx, swept, client_assertion, client_assertion::Column::ExpiresAtMs.lte(now.as_millis()));
    let devices_end = now.minus(KEEP_DEVICES).as_millis();
    sweep!(tx, swept, device_code, device_code::Column::ExpiresAtMs.lte(devices_end));
    // In the order in which revocations lock them.
    sweep!(tx, swept, session, session::Column::ExpiresAtMs.lte(ended));
    sweep!(tx, swept, family, family::Column::ExpiresAtMs.lte(ended));
    sweep!(tx, swept, refresh_token, refresh_token::Column::ExpiresAtMs.lte(ended));
    // Nobody accepts these any more, and nothing rests on them.
    sweep!(tx, swept, access_token, access_token::Column::ExpiresAtMs.lte(now.as_millis()));
    sweep!(tx, swept, revoked_token, revoked_token::Column::ExpiresAtMs.lte(now.as_millis()));
    sweep!(tx, swept, client_secret, client_secret::Column::ExpiresAtMs.lte(ended));
    Ok(swept)
}
