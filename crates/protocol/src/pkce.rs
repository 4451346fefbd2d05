//! Proof Key for Code Exchange. RFC 7636.
//!
//! Only the method S256 exists here; `plain` protects nobody (RFC 9700 §2.1.1).

use std::fmt;

use crate::percent;

/// A code challenge of the method S256: the base64url text of a SHA-256 digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeChallenge(String);

/// A code verifier: 43 to 128 unreserved characters. `Debug` hides it, for it opens the code.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(String);

/// Why a text is no challenge or verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// A character outside the alphabet.
    #[error("character that is not allowed")]
    InvalidCharacter,
    /// Too short or too long.
    #[error("wrong length")]
    WrongLength,
}

impl CodeChallenge {
    /// The name of the method, as in `code_challenge_method`.
    pub const METHOD: &'static str = "S256";
    /// The length of every S256 challenge: 32 bytes in base64url without padding.
    pub const LENGTH: usize = 43;

    /// Reads the parameter `code_challenge`.
    ///
    /// Source: RFC 7636 §4.2 and §4.3.
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        if text.len() != Self::LENGTH {
            return Err(PkceError::WrongLength);
        }
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !text.bytes().all(is_base64url) {
            return Err(PkceError::InvalidCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The challenge as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CodeVerifier {
    /// The shortest verifier.
    pub const MIN_LENGTH: usize = 43;
    /// The longest verifier.
    pub const MAX_LENGTH: usize = 128;

    /// Reads the parameter `code_verifier`.
    ///
    /// Source: RFC 7636 §4.1 (`43*128unreserved`).
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        if !(Self::MIN_LENGTH..=Self::MAX_LENGTH).contains(&text.len()) {
            return Err(PkceError::WrongLength);
        }
        if !text.bytes().all(percent::is_unreserved) {
            return Err(PkceError::InvalidCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The verifier as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_rfc_parses() {
        // RFC 7636 appendix B.
        CodeVerifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
    }

    #[test]
    fn lengths_at_the_edges() {
        let text = |n| "a".repeat(n);
        for (length, is_verifier) in [(0, false), (42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(CodeVerifier::parse(&text(length)).is_ok(), is_verifier, "{length}");
        }
        for (length, is_challenge) in [(0, false), (42, false), (43, true), (44, false), (128, false)] {
            assert_eq!(CodeChallenge::parse(&text(length)).is_ok(), is_challenge, "{length}");
        }
    }

    #[test]
    fn alphabets_differ_in_dot_and_tilde() {
        let text = |last| format!("{}{last}", "a".repeat(42));
        for last in ['.', '~'] {
            assert!(CodeVerifier::parse(&text(last)).is_ok());
            assert_eq!(CodeChallenge::parse(&text(last)), Err(PkceError::InvalidCharacter));
        }
        for last in ['=', '+', '/', ' ', '%', '\n'] {
            assert_eq!(CodeVerifier::parse(&text(last)), Err(PkceError::InvalidCharacter), "{last:?}");
            assert_eq!(CodeChallenge::parse(&text(last)), Err(PkceError::InvalidCharacter), "{last:?}");
        }
    }

    #[test]
    fn debug_hides_the_verifier() {
        let verifier = CodeVerifier::parse(&"v".repeat(43)).unwrap();
        assert!(!format!("{verifier:?}").contains("vvv"));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_the_text(text in any::<String>(), near in "[A-Za-z0-9._~+-]{40,130}") {
            for text in [text, near] {
                if let Ok(verifier) = CodeVerifier::parse(&text) {
                    prop_assert_eq!(verifier.as_str(), &text);
                }
                if let Ok(challenge) = CodeChallenge::parse(&text) {
                    prop_assert_eq!(challenge.as_str(), &text);
                }
            }
        }
    }
}
