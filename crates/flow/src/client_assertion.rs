//! What the claims of a client assertion must say. Source: RFC 7523 §3, RFC 7521 §5.2, OpenID Core §9.
//!
//! The signature is good when this is asked. Every refusal is the same on the wire; the evidence tells the admin which
//! rule it was.

use std::time::Duration;

use protocol::{AssertionAud, ClientAssertionClaims, Timestamp};

use crate::records::ClientRecord;
use crate::refusal::{Refusal, Refused};
use crate::terms::AssertionAudience;

/// How far the clock of a client may be off.
const LEEWAY: Duration = Duration::from_secs(10);
/// The longest life that is left to an assertion: it bounds how long its name must be remembered.
const LONGEST_LIFE: Duration = Duration::from_mins(5);
/// How far ahead `iat` may lie; more is no clock that is merely fast.
const FARTHEST_IAT: Duration = Duration::from_mins(1);
/// The longest `jti`, in bytes.
const JTI_BYTES: usize = 128;

/// What this server is called by those who address it.
#[derive(Clone, Copy, Debug)]
pub struct Names<'n> {
    /// The issuer.
    pub issuer: &'n str,
    /// The URL of the token endpoint.
    pub token_endpoint: &'n str,
}

/// Judges the claims of an assertion that `client` signed; answers until when its `jti` must be remembered.
///
/// Errors: [`Refusal::ClientAssertionRejected`].
pub fn judge(
    claims: &ClientAssertionClaims,
    client: &ClientRecord,
    names: Names<'_>,
    now: Timestamp,
) -> Result<Timestamp, Refused> {
    let rejected = |expected: &str, received: String| Refusal::ClientAssertionRejected.because(expected, received);
    // RFC 7523 §3 (1, 2), OpenID Core §9: both are the client. Nobody asserts for another here.
    if claims.iss != client.id || claims.sub != client.id {
        return Err(rejected("iss and sub are the client_id", format!("iss {}, sub {}", claims.iss, claims.sub)));
    }
    if !is_for_us(&claims.aud, client.terms.assertion_audience, names) {
        let (wanted, got) = (client.terms.assertion_audience, &claims.aud);
        return Err(rejected("the aud that the client is registered with", format!("{wanted:?} wanted, {got:?}")));
    }
    if !(1..=JTI_BYTES).contains(&claims.jti.len()) {
        return Err(rejected("a jti of 1 to 128 bytes", format!("{} bytes", claims.jti.len())));
    }
    // RFC 7519 §4.1.4: not accepted on or after `exp`.
    let exp = Timestamp::from_secs(claims.exp);
    if now >= exp.plus(LEEWAY) {
        return Err(rejected("an exp in the future", format!("exp {}, now {}", claims.exp, now.as_secs())));
    }
    if exp > now.plus(LONGEST_LIFE).plus(LEEWAY) {
        return Err(rejected("an exp within five minutes", format!("exp {}, now {}", claims.exp, now.as_secs())));
    }
    if let Some(nbf) = claims.nbf.filter(|nbf| Timestamp::from_secs(*nbf) > now.plus(LEEWAY)) {
        return Err(rejected("an nbf that has come", format!("nbf {nbf}, now {}", now.as_secs())));
    }
    if let Some(iat) = claims.iat.filter(|iat| Timestamp::from_secs(*iat) > now.plus(FARTHEST_IAT)) {
        return Err(rejected("an iat that is not ahead", format!("iat {iat}, now {}", now.as_secs())));
    }
    Ok(exp.plus(LEEWAY))
}

