//! Parameters that we refuse instead of ignoring, because ignoring them would change what the client meant.
//! Source: OpenID Core §6.1, §6.2, §7.2.1, §3.1.2.6.

use super::RuleCase;
use crate::refusal::{Refusal, Refused};

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    if case.request.request.is_some() {
        return Err(Refusal::RequestObjectUnsupported.into());
    }
    if case.request.request_uri.is_some() {
        return Err(Refusal::RequestUriUnsupported.into());
    }
    if case.request.registration.is_some() {
        return Err(Refusal::RegistrationUnsupported.into());
    }
    Ok(())
}
