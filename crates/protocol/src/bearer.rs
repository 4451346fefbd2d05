//! Bearer tokens. RFC 6750; challenges: RFC 9110 §11.6.1.

use std::fmt;

use crate::authorization;
use crate::error::ErrorCode;
use crate::scope::ScopeSet;

/// Why a header holds no bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// A character that a token cannot hold.
    #[error("the token is malformed")]
    Malformed,
    /// Another scheme, or none.
    #[error("the scheme is not Bearer")]
    NotBearer,
}

/// Reads the token out of the value of an `Authorization` header.
///
/// Errors: [`BearerError`]; `NotBearer` tells another scheme from a broken token.
/// Source: RFC 6750 §2.1 (`b64token`); the scheme's case does not matter (RFC 9110 §11.1).
pub fn parse_authorization(header: &str) -> Result<&str, BearerError> {
    let token = authorization::credentials(header, "Bearer").ok_or(BearerError::NotBearer)?;
    let body = token.trim_end_matches('=');
    let is_b64token = !body.is_empty() && body.bytes().all(is_token_character);
    is_b64token.then_some(token).ok_or(BearerError::Malformed)
}

const fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}

/// The value of a `WWW-Authenticate` header; its `Display` is the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    scheme: &'static str,
    realm: String,
    error: Option<(ErrorCode, &'static str)>,
    scope: ScopeSet,
}

impl Challenge {
    /// Asks for a bearer token.
    pub fn bearer(realm: &str) -> Self {
        Self::new("Bearer", realm)
    }

    /// Asks a client to authenticate by the Basic scheme. Source: RFC 6749 §5.2, RFC 7617 §2.
    pub fn basic(realm: &str) -> Self {
        Self::new("Basic", realm)
    }

    /// Says why the request failed. Left out where no credentials came (RFC 6750 §3.1).
    #[must_use]
    pub fn error(mut self, code: ErrorCode, description: &'static str) -> Self {
        self.error = Some((code, description));
        self
    }

    /// Names the scope that the request needs.
    #[must_use]
    pub fn scope(mut self, scope: ScopeSet) -> Self {
        self.scope = scope;
        self
    }

    fn new(scheme: &'static str, realm: &str) -> Self {
        // A realm is a quoted string: what would end it or need escaping is left out.
        let is_safe = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        Self { scheme, realm: realm.chars().filter(is_safe).collect(), error: None, scope: ScopeSet::empty() }
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} realm=\"{}\"", self.scheme, self.realm)?;
        if let Some((code, description)) = self.error {
            write!(f, ", error=\"{code}\", error_description=\"{description}\"")?;
        }
        if !self.scope.is_empty() {
            write!(f, ", scope=\"{}\"", self.scope)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_of_the_grammar_are_read() {
        for (header, token) in
            [("Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"), ("bearer a~+/==", "a~+/=="), ("BEARER   x", "x")]
        {
            assert_eq!(parse_authorization(header), Ok(token));
        }
    }

    #[test]
    fn other_schemes_and_broken_tokens_are_told_apart() {
        for header in ["", "Bearer", "Bearer ", "Basic YTpi", "DPoP x", "Bearerx y", " Bearer x", "Bearer\tx"] {
            assert_eq!(parse_authorization(header), Err(BearerError::NotBearer), "{header:?}");
        }
        for header in [
            "Bearer a b",
            "Bearer =",
            "Bearer a=b",
            "Bearer a,b",
            "Bearer \"a\"",
            "Bearer a\n",
            "Bearer \u{e9}",
            "Bearer a ",
        ] {
            assert_eq!(parse_authorization(header), Err(BearerError::Malformed), "{header:?}");
        }
    }

    #[test]
    fn challenges_read_as_the_rfc_writes_them() {
        assert_eq!(Challenge::bearer("https://as.example").to_string(), r#"Bearer realm="https://as.example""#);
        assert_eq!(Challenge::basic("as").to_string(), r#"Basic realm="as""#);
        let full = Challenge::bearer("as")
            .error(ErrorCode::InsufficientScope, "The token lacks a scope.")
            .scope(ScopeSet::parse("openid email").unwrap());
        assert_eq!(
            full.to_string(),
            r#"Bearer realm="as", error="insufficient_scope", error_description="The token lacks a scope.", scope="openid email""#
        );
    }

    #[test]
    fn a_realm_cannot_end_its_quotes() {
        assert_eq!(Challenge::bearer("a\"b\\c\r\nd").to_string(), r#"Bearer realm="abcd""#);
    }

    proptest! {
        #[test]
        fn arbitrary_headers_never_panic(header in any::<String>(), token in any::<String>()) {
            let _ = parse_authorization(&header);
            if let Ok(read) = parse_authorization(&format!("Bearer {token}")) {
                prop_assert_eq!(read, token.trim_start_matches(' '));
            }
        }

        #[test]
        fn a_realm_is_always_header_text(realm in any::<String>()) {
            let text = Challenge::bearer(&realm).to_string();
            prop_assert!(text.bytes().all(|b| (0x20..0x7f).contains(&b)));
            prop_assert_eq!(text.matches('"').count(), 2);
        }
    }
}
