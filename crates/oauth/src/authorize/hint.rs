//! An `id_token_hint`, verified. Source: OpenID Core §3.1.2.1.

use flow::authorize::Hint;
use jwks::JwtPolicy;
use protocol::{AuthorizationRequest, IdTokenClaims};

use crate::OAuth;

/// Reads the hint of a request that arrives for the first time.
///
/// Shape: any ID token of ours will do, of whichever client, expired or not, so long as its key is published: a hint
/// says who is meant and proves nothing.
pub(super) fn read(oauth: &OAuth, request: &AuthorizationRequest) -> Hint {
    let Some(token) = request.id_token_hint.as_deref() else { return Hint::Absent };
    let policy = JwtPolicy::for_hint(&oauth.issuer, oauth.clock.now());
    match oauth.keys.verify::<IdTokenClaims>(&policy, token) {
        Ok(claims) => Hint::Subject(claims.sub),
        Err(error) => Hint::Unverified(error.to_string()),
    }
}
