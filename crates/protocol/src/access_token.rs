//! Claims of a JWT access token. RFC 9068 §2.2.

use serde::{Deserialize, Serialize};

use crate::audience::Audience;
use crate::scope::ScopeSet;
use crate::token_exchange::Actor;

/// The claims of an access token. Times are seconds since the epoch.
///
/// Reading is strict: a time that is no integer, an `iss` that is no string or a missing required claim is an error.
/// Unknown claims are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The user, or the client itself where no user is involved.
    pub sub: String,
    /// The resource servers.
    pub aud: Audience,
    /// The client.
    pub client_id: String,
    /// When the token ends.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// The token's own id.
    pub jti: String,
    /// What was granted.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub scope: ScopeSet,
    /// When the person signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The class of that sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The methods of that sign-in. RFC 8176.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The family of tokens that this one was issued with: the unit of revocation. A private claim (RFC 7519 §4.3) that
    /// this server reads at its own endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The client that acts for the person, where the token was exchanged. RFC 8693 §4.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

impl AccessTokenClaims {
    /// The `typ` of the JOSE header. RFC 9068 §2.1.
    pub const TYP: &'static str = "at+jwt";
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claims() -> Value {
        json!({
            "iss": "https://as.example", "sub": "u1", "aud": "https://api.example", "client_id": "web",
            "exp": 2000, "iat": 1000, "jti": "j1", "scope": "openid email",
        })
    }

    #[test]
    fn claims_round_trip() {
        let read: AccessTokenClaims = serde_json::from_value(claims()).unwrap();
        assert!(read.aud.contains("https://api.example") && read.scope.contains("email"));
        assert_eq!(serde_json::to_value(read).unwrap(), claims());
    }

    #[test]
    fn each_required_claim_is_required() {
        for claim in ["iss", "sub", "aud", "client_id", "exp", "iat", "jti"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(claim);
            assert!(serde_json::from_value::<AccessTokenClaims>(claims).is_err(), "{claim}");
        }
    }

    #[test]
    fn mistyped_claims_are_refused() {
        for (claim, value) in [
            ("exp", json!(2000.5)),
            ("exp", json!("2000")),
            ("iat", json!(1e300)),
            ("iss", json!(["https://as.example"])),
            ("sub", json!(1)),
            ("aud", json!(null)),
            ("aud", json!([])),
            ("aud", json!([1])),
            ("scope", json!(["openid"])),
            ("scope", json!(" ")),
            ("auth_time", json!("1")),
        ] {
            let mut claims = claims();
            claims[claim] = value.clone();
            assert!(serde_json::from_value::<AccessTokenClaims>(claims).is_err(), "{claim}: {value}");
        }
    }
}
