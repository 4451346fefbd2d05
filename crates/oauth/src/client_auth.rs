//! Who is calling the token endpoint. Source: RFC 6749 §2.3, §3.2.1; OpenID Core §9.

use std::sync::Arc;

use flow::{ClientAuthMethod, ClientRecord, Refusal};
use http::{HeaderMap, header};
use protocol::Params;

use crate::OAuth;
use crate::error::TokenError;

/// The methods that clients may be registered with, by their registered names.
pub(crate) const METHODS: &[&str] = &["client_secret_basic", "client_secret_post", "none"];

/// What the request offered.
struct Offered {
    client_id: String,
    secret: Option<String>,
    method: ClientAuthMethod,
}

/// Authenticates the client of a token request.
///
/// Errors: [`Refusal::ClientAuthMixed`] (two ways at once), [`Refusal::ClientIdMissing`], [`Refusal::ClientRejected`],
/// [`Refusal::ClientAuthMethodMismatch`], [`Refusal::ClientDisabled`]; none of them touches a code or a token.
pub(crate) async fn authenticate(
    oauth: &OAuth,
    headers: &HeaderMap,
    form: &Params,
) -> Result<Arc<ClientRecord>, TokenError> {
    let offered = offered(headers, form)?;
    // The secret is checked before anything is said about the client, so that an unknown client, a wrong secret and a
    // wrong method cannot be told apart.
    let is_secret_good = match &offered.secret {
        Some(secret) => oauth.grants.check_secret(&offered.client_id, secret).await?,
        None => true,
    };
    let Some(client) = oauth.grants.find_client(&offered.client_id).await? else {
        // Not as sent: a client that mixes the two up sends its secret here.
        return Err(Refusal::ClientRejected.because("a registered client", "an unknown client_id").into());
    };
    if !allows(client.auth_method, offered.method) {
        let refused = Refusal::ClientAuthMethodMismatch.because(client.auth_method.as_str(), offered.method.as_str());
        return Err(refused.into());
    }
    if !is_secret_good {
        return Err(Refusal::ClientRejected.because("a live secret of the client", "another").into());
    }
    if !client.is_enabled {
        return Err(Refusal::ClientDisabled.because("an enabled client", client.id.as_str()).into());
    }
    Ok(client)
}

fn offered(headers: &HeaderMap, form: &Params) -> Result<Offered, TokenError> {
    let body_id = form.one("client_id").map_err(|_| Refusal::ParameterRepeated)?;
    let body_secret = form.one("client_secret").map_err(|_| Refusal::ParameterRepeated)?;
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    match (authorizations.next(), authorizations.next()) {
        (_, Some(_)) => Err(Refusal::ClientAuthMixed.into()),
        (Some(value), None) => {
            let value = value.to_str().map_err(|_| Refusal::ClientRejected)?;
            let basic = protocol::client_auth::parse_basic(value)
                .map_err(|error| Refusal::ClientRejected.because("RFC 6749 section 2.3.1", error.to_string()))?;
            // RFC 6749 §2.3: no more than one method in a request.
            if body_secret.is_some() || body_id.is_some_and(|id| id != basic.client_id) {
                return Err(Refusal::ClientAuthMixed.into());
            }
            Ok(Offered { client_id: basic.client_id, secret: Some(basic.secret), method: ClientAuthMethod::Basic })
        }
        (None, None) => {
            let client_id = body_id.ok_or(Refusal::ClientIdMissing)?.to_owned();
            let method = if body_secret.is_some() { ClientAuthMethod::Post } else { ClientAuthMethod::None };
            Ok(Offered { client_id, secret: body_secret.map(str::to_owned), method })
        }
    }
}

/// Whether a client registered with `registered` may use `offered`. RFC 6749 §2.3.1: Basic must be supported.
fn allows(registered: ClientAuthMethod, offered: ClientAuthMethod) -> bool {
    match registered {
        ClientAuthMethod::Basic
        | ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::None
        | ClientAuthMethod::Post
        | ClientAuthMethod::PrivateKeyJwt => registered == offered,
        ClientAuthMethod::BasicOrPost => matches!(offered, ClientAuthMethod::Basic | ClientAuthMethod::Post),
    }
}
