//! Token response. RFC 6749 §5.1; `id_token`: OpenID Connect Core §3.1.3.3.

use std::fmt;

use serde::Serialize;

/// The body of a successful answer of the token endpoint. `Debug` hides the tokens.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// The type of what `access_token` holds, in the answer to an exchange. RFC 8693 §2.2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// Always [`TokenResponse::BEARER`].
    pub token_type: &'static str,
    /// Life of the access token in seconds.
    pub expires_in: u64,
    /// The refresh token, where the grant brings one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token, where `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The granted scope, space-joined; left out when empty, since the grammar has no empty scope.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
}

impl TokenResponse {
    /// The token type of RFC 6750.
    pub const BEARER: &'static str = "Bearer";
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_id_token", &self.id_token.is_some())
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> TokenResponse {
        TokenResponse {
            access_token: "at-1".into(),
            issued_token_type: None,
            token_type: TokenResponse::BEARER,
            expires_in: 600,
            refresh_token: Some("rt-1".into()),
            id_token: Some("idt-1".into()),
            scope: "openid".into(),
        }
    }

    #[test]
    fn members_stand_in_the_order_of_the_rfc() {
        assert_eq!(
            serde_json::to_string(&response()).unwrap(),
            r#"{"access_token":"at-1","token_type":"Bearer","expires_in":600,"refresh_token":"rt-1","id_token":"idt-1","scope":"openid"}"#
        );
    }

    #[test]
    fn what_is_not_issued_is_left_out() {
        let response = TokenResponse { refresh_token: None, id_token: None, scope: String::new(), ..response() };
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"access_token":"at-1","token_type":"Bearer","expires_in":600}"#
        );
    }

    #[test]
    fn debug_hides_the_tokens() {
        let shown = format!("{:?}", response());
        for token in ["at-1", "rt-1", "idt-1"] {
            assert!(!shown.contains(token));
        }
    }
}
