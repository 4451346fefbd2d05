//! Bounds on opaque values that we must keep or return. Source: RFC 6749 §4.1.2 (`state`), OpenID Core §3.1.2.1 (`nonce`).

use super::RuleCase;
use crate::refusal::{Refusal, Refused};
use crate::reply_to::OPAQUE_BYTES;

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    let is_long = |value: &Option<String>| value.as_ref().is_some_and(|value| value.len() > OPAQUE_BYTES);
    if is_long(&case.request.state) {
        return Err(Refusal::StateTooLong.into());
    }
    if is_long(&case.request.nonce) {
        return Err(Refusal::NonceTooLong.into());
    }
    Ok(())
}
