//! Client assertions are good once. Source: RFC 7523 §3 (7), RFC 7521 §5.2.

use platform::digest;
use platform::sql::{Outcome, StoreError};
use protocol::Timestamp;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::GrantStore;
use crate::entity::client_assertion;

impl GrantStore {
    /// Spends the assertion that `client_id` named `jti`; false if it was spent before.
    ///
    /// Shape: the row's primary key is the judge, so that of many presentations on many nodes one wins.
    /// Units: the row is kept until `until`; the assertion itself ends before that.
    pub async fn spend_assertion(&self, client_id: &str, jti: &str, until: Timestamp) -> Result<bool, StoreError> {
        // The id of a client has no zero byte, so no two pairs are one text. Two clients may use the same name.
        let id = digest::fingerprint(format!("client assertion\0{client_id}\0{jti}").as_bytes());
        let row = client_assertion::ActiveModel { id: Set(id), expires_at_ms: Set(until.as_millis()) };
        let spent = self
            .inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    client_assertion::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await;
        match spent {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error @ (StoreError::Corrupt { .. } | StoreError::Unavailable { .. })) => Err(error),
        }
    }
}
