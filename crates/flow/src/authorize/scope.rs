//! Scope: what is asked for, what of it is granted, and which audiences follow.
//! Source: RFC 6749 §3.3, OpenID Core §3.1.2.1, §11; RFC 9068 §3.

use protocol::{AuthorizationRequest, ScopeSet};

use super::{Prompt, RuleCase, prompt, target};
use crate::records::{ClientRecord, GrantName, ResourceServer};
use crate::refusal::{Refusal, Refused};

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    let requested = requested(case.request)?;
    // OpenID Core §3.1.2.1: redirect_uri is required in an OpenID request.
    if requested.contains("openid") && case.request.redirect_uri.is_none() {
        return Err(Refusal::RedirectUriMissing.because("redirect_uri beside scope openid", ""));
    }
    let unknown = requested.difference(&case.client.scopes);
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Refusal::ScopeNotAllowed.because(case.client.scopes.to_string(), unknown.to_string()))
    }
}

/// The scopes that a request names; none named means none.
///
/// Errors: [`Refusal::ScopeMalformed`].
pub(super) fn requested(request: &AuthorizationRequest) -> Result<ScopeSet, Refused> {
    ScopeSet::parse(request.scope.as_deref().unwrap_or_default())
        .map_err(|_| Refusal::ScopeMalformed.because("RFC 6749 section 3.3", ""))
}

/// What of the request is granted: what is asked for and allowed, without an `offline_access` that cannot be used.
pub(super) fn granted(case: &RuleCase<'_>) -> ScopeSet {
    let requested = requested(case.request).unwrap_or_default();
    let allowed = requested.intersection(&case.client.scopes);
    let allowed = target::scopes_at(&allowed, &case.request.resource, &case.facts.apis);
    if keeps_offline(&allowed, case.client, case) { allowed } else { without_offline(&allowed) }
}

// OpenID Core §11: offline_access is ignored unless the client may use refresh tokens and consent was asked for; a
// first-party client needs no consent page.
fn keeps_offline(scopes: &ScopeSet, client: &ClientRecord, case: &RuleCase<'_>) -> bool {
    let prompts = prompt::parse(case.request).unwrap_or_default();
    let was_consented = client.is_first_party
        || prompts.contains(&Prompt::Consent)
        || case.facts.consent.as_ref().is_some_and(|consent| consent.scopes.contains("offline_access"));
    scopes.contains("openid") && client.may_use(GrantName::RefreshToken) && was_consented
}

fn without_offline(scopes: &ScopeSet) -> ScopeSet {
    scopes.iter().filter(|scope| *scope != "offline_access").collect()
}

/// The audiences of an access token with these scopes: each resource server that owns one of them.
///
/// The issuer itself (userinfo) is added by the token's maker where `openid` is granted, so that stored audiences do
/// not depend on the issuer's name.
/// Source: RFC 9068 §3: the scopes decide the audience where no `resource` was named.
pub fn audience(scopes: &ScopeSet, apis: &[ResourceServer]) -> Vec<String> {
    apis.iter()
        .filter(|api| api.scopes.iter().any(|scope| scopes.contains(&scope.name)))
        .map(|api| api.audience.clone())
        .collect()
}
