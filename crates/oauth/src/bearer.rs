//! Where a request carries its access token. Source: RFC 6750 §2.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use flow::{Refusal, Refused};
use http::{Method, header};
use protocol::{ParamLimits, Params};
use web::decode::{self, Form};

/// The name of the token in a form (§2.2) and in a query (§2.3, which is not offered).
const PARAMETER: &str = "access_token";

/// The access token of a request, in the header or in the form of a `POST`.
///
/// Errors: [`Refusal::BearerMissing`], [`Refusal::BearerMisplaced`] (in the query, where logs and histories keep it; or in
/// two places), [`Refusal::BearerRejected`] (no token), [`Refusal::MalformedRequest`].
pub(crate) async fn presented(request: Request<Body>) -> Result<String, Refused> {
    let query = request.uri().query().unwrap_or_default();
    // What cannot be decoded may still hold a token for somebody's log.
    let is_in_query = Params::parse(query.as_bytes(), &ParamLimits::default())
        .map_or(query.contains(PARAMETER), |params| params.iter().any(|(name, _)| name == PARAMETER));
    if is_in_query {
        return Err(Refusal::BearerMisplaced.because("no access_token in the query", "one"));
    }
    let in_header = from_header(&request)?;
    // §2.2: a form counts only where a body has a meaning.
    let takes_form = request.method() == Method::POST && decode::is_form(request.headers());
    let in_form = if takes_form { from_form(request).await? } else { None };
    match (in_header, in_form) {
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(Refusal::BearerMissing.into()),
        (Some(_), Some(_)) => Err(Refusal::BearerMisplaced.because("one place", "header and form")),
    }
}

fn from_header(request: &Request<Body>) -> Result<Option<String>, Refused> {
    let mut authorizations = request.headers().get_all(header::AUTHORIZATION).iter();
    let value = match (authorizations.next(), authorizations.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value.to_str().unwrap_or_default(),
        (Some(_), Some(_)) => return Err(Refusal::BearerRejected.because("one header", "several")),
    };
    match protocol::bearer::parse_authorization(value) {
        Ok(token) => Ok(Some(token.to_owned())),
        Err(error) => Err(Refusal::BearerRejected.because("Bearer and a token", error.to_string())),
    }
}

async fn from_form(request: Request<Body>) -> Result<Option<String>, Refused> {
    let Form(form) = Form::from_request(request, &())
        .await
        .map_err(|error| Refusal::MalformedRequest.because("a form", error.to_string()))?;
    let token = form.one(PARAMETER).map_err(|_| Refusal::BearerMisplaced.because("one place", "two in the form"))?;
    Ok(token.map(str::to_owned))
}
