//! The answer of the introspection endpoint. RFC 7662 §2.2; `acr` and `auth_time`: RFC 9470 §6.2.

use serde::Serialize;

use crate::audience::Audience;
use crate::scope::ScopeSet;
use crate::token_exchange::Actor;

/// What is told about a token.
///
/// Shape: a token that is not good is `{"active":false}` and nothing else, whatever the reason (RFC 7662 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// The token is good now.
    Active(Box<ActiveToken>),
    /// It is not, or the caller has no business with it.
    Inactive,
}

/// A token that is good. Times are seconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActiveToken {
    /// What it allows.
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    pub scope: ScopeSet,
    /// The client that it was issued to.
    pub client_id: String,
    /// The name by which people know the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// RFC 6749 §7.1; an access token has one, a refresh token has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// When it ends.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// The user, or the client where it speaks for itself.
    pub sub: String,
    /// The resource servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    /// The issuer.
    pub iss: String,
    /// The token's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// When the person signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The class of that sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The methods of that sign-in. RFC 8176.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The client that acts for the person, where the token was exchanged. RFC 8693 §4.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

impl Serialize for Introspection {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Answer<'a> {
            active: bool,
            #[serde(flatten)]
            token: Option<&'a ActiveToken>,
        }
        let token = match self {
            Self::Active(token) => Some(&**token),
            Self::Inactive => None,
        };
        Answer { active: token.is_some(), token }.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token() -> ActiveToken {
        ActiveToken {
            scope: ScopeSet::parse("openid email").unwrap(),
            client_id: "web".to_owned(),
            username: None,
            token_type: Some("Bearer"),
            exp: 2,
            iat: 1,
            sub: "u1".to_owned(),
            aud: Some(Audience::from("https://api.example")),
            iss: "https://as.example".to_owned(),
            jti: Some("j".to_owned()),
            sid: None,
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            act: None,
        }
    }

    #[test]
    fn every_negative_is_the_same_answer() {
        assert_eq!(serde_json::to_string(&Introspection::Inactive).unwrap(), r#"{"active":false}"#);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let answer = serde_json::to_value(Introspection::Active(Box::new(token()))).unwrap();
        let expected = json!({
            "active": true, "scope": "openid email", "client_id": "web", "token_type": "Bearer", "exp": 2, "iat": 1,
            "sub": "u1", "aud": "https://api.example", "iss": "https://as.example", "jti": "j",
        });
        assert_eq!(answer, expected);
    }
}
