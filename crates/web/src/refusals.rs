//! From a refused answer to the record that its reference leads to.
//!
//! A handler attaches a [`Note`] to its answer, or answers with a [`Fault`]; both travel as extensions of the response.
//! Whoever dresses the answers keeps them here, so that no handler has to remember it.

use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use platform::refusals::{Recorder, Refused};
use protocol::{ParamLimits, Params, Timestamp};

use crate::fault::{Fault, FaultKind};

/// The header of a refused answer that is no page: the reference for `lingpai flow show`.
pub const REFERENCE: HeaderName = HeaderName::from_static("x-lingpai-reference");

/// Why a request was refused, beside what the answer says.
///
/// Shape: never a token, code, secret or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What the person or the developer is shown.
    pub reference: String,
    /// The rule that said no.
    pub refusal: &'static str,
    /// The error code of the answer.
    pub error: &'static str,
    /// Who says to be the client, where the request's line and headers do not say it.
    pub client_id: Option<String>,
    /// What would have passed.
    pub expected: String,
    /// What came.
    pub received: String,
}

impl Note {
    /// Attaches the note to an answer.
    pub fn attach(self, response: &mut Response) {
        response.extensions_mut().insert(self);
    }

    /// The note of an answer, if it is a refusal that is kept.
    ///
    /// Not kept: trouble of ours, which is no refusal, and what every scanner of the internet asks for.
    pub(crate) fn of(response: &Response) -> Option<Self> {
        if let Some(note) = response.extensions().get::<Self>() {
            return Some(note.clone());
        }
        let fault = response.extensions().get::<Fault>()?;
        match fault.kind {
            FaultKind::BadRequest
            | FaultKind::Expired
            | FaultKind::FaultyApp
            | FaultKind::Forbidden
            | FaultKind::TooLarge
            | FaultKind::UnsupportedMediaType => Some(Self::of_fault(fault)),
            FaultKind::ForeignHost
            | FaultKind::Internal
            | FaultKind::MethodNotAllowed
            | FaultKind::NotFound
            | FaultKind::TooMany
            | FaultKind::Unavailable => None,
        }
    }

    fn of_fault(fault: &Fault) -> Self {
        fault.note.as_deref().cloned().unwrap_or_else(|| Self {
            reference: fault.reference.clone(),
            refusal: fault.kind.name(),
            error: fault.error(),
            client_id: None,
            expected: String::new(),
            received: String::new(),
        })
    }
}

/// Keeps the refusal of an answer, if it is one, and names its reference in a header.
///
/// Effects: queues a record; never waits and never fails.
pub fn keep(recorder: &Recorder, response: &mut Response, (uri, headers): (&Uri, &HeaderMap), now: Timestamp) {
    let Some(note) = Note::of(response) else { return };
    if let Ok(reference) = HeaderValue::from_str(&note.reference) {
        response.headers_mut().insert(REFERENCE, reference);
    }
    let client_id = note.client_id.or_else(|| claimed_client(uri, headers));
    recorder.record(Refused {
        reference: note.reference,
        at: now,
        endpoint: endpoint(uri.path()).to_owned(),
        refusal: note.refusal.to_owned(),
        error: note.error.to_owned(),
        client_id,
        expected: note.expected,
        received: note.received,
    });
}

/// The first part of a path: what follows may be an interaction's id, which is a secret.
fn endpoint(path: &str) -> &str {
    path.split('/').find(|part| !part.is_empty()).unwrap_or("/")
}

/// Who says to be the client, by the query or the Basic scheme. Nobody has proven it.
fn claimed_client(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let query = || {
        let params = Params::parse(uri.query()?.as_bytes(), &ParamLimits::default()).ok()?;
        params.one("client_id").ok().flatten().map(str::to_owned)
    };
    let basic = || protocol::client_auth::parse_basic(headers.get(AUTHORIZATION)?.to_str().ok()?).ok();
    query().or_else(|| basic().map(|basic| basic.client_id))
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    fn note() -> Note {
        Note {
            reference: "7K3MQ2".to_owned(),
            refusal: "CodeUnknown",
            error: "invalid_grant",
            client_id: None,
            expected: "a".to_owned(),
            received: "b".to_owned(),
        }
    }

    fn kept(mut response: Response, uri: &str, headers: &HeaderMap) -> Option<Refused> {
        let recorder = Recorder::default();
        keep(&recorder, &mut response, (&uri.parse().unwrap(), headers), Timestamp::from_secs(1));
        let refused = recorder.take().into_iter().next();
        let header = response.headers().get(REFERENCE).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header, refused.as_ref().map(|refused| refused.reference.clone()));
        refused
    }

    #[test]
    fn a_note_is_kept_with_the_client_that_the_request_names() {
        let noted = || {
            let mut response = ().into_response();
            note().attach(&mut response);
            response
        };
        let refused = kept(noted(), "/authorize?client_id=web&state=1", &HeaderMap::new()).unwrap();
        assert_eq!((refused.endpoint.as_str(), refused.client_id.as_deref()), ("authorize", Some("web")));
        assert_eq!((refused.expected.as_str(), refused.received.as_str()), ("a", "b"));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, protocol::client_auth::basic_header("m2m", "secret").parse().unwrap());
        let refused = kept(noted(), "/token", &headers).unwrap();
        assert_eq!(refused.client_id.as_deref(), Some("m2m"));
        assert!(!format!("{refused:?}").contains("secret"));
    }

    #[test]
    fn nothing_of_a_path_but_its_first_part_is_kept() {
        let fault = Fault::new(FaultKind::Expired);
        let refused = kept(fault.into_response(), "/authorize/resume/int_0.secret?x=1", &HeaderMap::new()).unwrap();
        assert_eq!((refused.endpoint.as_str(), refused.refusal.as_str()), ("authorize", "expired"));
        assert_eq!(endpoint("/"), "/");
    }

    #[test]
    fn trouble_and_scanners_are_not_kept() {
        for kind in [FaultKind::NotFound, FaultKind::Unavailable, FaultKind::Internal, FaultKind::ForeignHost] {
            assert_eq!(kept(Fault::new(kind).into_response(), "/x", &HeaderMap::new()), None, "{kind:?}");
        }
        assert_eq!(kept(().into_response(), "/token", &HeaderMap::new()), None);
    }
}
