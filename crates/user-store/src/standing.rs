//! What the gate before every token asks of a user, inside the transaction that issues the token.

use platform::sql::{Conn, StoreError, Tx, lock_shared};
use protocol::Timestamp;
use sea_orm::{EntityTrait, QuerySelect, Select};

use crate::entity::user_account;
use crate::user::UserStatus;

/// How a user stands at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserStanding {
    /// Neither locked nor disabled.
    pub is_enabled: bool,
    /// What was issued under another epoch is void.
    pub epoch: i64,
}

/// Reads how a user stands and holds it until the transaction ends.
///
/// Effects: a shared lock on the user's row on PostgreSQL and MariaDB, so that disabling the user or changing the
/// password either comes before the tokens and refuses them, or waits and ends them by raising the epoch.
/// Errors: `Ok(None)` where there is no such user.
pub async fn standing(tx: &Tx, user_id: &str, now: Timestamp) -> Result<Option<UserStanding>, StoreError> {
    judge(lock_shared(columns(user_id), tx).into_tuple().one(tx.conn()).await?, now)
}

/// Reads how a user stands at this moment, without holding it: for what is used, not issued.
///
/// Errors: `Ok(None)` where there is no such user.
pub async fn standing_now(conn: &Conn, user_id: &str, now: Timestamp) -> Result<Option<UserStanding>, StoreError> {
    judge(columns(user_id).into_tuple().one(conn.conn()).await?, now)
}

fn columns(user_id: &str) -> Select<user_account::Entity> {
    user_account::Entity::find_by_id(user_id)
        .select_only()
        .column(user_account::Column::Status)
        .column(user_account::Column::LockedUntilMs)
        .column(user_account::Column::Epoch)
}

fn judge(row: Option<(String, Option<i64>, i64)>, now: Timestamp) -> Result<Option<UserStanding>, StoreError> {
    row.map(|(status, locked_until_ms, epoch)| {
        let status = UserStatus::of_row(&status, locked_until_ms, now)?;
        Ok(UserStanding { is_enabled: status == UserStatus::Enabled, epoch })
    })
    .transpose()
}
