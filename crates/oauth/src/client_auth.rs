//! Who is calling an endpoint for clients. Source: RFC 6749 §2.3, §3.2.1; OpenID Core §9.

use std::sync::Arc;

use flow::{ClientAuthMethod, ClientRecord, Refusal};
use http::{HeaderMap, header};
use protocol::Params;

use crate::OAuth;
use crate::client_assertion::{self, Assertion};
use crate::error::TokenError;

/// The methods that clients may be registered with, by their registered names.
pub(crate) const METHODS: &[&str] =
    &["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];

/// What the request offered.
struct Offered {
    client_id: String,
    proof: Proof,
}

enum Proof {
    Assertion(Assertion),
    Basic(String),
    Nothing,
    Post(String),
}

impl Proof {
    /// For the log.
    const fn name(&self) -> &'static str {
        match self {
            Self::Assertion(_) => "a client assertion",
            Self::Basic(_) => "client_secret_basic",
            Self::Nothing => "none",
            Self::Post(_) => "client_secret_post",
        }
    }

    /// Whether a client registered with `method` may prove itself so. RFC 6749 §2.3.1: Basic must be supported.
    const fn is_for(&self, method: ClientAuthMethod) -> bool {
        match self {
            Self::Assertion(_) => matches!(method, ClientAuthMethod::ClientSecretJwt | ClientAuthMethod::PrivateKeyJwt),
            Self::Basic(_) => matches!(method, ClientAuthMethod::Basic | ClientAuthMethod::BasicOrPost),
            Self::Nothing => matches!(method, ClientAuthMethod::None),
            Self::Post(_) => matches!(method, ClientAuthMethod::BasicOrPost | ClientAuthMethod::Post),
        }
    }
}

/// Authenticates the client of a request.
///
/// Effects: spends a client assertion; nothing else is written, and none of the refusals touches a code or a token.
/// Errors: [`Refusal::ClientAuthMixed`] (two ways at once), [`Refusal::ClientIdMissing`], [`Refusal::ClientRejected`],
/// [`Refusal::ClientAuthMethodMismatch`], [`Refusal::ClientAssertionRejected`], [`Refusal::ClientAssertionReplayed`],
/// [`Refusal::ClientDisabled`].
pub(crate) async fn authenticate(
    oauth: &OAuth,
    headers: &HeaderMap,
    form: &Params,
) -> Result<Arc<ClientRecord>, TokenError> {
    let offered = offered(headers, form)?;
    // The secret is checked before anything is said about the client, so that an unknown client, a wrong secret and a
    // wrong method cannot be told apart. With an assertion the answers are alike, but the time is not: whether an id is
    // registered is no secret, /authorize tells everybody.
    let is_secret_good = match &offered.proof {
        Proof::Basic(secret) | Proof::Post(secret) => oauth.grants.check_secret(&offered.client_id, secret).await?,
        Proof::Assertion(_) | Proof::Nothing => true,
    };
    let Some(client) = oauth.grants.find_client(&offered.client_id).await? else {
        // Not as sent: a client that mixes the two up sends its secret here.
        return Err(Refusal::ClientRejected.because("a registered client", "an unknown client_id").into());
    };
    if !offered.proof.is_for(client.auth_method) {
        let refused = Refusal::ClientAuthMethodMismatch.because(client.auth_method.as_str(), offered.proof.name());
        return Err(refused.into());
    }
    if !is_secret_good {
        return Err(Refusal::ClientRejected.because("a live secret of the client", "another").into());
    }
    let proven = match &offered.proof {
        Proof::Assertion(assertion) => Some(client_assertion::prove(oauth, &client, assertion).await?),
        Proof::Basic(_) | Proof::Nothing | Proof::Post(_) => None,
    };
    if !client.is_enabled {
        return Err(Refusal::ClientDisabled.because("an enabled client", client.id.as_str()).into());
    }
    if let Some(proven) = proven {
        client_assertion::spend(oauth, &client, proven).await?;
    }
    Ok(client)
}

fn offered(headers: &HeaderMap, form: &Params) -> Result<Offered, TokenError> {
    let body_id = form.one("client_id").map_err(|_| Refusal::ParameterRepeated)?;
    let body_secret = form.one("client_secret").map_err(|_| Refusal::ParameterRepeated)?;
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let authorization = match (authorizations.next(), authorizations.next()) {
        (_, Some(_)) => return Err(Refusal::ClientAuthMixed.into()),
        (authorization, None) => authorization,
    };
    // RFC 6749 §2.3: no more than one method in a request.
    let has_assertion = form.all("client_assertion").chain(form.all("client_assertion_type")).next().is_some();
    if has_assertion && (authorization.is_some() || body_secret.is_some()) {
        return Err(Refusal::ClientAuthMixed.into());
    }
    if let Some(assertion) = client_assertion::offered(form, body_id)? {
        return Ok(Offered { client_id: assertion.client_id.clone(), proof: Proof::Assertion(assertion) });
    }
    let Some(authorization) = authorization else {
        let client_id = body_id.ok_or(Refusal::ClientIdMissing)?.to_owned();
        let proof = body_secret.map_or(Proof::Nothing, |secret| Proof::Post(secret.to_owned()));
        return Ok(Offered { client_id, proof });
    };
    let value = authorization.to_str().map_err(|_| Refusal::ClientRejected)?;
    let basic = protocol::client_auth::parse_basic(value)
        .map_err(|error| Refusal::ClientRejected.because("RFC 6749 section 2.3.1", error.to_string()))?;
    if body_secret.is_some() || body_id.is_some_and(|id| id != basic.client_id) {
        return Err(Refusal::ClientAuthMixed.into());
    }
    Ok(Offered { client_id: basic.client_id, proof: Proof::Basic(basic.secret) })
}
