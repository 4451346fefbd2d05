//! What a token says of itself, before anybody has verified it: for people who look at one, and for nothing else.

use serde_json::{Map, Value};

use crate::policy::VerifyError;
use crate::token::{Parts, decode, parse_object};

/// The two objects of a compact JWS. Nothing about them is known to be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

/// Reads header and claims of a compact JWS and verifies nothing.
///
/// Errors: the structural ones of [`VerifyError`]; a member that stands twice is refused here, too, since two readers
/// could take two different values for the truth.
/// Source: RFC 7515 §7.1.
pub fn peek(token: &str) -> Result<Unverified, VerifyError> {
    let parts = Parts::split(token)?;
    Ok(Unverified { header: parse_object(&decode(parts.header)?)?, claims: parse_object(&decode(parts.payload)?)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515 appendix A.3.
    const TOKEN: &str = concat!(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );

    #[test]
    fn header_and_claims_are_read() {
        let found = peek(TOKEN).unwrap();
        assert_eq!(found.header["alg"], "ES256");
        assert_eq!((&found.claims["iss"], found.claims["exp"].as_i64()), (&"joe".into(), Some(1_300_819_380)));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for (text, error) in [
            ("", VerifyError::Malformed),
            ("a.b", VerifyError::Malformed),
            ("a..c", VerifyError::Malformed),
            ("e30.e30=.AA", VerifyError::BadBase64),
            ("e30.W10.AA", VerifyError::BadJson),
            ("e30.eyJhIjoxLCJhIjoyfQ.AA", VerifyError::DuplicateMember),
        ] {
            assert_eq!(peek(text), Err(error), "{text}");
        }
    }
}
