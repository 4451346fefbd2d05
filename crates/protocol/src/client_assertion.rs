//! Client authentication by a signed assertion. RFC 7521 §4.2; RFC 7523 §2.2, §3; OpenID Connect Core §9.

use serde::{Deserialize, Deserializer};

use crate::alg::Alg;

/// The only `client_assertion_type` there is. RFC 7523 §2.2.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The algorithm of `client_secret_jwt`: HMAC with SHA-256. RFC 7518 §3.2.
///
/// It is no [`Alg`], so that nothing that signs or verifies with keys can be asked for it.
pub const HS256: &str = "HS256";

/// The algorithms of client assertions, as discovery names them. RFC 8414 §2.
pub fn algorithms() -> Vec<&'static str> {
    Alg::ALL.into_iter().map(Alg::as_str).chain([HS256]).collect()
}

/// The claims of a client assertion. Times are seconds since the epoch.
///
/// Reading is strict: a time that is no integer, a `null`, an `iss` that is no string or a missing required claim is an
/// error. Claims that nobody defined here are left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClientAssertionClaims {
    /// Who made it: the client.
    pub iss: String,
    /// Whom it proves: the client.
    pub sub: String,
    /// Whom it is for.
    pub aud: AssertionAud,
    /// Its own name, good for one request.
    pub jti: String,
    /// When it ends.
    pub exp: i64,
    /// When it was made.
    #[serde(default, deserialize_with = "present")]
    pub iat: Option<i64>,
    /// When it begins.
    #[serde(default, deserialize_with = "present")]
    pub nbf: Option<i64>,
}

/// The `aud` of a client assertion as it was written: one text and a list of one are not the same here.
///
/// Source: draft-ietf-oauth-rfc7523bis (the issuer as the only value, as a string), FAPI 2.0.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum AssertionAud {
    /// One text.
    One(String),
    /// A list.
    Several(Vec<String>),
}

/// A member that may be absent, but not `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claims() -> Value {
        json!({ "iss": "web", "sub": "web", "aud": "https://as.example", "jti": "j", "exp": 2, "iat": 1, "nbf": 1 })
    }

    fn read(claims: &Value) -> Result<ClientAssertionClaims, serde_json::Error> {
        serde_json::from_value(claims.clone())
    }

    #[test]
    fn the_form_of_the_audience_is_kept() {
        assert_eq!(read(&claims()).unwrap().aud, AssertionAud::One("https://as.example".into()));
        let mut list = claims();
        list["aud"] = json!(["https://as.example"]);
        assert_eq!(read(&list).unwrap().aud, AssertionAud::Several(vec!["https://as.example".into()]));
    }

    #[test]
    fn each_required_claim_is_required_and_the_others_are_not() {
        for (claim, is_required) in
            [("iss", true), ("sub", true), ("aud", true), ("jti", true), ("exp", true), ("iat", false), ("nbf", false)]
        {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(claim);
            assert_eq!(read(&claims).is_err(), is_required, "{claim}");
        }
    }

    #[test]
    fn mistyped_claims_are_refused() {
        for (claim, value) in [
            ("iss", json!(["web"])),
            ("sub", json!(1)),
            ("aud", json!(null)),
            ("aud", json!([1])),
            ("aud", json!({ "a": 1 })),
            ("jti", json!(1)),
            ("jti", json!(null)),
            ("exp", json!(2.5)),
            ("exp", json!("2")),
            ("exp", json!(null)),
            ("iat", json!(1e300)),
            ("iat", json!(null)),
            ("nbf", json!("1")),
        ] {
            let mut claims = claims();
            claims[claim] = value.clone();
            assert!(read(&claims).is_err(), "{claim}: {value}");
        }
    }

    #[test]
    fn neither_none_nor_an_unknown_algorithm_is_offered() {
        assert_eq!(algorithms(), ["ES256", "ES384", "EdDSA", "PS256", "RS256", "HS256"]);
    }
}
