//! A device code and its user code.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub secret_digest: String,
    pub user_code_digest: String,
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    #[sea_orm(column_type = "Text")]
    pub audience: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub detail: Option<String>,
    pub state: String,
    pub user_id: Option<String>,
    pub session_id: Option<String>,
    pub epoch: Option<i64>,
    pub auth_time_ms: Option<i64>,
    pub acr: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub amr: Option<String>,
    pub family_id: Option<String>,
    pub interval_s: i64,
    pub next_poll_at_ms: i64,
    pub address: String,
    pub user_agent: String,
    pub created_at_ms: i64,
    pub expires_at_ms: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
