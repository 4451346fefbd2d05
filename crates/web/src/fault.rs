//! What is said when a request ends without the answer it was made for.
//!
//! A handler returns a [`Fault`]. It travels as an extension of its response, so that whoever dresses the answer can
//! choose the form: a page for people (`pages::render_faults`), JSON for machines ([`json`]). Both show fixed texts
//! and the reference; nothing that the request said is repeated.

use std::{any::Any, time::Duration};

use axum::{
    Router,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use platform::{random, sql::StoreError};
use protocol::ErrorCode;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use crate::refusals::Note;

/// What kind of thing went wrong, as far as the person is concerned.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The request cannot be read.
    BadRequest,
    /// The page waited too long, was opened in another browser, or its form is not from us; starting again helps.
    Expired,
    /// The app that sent the person here made a mistake; the person can do nothing about it.
    FaultyApp,
    /// The person may not do this.
    Forbidden,
    /// The request is for a host that is not ours.
    ForeignHost,
    /// A mistake of this server.
    Internal,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// There is no such page.
    NotFound,
    /// The request is larger than is read here.
    TooLarge,
    /// Too many requests; see `retry_after`.
    TooMany,
    /// Something that we need is down or full; see `retry_after`.
    Unavailable,
    /// The content type is not one that is read here.
    UnsupportedMediaType,
}

impl FaultKind {
    /// Every kind, for tables and galleries.
    pub const ALL: [FaultKind; 12] = [
        FaultKind::BadRequest,
        FaultKind::Expired,
        FaultKind::FaultyApp,
        FaultKind::Forbidden,
        FaultKind::ForeignHost,
        FaultKind::Internal,
        FaultKind::MethodNotAllowed,
        FaultKind::NotFound,
        FaultKind::TooLarge,
        FaultKind::TooMany,
        FaultKind::Unavailable,
        FaultKind::UnsupportedMediaType,
    ];

    /// The status that goes with the kind.
    pub const fn status(self) -> StatusCode {
        match self {
            FaultKind::BadRequest | FaultKind::Expired | FaultKind::FaultyApp => StatusCode::BAD_REQUEST,
            FaultKind::Forbidden => StatusCode::FORBIDDEN,
            FaultKind::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
            FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            FaultKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            FaultKind::NotFound => StatusCode::NOT_FOUND,
            FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            FaultKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            FaultKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    /// The kind's name in logs and texts.
    pub const fn name(self) -> &'static str {
        match self {
            FaultKind::BadRequest => "bad-request",
            FaultKind::Expired => "expired",
            FaultKind::FaultyApp => "faulty-app",
            FaultKind::Forbidden => "forbidden",
            FaultKind::ForeignHost => "foreign-host",
            FaultKind::Internal => "internal",
            FaultKind::MethodNotAllowed => "method-not-allowed",
            FaultKind::NotFound => "not-found",
            FaultKind::TooLarge => "too-large",
            FaultKind::TooMany => "too-many",
            FaultKind::Unavailable => "unavailable",
            FaultKind::UnsupportedMediaType => "unsupported-media-type",
        }
    }

    const fn code(self) -> ErrorCode {
        match self {
            FaultKind::Internal => ErrorCode::ServerError,
            FaultKind::Unavailable | FaultKind::TooMany => ErrorCode::TemporarilyUnavailable,
            FaultKind::Forbidden => ErrorCode::AccessDenied,
            FaultKind::BadRequest
            | FaultKind::Expired
            | FaultKind::FaultyApp
            | FaultKind::ForeignHost
            | FaultKind::MethodNotAllowed
            | FaultKind::NotFound
            | FaultKind::TooLarge
            | FaultKind::UnsupportedMediaType => ErrorCode::InvalidRequest,
        }
    }

    const fn description(self) -> &'static str {
        match self {
            FaultKind::BadRequest => "The request cannot be read.",
            FaultKind::Expired => "The page has expired or belongs to another browser.",
            FaultKind::FaultyApp => "The app sent a request that cannot be accepted.",
            FaultKind::Forbidden => "The request is not allowed.",
            FaultKind::ForeignHost => "This server does not answer for that host.",
            FaultKind::Internal => "The server made a mistake.",
            FaultKind::MethodNotAllowed => "The method is not supported here.",
            FaultKind::NotFound => "There is nothing here.",
            FaultKind::TooLarge => "The request is too large.",
            FaultKind::TooMany => "Too many requests. Try again later.",
            FaultKind::Unavailable => "The server cannot answer right now. Try again later.",
            FaultKind::UnsupportedMediaType => "The content type must be application/x-www-form-urlencoded.",
        }
    }
}

/// What the developer of the app needs to know; shown folded on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultDetail {
    /// The registered error code.
    pub error: &'static str,
    /// A fixed description.
    pub description: &'static str,
    /// The parameter at fault, if it is one that we know by name.
    pub parameter: Option<&'static str>,
}

/// A request that ended without the answer it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The status of the answer.
    pub status: StatusCode,
    /// What the person is told.
    pub kind: FaultKind,
    /// The reference id, shown to the person and logged.
    pub reference: String,
    /// What the developer is told.
    pub detail: Option<FaultDetail>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// Where "start again" leads: a path of ours, beginning with one slash.
    pub start_again: Option<Box<str>>,
    /// What an administrator is told, under the same reference; never shown.
    pub note: Option<Box<Note>>,
}

