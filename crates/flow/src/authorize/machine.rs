//! A second opinion: the state machine of oxide-auth walks the request too. Source: RFC 6749 §4.1.1.

use super::RuleCase;
use crate::oxide;
use crate::refusal::Refused;

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    oxide::authorization(case.request.response_type.as_deref(), case.request.scope.as_deref(), case.client)
}
