//! Resource indicators: which API a token is for. Source: RFC 8707 §2.
//!
//! A resource is named by the audience under which it was registered, byte for byte; anything else, malformed or not, is
//! unknown. A client may name an API of which it may have a scope: what an admin did not open to it is no target.

use protocol::{AuthorizationRequest, ScopeSet};

use super::RuleCase;
use crate::client_credentials::PERSONAL;
use crate::records::{ClientRecord, ResourceServer};
use crate::refusal::{Refusal, Refused};

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    let is_closed = |resource: &&String| !is_open_to(case.client, resource, &case.facts.apis);
    match case.request.resource.iter().find(is_closed) {
        Some(unknown) => Err(Refusal::TargetUnknown.because("an API that is open to the client", unknown.as_str())),
        None => Ok(()),
    }
}

fn is_open_to(client: &ClientRecord, resource: &str, apis: &[ResourceServer]) -> bool {
    apis.iter().any(|api| api.audience == resource && owns_any(api, &client.scopes))
}

fn owns_any(api: &ResourceServer, scopes: &ScopeSet) -> bool {
    api.scopes.iter().any(|scope| scopes.contains(&scope.name))
}

/// Scopes without those of APIs that are not among `resources`; all of them where none is named.
///
/// RFC 8707 §2.1: the scopes that are asked for stand for what may be done at the resources that are named.
pub fn scopes_at(scopes: &ScopeSet, resources: &[String], apis: &[ResourceServer]) -> ScopeSet {
    if resources.is_empty() {
        return scopes.clone();
    }
    let is_elsewhere = |scope: &str| {
        apis.iter().any(|api| !resources.contains(&api.audience) && api.scopes.iter().any(|own| own.name == scope))
    };
    scopes.iter().filter(|scope| !is_elsewhere(scope)).collect()
}

/// The scopes of an access token that `resources` take and nobody else.
///
/// What speaks of the person is for this server's own userinfo: with it, an API could read there what it was never shown
/// (RFC 8707 §3).
pub fn scopes_only_at(scopes: &ScopeSet, resources: &[String], apis: &[ResourceServer]) -> ScopeSet {
    let there = scopes_at(scopes, resources, apis);
    there.iter().filter(|scope| !PERSONAL.contains(scope)).collect()
}

/// The audiences of a grant: the resources that are named, else the APIs whose scopes are granted.
pub(super) fn audience(request: &AuthorizationRequest, scopes: &ScopeSet, apis: &[ResourceServer]) -> Vec<String> {
    if request.resource.is_empty() { super::audience(scopes, apis) } else { request.resource.clone() }
}

/// The named resources of which no scope is asked for: what consent is asked for beside the scopes.
pub(super) fn beyond(request: &AuthorizationRequest, scopes: &ScopeSet, apis: &[ResourceServer]) -> Vec<String> {
    let by_scope = super::audience(scopes, apis);
    request.resource.iter().filter(|resource| !by_scope.contains(resource)).cloned().collect()
}

/// Whether a token request names only resources that were granted.
///
/// Errors: [`Refusal::TargetWidened`].
/// Source: RFC 8707 §2.2.
pub fn within(resources: &[String], granted: &[String]) -> Result<(), Refused> {
    match resources.iter().find(|resource| !granted.contains(resource)) {
        Some(wider) => Err(Refusal::TargetWidened.because(granted.join(" "), wider.as_str())),
        None => Ok(()),
    }
}

/// The audiences of a refreshed access token with `scopes`, of a grant for `audience` with all of `granted`.
///
/// An API stays while one of its scopes does; one that was named without any scope stays always.
pub fn remaining(scopes: &ScopeSet, granted: &ScopeSet, audience: &[String], apis: &[ResourceServer]) -> Vec<String> {
    let is_left = |resource: &&String| {
        let api = apis.iter().find(|api| api.audience == **resource);
        api.is_some_and(|api| owns_any(api, scopes) || !owns_any(api, granted))
    };
    audience.iter().filter(is_left).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{api, scopes};

    fn apis() -> [ResourceServer; 2] {
        [api("https://a.example", "a:read"), api("https://b.example", "b:read")]
    }

    fn named(resources: &[&str]) -> Vec<String> {
        resources.iter().map(|&resource| resource.to_owned()).collect()
    }

    #[test]
    fn scopes_of_other_apis_fall_away_and_those_of_none_stay() {
        let all = scopes("openid a:read b:read custom");
        assert_eq!(scopes_at(&all, &named(&["https://a.example"]), &apis()), scopes("openid a:read custom"));
        assert_eq!(scopes_at(&all, &[], &apis()), all);
        assert_eq!(scopes_only_at(&all, &named(&["https://a.example"]), &apis()), scopes("a:read custom"));
    }

    #[test]
    fn a_token_request_may_narrow_and_not_widen() {
        let granted = named(&["https://a.example", "https://b.example"]);
        assert_eq!(within(&granted[..1], &granted), Ok(()));
        assert_eq!(within(&[], &granted), Ok(()));
        let wider = within(&named(&["https://c.example"]), &granted).unwrap_err();
        assert_eq!(wider.refusal, Refusal::TargetWidened);
    }

    #[test]
    fn a_refresh_keeps_the_apis_whose_scopes_it_keeps() {
        let granted = scopes("openid a:read");
        let audience = named(&["https://a.example", "https://b.example"]);
        assert_eq!(remaining(&granted, &granted, &audience, &apis()), audience);
        assert_eq!(remaining(&scopes("openid"), &granted, &audience, &apis()), ["https://b.example"]);
        // An API that is no longer registered is no audience.
        assert!(remaining(&granted, &granted, &audience, &[]).is_empty());
    }
}
