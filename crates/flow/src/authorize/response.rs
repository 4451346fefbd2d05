//! What the client wants back, and how. Source: RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Types §2.1.

use super::RuleCase;
use crate::records::GrantName;
use crate::refusal::{Refusal, Refused};

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    match case.request.response_type.as_deref() {
        Some("code") => {}
        Some(other) => return Err(Refusal::ResponseTypeUnsupported.because("code", other)),
        None => return Err(Refusal::ResponseTypeMissing.because("code", "")),
    }
    // RFC 9700 §2.1.2: a code must not be put where scripts of other pages or logs can reach it; query is the default of
    // `code`, and the only mode that this server offers.
    match case.request.response_mode.as_deref() {
        None | Some("query") => {}
        Some(other) => return Err(Refusal::ResponseModeUnsupported.because("query", other)),
    }
    if !case.client.may_use(GrantName::AuthorizationCode) {
        return Err(Refusal::GrantTypeNotAllowed.because(GrantName::AuthorizationCode.as_str(), registered(case)));
    }
    Ok(())
}

fn registered(case: &RuleCase<'_>) -> String {
    case.client.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(" ")
}
