//! Verifying as somebody else does who only has the published key set: an API, a client, the trial client.

use protocol::jwk::JwkSet;
use serde::de::DeserializeOwned;

use crate::policy::{JwtPolicy, VerifyError};
use crate::provider::provider_is_ours;
use crate::token;
use crate::verifying_key::VerifyingKey;

/// Verifies `token` against a published key set, and reads its claims.
///
/// Shape: the checks are those of [`crate::Keys::verify`]; keys that are not for signatures, or are malformed, do not
/// count.
/// Source: RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3.
pub fn verify_with_jwks<C: DeserializeOwned>(jwks: &JwkSet, policy: &JwtPolicy, token: &str) -> Result<C, VerifyError> {
    provider_is_ours();
    token::verify(policy, token, |kid| jwks.find(kid).and_then(VerifyingKey::from_jwk))
}
