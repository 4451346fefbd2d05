//! Tokens from a permit, and from nothing else. Source: RFC 9068 §2, OpenID Core §2, §3.1.3.6.

use flow::ClientRecord;
use grant_store::Permit;
use grant_store::gate::Person;
use jwks::at_hash;
use platform::random;
use platform::secret::Secret;
use protocol::token_exchange::{ACCESS_TOKEN_TYPE, Actor};
use protocol::{AccessTokenClaims, Audience, IdTokenClaims, ScopeSet, Timestamp, TokenResponse};

use crate::OAuth;
use crate::error::TokenError;

/// What goes out beside the access token.
#[derive(Default)]
pub(super) struct With {
    pub(super) refresh_token: Option<Secret>,
    pub(super) nonce: Option<String>,
}

/// Makes sure that the client's tokens can be signed; asked before anything is spent.
///
/// Effects: makes the key of an algorithm that no client has needed before.
/// Errors: 503 where there is none in the end: the code or refresh token is still good when the key is there.
pub(super) async fn ready(oauth: &OAuth, client: &ClientRecord) -> Result<(), TokenError> {
    for alg in [client.access_token_alg, client.id_token_alg] {
        oauth.keys.ensure(alg).await?;
    }
    Ok(())
}

/// Makes the access token, and the ID token where `openid` was granted.
///
/// Effects: none; what had to be recorded was recorded in the transaction that made the permit.
pub(super) fn tokens(oauth: &OAuth, permit: &Permit, with: With) -> Result<TokenResponse, TokenError> {
    let now = oauth.clock.now();
    let access_token = match permit.opaque_token() {
        Some(token) => token.expose().to_owned(),
        None => {
            oauth.keys.sign(permit.access_token_alg(), AccessTokenClaims::TYP, &access_token(oauth, permit, now))?
        }
    };
    let id_token = match permit.person().filter(|_| permit.has_id_token()) {
        Some(person) => {
            let mut claims = id_token(oauth, permit, person, now);
            claims.nonce = with.nonce;
            claims.at_hash = Some(at_hash(person.id_token_alg, &access_token));
            Some(oauth.keys.sign(person.id_token_alg, IdTokenClaims::TYP, &claims)?)
        }
        None => None,
    };
    Ok(TokenResponse {
        access_token,
        issued_token_type: None,
        token_type: TokenResponse::BEARER,
        expires_in: permit.access_token_ttl().as_secs(),
        refresh_token: with.refresh_token.map(|secret| secret.expose().to_owned()),
        id_token,
        scope: permit.scopes().to_string(),
    })
}

/// Makes the access token of an exchange: nothing comes beside it. Source: RFC 8693 §2.2.1.
///
/// Effects: none; the rows that it rests on were read under lock in the transaction that made the permit.
pub(super) fn exchanged(oauth: &OAuth, permit: &Permit, actor: Actor) -> Result<TokenResponse, TokenError> {
    let claims = AccessTokenClaims { act: Some(actor), ..access_token(oauth, permit, oauth.clock.now()) };
    Ok(TokenResponse {
        access_token: oauth.keys.sign(permit.access_token_alg(), AccessTokenClaims::TYP, &claims)?,
        issued_token_type: Some(ACCESS_TOKEN_TYPE),
        token_type: TokenResponse::BEARER,
        expires_in: permit.access_token_ttl().as_secs(),
        refresh_token: None,
        id_token: None,
        scope: permit.scopes().to_string(),
    })
}

/// Whom an access token is for: the APIs of the grant, and this server where it is good here.
pub(crate) fn audience(oauth: &OAuth, scopes: &ScopeSet, granted: &[String]) -> Vec<String> {
    let mut audience = granted.to_vec();
    // Userinfo is a resource of the issuer; a token for no API at all is for the issuer too, never for the client.
    if scopes.contains("openid") || audience.is_empty() {
        audience.push(oauth.issuer.clone());
    }
    audience
}

fn access_token(oauth: &OAuth, permit: &Permit, now: Timestamp) -> AccessTokenClaims {
    let person = permit.person();
    AccessTokenClaims {
        iss: oauth.issuer.clone(),
        sub: permit.subject().to_owned(),
        aud: Audience::from(audience(oauth, permit.scopes(), permit.audience())),
        client_id: permit.client_id().to_owned(),
        exp: now.plus(permit.access_token_ttl()).as_secs(),
        iat: now.as_secs(),
        jti: random::new_id(now),
        scope: permit.scopes().clone(),
        auth_time: person.map(|person| person.auth_time.as_secs()),
        acr: person.map(|person| person.acr.clone()),
        amr: person.map(|person| person.amr.clone()).unwrap_or_default(),
        sid: person.map(|person| person.session_id.clone()),
        family: person.map(|person| person.family_id.clone()),
        act: None,
    }
}

fn id_token(oauth: &OAuth, permit: &Permit, person: &Person, now: Timestamp) -> IdTokenClaims {
    IdTokenClaims {
        iss: oauth.issuer.clone(),
        sub: permit.subject().to_owned(),
        // One audience, as one string: some clients read nothing else.
        aud: Audience::from(permit.client_id()),
        exp: now.plus(oauth.grants.policy().id_token_ttl).as_secs(),
        iat: now.as_secs(),
        auth_time: person.auth_time.as_secs(),
        nonce: None,
        acr: Some(person.acr.clone()),
        amr: person.amr.clone(),
        azp: None,
        at_hash: None,
        sid: Some(person.session_id.clone()),
    }
}
