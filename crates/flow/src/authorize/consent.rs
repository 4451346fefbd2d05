//! Whether the person must be asked for consent. Source: OpenID Core §3.1.2.4, RFC 8252 §8.6.

use std::collections::BTreeSet;

use super::{Asked, Decision, Prompt, RuleCase};

pub(super) fn is_needed(case: &RuleCase<'_>, prompts: &BTreeSet<Prompt>) -> bool {
    let decided_now = case.decision() == Some(Decision::Consented);
    if prompts.contains(&Prompt::Consent) && !decided_now {
        return true;
    }
    if case.client.is_first_party {
        return false;
    }
    let asked = Asked::of(case.request, case.client, &case.facts.apis).unwrap_or_default();
    let is_covered = case.facts.consent.as_ref().is_some_and(|consent| asked.beyond(consent).is_empty());
    if !is_covered {
        return true;
    }
    // RFC 8252 §8.6: any app can claim a loopback port or a private scheme, so a remembered consent does not vouch for a
    // native client; the person is asked each time.
    is_native(case) && !decided_now
}

/// Anything but https ends on this computer: a loopback port, `localhost`, a private scheme.
fn is_native(case: &RuleCase<'_>) -> bool {
    let presented = case.request.redirect_uri.as_deref();
    let is_public = case.client.kind == crate::records::ClientKind::Public;
    is_public
        && case
            .client
            .redirect_uris
            .iter()
            .filter(|uri| presented.is_none_or(|presented| uri.matches(presented)))
            .any(|uri| !uri.as_str().starts_with("https:"))
}
