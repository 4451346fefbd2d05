//! The checks that a client makes on its tokens, one by one, so that each can be shown.
//! Source: OpenID Connect Core §3.1.3.7, §3.1.3.8; RFC 9068 §4.

use jwks::{JwtPolicy, VerifyError, at_hash};
use protocol::{Alg, Timestamp};
use serde_json::{Map, Value};

use super::{KeysError, RemoteKeys};

/// One check and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// `signature`, or the claim that was looked at.
    pub(crate) name: &'static str,
    pub(crate) is_good: bool,
}

/// What the token must say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// `None` for a token from a refresh, which need not repeat it (OpenID Connect Core §12.2).
    pub(crate) nonce: Option<&'a str>,
    /// The access token that came with it.
    pub(crate) access_token: &'a str,
}

/// What is judged with the signature in one go.
const REGISTERED: [&str; 4] = ["signature", "iss", "aud", "exp"];

/// Verifies an ID token and says what each check found. A check that could not be reached counts as failed.
///
/// Errors: only where the keys could not be had; a bad token is a failed check.
pub(crate) async fn verify_id_token(
    keys: &RemoteKeys,
    expected: Expected<'_>,
    token: &str,
    now: Timestamp,
) -> Result<Vec<Check>, KeysError> {
    let policy = JwtPolicy::new("JWT", &[Alg::Rs256, Alg::Es256], expected.issuer, expected.client_id, now);
    match keys.verify::<Map<String, Value>>(&policy, token).await {
        Ok(claims) => Ok(judge(&claims, expected, token)),
        Err(KeysError::Refused(refused)) if expected.nonce.is_some() => {
            Ok(failed(refused, &["signature", "iss", "aud", "exp", "nonce", "at_hash"]))
        }
        Err(KeysError::Refused(refused)) => Ok(failed(refused, &["signature", "iss", "aud", "exp", "at_hash"])),
        Err(other @ (KeysError::Fetch(_) | KeysError::NoKeySet { .. })) => Err(other),
    }
}

/// Verifies an access token as its API would, to show that anybody can. A client need not: to it the token is opaque.
///
/// Errors: only where the keys could not be had.
pub(crate) async fn verify_access_token(
    keys: &RemoteKeys,
    issuer: &str,
    audiences: &[&str],
    token: &str,
    now: Timestamp,
) -> Result<Vec<Check>, KeysError> {
    let policy = JwtPolicy {
        aud: audiences.iter().map(|&audience| audience.to_owned()).collect(),
        ..JwtPolicy::new("at+jwt", &[Alg::Es256, Alg::Rs256], issuer, issuer, now)
    };
    match keys.verify::<Map<String, Value>>(&policy, token).await {
        Ok(_) => Ok(REGISTERED.map(|name| Check { name, is_good: true }).to_vec()),
        Err(KeysError::Refused(refused)) => Ok(failed(refused, &REGISTERED)),
        Err(other @ (KeysError::Fetch(_) | KeysError::NoKeySet { .. })) => Err(other),
    }
}

/// The signature and the registered claims are good; the rest is compared here.
fn judge(claims: &Map<String, Value>, expected: Expected<'_>, token: &str) -> Vec<Check> {
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let mut checks = REGISTERED.map(|name| Check { name, is_good: true }).to_vec();
    if let Some(nonce) = expected.nonce {
        // OpenID Connect Core §3.1.3.7: the answer belongs to this browser's request, not to somebody else's.
        checks.push(Check { name: "nonce", is_good: claim("nonce") == Some(nonce) });
    }
    // §3.1.3.8: the access token is the one that was issued beside it.
    let hash = signing_alg(token).map(|alg| at_hash(alg, expected.access_token));
    checks.push(Check { name: "at_hash", is_good: hash.is_some() && claim("at_hash") == hash.as_deref() });
    checks
}

/// The verifier stops at the first fault. What stands behind it in `names` was not reached and counts as failed.
fn failed(refused: VerifyError, names: &[&'static str]) -> Vec<Check> {
    let culprit = match refused {
        VerifyError::IssuerMismatch => "iss",
        VerifyError::AudienceMismatch => "aud",
        VerifyError::Expired | VerifyError::TooOld | VerifyError::NotYetValid | VerifyError::IssuedInFuture => "exp",
        VerifyError::AlgNotAllowed
        | VerifyError::BadBase64
        | VerifyError::BadJson
        | VerifyError::BadSignature
        | VerifyError::Claim { .. }
        | VerifyError::DuplicateMember
        | VerifyError::ForbiddenHeader { .. }
        | VerifyError::KeyMismatch
        | VerifyError::Malformed
        | VerifyError::TooLarge
        | VerifyError::TypMismatch
        | VerifyError::UnknownKey => "signature",
    };
    let reached = names.iter().position(|name| *name == culprit).unwrap_or(0);
    names.iter().enumerate().map(|(at, &name)| Check { name, is_good: at < reached }).collect()
}

/// The `alg` of a token's header.
fn signing_alg(token: &str) -> Option<Alg> {
    super::decode_part(token, 0)?.get("alg")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Expected<'_> =
        Expected { issuer: "http://i", client_id: "web", nonce: Some("n"), access_token: "at" };

    /// A token whose header says RS256; only its header is read here.
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.AA";

    fn good() -> Map<String, Value> {
        let hash = at_hash(Alg::Rs256, "at");
        serde_json::json!({ "nonce": "n", "at_hash": hash }).as_object().cloned().unwrap()
    }

    fn bad_ones(checks: &[Check]) -> Vec<&'static str> {
        checks.iter().filter(|check| !check.is_good).map(|check| check.name).collect()
    }

    #[test]
    fn a_good_token_passes_every_check() {
        let checks = judge(&good(), EXPECTED, TOKEN);
        assert_eq!(checks.len(), 6);
        assert!(bad_ones(&checks).is_empty());
    }

    #[test]
    fn a_foreign_nonce_or_access_token_is_found() {
        let mut claims = good();
        claims.insert("nonce".to_owned(), "other".into());
        assert_eq!(bad_ones(&judge(&claims, EXPECTED, TOKEN)), ["nonce"]);
        claims.remove("nonce");
        assert_eq!(bad_ones(&judge(&claims, EXPECTED, TOKEN)), ["nonce"]);
        let swapped = Expected { access_token: "another", ..EXPECTED };
        assert_eq!(bad_ones(&judge(&good(), swapped, TOKEN)), ["at_hash"]);
        let mut without = good();
        without.remove("at_hash");
        assert_eq!(bad_ones(&judge(&without, EXPECTED, TOKEN)), ["at_hash"]);
    }

    #[test]
    fn what_was_not_reached_counts_as_failed() {
        assert_eq!(bad_ones(&failed(VerifyError::AudienceMismatch, &REGISTERED)), ["aud", "exp"]);
        assert_eq!(bad_ones(&failed(VerifyError::BadSignature, &REGISTERED)), REGISTERED);
        assert_eq!(bad_ones(&failed(VerifyError::Expired, &["signature", "exp", "at_hash"])), ["exp", "at_hash"]);
    }
}
