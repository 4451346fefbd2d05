//! The audit trail: what happened to whom, written in the transaction that made it happen.

use protocol::time::Timestamp;
use sea_orm::{EntityTrait, Set};
use serde_json::Value;

use crate::random;
use crate::sql::{StoreError, Tx};

/// Something that an administrator may have to reconstruct later.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// When it happened.
    pub at: Timestamp,
    /// What happened, such as `family_revoked`.
    pub kind: &'static str,
    /// The client concerned.
    pub client_id: Option<String>,
    /// The user concerned.
    pub user_id: Option<String>,
    /// The family concerned.
    pub family_id: Option<String>,
    /// What else is known. Never a token, code, secret or password.
    pub detail: Value,
}

/// Writes `event`; it stands if and only if the transaction does.
pub async fn record(tx: &Tx, event: AuditEvent) -> Result<(), StoreError> {
    let row = row::ActiveModel {
        id: Set(random::new_id(event.at)),
        at_ms: Set(event.at.as_millis()),
        kind: Set(event.kind.to_owned()),
        client_id: Set(event.client_id),
        user_id: Set(event.user_id),
        family_id: Set(event.family_id),
        detail: Set(event.detail.to_string()),
    };
    row::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub at_ms: i64,
        pub kind: String,
        pub client_id: Option<String>,
        pub user_id: Option<String>,
        pub family_id: Option<String>,
        pub detail: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
