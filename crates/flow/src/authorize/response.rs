//! What the client wants back, and how. Source: RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Types §2.1.

use protocol::ResponseMode;

use super::RuleCase;
use crate::records::{ClientRecord, GrantName};
use crate::refusal::{Refusal, Refused};

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    match case.request.response_type.as_deref() {
        Some("code") => {}
        Some(other) => return Err(Refusal::ResponseTypeUnsupported.because("code", other)),
        None => return Err(Refusal::ResponseTypeMissing.because("code", "")),
    }
    mode(case.client, case.request.response_mode.as_deref())?;
    if !case.client.may_use(GrantName::AuthorizationCode) {
        return Err(Refusal::GrantTypeNotAllowed.because(GrantName::AuthorizationCode.as_str(), registered(case)));
    }
    Ok(())
}

/// The mode of an answer. Source: OAuth 2.0 Multiple Response Types §2.1, OAuth 2.0 Form Post Response Mode §2.
///
/// Errors: [`Refusal::ResponseModeUnsupported`], [`Refusal::ResponseModeNotAllowed`]; both travel in the query, the
/// default of `code`.
pub(crate) fn mode(client: &ClientRecord, name: Option<&str>) -> Result<ResponseMode, Refused> {
    let mode = match name {
        None => ResponseMode::default(),
        Some(name) => ResponseMode::parse(name)
            .ok_or_else(|| Refusal::ResponseModeUnsupported.because("query fragment form_post", name))?,
    };
    // RFC 9700 §2.1: a client that agreed on one way takes no answer by another, whoever changed the request.
    let agreed = &client.terms.response_modes;
    if agreed.is_empty() || agreed.iter().any(|agreed| agreed == mode.as_str()) {
        Ok(mode)
    } else {
        Err(Refusal::ResponseModeNotAllowed.because(agreed.join(" "), mode.as_str()))
    }
}

fn registered(case: &RuleCase<'_>) -> String {
    case.client.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(" ")
}
