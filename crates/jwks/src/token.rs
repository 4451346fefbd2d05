//! Judging a compact JWS: structure, header, signature, claims, in this order.
//!
//! `jsonwebtoken` verifies the signature and nothing else here: its claim checks read the system clock, take a missing
//! or mistyped `iss` and `aud` for a match, and let `typ`, `crit` and duplicate members pass.

use std::borrow::Borrow;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::alg::Alg;
use protocol::strict_json::{self, StrictJsonError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::policy::{JwtPolicy, VerifyError};
use crate::verifying_key::VerifyingKey;

/// The longest token, before any decoding.
const TOKEN_BYTES: usize = 8 * 1024;
/// The longest encoded header.
const HEADER_BYTES: usize = 1024;
/// The longest `kid`.
const KID_BYTES: usize = 128;

/// Members that a token of ours never needs. RFC 7515 §4.1.11: an extension in `crit` that is not understood must be
/// refused, and we understand none; `b64` (RFC 7797) needs `crit`. `jku`, `jwk`, `x5u` and `x5c` offer the attacker's
/// own key. `enc` and `zip` belong to JWE.
const FORBIDDEN: [&str; 8] = ["b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"];

/// Verifies `token` with the key that `find` knows by its `kid`, and reads its claims.
pub(crate) fn verify<C: DeserializeOwned, K: Borrow<VerifyingKey>>(
    policy: &JwtPolicy,
    token: &str,
    find: impl FnOnce(&str) -> Option<K>,
) -> Result<C, VerifyError> {
    let parts = Parts::split(token)?;
    let header = Header::parse(&parts, policy)?;
    let key = find(&header.kid).ok_or(VerifyError::UnknownKey)?;
    key.borrow().verify(header.alg, parts.signed.as_bytes(), parts.signature)?;
    let claims = parts.claims()?;
    check_claims(policy, &claims)?;
    serde_json::from_value(Value::Object(claims)).map_err(|_| VerifyError::Claim { name: "*" })
}

/// Reads one JSON object; a member that stands twice is refused.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, VerifyError> {
    strict_json::parse_object(bytes).map_err(|error| match error {
        StrictJsonError::DuplicateMember => VerifyError::DuplicateMember,
        StrictJsonError::NotAnObject => VerifyError::BadJson,
    })
}

/// Strict base64url: no padding, no white space, no stray bits at the end. Source: RFC 7515 §2.
pub(crate) fn decode(part: &str) -> Result<Vec<u8>, VerifyError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| VerifyError::BadBase64)
}

/// A compact JWS, taken apart and not yet decoded.
pub(crate) struct Parts<'t> {
    pub(crate) header: &'t str,
    pub(crate) payload: &'t str,
    /// In base64url.
    pub(crate) signature: &'t str,
    /// Header, dot and payload: what the signature covers.
    pub(crate) signed: &'t str,
}

