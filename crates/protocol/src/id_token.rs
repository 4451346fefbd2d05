//! Claims of an ID token. OpenID Connect Core §2.

use serde::{Deserialize, Serialize};

use crate::audience::Audience;

/// The claims of an ID token. Times are seconds since the epoch.
///
/// Nothing about the person beyond `sub`: the claims of a scope come from the userinfo endpoint when an access token is
/// issued (OpenID Connect Core §5.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// The client.
    pub aud: Audience,
    /// When the token ends.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// When the person signed in.
    pub auth_time: i64,
    /// The nonce of the request, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The class of the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The methods of the sign-in. RFC 8176.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The authorized party, where it is not plain from `aud`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// Half of the digest of the access token that came along. OpenID Connect Core §3.1.3.6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

impl IdTokenClaims {
    /// The `typ` of the JOSE header.
    pub const TYP: &'static str = "JWT";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_claims_are_left_out_and_not_null() {
        let claims = json!({"iss": "i", "sub": "s", "aud": "c", "exp": 2, "iat": 1, "auth_time": 1});
        let read: IdTokenClaims = serde_json::from_value(claims.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), claims);
    }

    #[test]
    fn each_required_claim_is_required() {
        let claims = json!({"iss": "i", "sub": "s", "aud": "c", "exp": 2, "iat": 1, "auth_time": 1});
        for claim in ["iss", "sub", "aud", "exp", "iat", "auth_time"] {
            let mut claims = claims.clone();
            claims.as_object_mut().unwrap().remove(claim);
            assert!(serde_json::from_value::<IdTokenClaims>(claims).is_err(), "{claim}");
        }
    }

    #[test]
    fn all_claims_round_trip() {
        let claims = json!({
            "iss": "i", "sub": "s", "aud": ["c", "d"], "exp": 2, "iat": 1, "auth_time": 1, "nonce": "n",
            "acr": "1", "amr": ["pwd"], "azp": "c", "at_hash": "h", "sid": "x",
        });
        let read: IdTokenClaims = serde_json::from_value(claims.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), claims);
    }
}
