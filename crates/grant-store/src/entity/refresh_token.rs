//! A refresh token.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub secret_digest: String,
    pub family_id: String,
    pub client_id: String,
    pub generation: i64,
    pub state: String,
    pub created_at_ms: i64,
    pub expires_at_ms: i64,
    pub spent_at_ms: Option<i64>,
    pub successor_id: Option<String>,
    pub sealed_reply: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
