//! Claims asked for one by one. Source: OpenID Core §5.5, §5.5.1.1.

use protocol::standard_claims::is_released_by;
use protocol::{AuthorizationRequest, ClaimsRequest, ScopeSet};

use super::RuleCase;
use crate::refusal::{Refusal, Refused};

/// `acr` of one factor: `0` would mean less than a password, `2` means two factors. Source: OpenID Core §2.
pub const ACR_ONE_FACTOR: &str = "1";

/// The authentication classes that a sign-in here can have.
pub const ACR_VALUES: &[&str] = &[ACR_ONE_FACTOR];

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    let claims = parse(case.request)?;
    // OpenID Core §5.5.1.1: an essential acr that cannot be met is a failed authentication, whoever would sign in.
    match &claims.essential_acr {
        Some(wanted) if !wanted.iter().any(|acr| ACR_VALUES.contains(&acr.as_str())) => {
            Err(Refusal::AcrUnmet.because(ACR_VALUES.join(" "), wanted.join(" ")))
        }
        Some(_) | None => Ok(()),
    }
}

/// What the request asks for; absent means nothing.
pub(super) fn parse(request: &AuthorizationRequest) -> Result<ClaimsRequest, Refused> {
    let Some(text) = request.claims.as_deref() else { return Ok(ClaimsRequest::default()) };
    ClaimsRequest::parse(text).map_err(|error| {
        Refusal::ClaimsMalformed.because("a JSON object as in OpenID Core section 5.5.1", error.to_string())
    })
}

/// The claims that userinfo is to release by name; only an OpenID request can ask for any.
pub(super) fn for_userinfo(request: &AuthorizationRequest, scopes: &ScopeSet) -> Vec<&'static str> {
    if scopes.contains("openid") { parse(request).unwrap_or_default().userinfo } else { Vec::new() }
}

/// Those of them that no scope of the request releases anyway: what consent is asked for beside the scopes.
pub(super) fn beyond(request: &AuthorizationRequest, scopes: &ScopeSet) -> Vec<String> {
    let named = for_userinfo(request, scopes).into_iter();
    named.filter(|claim| !is_released_by(claim, scopes)).map(str::to_owned).collect()
}
