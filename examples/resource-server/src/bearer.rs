//! Bearer tokens: RFC 6750 on the outside, RFC 9068 on the inside.

use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::key_cache::KeyCache;

/// What this API needs to know of an access token. Source: RFC 9068 §2.2.
#[derive(Deserialize)]
pub struct AccessToken {
    /// The user, or the client itself where no user is involved.
    pub sub: String,
    /// The app that holds the token.
    pub client_id: String,
    #[serde(default)]
    scope: String,
}

/// Why a request does not get through.
pub enum Refused {
    /// The keys cannot be had: our trouble, not the caller's.
    KeysUnavailable,
    /// The token is good, but not for this.
    MissingScope(&'static str),
    /// There is a token, and it is no good.
    BadToken(&'static str),
    /// There is no token.
    NoToken,
}

/// Verifies access tokens of one issuer for one audience.
pub struct Verifier {
    issuer: String,
    audience: String,
    keys: KeyCache,
}

impl Verifier {
    /// A verifier for tokens that `issuer` makes for `audience`: this API's own name, as registered there.
    pub fn new(issuer: &str, audience: &str) -> anyhow::Result<Self> {
        Ok(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), keys: KeyCache::new(issuer)? })
    }

    /// Answers the token of a request if it carries a good one with `scope`.
    pub async fn authorize(&self, headers: &HeaderMap, scope: &'static str) -> Result<AccessToken, Refused> {
        let token = self.verify(bearer(headers)?).await?;
        if token.scope.split(' ').any(|granted| granted == scope) {
            Ok(token)
        } else {
            Err(Refused::MissingScope(scope))
        }
    }

    /// The checks of RFC 9068 §4, in its order.
    async fn verify(&self, token: &str) -> Result<AccessToken, Refused> {
        let header = decode_header(token).map_err(|_| Refused::BadToken("not a JSON web token"))?;
        // Without this an ID token would pass for an access token.
        if !header.typ.as_deref().is_some_and(is_access_token) {
            return Err(Refused::BadToken("not an access token"));
        }
        // RFC 7515 §4.1.11: an extension that must be understood, and is not.
        if header.crit.is_some() {
            return Err(Refused::BadToken("unknown extension"));
        }
        if !matches!(header.alg, Algorithm::ES256 | Algorithm::RS256) {
            return Err(Refused::BadToken("unexpected algorithm"));
        }
        let kid = header.kid.ok_or(Refused::BadToken("no key named"))?;
        let found = self.keys.find(&kid).await.map_err(|_| Refused::KeysUnavailable)?;
        let jwk = found.ok_or(Refused::BadToken("unknown key"))?;
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Refused::BadToken("unusable key"))?;

        let mut rules = Validation::new(header.alg);
        rules.leeway = 10;
        rules.validate_nbf = true;
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        // A claim that is not listed here is only checked if it is there: list what must be there.
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let verified = decode::<AccessToken>(token, &key, &rules);
        verified.map(|token| token.claims).map_err(|_| Refused::BadToken("expired, forged, or for somebody else"))
    }
}

/// The token of the `Authorization` header. Source: RFC 6750 §2.1.
fn bearer(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return Err(Refused::NoToken);
    };
    match only.to_str().ok().and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        Some(_) | None => Err(Refused::NoToken),
    }
}

/// RFC 9068 §4: `at+jwt`, with or without `application/` before it.
fn is_access_token(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
}

impl IntoResponse for Refused {
    /// The challenges of RFC 6750 §3.
    fn into_response(self) -> Response {
        let (status, challenge) = match self {
            Self::KeysUnavailable => return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")]).into_response(),
            Self::MissingScope(scope) => {
                (StatusCode::FORBIDDEN, format!(r#"Bearer error="insufficient_scope", scope="{scope}""#))
            }
            Self::BadToken(why) => {
                (StatusCode::UNAUTHORIZED, format!(r#"Bearer error="invalid_token", error_description="{why}""#))
            }
            // RFC 6750 §3.1: a request without a token learns the scheme and no error code.
            Self::NoToken => (StatusCode::UNAUTHORIZED, "Bearer".to_owned()),
        };
        (status, [(WWW_AUTHENTICATE, challenge)]).into_response()
    }
}
