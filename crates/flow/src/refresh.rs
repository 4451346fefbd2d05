//! Refreshing: who may, what scope, and what a spent token means. Source: RFC 6749 §6, RFC 9700 §4.14.

use protocol::{ScopeSet, Timestamp};

use crate::authorize::target;
use crate::oxide;
use crate::records::{ClientRecord, FamilyRecord, FamilyState, GrantName, RefreshRecord, RefreshState};
use crate::refusal::{Refusal, Refused};

/// A token request with `grant_type=refresh_token`.
#[derive(Clone)]
pub struct RefreshRequest {
    /// As sent; absent means all that was granted.
    pub scope: Option<String>,
    /// The APIs that the access token shall be for; none means all that were granted. Source: RFC 8707 §2.2.
    pub resources: Vec<String>,
}

impl RefreshRequest {
    /// Everything in the request that shapes its answer, as one text: two requests that differ in it are not one request
    /// and its repetition.
    pub fn wording(&self) -> String {
        // A line break can stand in neither.
        format!("scope={}\nresource={}", self.scope.as_deref().unwrap_or_default(), self.resources.join("\n"))
    }
}

/// What the rules say of a refresh token, before anything is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// Good; the access token gets these scopes.
    Fresh(ScopeSet),
    /// The request that spent it, sent again because its answer got lost: it gets the same successor, and an access token
    /// with these scopes. Nothing is spent.
    Retry(ScopeSet),
    /// Spent before: a thief or a client that lost its place. The family dies.
    Reused,
}

/// Judges a refresh.
///
/// The secret of the token is already proven by the caller. A stranger's client learns nothing and changes nothing: the
/// owner is compared before the state of the token (a thief without the client's credentials must not be able to sign
/// the owner out).
/// Errors: the `Refresh…` and `Family…` refusals, [`Refusal::ScopeMalformed`], [`Refusal::ScopeWidened`],
/// [`Refusal::TargetWidened`].
pub fn judge(
    request: &RefreshRequest,
    token: &RefreshRecord,
    family: &FamilyRecord,
    client: &ClientRecord,
    now: Timestamp,
) -> Result<RefreshVerdict, Refused> {
    if !client.may_use(GrantName::RefreshToken) {
        return Err(Refusal::GrantTypeNotAllowed.into());
    }
    if token.client_id != client.id || family.client_id != client.id {
        return Err(Refusal::RefreshForeign.because(token.client_id.as_str(), client.id.as_str()));
    }
    if family.state == FamilyState::Dead || token.state == RefreshState::Dead {
        return Err(Refusal::FamilyRevoked.into());
    }
    // A token that is older than its family's generation is spent, whatever its own row says.
    let is_spent = token.state == RefreshState::Rotated || token.generation != family.generation;
    if is_spent && !is_retry(token, family, now) {
        return Ok(RefreshVerdict::Reused);
    }
    if !is_spent && now >= token.expires_at {
        return Err(Refusal::RefreshExpired.because(token.expires_at.to_rfc3339(), now.to_rfc3339()));
    }
    crate::gate::family(family, now)?;
    target::within(&request.resources, &family.audience)?;
    let requested = requested(request)?;
    let granted = family.scopes.intersection(&client.scopes);
    // RFC 6749 §6: must not include any scope not originally granted.
    let scopes = match requested {
        Some(requested) if requested.is_subset_of(&granted) => requested,
        Some(requested) => return Err(Refusal::ScopeWidened.because(granted.to_string(), requested.to_string())),
        None => granted,
    };
    oxide::refresh(&scopes, family, client)?;
    Ok(if is_spent { RefreshVerdict::Retry(scopes) } else { RefreshVerdict::Fresh(scopes) })
}

// RFC 9700 §4.14.2 ends the chain when a token comes a second time. A client whose answer got lost on the way is told from
// a thief by time, by its request, and by the successor that nobody has used yet. Since the answer is that very successor,
// the chain never forks: the next use of it by either of two holders makes the other one a thief.
fn is_retry(token: &RefreshRecord, family: &FamilyRecord, now: Timestamp) -> bool {
    let is_unused = family.generation == token.generation + 1;
    let is_repetition = token.spent.is_some_and(|spent| {
        // The clocks of two nodes may differ, but one that jumped back opens no window anew.
        let is_in_time = now < spent.at.plus(spent.retry_for) && spent.at < now.plus(spent.retry_for);
        is_in_time && spent.is_same_request && spent.is_successor_live
    });
    token.state == RefreshState::Rotated && is_unused && is_repetition
}

fn requested(request: &RefreshRequest) -> Result<Option<ScopeSet>, Refused> {
    match request.scope.as_deref().filter(|scope| !scope.is_empty()) {
        None => Ok(None),
        Some(scope) => {
            ScopeSet::parse(scope).map(Some).map_err(|_| Refusal::ScopeMalformed.because("RFC 6749 section 3.3", ""))
        }
    }
}

#[cfg(test)]
#[path = "refresh_tests.rs"]
mod tests;
