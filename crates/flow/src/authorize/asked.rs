//! What consent is about. Source: OpenID Core §3.1.2.4, §5.5; RFC 8707 §2.1.

use protocol::{AuthorizationRequest, ScopeSet};

use super::{claims, scope, target};
use crate::records::{ClientRecord, ConsentRecord, ResourceServer};
use crate::refusal::Refused;

/// What a request asks of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The scopes, in the order of the request.
    pub scopes: ScopeSet,
    /// Claims that none of these scopes releases.
    pub claims: Vec<String>,
    /// The audiences of APIs of which no scope is asked for.
    pub resources: Vec<String>,
}

impl Asked {
    /// Reads a request of `client`.
    ///
    /// Errors: [`crate::Refusal::ScopeMalformed`].
    pub fn of(request: &AuthorizationRequest, client: &ClientRecord, apis: &[ResourceServer]) -> Result<Self, Refused> {
        let allowed = scope::requested(request)?.intersection(&client.scopes);
        let scopes = target::scopes_at(&allowed, &request.resource, apis);
        Ok(Self { claims: claims::beyond(request, &scopes), resources: target::beyond(request, &scopes, apis), scopes })
    }

    /// What of it `consent` does not cover.
    #[must_use]
    pub fn beyond(&self, consent: &ConsentRecord) -> Self {
        let is_released = |claim: &String| protocol::standard_claims::is_released_by(claim, &consent.scopes);
        let claims = self.claims.iter().filter(|claim| !consent.detail.claims.contains(claim) && !is_released(claim));
        let resources = self.resources.iter().filter(|resource| !consent.detail.resources.contains(resource));
        Self {
            scopes: self.scopes.difference(&consent.scopes),
            claims: claims.cloned().collect(),
            resources: resources.cloned().collect(),
        }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.claims.is_empty() && self.resources.is_empty()
    }
}
