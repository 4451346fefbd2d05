//! PKCE at the authorization endpoint: S256 only, demanded wherever the client has no exemption.
//! Source: RFC 7636 §4.3, §4.4.1; RFC 9700 §2.1.1.

use protocol::CodeChallenge;

use super::RuleCase;
use crate::refusal::{Refusal, Refused};

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    let method = case.request.code_challenge_method.as_deref();
    let Some(challenge) = case.request.code_challenge.as_deref() else {
        // A method without a challenge is a request that lost its challenge on the way: refuse, never fall back.
        return if case.client.needs_pkce() || method.is_some() {
            Err(Refusal::CodeChallengeMissing.into())
        } else {
            Ok(())
        };
    };
    // RFC 7636 §4.3: an absent method means plain, which RFC 9700 §2.1.1 forbids.
    if method != Some("S256") {
        return Err(Refusal::CodeChallengeMethodUnsupported.because("S256", method.unwrap_or("plain (implied)")));
    }
    CodeChallenge::parse(challenge)
        .map(|_| ())
        .map_err(|_| Refusal::CodeChallengeMalformed.because("43 characters of base64url", challenge.len().to_string()))
}
