//! Whom the client expects to come back. Source: OpenID Core §3.1.2.1 (`id_token_hint`), §5.5.1 (`sub` by value).

use super::{RuleCase, claims};
use crate::refusal::{Refusal, Refused};

/// What came of an `id_token_hint`; the caller has verified it, because rules know no keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// The request has none.
    #[default]
    Absent,
    /// An ID token of this issuer for that person.
    Subject(String),
    /// It is no ID token of ours; why, for the log.
    Unverified(String),
}

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    if let Hint::Unverified(why) = &case.facts.hint {
        return Err(Refusal::IdTokenHintRejected.because("an ID token of this issuer", why.as_str()));
    }
    let expected = expected(case);
    match expected.as_slice() {
        [] | [_] => Ok(()),
        // Nobody is two people: a request that waits for both would wait for ever.
        [..] => Err(Refusal::SubjectContradictory.because("one subject", expected.join(" "))),
    }
}

/// The refusal that is due unless somebody else signs in: this session is not of the person that the client expects.
pub(super) fn mismatch(case: &RuleCase<'_>) -> Option<Refused> {
    let user_id = &case.facts.session.as_ref()?.user_id;
    let expected = expected(case).into_iter().find(|expected| expected != user_id)?;
    Some(Refusal::SubjectMismatch.because(expected, user_id.as_str()))
}

/// The expected people, each once.
fn expected(case: &RuleCase<'_>) -> Vec<String> {
    let mut expected = claims::parse(case.request).unwrap_or_default().subjects;
    if let Hint::Subject(subject) = &case.facts.hint
        && !expected.contains(subject)
    {
        expected.push(subject.clone());
    }
    expected
}
