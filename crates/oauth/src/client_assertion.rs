//! A client that signs for itself: `private_key_jwt` and `client_secret_jwt`. Source: RFC 7521 §4.2, RFC 7523 §2.2, §3.

use flow::client_assertion::{Names, judge};
use flow::{ClientAuthMethod, ClientRecord, Refusal};
use jwks::assertion::{self, AssertionKeys};
use protocol::client_assertion::JWT_BEARER;
use protocol::{ClientAssertionClaims, Params, Timestamp};

use crate::OAuth;
use crate::error::TokenError;

/// An assertion as it was sent.
pub(crate) struct Assertion {
    token: String,
    /// Whom it claims to prove.
    pub(crate) client_id: String,
}

/// An assertion that is good, but not yet spent.
pub(crate) struct Proven {
    jti: String,
    until: Timestamp,
}

/// The assertion of a request; `None` where it has none.
///
/// Errors: [`Refusal::ParameterMissing`] (one of the two parameters alone), [`Refusal::ClientAssertionRejected`].
pub(crate) fn offered(form: &Params, body_id: Option<&str>) -> Result<Option<Assertion>, TokenError> {
    let kind = form.one("client_assertion_type").map_err(|_| Refusal::ParameterRepeated)?;
    let token = form.one("client_assertion").map_err(|_| Refusal::ParameterRepeated)?;
    let token = match (kind, token) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(Refusal::ParameterMissing.because("client_assertion_type", "").into()),
        (Some(_), None) => return Err(Refusal::ParameterMissing.because("client_assertion", "").into()),
        (Some(JWT_BEARER), Some(token)) => token,
        (Some(other), Some(_)) => return Err(Refusal::ClientAssertionRejected.because(JWT_BEARER, other).into()),
    };
    let client_id = assertion::claimed_subject(token)
        .ok_or_else(|| Refusal::ClientAssertionRejected.because("a JWT with a sub", "something else"))?;
    // RFC 7521 §4.2: the client_id is not needed, but it must name the client that the assertion names.
    if body_id.is_some_and(|id| id != client_id) {
        return Err(Refusal::ClientAssertionRejected.because("client_id equal to sub", client_id).into());
    }
    Ok(Some(Assertion { token: token.to_owned(), client_id }))
}

/// Checks the signature by what the client registered, then the claims.
///
/// Errors: [`Refusal::ClientAssertionRejected`]; trouble with the store or with sealed secrets is 503.
pub(crate) async fn prove(oauth: &OAuth, client: &ClientRecord, assertion: &Assertion) -> Result<Proven, TokenError> {
    let secrets;
    // The registration decides what kind of key counts, never the token: RFC 8725 §2.1.
    let keys = match client.auth_method {
        ClientAuthMethod::ClientSecretJwt => {
            secrets = oauth.grants.mac_secrets(&client.id).await?;
            AssertionKeys::Secrets(&secrets)
        }
        ClientAuthMethod::PrivateKeyJwt => AssertionKeys::Public(&client.terms.jwks),
        ClientAuthMethod::Basic | ClientAuthMethod::BasicOrPost | ClientAuthMethod::None | ClientAuthMethod::Post => {
            let refused = Refusal::ClientAuthMethodMismatch.because(client.auth_method.as_str(), "a client assertion");
            return Err(refused.into());
        }
    };
    let only = client.terms.assertion_alg.as_deref();
    let claims: ClientAssertionClaims = assertion::verify(&keys, only, &assertion.token)
        .map_err(|error| Refusal::ClientAssertionRejected.because("a signature of the client", error.to_string()))?;
    let token_endpoint = oauth.url("/token");
    let names = Names { issuer: &oauth.issuer, token_endpoint: &token_endpoint };
    let until = judge(&claims, client, names, oauth.clock.now())?;
    Ok(Proven { jti: claims.jti, until })
}

/// Spends the assertion; asked last, so that nobody but the client can use up its names.
///
/// Errors: [`Refusal::ClientAssertionReplayed`].
pub(crate) async fn spend(oauth: &OAuth, client: &ClientRecord, proven: Proven) -> Result<(), TokenError> {
    if oauth.grants.spend_assertion(&client.id, &proven.jti, proven.until).await? {
        Ok(())
    } else {
        Err(Refusal::ClientAssertionReplayed.because("a jti that was not used", proven.jti).into())
    }
}
