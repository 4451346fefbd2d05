//! Verifying what a client signed to prove itself. Source: RFC 7523 §3, RFC 7515 §5.2, RFC 8725 §3.
//!
//! Here a foreign key speaks: that of the client's registration, or its secret. Which of the two counts is decided by how
//! the client is registered and never by the token, so that a public key cannot be used as the secret of an HMAC (RFC 8725
//! §2.1). What the claims must say is a rule of `flow`.

use aws_lc_rs::hmac;
use platform::secret::Secret;
use protocol::alg::Alg;
use protocol::client_assertion::HS256;
use protocol::jwk::{JwkSet, PublicJwk};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::policy::VerifyError;
use crate::provider::provider_is_ours;
use crate::token::{Parts, decode, is_type, kid};
use crate::verifying_key::VerifyingKey;

/// RFC 7519 §5.1, and the explicit type of draft-ietf-oauth-rfc7523bis. Most clients send none (RFC 8725 §3.11 came later).
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// What proves a client.
pub enum AssertionKeys<'k> {
    /// `private_key_jwt`: the public keys that it registered.
    Public(&'k JwkSet),
    /// `client_secret_jwt`: its live secrets.
    Secrets(&'k [Secret]),
}

/// Verifies the signature of a client assertion and reads its claims.
///
/// Shape: `only` is the algorithm that the client registered; without it any algorithm that fits its keys is good. `kid`
/// may be absent where exactly one key fits.
/// Errors: [`VerifyError`]; the claims are read only after the signature is good.
pub fn verify<C: DeserializeOwned>(
    keys: &AssertionKeys<'_>,
    only: Option<&str>,
    token: &str,
) -> Result<C, VerifyError> {
    provider_is_ours();
    let parts = Parts::split(token)?;
    let mut header = parts.header()?;
    match header.get("typ") {
        None => {}
        Some(Value::String(typ)) if TYPES.iter().any(|wanted| is_type(typ, wanted)) => {}
        Some(_) => return Err(VerifyError::TypMismatch),
    }
    let kid = kid(&mut header)?;
    let alg = header.get("alg").and_then(Value::as_str).ok_or(VerifyError::AlgNotAllowed)?;
    if only.is_some_and(|only| only != alg) {
        return Err(VerifyError::AlgNotAllowed);
    }
    match keys {
        AssertionKeys::Public(set) => {
            // `none` and every HMAC do not parse.
            let alg = alg.parse::<Alg>().map_err(|_| VerifyError::AlgNotAllowed)?;
            let key = choose(set, alg, kid.as_deref()).and_then(VerifyingKey::from_jwk);
            key.ok_or(VerifyError::UnknownKey)?.verify(alg, parts.signed.as_bytes(), parts.signature)?;
        }
        AssertionKeys::Secrets(secrets) if alg == HS256 => check_mac(secrets, &parts)?,
        AssertionKeys::Secrets(_) => return Err(VerifyError::AlgNotAllowed),
    }
    serde_json::from_value(Value::Object(parts.claims()?)).map_err(|_| VerifyError::Claim { name: "*" })
}

/// Whom an assertion claims to prove, unproven: only to find the keys that decide.
pub fn claimed_subject(token: &str) -> Option<String> {
    match Parts::split(token).and_then(|parts| parts.claims()).ok()?.remove("sub") {
        Some(Value::String(subject)) => Some(subject),
        Some(_) | None => None,
    }
}

/// The key that a header means, if it is beyond doubt.
///
/// A name that the client gave to one of its keys decides; keys without a name (from a PEM file) are good for any. Two
/// that fit are none: the verifier never tries around.
fn choose<'k>(set: &'k JwkSet, alg: Alg, kid: Option<&str>) -> Option<&'k PublicJwk> {
    let is_named = |key: &PublicJwk| kid.is_some() && key.kid.as_deref() == kid;
    if set.keys.iter().any(is_named) {
        return set.find(kid?).filter(|key| key.accepts(alg));
    }
    let mut fitting = set.keys.iter().filter(|key| key.accepts(alg) && (kid.is_none() || key.kid.is_none()));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// RFC 7515 §5.2 step 8 for HS256, in constant time for each secret. A client has two at the most while it changes them.
fn check_mac(secrets: &[Secret], parts: &Parts<'_>) -> Result<(), VerifyError> {
    let tag = decode(parts.signature)?;
    let is_good = |secret: &Secret| {
        // OpenID Connect Core §10.1: the key is the UTF-8 text of the secret.
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        hmac::verify(&key, parts.signed.as_bytes(), &tag).is_ok()
    };
    if secrets.iter().any(is_good) { Ok(()) } else { Err(VerifyError::BadSignature) }
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
