//! Whether the person must sign in (again). Source: OpenID Core §3.1.2.1 (`max_age`, `prompt`), §3.1.2.3.

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::Timestamp;

use super::{Prompt, RuleCase};
use crate::refusal::{Refusal, Refused};

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    max_age(case).map(|_| ())
}

fn max_age(case: &RuleCase<'_>) -> Result<Option<Duration>, Refused> {
    let Some(text) = case.request.max_age.as_deref() else { return Ok(None) };
    let is_number = !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number { text.parse::<u64>().ok() } else { None };
    seconds
        .map(|seconds| Some(Duration::from_secs(seconds)))
        .ok_or_else(|| Refusal::MaxAgeMalformed.because("a number of seconds", text))
}

pub(super) fn is_needed(case: &RuleCase<'_>, prompts: &BTreeSet<Prompt>) -> bool {
    let Some(session) = &case.facts.session else { return true };
    if !session.is_live(case.now) {
        return true;
    }
    let is_fresh = is_fresh(case);
    let is_forced = prompts.contains(&Prompt::Login) || prompts.contains(&Prompt::SelectAccount);
    if is_forced && !is_fresh {
        return true;
    }
    is_too_old(session.auth_time, max_age(case).ok().flatten(), case.now) && !is_fresh
}

/// Whether the person of this session signed in for this request: after it was parked, so a cancelled sign-in is none.
pub(super) fn is_fresh(case: &RuleCase<'_>) -> bool {
    let session = case.facts.session.as_ref();
    case.facts.progress.signed_in_at.is_some_and(|at| session.is_some_and(|session| session.auth_time >= at))
}

// OpenID Core §3.1.2.1: if the elapsed time is greater than max_age, the person must be authenticated again.
fn is_too_old(auth_time: Timestamp, max_age: Option<Duration>, now: Timestamp) -> bool {
    max_age.is_some_and(|max_age| now.since(auth_time) > max_age || max_age.is_zero())
}
