//! Registered error codes and the error body. RFC 6749 §4.1.2.1 and §5.2.
//!
//! Further codes: RFC 6750 §3.1, RFC 8628 §3.5, RFC 8707 §2, OpenID Connect Core §3.1.2.6.

use std::fmt;

use serde::Serialize;

/// An error code from the IANA registry "OAuth Extensions Errors".
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ErrorCode {
    /// The person or the server denied the request. RFC 6749 §4.1.2.1.
    AccessDenied,
    /// The person must choose an account. OpenID Connect Core §3.1.2.6.
    AccountSelectionRequired,
    /// The person has not decided yet; the device goes on polling. RFC 8628 §3.5.
    AuthorizationPending,
    /// The person must consent. OpenID Connect Core §3.1.2.6.
    ConsentRequired,
    /// The device code has expired. RFC 8628 §3.5.
    ExpiredToken,
    /// The token lacks a scope. RFC 6750 §3.1.
    InsufficientScope,
    /// Some page would have to be shown. OpenID Connect Core §3.1.2.6.
    InteractionRequired,
    /// Client authentication failed. RFC 6749 §5.2.
    InvalidClient,
    /// The code or refresh token is wrong, spent, expired, or another client's. RFC 6749 §5.2.
    InvalidGrant,
    /// The request is malformed. RFC 6749 §4.1.2.1 and §5.2.
    InvalidRequest,
    /// The scope is unknown, malformed, or too wide. RFC 6749 §4.1.2.1 and §5.2.
    InvalidScope,
    /// The resource is unknown or malformed. RFC 8707 §2.
    InvalidTarget,
    /// The bearer token is wrong or expired. RFC 6750 §3.1.
    InvalidToken,
    /// The person must sign in. OpenID Connect Core §3.1.2.6.
    LoginRequired,
    /// The `registration` parameter is not supported. OpenID Connect Core §3.1.2.6.
    RegistrationNotSupported,
    /// The `request` parameter is not supported. OpenID Connect Core §3.1.2.6.
    RequestNotSupported,
    /// The `request_uri` parameter is not supported. OpenID Connect Core §3.1.2.6.
    RequestUriNotSupported,
    /// The server failed. RFC 6749 §4.1.2.1.
    ServerError,
    /// The device polls too often; it must wait five seconds longer from now on. RFC 8628 §3.5.
    SlowDown,
    /// The server cannot answer now. RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// The client may not use this grant or response type. RFC 6749 §4.1.2.1 and §5.2.
    UnauthorizedClient,
    /// The sign-in cannot be as strong as the client insists. OpenID Connect Core Error Code
    /// unmet_authentication_requirements §2.
    UnmetAuthenticationRequirements,
    /// The grant type is unknown. RFC 6749 §5.2.
    UnsupportedGrantType,
    /// The response type is unknown. RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
}

impl ErrorCode {
    /// Every code, in alphabetical order.
    pub const ALL: [Self; 24] = [
        Self::AccessDenied,
        Self::AccountSelectionRequired,
        Self::AuthorizationPending,
        Self::ConsentRequired,
        Self::ExpiredToken,
        Self::InsufficientScope,
        Self::InteractionRequired,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::InvalidRequest,
        Self::InvalidScope,
        Self::InvalidTarget,
        Self::InvalidToken,
        Self::LoginRequired,
        Self::RegistrationNotSupported,
        Self::RequestNotSupported,
        Self::RequestUriNotSupported,
        Self::ServerError,
        Self::SlowDown,
        Self::TemporarilyUnavailable,
        Self::UnauthorizedClient,
        Self::UnmetAuthenticationRequirements,
        Self::UnsupportedGrantType,
        Self::UnsupportedResponseType,
    ];

    /// The code as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::AuthorizationPending => "authorization_pending",
            Self::ConsentRequired => "consent_required",
            Self::ExpiredToken => "expired_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidToken => "invalid_token",
            Self::LoginRequired => "login_required",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::SlowDown => "slow_down",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The JSON body of an error answer.
///
/// Shape: members in the order of RFC 6749 §5.2. The description is fixed text of this program, never a value from a
/// request, so it cannot carry an injection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// The registered code.
    pub error: &'static str,
    /// Fixed ASCII text for the developer of the client.
    pub error_description: &'static str,
    /// A page that explains the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_uri: Option<String>,
}

impl ErrorBody {
    /// A body without `error_uri`.
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { error: code.as_str(), error_description: description, error_uri: None }
    }
}

/// Whether a text may be an `error_description`: printable ASCII without `"` and `\`.
///
/// Source: RFC 6749 §4.1.2.1 and §5.2 (`%x20-21 / %x23-5B / %x5D-7E`).
pub const fn is_valid_description(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        if !matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E) {
            return false;
        }
        rest = tail;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_lower_case_and_sorted() {
        let names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.is_sorted());
        let mut unique = names.clone();
        unique.dedup();
        assert_eq!(unique, names);
        for name in names {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
    }

    #[test]
    fn body_keeps_the_order_of_the_rfc() {
        let mut body = ErrorBody::new(ErrorCode::InvalidGrant, "The code was used before.");
        assert_eq!(
            serde_json::to_string(&body).unwrap(),
            r#"{"error":"invalid_grant","error_description":"The code was used before."}"#
        );
        body.error_uri = Some("https://as.example/docs".into());
        assert!(serde_json::to_string(&body).unwrap().ends_with(r#","error_uri":"https://as.example/docs"}"#));
    }

    #[test]
    fn descriptions_refuse_quotes_backslashes_and_controls() {
        assert!(is_valid_description("The code has expired. (60 s)"));
        for bad in ["a \"quoted\" word", "back\\slash", "line\nbreak", "tab\t", "caf\u{e9}", "\u{7f}"] {
            assert!(!is_valid_description(bad), "{bad:?}");
        }
    }
}
