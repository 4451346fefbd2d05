//! Userinfo as a signed JWT, for clients that registered it. Source: OpenID Core §5.3.2.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use jwks::KeyError;
use protocol::Alg;
use serde_json::{Map, Value};

use crate::OAuth;

/// The `typ` of the JOSE header: OpenID Core names none, so the plain one (RFC 7519 §5.1).
const TYP: &str = "JWT";

/// Signs `claims` for the client.
///
/// Shape: `iss` and `aud` are added, as §5.3.2 asks; there is neither `nonce` nor `exp`, because the answer is no proof of
/// a sign-in.
/// Errors: [`KeyError`], which is 503.
pub(crate) async fn signed(
    oauth: &OAuth,
    alg: Alg,
    client_id: &str,
    mut claims: Map<String, Value>,
) -> Result<Response, KeyError> {
    oauth.keys.ensure(alg).await?;
    claims.insert("iss".to_owned(), Value::String(oauth.issuer.clone()));
    claims.insert("aud".to_owned(), Value::String(client_id.to_owned()));
    let token = oauth.keys.sign(alg, TYP, &claims)?;
    let mut response = token.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
    Ok(response)
}
