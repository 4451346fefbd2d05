//! An authorization code.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub secret_digest: String,
    pub family_id: Option<String>,
    pub client_id: String,
    pub user_id: String,
    pub session_id: String,
    pub redirect_uri: Option<String>,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    #[sea_orm(column_type = "Text")]
    pub audience: String,
    pub auth_time_ms: i64,
    pub acr: String,
    #[sea_orm(column_type = "Text")]
    pub amr: String,
    pub epoch: i64,
    pub created_at_ms: i64,
    pub expires_at_ms: i64,
    pub spent_at_ms: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub detail: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
