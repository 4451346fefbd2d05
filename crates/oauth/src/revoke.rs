//! A client gives a token up. Source: RFC 7009.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use flow::ClientRecord;
use grant_store::RevokedToken;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use platform::secret::{Kind, PresentedSecret};
use platform::sql::StoreError;
use web::decode::{DecodeError, Form};

use crate::cors::Caller;
use crate::error::TokenError;
use crate::{OAuth, client_call, live_token};

/// `POST /revoke`.
pub(crate) async fn revoke(
    State(oauth): State<Arc<OAuth>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form, DecodeError>,
) -> Response {
    match answer(&oauth, &caller, &uri, &headers, form).await {
        Ok(()) => (StatusCode::OK, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response(),
        Err(error) => error.into_response_of("revoke", headers.contains_key(header::AUTHORIZATION)),
    }
}

async fn answer(
    oauth: &OAuth,
    caller: &Caller,
    uri: &Uri,
    headers: &HeaderMap,
    form: Result<Form, DecodeError>,
) -> Result<(), TokenError> {
    let call = client_call::read(oauth, uri, headers, form).await?;
    caller.is(&call.client);
    // RFC 7009 §2.2: a token that is unknown, ended or another client's is answered like one that was revoked; a
    // revocation that may not have happened is not.
    end(oauth, &call.client, &call.token).await.map_err(TokenError::from)
}

/// Ends `token` if it is the client's own. A family goes with its refresh token; an access token goes alone.
async fn end(oauth: &OAuth, client: &ClientRecord, token: &str) -> Result<(), StoreError> {
    if PresentedSecret::parse(Kind::RefreshToken, token).is_some() {
        return oauth.grants.revoke_refresh_token(token, &client.id).await.map(drop);
    }
    if PresentedSecret::parse(Kind::AccessToken, token).is_some() {
        return match oauth.grants.find_access_token(token).await? {
            Some(found) if found.client_id == client.id => oauth.grants.revoke_access_token(&found).await.map(drop),
            Some(_) | None => Ok(()),
        };
    }
    let Ok(claims) = live_token::verify(oauth, token, oauth.clock.now()) else { return Ok(()) };
    if claims.client_id != client.id {
        return Ok(());
    }
    let until = live_token::accepted_until(&claims);
    let revoked = RevokedToken { id: claims.jti, client_id: claims.client_id, family_id: claims.family, until };
    oauth.grants.revoke_jwt(revoked).await.map(drop)
}
