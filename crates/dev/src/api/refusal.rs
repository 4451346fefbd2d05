//! What the demo API says when it says no. Source: RFC 6750 §3, §3.1.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jwks::VerifyError;
use protocol::ErrorCode;
use serde_json::json;

const REALM: &str = "lingpai-dev-api";

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApiRefusal {
    /// The keys cannot be fetched, so nothing can be said of the token.
    KeysUnavailable,
    /// The body is no note.
    NoteMalformed,
    /// The body is too long.
    NoteTooLong,
    /// No token at all, or more than one.
    NoToken,
    /// The token is good but lacks the scope.
    ScopeMissing {
        /// The scope that would help.
        scope: &'static str,
    },
    /// The token ended.
    TokenExpired,
    /// The token is for somebody else.
    TokenForeign,
    /// The token is not good.
    TokenInvalid,
}

impl From<VerifyError> for ApiRefusal {
    fn from(refused: VerifyError) -> Self {
        match refused {
            VerifyError::AudienceMismatch => Self::TokenForeign,
            VerifyError::Expired | VerifyError::TooOld => Self::TokenExpired,
            VerifyError::AlgNotAllowed
            | VerifyError::BadBase64
            | VerifyError::BadJson
            | VerifyError::BadSignature
            | VerifyError::Claim { .. }
            | VerifyError::DuplicateMember
            | VerifyError::ForbiddenHeader { .. }
            | VerifyError::IssuedInFuture
            | VerifyError::IssuerMismatch
            | VerifyError::KeyMismatch
            | VerifyError::Malformed
            | VerifyError::NotYetValid
            | VerifyError::TooLarge
            | VerifyError::TypMismatch
            | VerifyError::UnknownKey => Self::TokenInvalid,
        }
    }
}

impl ApiRefusal {
    fn status(self) -> StatusCode {
        match self {
            Self::KeysUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoteMalformed => StatusCode::BAD_REQUEST,
            Self::NoteTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoToken | Self::TokenExpired | Self::TokenForeign | Self::TokenInvalid => StatusCode::UNAUTHORIZED,
            Self::ScopeMissing { .. } => StatusCode::FORBIDDEN,
        }
    }

    /// RFC 6750 §3.1: a request without any token is told no error code.
    fn code(self) -> Option<ErrorCode> {
        match self {
            Self::NoToken => None,
            Self::KeysUnavailable => Some(ErrorCode::TemporarilyUnavailable),
            Self::NoteMalformed | Self::NoteTooLong => Some(ErrorCode::InvalidRequest),
            Self::ScopeMissing { .. } => Some(ErrorCode::InsufficientScope),
            Self::TokenExpired | Self::TokenForeign | Self::TokenInvalid => Some(ErrorCode::InvalidToken),
        }
    }

    /// This API is for learning, so it says more than one that guards something would.
    fn description(self) -> &'static str {
        match self {
            Self::KeysUnavailable => "The signing keys cannot be fetched now.",
            Self::NoteMalformed => "The body must be a JSON object with a text called note.",
            Self::NoteTooLong => "The note is too long.",
            Self::NoToken => "Send one access token in the Authorization header.",
            Self::ScopeMissing { .. } => "The access token lacks the scope that this needs.",
            Self::TokenExpired => "The access token has expired.",
            Self::TokenForeign => "The access token is for another audience.",
            Self::TokenInvalid => "The access token is not valid.",
        }
    }

    fn challenge(self) -> Option<String> {
        let is_about_the_token = matches!(self.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !is_about_the_token {
            return None;
        }
        let mut parts = vec![format!("Bearer realm=\"{REALM}\"")];
        if let Some(code) = self.code() {
            parts.push(format!("error=\"{}\"", code.as_str()));
            parts.push(format!("error_description=\"{}\"", self.description()));
        }
        if let Self::ScopeMissing { scope } = self {
            parts.push(format!("scope=\"{scope}\""));
        }
        Some(parts.join(", "))
    }
}

impl IntoResponse for ApiRefusal {
    fn into_response(self) -> Response {
        let code = self.code().map_or("unauthorized", ErrorCode::as_str);
        let body = Json(json!({ "error": code, "error_description": self.description() }));
        let mut response = (self.status(), body).into_response();
        let challenge = self.challenge().and_then(|text| HeaderValue::try_from(text).ok());
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self == Self::KeysUnavailable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_follow_the_rfc() {
        assert_eq!(ApiRefusal::NoToken.challenge().unwrap(), "Bearer realm=\"lingpai-dev-api\"");
        let expired = ApiRefusal::TokenExpired.challenge().unwrap();
        assert!(expired.contains("error=\"invalid_token\""), "{expired}");
        let lacking = ApiRefusal::ScopeMissing { scope: "api:write" };
        assert_eq!(lacking.status(), StatusCode::FORBIDDEN);
        let text = lacking.challenge().unwrap();
        assert!(text.contains("error=\"insufficient_scope\"") && text.ends_with("scope=\"api:write\""), "{text}");
        assert_eq!(ApiRefusal::NoteTooLong.challenge(), None);
    }

    #[test]
    fn trouble_with_the_keys_is_not_the_tokens_fault() {
        let response = ApiRefusal::KeysUnavailable.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    }
}