/// RFC 7523 §3 (3). An assertion for another server, passed on by that server, must not be good here: the audience
/// injection that draft-ietf-oauth-rfc7523bis closes by demanding the issuer alone.
fn is_for_us(aud: &AssertionAud, wanted: AssertionAudience, names: Names<'_>) -> bool {
    let accepted: &[&str] = match wanted {
        AssertionAudience::Any => &[names.issuer, names.token_endpoint],
        AssertionAudience::Issuer => &[names.issuer],
        AssertionAudience::TokenEndpoint => &[names.token_endpoint],
    };
    match aud {
        AssertionAud::One(one) => accepted.contains(&one.as_str()),
        AssertionAud::Several(_) if wanted == AssertionAudience::Issuer => false,
        AssertionAud::Several(all) => all.iter().any(|one| accepted.contains(&one.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    const NOW: i64 = 1_700_000_000;
    const NAMES: Names<'static> = Names { issuer: "https://id.example", token_endpoint: "https://id.example/token" };

    fn claims() -> ClientAssertionClaims {
        ClientAssertionClaims {
            iss: fixtures::client().id,
            sub: fixtures::client().id,
            aud: AssertionAud::One(NAMES.issuer.to_owned()),
            jti: "j1".to_owned(),
            exp: NOW + 60,
            iat: Some(NOW),
            nbf: None,
        }
    }

    fn is_good_for(audience: AssertionAudience, claims: &ClientAssertionClaims) -> bool {
        let mut client = fixtures::client();
        client.terms.assertion_audience = audience;
        let judged = judge(claims, &client, NAMES, Timestamp::from_secs(NOW));
        assert!(judged.as_ref().err().is_none_or(|refused| refused.refusal == Refusal::ClientAssertionRejected));
        judged.is_ok()
    }

    fn is_good(change: impl FnOnce(&mut ClientAssertionClaims)) -> bool {
        let mut claims = claims();
        change(&mut claims);
        is_good_for(AssertionAudience::Issuer, &claims)
    }

    #[test]
    fn a_good_one_is_remembered_beyond_its_end() {
        let until = judge(&claims(), &fixtures::client(), NAMES, Timestamp::from_secs(NOW)).unwrap();
        assert_eq!(until, Timestamp::from_secs(NOW + 70));
    }

    #[test]
    fn issuer_and_subject_are_the_client() {
        assert!(!is_good(|claims| claims.iss = "another".to_owned()));
        assert!(!is_good(|claims| claims.sub = "another".to_owned()));
        assert!(!is_good(|claims| claims.iss = NAMES.issuer.to_owned()));
    }

    #[test]
    fn the_audience_follows_the_registration() {
        use AssertionAudience::{Any, Issuer, TokenEndpoint};
        let one = |aud: &str| AssertionAud::One(aud.to_owned());
        let several = |auds: &[&str]| AssertionAud::Several(auds.iter().map(|&aud| aud.to_owned()).collect());
        for (aud, good_for) in [
            (one(NAMES.issuer), &[Any, Issuer][..]),
            (one(NAMES.token_endpoint), &[Any, TokenEndpoint]),
            (several(&[NAMES.issuer]), &[Any]),
            (several(&[NAMES.token_endpoint]), &[Any, TokenEndpoint]),
            (several(&[NAMES.issuer, NAMES.token_endpoint]), &[Any, TokenEndpoint]),
            (one("https://id.example/"), &[]),
            (one("https://ID.example"), &[]),
            (one("https://evil.example"), &[]),
            (one(""), &[]),
            (several(&[]), &[]),
            (several(&["https://evil.example"]), &[]),
        ] {
            for wanted in [Any, Issuer, TokenEndpoint] {
                let claims = ClientAssertionClaims { aud: aud.clone(), ..claims() };
                assert_eq!(is_good_for(wanted, &claims), good_for.contains(&wanted), "{aud:?} for {wanted:?}");
            }
        }
    }

    #[test]
    fn times_are_bounded_to_the_second() {
        for (exp, expected) in [(-11, false), (-10, false), (-9, true), (300, true), (310, true), (311, false)] {
            assert_eq!(is_good(|claims| claims.exp = NOW + exp), expected, "exp {exp}");
        }
        for (iat, expected) in [(-600, true), (8, true), (60, true), (61, false)] {
            assert_eq!(is_good(|claims| claims.iat = Some(NOW + iat)), expected, "iat {iat}");
        }
        for (nbf, expected) in [(-600, true), (8, true), (10, true), (11, false)] {
            assert_eq!(is_good(|claims| claims.nbf = Some(NOW + nbf)), expected, "nbf {nbf}");
        }
        assert!(is_good(|claims| claims.iat = None));
        assert!(!is_good(|claims| claims.exp = i64::MAX) && !is_good(|claims| claims.exp = i64::MIN));
    }

    #[test]
    fn a_name_has_1_to_128_bytes() {
        for (bytes, expected) in [(0, false), (1, true), (128, true), (129, false)] {
            assert_eq!(is_good(|claims| claims.jti = "j".repeat(bytes)), expected, "{bytes}");
        }
    }
}
