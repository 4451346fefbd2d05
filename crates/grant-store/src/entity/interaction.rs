//! A parked authorization request.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "interaction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub browser_digest: String,
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub request: String,
    pub reference: String,
    pub user_id: Option<String>,
    pub decision: Option<String>,
    pub login_at_ms: Option<i64>,
    pub address: String,
    pub created_at_ms: i64,
    pub expires_at_ms: i64,
    pub hinted_user_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
