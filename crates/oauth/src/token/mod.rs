//! The token endpoint. Source: RFC 6749 §3.2, §5.

mod authorization_code;
mod client_credentials;
mod device_code;
pub(crate) mod issue;
mod refresh_token;
mod registry;
mod token_exchange;

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use flow::{ClientRecord, GrantName, Refusal};
use http::{HeaderMap, HeaderValue, Uri, header};
use protocol::{Params, TokenResponse};
use web::decode::{DecodeError, Form};

use crate::cors::Caller;
use crate::error::{self, TokenError};
use crate::{OAuth, client_auth};

pub(crate) use registry::registry;

/// A way to tokens. One file each; [`registry`] is the only list of them.
#[async_trait]
pub(crate) trait GrantType: Send + Sync {
    /// The registered name, also in discovery and in a client's registration.
    fn name(&self) -> GrantName;

    /// Answers a request of an authenticated client that is registered for this grant.
    async fn exchange(&self, call: Call<'_>) -> Result<TokenResponse, TokenError>;
}

/// One token request.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) oauth: &'a OAuth,
    pub(crate) client: &'a ClientRecord,
    pub(crate) form: &'a Params,
}

impl Call<'_> {
    /// A parameter that may be absent.
    fn optional(&self, name: &str) -> Result<Option<String>, TokenError> {
        let value = self.form.one(name).map_err(|_| Refusal::ParameterRepeated.because("once", name))?;
        Ok(value.map(str::to_owned))
    }

    /// The APIs that the access token shall be for, each once. Source: RFC 8707 §2.
    fn resources(&self) -> Vec<String> {
        let mut resources: Vec<String> = Vec::new();
        for named in self.form.all("resource") {
            if !resources.iter().any(|known| known == named) {
                resources.push(named.to_owned());
            }
        }
        resources
    }

    /// A parameter that must be there.
    fn required(&self, name: &str) -> Result<String, TokenError> {
        self.optional(name)?.ok_or_else(|| Refusal::ParameterMissing.because(name, "").into())
    }
}

/// `POST /token`.
pub(crate) async fn token(
    State(oauth): State<Arc<OAuth>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form, DecodeError>,
) -> Response {
    let challenges_basic = headers.contains_key(header::AUTHORIZATION);
    let form = match form {
        Ok(Form(form)) => form,
        Err(error) => return TokenError::from(error).into_response(challenges_basic),
    };
    match answer(&oauth, &caller, &uri, &headers, &form).await {
        Ok(tokens) => {
            let mut response = Json(tokens).into_response();
            // RFC 6749 §5.1.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Err(error) => error::of_client(error.into_response(challenges_basic), form.one("client_id").ok().flatten()),
    }
}

async fn answer(
    oauth: &OAuth,
    caller: &Caller,
    uri: &Uri,
    headers: &HeaderMap,
    form: &Params,
) -> Result<TokenResponse, TokenError> {
    // RFC 6749 §2.3.1: credentials must not be in the URI, and nothing else of a token request has business there.
    if uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Refusal::MalformedRequest.because("no query", "a query").into());
    }
    // RFC 6749 §3.2: parameters must not be included more than once; `resource` may (RFC 8707 §2).
    if let Some(name) = form.first_repeated(&["resource"]) {
        return Err(Refusal::ParameterRepeated.because("once", name).into());
    }
    let name = form.required("grant_type").map_err(|_| Refusal::ParameterMissing.because("grant_type", ""))?;
    let grant = registry()
        .iter()
        .find(|grant| grant.name().as_str() == name)
        .ok_or_else(|| Refusal::GrantTypeUnknown.because("a grant type of discovery", name))?;
    let client = client_auth::authenticate(oauth, headers, form).await?;
    caller.is(&client);
    if !client.may_use(grant.name()) {
        return Err(Refusal::GrantTypeNotAllowed.because(grant.name().as_str(), client.id.as_str()).into());
    }
    issue::ready(oauth, &client).await?;
    grant.exchange(Call { oauth, client: &client, form }).await
}
