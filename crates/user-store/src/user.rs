//! A user as the rest of the program sees one.

use platform::sql::StoreError;
use protocol::{StandardClaims, Timestamp};

use crate::claims;
use crate::entity::{user_account, user_identifier};
use crate::identifiers::IdentifierKind;

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// Switched off by an administrator, until switched on again.
    Disabled,
    /// May sign in.
    Enabled,
    /// Locked until then; the lock ends by itself.
    Locked {
        /// When it ends.
        until: Timestamp,
    },
}

impl UserStatus {
    pub(crate) const DISABLED: &'static str = "disabled";
    pub(crate) const ENABLED: &'static str = "enabled";
    pub(crate) const LOCKED: &'static str = "locked";

    /// The name in rows, commands and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => Self::DISABLED,
            Self::Enabled => Self::ENABLED,
            Self::Locked { .. } => Self::LOCKED,
        }
    }

    /// What a row says at `now`: a lock whose time has passed is none.
    pub(crate) fn of_row(status: &str, locked_until_ms: Option<i64>, now: Timestamp) -> Result<Self, StoreError> {
        match status {
            Self::DISABLED => Ok(Self::Disabled),
            Self::ENABLED => Ok(Self::Enabled),
            Self::LOCKED => {
                let until = Timestamp::from_millis(locked_until_ms.unwrap_or(i64::MAX));
                Ok(if now < until { Self::Locked { until } } else { Self::Enabled })
            }
            // A row that this program never writes; the compiler cannot close a list of texts.
            _ => Err(StoreError::Corrupt { what: "user_account.status" }),
        }
    }
}

/// An identifier of a user, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserIdentifier {
    /// Its kind.
    pub kind: IdentifierKind,
    /// The spelling that is unique.
    pub normalized: String,
    /// The spelling that people see and that mail is sent to.
    pub display: String,
    /// When the user proved that it is theirs.
    pub verified_at: Option<Timestamp>,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// UUIDv7; `sub` in tokens, never used again.
    pub id: String,
    /// Whether the user may sign in at the time of reading.
    pub status: UserStatus,
    /// Raised when what was issued before must no longer hold.
    pub epoch: i64,
    /// E-mail addresses, phone numbers, user names, the oldest of each kind first.
    pub identifiers: Vec<UserIdentifier>,
    /// What is known of the person; e-mail, phone and user name as the identifiers say.
    pub claims: StandardClaims,
    /// Whether there is a password to sign in with.
    pub has_password: bool,
    /// Counts changes.
    pub version: i64,
    /// When the user was registered.
    pub created_at: Timestamp,
    /// When the user last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// The name to greet the user by: user name, full name, e-mail, phone, and the id if nothing else is known.
    pub fn preferred_name(&self) -> &str {
        let claims = &self.claims;
        [&claims.preferred_username, &claims.name, &claims.email, &claims.phone_number]
            .into_iter()
            .find_map(Option::as_deref)
            .unwrap_or(&self.id)
    }
}

/// Builds a user from its rows, as it stands at `now`.
pub(crate) fn of_rows(
    account: user_account::Model,
    names: Vec<user_identifier::Model>,
    now: Timestamp,
) -> Result<User, StoreError> {
    let identifiers = names.into_iter().map(identifier_of_row).collect::<Result<Vec<_>, _>>()?;
    let updated_at = Timestamp::from_millis(account.updated_at_ms);
    Ok(User {
        status: UserStatus::of_row(&account.status, account.locked_until_ms, now)?,
        claims: claims::of_row(&account.claims, &identifiers, updated_at)?,
        id: account.id,
        epoch: account.epoch,
        identifiers,
        has_password: account.password_phc.is_some(),
        version: account.version,
        created_at: Timestamp::from_millis(account.created_at_ms),
        updated_at,
    })
}

fn identifier_of_row(row: user_identifier::Model) -> Result<UserIdentifier, StoreError> {
    Ok(UserIdentifier {
        kind: row.kind.parse().map_err(|_| StoreError::Corrupt { what: "user_identifier.kind" })?,
        normalized: row.normalized,
        display: row.display,
        verified_at: row.verified_at_ms.map(Timestamp::from_millis),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_by_itself() {
        let at = |secs| UserStatus::of_row("locked", Some(1_000_000), Timestamp::from_secs(secs)).unwrap();
        assert_eq!(at(999), UserStatus::Locked { until: Timestamp::from_secs(1000) });
        assert_eq!(at(1000), UserStatus::Enabled);
    }

    #[test]
    fn a_lock_without_an_end_holds_and_an_unknown_status_is_no_status() {
        let now = Timestamp::from_secs(1000);
        assert!(matches!(UserStatus::of_row("locked", None, now), Ok(UserStatus::Locked { .. })));
        assert!(matches!(UserStatus::of_row("ENABLED", None, now), Err(StoreError::Corrupt { .. })));
    }
}
