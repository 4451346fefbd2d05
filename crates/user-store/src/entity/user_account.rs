//! A user.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// `enabled`, `locked` or `disabled`.
    pub status: String,
    pub locked_until_ms: Option<i64>,
    /// Raised when what was issued before must no longer hold.
    pub epoch: i64,
    /// Absent where the user signs in by other means.
    pub password_phc: Option<String>,
    /// OpenID claims as JSON, without those that the identifiers say.
    pub claims: String,
    pub version: i64,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
