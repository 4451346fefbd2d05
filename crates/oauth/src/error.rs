//! The error answers of the endpoints that machines call. Source: RFC 6749 §5.2, RFC 6750 §3.

use axum::Json;
use axum::response::{IntoResponse, Response};
use flow::{Refusal, Refused};
use grant_store::GrantError;
use http::{HeaderValue, StatusCode, header};
use jwks::KeyError;
use platform::random;
use platform::sql::StoreError;
use protocol::ErrorBody;
use web::decode::DecodeError;
use web::fault::Fault;
use web::refusals::Note;

/// Why the token endpoint did not answer with tokens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// The body cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A key is missing or broken: ours to mend.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The database is in trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for TokenError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<GrantError> for TokenError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Refused(refused) => Self::Refused(refused),
            GrantError::Store(error) => Self::Store(error),
        }
    }
}

impl TokenError {
    /// The answer of the token endpoint; `challenges_basic` where the client tried the Authorization header.
    pub(crate) fn into_response(self, challenges_basic: bool) -> Response {
        self.into_response_of("token", challenges_basic)
    }

    /// The answer of an endpoint at which clients authenticate.
    pub(crate) fn into_response_of(self, endpoint: &'static str, challenges_basic: bool) -> Response {
        match self {
            Self::Refused(refused) => {
                let mut response = refusal(refused.refusal, challenges_basic);
                let note = log(&refused, endpoint);
                // RFC 8628 §3.5: a device that waits is told so every few seconds; that is no refusal to keep.
                if !matches!(note.error, "authorization_pending" | "slow_down") {
                    note.attach(&mut response);
                }
                response
            }
            // A body that cannot be read is an invalid_request, with the status that names the trouble.
            Self::Decode(error) => {
                let status = error.kind().status();
                let mut response = refusal(Refusal::MalformedRequest, false);
                *response.status_mut() = status;
                log(&Refusal::MalformedRequest.because("a readable form", error.to_string()), "token")
                    .attach(&mut response);
                response
            }
            // Clients sign people out on protocol errors, so trouble of ours is never one.
            Self::Store(error) => Fault::from(error).into_response(),
            Self::Key(error) => {
                tracing::error!(%error, "no tokens could be signed");
                Fault::unavailable(std::time::Duration::from_secs(5)).into_response()
            }
        }
    }
}

/// One line in the log, and the same as a note for the answer: what was expected and what came. Never a token, code or
/// secret.
pub(crate) fn log(refused: &Refused, endpoint: &'static str) -> Note {
    let reference = random::reference();
    tracing::info!(
        reference,
        endpoint,
        refusal = refused.refusal.name(),
        error = refused.refusal.code().as_str(),
        expected = refused.expected,
        received = refused.received,
        "request refused"
    );
    Note {
        reference,
        refusal: refused.refusal.name(),
        error: refused.refusal.code().as_str(),
        client_id: None,
        expected: refused.expected.clone(),
        received: refused.received.clone(),
    }
}

/// Notes who said to be the client in the form of a refused request; nobody has proven it.
pub(crate) fn of_client(mut response: Response, client_id: Option<&str>) -> Response {
    if let Some(note) = response.extensions_mut().get_mut::<Note>() {
        note.client_id = client_id.map(str::to_owned);
    }
    response
}

fn refusal(refusal: Refusal, challenges_basic: bool) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = ErrorBody { error: refusal.code().as_str(), error_description: refusal.description(), error_uri: None };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    // RFC 6749 §5.1, §5.2.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if status == StatusCode::UNAUTHORIZED && challenges_basic {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"lingpai\""));
    }
    response
}
