//! A form that an authenticated client posted: what introspection and revocation have in common.

use std::sync::Arc;

use flow::{ClientRecord, Refusal};
use http::{HeaderMap, Uri};
use protocol::Params;
use web::decode::{DecodeError, Form};

use crate::error::TokenError;
use crate::{OAuth, client_auth};

/// A request about a token. `token_type_hint` is never needed: the form of a token says what it is.
pub(crate) struct ClientCall {
    /// Who asks.
    pub(crate) client: Arc<ClientRecord>,
    /// The token in question.
    pub(crate) token: String,
}

/// Reads a call and authenticates its client. Source: RFC 7009 §2.1, RFC 7662 §2.1.
///
/// Errors: what the token endpoint answers to the same mistakes.
pub(crate) async fn read(
    oauth: &OAuth,
    uri: &Uri,
    headers: &HeaderMap,
    form: Result<Form, DecodeError>,
) -> Result<ClientCall, TokenError> {
    let Form(form) = form?;
    // RFC 6749 §2.3.1: credentials must not be in the URI, and a token has no business there either.
    if uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Refusal::MalformedRequest.because("no query", "a query").into());
    }
    if let Some(name) = form.first_repeated(&[]) {
        return Err(Refusal::ParameterRepeated.because("once", name).into());
    }
    let client = client_auth::authenticate(oauth, headers, &form).await?;
    let token = token(&form)?;
    Ok(ClientCall { client, token })
}

fn token(form: &Params) -> Result<String, TokenError> {
    let token = form.required("token").map_err(|_| Refusal::ParameterMissing.because("token", ""))?;
    Ok(token.to_owned())
}
