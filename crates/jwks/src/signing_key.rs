//! The table `signing_key`.

use sea_orm::entity::prelude::*;

use crate::error::KeyError;
use crate::state::{KeyState, KeySummary};
use protocol::{alg::Alg, time::Timestamp};

/// One signing key. `sealed_private` is empty from retirement on.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    pub alg: String,
    pub state: String,
    pub public_jwk: String,
    pub sealed_private: String,
    pub created_at_ms: i64,
    pub announced_at_ms: i64,
    pub activates_at_ms: i64,
    pub active_at_ms: Option<i64>,
    pub retired_at_ms: Option<i64>,
    pub gone_at_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The row without its material.
    pub(crate) fn summary(&self) -> Result<KeySummary, KeyError> {
        let corrupt = |column| KeyError::Corrupt { kid: self.kid.clone(), column };
        Ok(KeySummary {
            kid: self.kid.clone(),
            alg: self.alg.parse::<Alg>().map_err(|_| corrupt("alg"))?,
            state: KeyState::parse(&self.state).ok_or_else(|| corrupt("state"))?,
            created_at: Timestamp::from_millis(self.created_at_ms),
            activates_at: Timestamp::from_millis(self.activates_at_ms),
            active_at: self.active_at_ms.map(Timestamp::from_millis),
            retired_at: self.retired_at_ms.map(Timestamp::from_millis),
            gone_at: self.gone_at_ms.map(Timestamp::from_millis),
        })
    }

    /// What the sealed private key is bound to, so that it opens in this row and for this purpose alone.
    pub(crate) fn seal_identity(kid: &str) -> String {
        format!("signing_key/{kid}/sealed_private")
    }
}
