//! The device grant: what a device may ask for, who may decide, and what a poll gets. Source: RFC 8628.

use std::time::Duration;

use protocol::{ScopeSet, Timestamp};

use crate::authorize::audience;
use crate::records::{ClientRecord, GrantName, ResourceServer, SessionRecord, UnknownName};
use crate::refusal::{Refusal, Refused};

/// The least pause between two polls, to begin with. Source: RFC 8628 §3.2.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// What the pause grows by when a device does not keep it. Source: RFC 8628 §3.5.
pub const INTERVAL_STEP: Duration = Duration::from_secs(5);
/// A poll that is early by less than this is on time: networks do not deliver evenly.
pub const JITTER: Duration = Duration::from_millis(500);
/// Who lets a device in has proven themselves no longer ago than this.
pub const FRESH_SIGN_IN: Duration = Duration::from_mins(15);

/// What became of a device code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// A person allowed it; its tokens wait for the next poll.
    Allowed,
    /// A person refused it.
    Denied,
    /// Nobody has decided.
    Pending,
    /// Its tokens were given.
    Spent,
}

impl DeviceState {
    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Pending => "pending",
            Self::Spent => "spent",
        }
    }
}

impl std::str::FromStr for DeviceState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Allowed, Self::Denied, Self::Pending, Self::Spent];
        all.into_iter().find(|state| state.as_str() == text).ok_or(UnknownName { what: "device state" })
    }
}

/// Who let a device in, and how they had proven themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceApproval {
    /// The person.
    pub user_id: String,
    /// The session in which they decided.
    pub session_id: String,
    /// Their credential epoch then.
    pub epoch: i64,
    /// When they last proved themselves.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By what.
    pub amr: Vec<String>,
}

/// A device code as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    /// The selector of the device code.
    pub id: String,
    /// The client that asked.
    pub client_id: String,
    /// What it asked for.
    pub scopes: ScopeSet,
    /// The audiences that follow.
    pub audience: Vec<String>,
    /// What became of it.
    pub state: DeviceState,
    /// Who decided; present once it was allowed.
    pub approval: Option<DeviceApproval>,
    /// The family that its redemption created.
    pub family_id: Option<String>,
    /// The address block that the request came from.
    pub address: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When both codes end.
    pub expires_at: Timestamp,
}

impl DeviceRecord {
    /// Whether a person can still decide at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == DeviceState::Pending && now < self.expires_at
    }
}

/// What a device asks for, as far as it may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAsk {
    /// The scopes.
    pub scopes: ScopeSet,
    /// The audiences that follow.
    pub audience: Vec<String>,
}

/// Judges a device authorization request. No scope named means none, as at the authorization endpoint.
///
/// Errors: [`Refusal::GrantTypeNotAllowed`], [`Refusal::ScopeMalformed`], [`Refusal::ScopeNotAllowed`].
/// Source: RFC 8628 §3.1.
pub fn ask(scope: Option<&str>, client: &ClientRecord, apis: &[ResourceServer]) -> Result<DeviceAsk, Refused> {
    if !client.may_use(GrantName::DeviceCode) {
        return Err(Refusal::GrantTypeNotAllowed.because(GrantName::DeviceCode.as_str(), client.id.as_str()));
    }
    let asked = ScopeSet::parse(scope.unwrap_or_default())
        .map_err(|_| Refusal::ScopeMalformed.because("RFC 6749 section 3.3", ""))?;
    if !asked.is_subset_of(&client.scopes) {
        return Err(Refusal::ScopeNotAllowed.because(client.scopes.to_string(), asked.to_string()));
    }
    // OpenID Core §11: offline_access means nothing without openid and refresh tokens. The page always asks the person.
    let is_useful = asked.contains("openid") && client.may_use(GrantName::RefreshToken);
    let scopes: ScopeSet = asked.iter().filter(|scope| is_useful || *scope != "offline_access").collect();
    Ok(DeviceAsk { audience: audience(&scopes, apis), scopes })
}

/// Whether the person of a session may let a device in without signing in again.
///
/// RFC 8628 §5.4: a stranger may have sent the code. A sign-in for this very purpose makes the person look, and keeps
/// an unattended browser from letting devices in.
pub fn is_fresh(session: &SessionRecord, now: Timestamp) -> bool {
    session.is_live(now) && now < session.auth_time.plus(FRESH_SIGN_IN)
}

/// What a poll of the right client finds, before anything is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollVerdict {
    /// A person allowed it: the tokens may be given, if the gate lets them pass.
    Allowed(DeviceApproval),
    /// Nobody has decided; the pause of the device decides between two answers.
    Pending,
    /// The tokens were given before: its family must die (RFC 9700 §4.5, as for an authorization code).
    Replayed,
}

/// Judges a poll.
///
/// The secret of the code is already proven by the caller. A stranger's client learns nothing and changes nothing.
/// Errors: [`Refusal::GrantTypeNotAllowed`], [`Refusal::DeviceCodeForeign`], [`Refusal::DeviceCodeExpired`],
/// [`Refusal::AccessDenied`].
/// Source: RFC 8628 §3.5.
pub fn poll(device: &DeviceRecord, client: &ClientRecord, now: Timestamp) -> Result<PollVerdict, Refused> {
    if !client.may_use(GrantName::DeviceCode) {
        return Err(Refusal::GrantTypeNotAllowed.into());
    }
    if device.client_id != client.id {
        return Err(Refusal::DeviceCodeForeign.because(device.client_id.as_str(), client.id.as_str()));
    }
    if device.state == DeviceState::Spent {
        return Ok(PollVerdict::Replayed);
    }
    if now >= device.expires_at {
        return Err(Refusal::DeviceCodeExpired.because(device.expires_at.to_rfc3339(), now.to_rfc3339()));
    }
    match (device.state, &device.approval) {
        (DeviceState::Allowed, Some(approval)) => Ok(PollVerdict::Allowed(approval.clone())),
        (DeviceState::Denied, _) => Err(Refusal::AccessDenied.into()),
        (DeviceState::Spent, _) => Ok(PollVerdict::Replayed),
        (DeviceState::Pending, _) | (DeviceState::Allowed, None) => Ok(PollVerdict::Pending),
    }
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