impl<'t> Parts<'t> {
    /// Takes a token apart; its size is judged before anything else.
    pub(crate) fn split(token: &'t str) -> Result<Self, VerifyError> {
        if token.len() > TOKEN_BYTES {
            return Err(VerifyError::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(VerifyError::Malformed)?;
        if header.is_empty() || payload.is_empty() || signature.is_empty() || payload.contains('.') {
            return Err(VerifyError::Malformed);
        }
        if header.len() > HEADER_BYTES {
            return Err(VerifyError::TooLarge);
        }
        Ok(Self { header, payload, signature, signed })
    }

    /// The members of the header, none of them one that brings keys or extensions.
    pub(crate) fn header(&self) -> Result<Map<String, Value>, VerifyError> {
        let members = parse_object(&decode(self.header)?)?;
        match FORBIDDEN.into_iter().find(|name| members.contains_key(*name)) {
            Some(name) => Err(VerifyError::ForbiddenHeader { name }),
            None => Ok(members),
        }
    }

    /// The claims, whoever signed them.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>, VerifyError> {
        parse_object(&decode(self.payload)?)
    }
}

struct Header {
    alg: Alg,
    kid: String,
}

impl Header {
    fn parse(parts: &Parts<'_>, policy: &JwtPolicy) -> Result<Self, VerifyError> {
        let mut members = parts.header()?;
        if !members.get("typ").and_then(Value::as_str).is_some_and(|typ| is_type(typ, policy.typ)) {
            return Err(VerifyError::TypMismatch);
        }
        // An algorithm that this workspace does not know, `none` among them, does not parse.
        let alg = members.get("alg").and_then(Value::as_str).and_then(|alg| alg.parse::<Alg>().ok());
        let alg = alg.filter(|alg| policy.algs.contains(alg)).ok_or(VerifyError::AlgNotAllowed)?;
        Ok(Self { alg, kid: kid(&mut members)?.ok_or(VerifyError::UnknownKey)? })
    }
}

/// The `kid` of a header; `None` where there is none.
pub(crate) fn kid(members: &mut Map<String, Value>) -> Result<Option<String>, VerifyError> {
    match members.remove("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if kid.len() <= KID_BYTES => Ok(Some(kid)),
        Some(_) => Err(VerifyError::UnknownKey),
    }
}

/// RFC 7515 §4.1.9: media types compare without case, and `application/` may be left out.
pub(crate) fn is_type(presented: &str, wanted: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match presented.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        Some(_) | None => presented,
    };
    short.eq_ignore_ascii_case(wanted)
}

/// The registered claims. Source: RFC 7519 §4.1, with the exact types that RFC 9068 §2.2 and OpenID Connect Core §2 ask.
fn check_claims(policy: &JwtPolicy, claims: &Map<String, Value>) -> Result<(), VerifyError> {
    let iss = claims.get("iss").and_then(Value::as_str).ok_or(VerifyError::Claim { name: "iss" })?;
    if iss != policy.iss {
        return Err(VerifyError::IssuerMismatch);
    }
    if !names_audience(policy, claims.get("aud"))? {
        return Err(VerifyError::AudienceMismatch);
    }
    check_times(policy, claims)
}

fn names_audience(policy: &JwtPolicy, aud: Option<&Value>) -> Result<bool, VerifyError> {
    const MISTYPED: VerifyError = VerifyError::Claim { name: "aud" };
    let is_ours = |aud: &str| policy.accepts_any_aud || policy.aud.iter().any(|ours| ours == aud);
    match aud {
        Some(Value::String(one)) => Ok(is_ours(one)),
        Some(Value::Array(many)) => {
            // Every element is read before one of them counts: a list that is not all strings is no audience.
            let many = many.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(MISTYPED)?;
            Ok(many.into_iter().any(is_ours))
        }
        Some(_) | None => Err(MISTYPED),
    }
}

fn check_times(policy: &JwtPolicy, claims: &Map<String, Value>) -> Result<(), VerifyError> {
    let now = policy.now.as_millis();
    let leeway = millis(policy.leeway);
    let exp = moment(claims, "exp")?.ok_or(VerifyError::Claim { name: "exp" })?;
    let iat = moment(claims, "iat")?.ok_or(VerifyError::Claim { name: "iat" })?;
    // RFC 7519 §4.1.4: not accepted on or after `exp`.
    if !policy.accepts_expired && now >= exp.saturating_add(leeway) {
        return Err(VerifyError::Expired);
    }
    if moment(claims, "nbf")?.is_some_and(|nbf| now.saturating_add(leeway) < nbf) {
        return Err(VerifyError::NotYetValid);
    }
    if now.saturating_add(leeway) < iat {
        return Err(VerifyError::IssuedInFuture);
    }
    let is_too_old = |max_age| now > iat.saturating_add(millis(max_age)).saturating_add(leeway);
    if policy.max_age.is_some_and(is_too_old) {
        return Err(VerifyError::TooOld);
    }
    Ok(())
}

/// A time claim in milliseconds: a whole number of seconds, never a fraction, a string or `null`.
fn moment(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, VerifyError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_i64().ok_or(VerifyError::Claim { name })?;
    Ok(Some(seconds.saturating_mul(1000)))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "token_tests/mod.rs"]
mod tests;
