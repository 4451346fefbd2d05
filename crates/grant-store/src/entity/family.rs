//! Every token of one authorization.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "family")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub client_id: String,
    pub user_id: Option<String>,
    pub session_id: Option<String>,
    pub epoch: i64,
    pub is_offline: bool,
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    #[sea_orm(column_type = "Text")]
    pub audience: String,
    pub generation: i64,
    pub state: String,
    pub dead_reason: Option<String>,
    pub auth_time_ms: Option<i64>,
    pub acr: Option<String>,
    pub amr: Option<String>,
    pub created_at_ms: i64,
    pub idle_expires_at_ms: i64,
    pub expires_at_ms: i64,
    pub updated_at_ms: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub detail: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