impl Fault {
    /// A fault of that kind with its usual status and a fresh reference.
    pub fn new(kind: FaultKind) -> Fault {
        Fault {
            status: kind.status(),
            kind,
            reference: random::reference(),
            detail: None,
            retry_after: None,
            start_again: None,
            note: None,
        }
    }

    /// Infrastructure is down or full: 503, try again in `retry_after`.
    pub fn unavailable(retry_after: Duration) -> Fault {
        Fault { retry_after: Some(retry_after), ..Fault::new(FaultKind::Unavailable) }
    }

    /// With the reference under which the event was already logged.
    #[must_use]
    pub fn with_reference(self, reference: impl Into<String>) -> Fault {
        Fault { reference: reference.into(), ..self }
    }

    /// With what an administrator needs to know, under the reference of the note.
    #[must_use]
    pub fn with_note(self, note: Note) -> Fault {
        Fault { reference: note.reference.clone(), note: Some(Box::new(note)), ..self }
    }

    /// With what the developer of the app needs to know.
    #[must_use]
    pub fn with_detail(self, detail: FaultDetail) -> Fault {
        Fault { detail: Some(detail), ..self }
    }

    /// With a place to start again. Anything but a path of ours is left out: a fault never links elsewhere.
    #[must_use]
    pub fn with_start_again(self, path: impl Into<String>) -> Fault {
        let path: String = path.into();
        let is_local = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
        Fault { start_again: is_local.then_some(path.into_boxed_str()), ..self }
    }

    /// The seconds of `Retry-After`, rounded up.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }

    /// The error code of the answer.
    pub(crate) fn error(&self) -> &'static str {
        self.detail.as_ref().map_or(self.kind.code().as_str(), |detail| detail.error)
    }

    /// The answer for a machine: an OAuth error body (RFC 6749 §5.2) with the reference.
    pub fn to_json_response(&self) -> Response {
        let description = self.detail.as_ref().map_or(self.kind.description(), |detail| detail.description);
        let body = json!({ "error": self.error(), "error_description": description, "reference": self.reference });
        let content_type = HeaderValue::from_static("application/json");
        let mut response = (self.status, [(header::CONTENT_TYPE, content_type)], body.to_string()).into_response();
        self.add_headers(response.headers_mut());
        response
    }

    /// Adds the headers that a fault has in every form.
    pub fn add_headers(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }

    /// Writes the one line in the log that a reference leads to.
    pub fn log(&self, path: &str) {
        let (status, kind, reference) = (self.status.as_u16(), self.kind.name(), self.reference.as_str());
        if self.status.is_server_error() {
            tracing::error!(http.status = status, http.path = path, fault.kind = kind, reference, "request failed");
        } else {
            tracing::info!(http.status = status, http.path = path, fault.kind = kind, reference, "request refused");
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let text = format!("{}\nReference: {}\n", self.kind.description(), self.reference);
        let mut response = (self.status, text).into_response();
        self.add_headers(response.headers_mut());
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Fault {
    /// Database trouble is 503 and never a verdict about the person or the app.
    fn from(error: StoreError) -> Fault {
        let fault = match error {
            StoreError::Conflict | StoreError::Unavailable { .. } => Fault::unavailable(Duration::from_secs(5)),
            StoreError::Corrupt { .. } => Fault::new(FaultKind::Internal),
        };
        tracing::error!(%error, reference = %fault.reference, "a store failed");
        fault
    }
}

/// Middleware that turns faults into JSON: for the routes that machines call.
pub async fn json(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    match response.extensions().get::<Fault>() {
        Some(fault) => {
            fault.log(&path);
            let mut answer = fault.to_json_response();
            keep_headers(response.headers(), answer.headers_mut());
            // The fault itself stays behind, or it would be dressed once more; its note travels on.
            if let Some(note) = Note::of(&response) {
                note.attach(&mut answer);
            }
            answer
        }
        None => response,
    }
}

/// Carries over what a fault's first response said beside its text, such as `Allow` and cookies.
pub fn keep_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH && name != header::RETRY_AFTER {
            to.append(name, value.clone());
        }
    }
}

/// Whether the caller is told on a page: everybody but who asks for JSON and not for HTML. The routes that only machines
/// call have [`json`] around them and never come to this question.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let ranges = || {
        let lines = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(|line| line.split(',')).map(|range| range.split(';').next().unwrap_or_default().trim())
    };
    let takes_html = ranges().any(|range| matches!(range, "text/html" | "application/xhtml+xml"));
    let takes_json = ranges().any(|range| range == "application/json" || range.ends_with("+json"));
    takes_html || !takes_json
}

/// Makes unknown paths and methods faults. Call it on the whole router, after every route was added.
pub fn fallbacks<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(|| async { Fault::new(FaultKind::NotFound) })
        .method_not_allowed_fallback(|| async { Fault::new(FaultKind::MethodNotAllowed) })
}

/// The layer that turns a panic of a handler into a fault; the server lives on.
pub fn catch_panic() -> CatchPanicLayer<fn(Box<dyn Any + Send + 'static>) -> Response> {
    CatchPanicLayer::custom(panicked)
}

// The signature is the layer's.
#[allow(clippy::needless_pass_by_value)]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let fault = Fault::new(FaultKind::Internal);
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(reference = %fault.reference, panic = message, "a handler panicked");
    fault.into_response()
}

#[cfg(test)]
mod tests;
