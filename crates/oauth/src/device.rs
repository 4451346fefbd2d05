//! The device authorization endpoint. Source: RFC 8628 §3.1, §3.2.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use flow::Refusal;
use flow::device::INTERVAL;
use grant_store::{NewDevice, ParkError};
use http::{HeaderMap, HeaderValue, Uri, header};
use protocol::{DeviceAuthorizationResponse, append_query};
use web::ClientAddress;
use web::decode::{DecodeError, Form};
use web::fault::Fault;

use crate::error::TokenError;
use crate::{OAuth, client_auth};

/// The path of the endpoint.
pub(crate) const PATH: &str = "/device_authorization";
/// The page where a person types the code; `pages` answers there.
const VERIFICATION_PATH: &str = "/device";

/// `POST /device_authorization`.
pub(crate) async fn authorize(
    State(oauth): State<Arc<OAuth>>,
    address: ClientAddress,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form, DecodeError>,
) -> Response {
    let caller = Caller { address, uri: &uri, headers: &headers };
    match answer(&oauth, &caller, form).await {
        Ok(started) => {
            let mut response = Json(started).into_response();
            // RFC 8628 §3.2: the answer must not be cached.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(StartError::Token(error)) => error.into_response(headers.contains_key(header::AUTHORIZATION)),
        Err(StartError::TooMany) => Fault::unavailable(Duration::from_secs(30)).into_response(),
    }
}

struct Caller<'a> {
    address: ClientAddress,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

enum StartError {
    Token(TokenError),
    TooMany,
}

impl<E: Into<TokenError>> From<E> for StartError {
    fn from(error: E) -> Self {
        Self::Token(error.into())
    }
}

async fn answer(
    oauth: &OAuth,
    caller: &Caller<'_>,
    form: Result<Form, DecodeError>,
) -> Result<DeviceAuthorizationResponse, StartError> {
    let Form(form) = form?;
    // As at the token endpoint: RFC 6749 §2.3.1 (credentials never in the URI), §3.2 (no parameter twice).
    if caller.uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Refusal::MalformedRequest.because("no query", "a query").into());
    }
    if let Some(name) = form.first_repeated(&["resource"]) {
        return Err(Refusal::ParameterRepeated.because("once", name).into());
    }
    let client = client_auth::authenticate(oauth, caller.headers, &form).await?;
    let scope = form.one("scope").map_err(|_| Refusal::ParameterRepeated)?;
    let ask = flow::device::ask(scope, &client, &oauth.grants.list_apis().await?)?;
    let user_agent = caller.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let new = NewDevice {
        client_id: client.id.clone(),
        ask,
        address: caller.address.block(),
        user_agent: user_agent.to_owned(),
    };
    let started = oauth.grants.start_device(&oauth.user_codes, new).await.map_err(|error| match error {
        ParkError::Store(error) => StartError::from(error),
        ParkError::TooMany => StartError::TooMany,
    })?;
    let user_code = started.user_code.written();
    let verification_uri = oauth.url(VERIFICATION_PATH);
    Ok(DeviceAuthorizationResponse {
        device_code: started.device_code.expose().to_owned(),
        verification_uri_complete: append_query(&verification_uri, &[("user_code", &user_code)]),
        verification_uri,
        user_code,
        expires_in: oauth.grants.policy().device_code_ttl.as_secs(),
        interval: INTERVAL.as_secs(),
    })
}
