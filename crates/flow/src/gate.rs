//! The one gate before every token: user, client, consent, session, family and epoch, read under lock by the caller.
//!
//! A rule that stood at one entrance only would be forgotten at its sibling, so redemption, refresh and userinfo all
//! ask here.

use protocol::{ScopeSet, Timestamp};

use crate::records::{ClientRecord, ConsentRecord, FamilyRecord, FamilyState, SessionRecord};
use crate::refusal::{Refusal, Refused};

/// What the gate knows of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserStanding {
    /// Neither locked nor disabled.
    pub is_enabled: bool,
    /// Raised when credentials change; what was issued under an older epoch is void.
    pub epoch: i64,
}

/// What stands behind a token that is about to be issued or used.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The user; absent where the account is gone.
    pub user: Option<UserStanding>,
    /// The client; absent where it was removed.
    pub client: Option<ClientRecord>,
    /// The consent; absent where it was never given or was withdrawn.
    pub consent: Option<ConsentRecord>,
    /// The session of the grant; absent where it was swept away.
    pub session: Option<SessionRecord>,
}

/// What the token would carry.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// The scopes that the token is to have.
    pub scopes: &'a ScopeSet,
    /// The user's epoch when the grant began.
    pub epoch: i64,
    /// The grant outlives its session.
    pub is_offline: bool,
}

/// Lets a grant pass, or says which leg it lost.
///
/// Errors: [`Refusal::UserDisabled`], [`Refusal::EpochChanged`], [`Refusal::ClientDisabled`], [`Refusal::ConsentMissing`],
/// [`Refusal::SessionEnded`].
pub fn pass(standing: &Standing, claim: &Claim<'_>, now: Timestamp) -> Result<(), Refused> {
    let user = standing.user.as_ref().ok_or(Refusal::UserDisabled)?;
    if !user.is_enabled {
        return Err(Refusal::UserDisabled.into());
    }
    if user.epoch != claim.epoch {
        return Err(Refusal::EpochChanged.because(user.epoch.to_string(), claim.epoch.to_string()));
    }
    let client = standing.client.as_ref().filter(|client| client.is_enabled).ok_or(Refusal::ClientDisabled)?;
    let is_consented = client.is_first_party
        || standing.consent.as_ref().is_some_and(|consent| claim.scopes.is_subset_of(&consent.scopes));
    if !is_consented {
        let given = standing.consent.as_ref().map(|consent| consent.scopes.to_string()).unwrap_or_default();
        return Err(Refusal::ConsentMissing.because(claim.scopes.to_string(), given));
    }
    let is_session_live = standing.session.as_ref().is_some_and(|session| session.is_live(now));
    // OpenID Core §11: offline access holds while the person is not signed in.
    if !claim.is_offline && !is_session_live {
        return Err(Refusal::SessionEnded.into());
    }
    Ok(())
}

/// Whether a family may still give tokens.
///
/// Errors: [`Refusal::FamilyRevoked`], [`Refusal::FamilyExpired`].
pub fn family(family: &FamilyRecord, now: Timestamp) -> Result<(), Refused> {
    if family.state == FamilyState::Dead {
        return Err(Refusal::FamilyRevoked.into());
    }
    if now >= family.expires_at || now >= family.idle_expires_at {
        return Err(Refusal::FamilyExpired.into());
    }
    Ok(())
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
