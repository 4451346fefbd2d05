//! Claims about the person behind an access token. Source: OpenID Core §5.3, RFC 6750.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use flow::Refusal;
use grant_store::GrantError;
use http::{HeaderValue, StatusCode, header};
use jwks::KeyError;
use platform::sql::StoreError;
use protocol::{Challenge, ErrorBody};
use serde_json::{Map, Value};
use web::fault::Fault;

use crate::cors::Caller;
use crate::{OAuth, bearer, error, live_token, signed_userinfo};

/// The scopes of OpenID Core §5.4 and §11.
pub(crate) const SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// The claims that can come out of here or stand in an ID token. Source: OpenID Core §5.1.
pub(crate) const CLAIMS: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
];

#[derive(Debug, thiserror::Error)]
enum UserinfoError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Refused(#[from] flow::Refused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<GrantError> for UserinfoError {
    fn from(error: GrantError) -> Self {
        match error {
            // Whatever leg the grant lost, to the caller its token is no good (RFC 6750 §3.1).
            GrantError::Refused(refused) => {
                Self::Refused(Refusal::BearerRejected.because(refused.refusal.name(), refused.received))
            }
            GrantError::Store(error) => Self::Store(error),
        }
    }
}

/// `GET` and `POST /userinfo`, the token in the Authorization header or in the form.
pub(crate) async fn userinfo(
    State(oauth): State<Arc<OAuth>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let mut response = match answer(&oauth, &caller, request).await {
        Ok(response) => response,
        Err(UserinfoError::Key(error)) => {
            tracing::error!(%error, "no userinfo could be signed");
            return Fault::unavailable(Duration::from_secs(5)).into_response();
        }
        Err(UserinfoError::Store(error)) => return Fault::from(error).into_response(),
        Err(UserinfoError::Refused(refused)) => {
            let mut response = challenge(refused.refusal);
            error::log(&refused, "userinfo").attach(&mut response);
            response
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answer(oauth: &OAuth, caller: &Caller, request: Request<Body>) -> Result<Response, UserinfoError> {
    let token = bearer::presented(request).await?;
    let (client_id, claims) = claims(oauth, caller, &token).await?;
    let client = oauth.grants.find_client(&client_id).await?;
    match client.and_then(|client| client.terms.userinfo_alg) {
        Some(alg) => Ok(signed_userinfo::signed(oauth, alg, &client_id, claims).await?),
        None => Ok(Json(Value::Object(claims)).into_response()),
    }
}

/// The client that holds the token, and what it may know.
async fn claims(oauth: &OAuth, caller: &Caller, token: &str) -> Result<(String, Map<String, Value>), UserinfoError> {
    let token = live_token::find(oauth, token).await?;
    if caller.is_wanted()
        && let Some(client) = oauth.grants.find_client(&token.claims.client_id).await?
    {
        caller.is(&client);
    }
    // RFC 9068 §4: a token for an API only is no token for this endpoint.
    if !token.claims.aud.contains(&oauth.issuer) {
        return Err(Refusal::BearerRejected.because(oauth.issuer.as_str(), "another audience").into());
    }
    flow::resource::may_read_userinfo(&token.claims.scope)?;
    let family = token.family().ok_or_else(|| Refusal::BearerRejected.because("a token of a person", "none"))?;
    let user = token.user(oauth).await?.ok_or_else(|| Refusal::BearerRejected.because("a user", "none"))?;
    let mut released = user.claims.released(&token.claims.scope, &family.detail.userinfo_claims);
    released.insert("sub".to_owned(), Value::String(user.id.clone()));
    Ok((token.claims.client_id.clone(), released))
}

/// RFC 6750 §3: a request without a token gets a bare challenge, a bad token its reason.
fn challenge(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    let body = ErrorBody { error: refusal.code().as_str(), error_description: refusal.description(), error_uri: None };
    let challenge = Challenge::bearer("lingpai");
    let challenge = match refusal {
        Refusal::BearerMissing => challenge,
        refusal => challenge.error(refusal.code(), refusal.description()),
    };
    let mut response = (status, Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(&challenge.to_string()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}
