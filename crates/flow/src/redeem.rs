//! Redeeming an authorization code: who may, with what, and when. Source: RFC 6749 §4.1.3, RFC 7636 §4.6.

use protocol::{CodeVerifier, Timestamp};

use crate::authorize::target;
use crate::oxide;
use crate::records::{ClientRecord, CodeRecord, GrantName};
use crate::refusal::{Refusal, Refused};

/// A token request with `grant_type=authorization_code`.
#[derive(Clone)]
pub struct RedeemRequest {
    /// As sent; optional, as OAuth 2.1 §4.1.3 has it for requests with PKCE.
    pub redirect_uri: Option<String>,
    /// As sent.
    pub code_verifier: Option<String>,
    /// The APIs that the access token shall be for; none means all that were granted. Source: RFC 8707 §2.2.
    pub resources: Vec<String>,
}

/// What the rules say of a code, before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeVerdict {
    /// It may be spent now.
    Fresh,
    /// Everything fits, but it was spent before: its family must die (RFC 9700 §4.5, OAuth 2.1 §4.1.3).
    Replayed,
}

/// Judges a redemption.
///
/// The secret of the code is already proven by the caller; `code` is the row that it opened.
/// A request that fails here neither spends the code nor revokes anything, so that junk cannot sign anybody out.
/// Errors: the `Code…` refusals, [`Refusal::RedirectUriChanged`], [`Refusal::GrantTypeNotAllowed`],
/// [`Refusal::TargetWidened`].
pub fn judge(
    request: &RedeemRequest,
    code: &CodeRecord,
    client: &ClientRecord,
    now: Timestamp,
) -> Result<CodeVerdict, Refused> {
    if !client.may_use(GrantName::AuthorizationCode) {
        return Err(Refusal::GrantTypeNotAllowed.into());
    }
    if code.client_id != client.id {
        return Err(Refusal::CodeForeign.because(code.client_id.as_str(), client.id.as_str()));
    }
    redirect_uri(request, code)?;
    code_verifier(request, code, client)?;
    oxide::access_token(request.code_verifier.as_deref(), code, client)?;
    if code.spent_at.is_some() {
        return Ok(CodeVerdict::Replayed);
    }
    if now >= code.expires_at {
        return Err(Refusal::CodeExpired.because(code.expires_at.to_rfc3339(), now.to_rfc3339()));
    }
    target::within(&request.resources, &code.audience)?;
    Ok(CodeVerdict::Fresh)
}

// RFC 6749 §4.1.3: if the authorization request named a redirect URI, the values must be identical. OAuth 2.1 §4.1.3 drops
// the parameter; without PKCE it stays required, because nothing else would bind the code to its request.
fn redirect_uri(request: &RedeemRequest, code: &CodeRecord) -> Result<(), Refused> {
    match (&request.redirect_uri, &code.redirect_uri) {
        (Some(presented), Some(stored)) if presented == stored => Ok(()),
        (Some(presented), stored) => {
            Err(Refusal::RedirectUriChanged.because(stored.clone().unwrap_or_default(), presented.as_str()))
        }
        (None, None) => Ok(()),
        (None, Some(_)) if code.code_challenge.is_some() => Ok(()),
        (None, Some(stored)) => Err(Refusal::RedirectUriChanged.because(stored.as_str(), "")),
    }
}

fn code_verifier(request: &RedeemRequest, code: &CodeRecord, client: &ClientRecord) -> Result<(), Refused> {
    match (&code.code_challenge, &request.code_verifier) {
        (Some(_), Some(verifier)) => CodeVerifier::parse(verifier).map(|_| ()).map_err(|_| {
            Refusal::CodeVerifierMismatch.because("43 to 128 unreserved characters", verifier.len().to_string())
        }),
        (Some(_), None) => Err(Refusal::CodeVerifierMissing.into()),
        // RFC 9700 §2.1.1: a verifier without a challenge is a downgrade attempt.
        (None, Some(_)) => Err(Refusal::CodeVerifierUnexpected.into()),
        // The setting may have been tightened since the code was issued.
        (None, None) if client.needs_pkce() => Err(Refusal::CodeVerifierMissing.into()),
        (None, None) => Ok(()),
    }
}

#[cfg(test)]
#[path = "redeem_tests.rs"]
mod tests;
