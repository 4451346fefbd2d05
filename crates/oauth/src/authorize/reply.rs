//! The answers of the authorization endpoint: back to the client by the mode it asked for, on to a page, or shown to the
//! person.

use axum::response::{IntoResponse, Response};
use flow::{Refusal, Refused, ReplyTo};
use http::{HeaderValue, StatusCode, header};
use platform::secret::Secret;
use protocol::{AuthorizationOutcome, AuthorizationResponse, Locale, ResponseMode, append_fragment, append_query};
use web::fault::{Fault, FaultDetail, FaultKind};

use super::form_post;
use crate::error;

/// Who answers, and in which language a page that carries the answer speaks.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) issuer: &'a str,
    pub(super) locale: Locale,
}

impl Sender<'_> {
    /// Sends the code to the client. Source: RFC 6749 §4.1.2, RFC 9207 §2.
    pub(super) fn code(self, reply_to: &ReplyTo, code: &Secret) -> Response {
        self.send(reply_to, AuthorizationOutcome::Code(code.expose()))
    }

    /// Sends the refusal to the client. Source: RFC 6749 §4.1.2.1, RFC 9207 §2.
    pub(super) fn error(self, reply_to: &ReplyTo, refused: &Refused) -> Response {
        let refusal = refused.refusal;
        let (code, description) = (refusal.code(), refusal.description());
        let mut response = self.send(reply_to, AuthorizationOutcome::Error { code, description });
        error::log(refused, "authorize").attach(&mut response);
        response
    }

    fn send(self, reply_to: &ReplyTo, outcome: AuthorizationOutcome<'_>) -> Response {
        let answer = AuthorizationResponse { outcome, state: reply_to.state(), iss: self.issuer };
        let (uri, pairs) = (reply_to.uri(), answer.pairs());
        match reply_to.mode() {
            ResponseMode::FormPost => form_post::page(uri, &pairs, self.locale),
            ResponseMode::Fragment => redirect(&append_fragment(uri, &pairs)),
            ResponseMode::Query => redirect(&append_query(uri, &pairs)),
        }
    }
}

/// The fault that shows the refusal to the person: there is no proven place to send it to.
pub(super) fn show(refused: &Refused) -> Fault {
    let note = error::log(refused, "authorize");
    let detail = FaultDetail {
        error: refused.refusal.code().as_str(),
        description: refused.refusal.description(),
        parameter: parameter(refused.refusal),
    };
    Fault::new(FaultKind::FaultyApp).with_note(note).with_detail(detail)
}

/// Sends the browser on to a page of ours.
pub(super) fn page(path: &str, set_cookie: Option<HeaderValue>) -> Response {
    let mut response = redirect(path);
    if let Some(cookie) = set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// RFC 9700 §4.12: 303, so that a browser never posts a password on.
fn redirect(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => {
            let no_store = HeaderValue::from_static("no-store");
            (StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, no_store)]).into_response()
        }
        Err(_) => Fault::new(FaultKind::Internal).into_response(),
    }
}

/// The parameter at fault, where the refusal is about one that decides the target.
fn parameter(refusal: Refusal) -> Option<&'static str> {
    let is_about_client = matches!(refusal, Refusal::ClientIdMissing | Refusal::ClientUnknown);
    let is_about_target = matches!(refusal, Refusal::RedirectUriMissing | Refusal::RedirectUriUnregistered);
    is_about_client.then_some("client_id").or(is_about_target.then_some("redirect_uri"))
}
