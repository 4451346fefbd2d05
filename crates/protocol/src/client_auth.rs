//! Client authentication by the Basic scheme. RFC 6749 §2.3.1 and appendix B; RFC 7617 §2.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::authorization;
use crate::percent;

/// Client id and secret of a Basic `Authorization` header, fully decoded. `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicCredentials {
    /// The client, never empty.
    pub client_id: String,
    /// The secret, perhaps empty.
    pub secret: String,
}

/// Why a header holds no Basic credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BasicError {
    /// A control character in id or secret.
    #[error("control character in the credentials")]
    ControlCharacter,
    /// No client id before the colon.
    #[error("the client id is empty")]
    EmptyClientId,
    /// Not standard base64 with padding.
    #[error("the credentials are not base64")]
    NotBase64,
    /// Another scheme, or none.
    #[error("the scheme is not Basic")]
    NotBasic,
    /// A broken percent escape: id and secret are form-encoded before they are joined.
    #[error("id or secret is not form-encoded")]
    NotFormEncoded,
    /// No colon, or more than one: form-encoded text holds none.
    #[error("there is not exactly one colon")]
    NotOneColon,
    /// Not UTF-8 after decoding.
    #[error("the credentials are not UTF-8")]
    NotUtf8,
}

/// Reads the value of an `Authorization` header of the Basic scheme.
///
/// Shape: base64, then one colon, then form-decoding of both sides. The scheme's case does not matter (RFC 9110 §11.1).
/// Errors: [`BasicError`]; `NotBasic` tells another scheme from broken credentials.
pub fn parse_basic(header: &str) -> Result<BasicCredentials, BasicError> {
    let encoded = authorization::credentials(header, "Basic").ok_or(BasicError::NotBasic)?;
    let joined = STANDARD.decode(encoded).map_err(|_| BasicError::NotBase64)?;
    let mut sides = joined.split(|byte| *byte == b':');
    let (Some(id), Some(secret), None) = (sides.next(), sides.next(), sides.next()) else {
        return Err(BasicError::NotOneColon);
    };
    let client_id = decode(id)?;
    if client_id.is_empty() {
        return Err(BasicError::EmptyClientId);
    }
    Ok(BasicCredentials { client_id, secret: decode(secret)? })
}

/// Writes the value of an `Authorization` header, as a client does.
pub fn basic_header(client_id: &str, secret: &str) -> String {
    let joined = format!("{}:{}", percent::encode(client_id), percent::encode(secret));
    format!("Basic {}", STANDARD.encode(joined))
}

fn decode(side: &[u8]) -> Result<String, BasicError> {
    let bytes = percent::decode_form(side).ok_or(BasicError::NotFormEncoded)?;
    let text = String::from_utf8(bytes).map_err(|_| BasicError::NotUtf8)?;
    if text.chars().any(|c| c.is_ascii_control()) {
        return Err(BasicError::ControlCharacter);
    }
    Ok(text)
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicCredentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(joined: impl AsRef<[u8]>) -> Result<BasicCredentials, BasicError> {
        parse_basic(&format!("Basic {}", STANDARD.encode(joined)))
    }

    #[test]
    fn the_example_of_the_rfc_parses() {
        // RFC 6749 §2.3.1.
        let credentials = parse_basic("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3").unwrap();
        assert_eq!(credentials.client_id, "s6BhdRkqt3");
        assert_eq!(credentials.secret, "7Fjfp0ZBr1KtDRbnfVdmIw");
    }

    #[test]
    fn scheme_ignores_case_and_extra_spaces() {
        for scheme in ["basic ", "BASIC ", "Basic   "] {
            assert!(parse_basic(&format!("{scheme}{}", STANDARD.encode("a:b"))).is_ok(), "{scheme:?}");
        }
    }

    #[test]
    fn both_sides_are_form_decoded() {
        let credentials = raw("a%3Ab+c:%2B%25%E4%BB%A4").unwrap();
        assert_eq!((&*credentials.client_id, &*credentials.secret), ("a:b c", "+%令"));
    }

    #[test]
    fn other_schemes_are_told_apart() {
        for header in ["", "Basic", "Basic ", "Bearer YTpi", "BasicYTpi", " Basic YTpi", "Basic\tYTpi"] {
            assert_eq!(parse_basic(header), Err(BasicError::NotBasic), "{header:?}");
        }
    }

    #[test]
    fn base64_is_strict() {
        // Missing padding, url alphabet, trailing bits, inner space, two values.
        for encoded in ["YTpiYw", "YTpi-w==", "YTpiYx==", "YTpi YTpi", "YTpi,YTpi", "YTpi\n", "*"] {
            assert_eq!(parse_basic(&format!("Basic {encoded}")), Err(BasicError::NotBase64), "{encoded:?}");
        }
    }

    #[test]
    fn broken_credentials_are_refused() {
        for (joined, expected) in [
            (&b"ab"[..], BasicError::NotOneColon),
            (b"", BasicError::NotBasic),
            (b"a:b:c", BasicError::NotOneColon),
            (b":b", BasicError::EmptyClientId),
            (b"a:%zz", BasicError::NotFormEncoded),
            (b"%:b", BasicError::NotFormEncoded),
            (b"a:\xff", BasicError::NotUtf8),
            (b"a:%FF", BasicError::NotUtf8),
            (b"a:%00", BasicError::ControlCharacter),
            (b"a\n:b", BasicError::ControlCharacter),
        ] {
            assert_eq!(raw(joined), Err(expected), "{joined:?}");
        }
        assert_eq!(raw("a:").unwrap().secret, "");
    }

    #[test]
    fn debug_hides_the_secret() {
        assert!(!format!("{:?}", raw("a:hunter2").unwrap()).contains("hunter2"));
    }

    proptest! {
        #[test]
        fn arbitrary_headers_never_panic(header in any::<String>(), joined in any::<Vec<u8>>()) {
            let _ = parse_basic(&header);
            let _ = raw(joined);
        }

        #[test]
        fn what_a_client_writes_is_read_back(client_id in "\\PC{1,20}", secret in "\\PC{0,20}") {
            let read = parse_basic(&basic_header(&client_id, &secret)).unwrap();
            prop_assert_eq!(read, BasicCredentials { client_id, secret });
        }
    }
}
