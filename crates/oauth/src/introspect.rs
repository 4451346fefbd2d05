//! What a resource server is told about a token. Source: RFC 7662.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use flow::ClientRecord;
use grant_store::{GrantError, LiveRefreshToken};
use http::{HeaderMap, HeaderValue, Uri, header};
use platform::secret::{Kind, PresentedSecret};
use protocol::introspection::ActiveToken;
use protocol::{Introspection, TokenResponse};
use web::decode::{DecodeError, Form};

use crate::error::TokenError;
use crate::live_token::{self, LiveToken};
use crate::{OAuth, client_call};

/// `POST /introspect`.
pub(crate) async fn introspect(
    State(oauth): State<Arc<OAuth>>,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form, DecodeError>,
) -> Response {
    match answer(&oauth, &uri, &headers, form).await {
        Ok(answer) => {
            let mut response = Json(answer).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => error.into_response_of("introspect", headers.contains_key(header::AUTHORIZATION)),
    }
}

async fn answer(
    oauth: &OAuth,
    uri: &Uri,
    headers: &HeaderMap,
    form: Result<Form, DecodeError>,
) -> Result<Introspection, TokenError> {
    let call = client_call::read(oauth, uri, headers, form).await?;
    flow::resource::may_introspect(&call.client)?;
    match judge(oauth, &call.client, &call.token).await {
        Ok(answer) => Ok(answer),
        // RFC 7662 §2.2: why a token is not good is nobody's business, and not an error.
        Err(GrantError::Refused(refused)) => {
            tracing::debug!(client.id = %call.client.id, %refused, "a token was found inactive");
            Ok(Introspection::Inactive)
        }
        Err(GrantError::Store(error)) => Err(error.into()),
    }
}

async fn judge(oauth: &OAuth, caller: &ClientRecord, token: &str) -> Result<Introspection, GrantError> {
    if PresentedSecret::parse(Kind::RefreshToken, token).is_some() {
        let found = oauth.grants.find_refresh_token(token, &caller.id).await?;
        return Ok(found.map_or(Introspection::Inactive, |found| Introspection::Active(refresh_token(oauth, found))));
    }
    let found = live_token::find(oauth, token).await?;
    if !flow::resource::may_see(caller, &found.claims.client_id, found.claims.aud.iter()) {
        return Ok(Introspection::Inactive);
    }
    Ok(Introspection::Active(access_token(oauth, &found).await?))
}

async fn access_token(oauth: &OAuth, token: &LiveToken) -> Result<Box<ActiveToken>, GrantError> {
    let claims = token.claims.clone();
    // The name is part of the profile, and told to whom the profile was granted (OpenID Core §5.4).
    let username = if claims.scope.contains("profile") {
        token.user(oauth).await?.and_then(|user| user.claims.preferred_username.clone())
    } else {
        None
    };
    Ok(Box::new(ActiveToken {
        scope: claims.scope,
        client_id: claims.client_id,
        username,
        token_type: Some(TokenResponse::BEARER),
        exp: claims.exp,
        iat: claims.iat,
        sub: claims.sub,
        aud: Some(claims.aud),
        iss: claims.iss,
        jti: Some(claims.jti),
        sid: claims.sid,
        auth_time: claims.auth_time,
        acr: claims.acr,
        amr: claims.amr,
        act: claims.act,
    }))
}

fn refresh_token(oauth: &OAuth, token: LiveRefreshToken) -> Box<ActiveToken> {
    let LiveRefreshToken { family, issued_at, expires_at } = token;
    Box::new(ActiveToken {
        scope: family.scopes,
        client_id: family.client_id,
        username: None,
        token_type: None,
        exp: expires_at.as_secs(),
        iat: issued_at.as_secs(),
        sub: family.user_id,
        aud: None,
        iss: oauth.issuer.clone(),
        jti: None,
        sid: Some(family.session_id),
        auth_time: Some(family.auth_time.as_secs()),
        acr: Some(family.acr),
        amr: family.amr,
        act: None,
    })
}
