//! A public key that verifies signatures of its own kind and no other.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto;
use protocol::alg::Alg;
use protocol::jwk::{PublicJwk, PublicKey, decode_member};

use crate::policy::VerifyError;
use crate::provider::algorithm;

/// A public key with the algorithms that it is for. It never serves as the secret of an HMAC: the type has no such
/// algorithm, so the confusion of RFC 8725 §2.1 cannot be written down.
pub(crate) struct VerifyingKey {
    key: DecodingKey,
    algs: Vec<Alg>,
}

impl VerifyingKey {
    /// The key that a JWK describes; `None` if its members are malformed or the key is one of Ed25519's small orders.
    ///
    /// Shape: a JWK without `alg` is for every algorithm of its type and curve.
    pub(crate) fn from_jwk(jwk: &PublicJwk) -> Option<Self> {
        let key = match &jwk.key {
            PublicKey::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y).ok()?,
            PublicKey::Okp { x } => {
                if is_small_order(&decode_member(x)?) {
                    return None;
                }
                DecodingKey::from_ed_components(x).ok()?
            }
            PublicKey::Rsa { n, e } => DecodingKey::from_rsa_components(n, e).ok()?,
        };
        let is_for = |alg: &Alg| jwk.key.fits(*alg) && jwk.alg.is_none_or(|only| only == *alg);
        Some(Self { key, algs: Alg::ALL.into_iter().filter(is_for).collect() })
    }

    /// Whether the key is for `alg`.
    pub(crate) fn accepts(&self, alg: Alg) -> bool {
        self.algs.contains(&alg)
    }

    /// Verifies a signature over `message`; `signature` is its base64url.
    pub(crate) fn verify(&self, alg: Alg, message: &[u8], signature: &str) -> Result<(), VerifyError> {
        if !self.accepts(alg) {
            return Err(VerifyError::KeyMismatch);
        }
        match crypto::verify(signature, message, &self.key, algorithm(alg)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(VerifyError::BadSignature),
            // Only the base64url of the signature can fail: the key was parsed before.
            Err(_) => Err(VerifyError::BadBase64),
        }
    }
}

/// Ed25519 public keys of small order verify forged signatures of any message, and aws-lc takes them (RFC 8032 §5.1.7
/// leaves the check to the application). The eight points, and their non-canonical spellings, without the sign bit.
fn is_small_order(key: &[u8]) -> bool {
    const P: [u8; 32] = {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed;
        bytes[31] = 0x7f;
        bytes
    };
    const ORDER_EIGHT: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let Ok(mut y) = <[u8; 32]>::try_from(key) else { return false };
    y[31] &= 0x7f;
    // y = 0, 1, p - 1, p, p + 1.
    let near = |base: [u8; 32], first: u8| {
        let mut bytes = base;
        bytes[0] = first;
        bytes
    };
    let small = [near([0; 32], 0), near([0; 32], 1), near(P, 0xec), near(P, 0xed), near(P, 0xee)];
    small.contains(&y) || ORDER_EIGHT.contains(&y)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use crate::provider::provider_is_ours;

    /// The payload of RFC 7515 appendices A.2 and A.3.
    const PAYLOAD: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    fn key(json: &str) -> VerifyingKey {
        assert!(provider_is_ours());
        VerifyingKey::from_jwk(&serde_json::from_str(json).unwrap()).unwrap()
    }

    fn assert_signed(key: &VerifyingKey, alg: Alg, message: &str, signature: &str) {
        assert_eq!(key.verify(alg, message.as_bytes(), signature), Ok(()));
        let other = format!("{message}A");
        assert_eq!(key.verify(alg, other.as_bytes(), signature), Err(VerifyError::BadSignature));
        for wrong in Alg::ALL.into_iter().filter(|other| !key.accepts(*other)) {
            assert_eq!(key.verify(wrong, message.as_bytes(), signature), Err(VerifyError::KeyMismatch));
        }
    }

    #[test]
    fn the_rs256_example_is_verified() {
        // RFC 7515 appendix A.2.
        let key = key(concat!(
            r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1P"#,
            "t0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA",
            "9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaG",
            r#"Nj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#,
        ));
        let signature = concat!(
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9C",
            "UAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6",
            "_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp",
            "0igcN_IoypGlUPQGe77Rw",
        );
        assert_signed(&key, Alg::Rs256, &format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}"), signature);
    }

    #[test]
    fn the_es256_example_is_verified() {
        // RFC 7515 appendix A.3.
        let key = key(concat!(
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#,
            r#""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        ));
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        assert_signed(&key, Alg::Es256, &format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}"), signature);
    }

    #[test]
    fn the_ed25519_example_is_verified() {
        // RFC 8037 appendix A.4.
        let key = key(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
        let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_signed(&key, Alg::EdDsa, message, signature);
    }

    #[test]
    fn the_example_key_set_is_read() {
        // RFC 7517 appendix A.1: the first key is for encryption.
        let encrypts = concat!(
            r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#,
            r#""y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}"#,
        );
        assert!(serde_json::from_str::<PublicJwk>(encrypts).is_err());
        let signs = encrypts.replace(r#""use":"enc","#, "");
        assert!(key(&signs).accepts(Alg::Es256));
    }

    #[test]
    fn a_key_without_alg_is_for_its_whole_family_and_one_with_alg_for_that_alone() {
        let rsa = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1","e":"AQAB"}"#;
        assert!(key(rsa).accepts(Alg::Rs256) && key(rsa).accepts(Alg::Ps256) && !key(rsa).accepts(Alg::Es256));
        let only = rsa.replace(r#""kty""#, r#""alg":"PS256","kty""#);
        assert!(!key(&only).accepts(Alg::Rs256) && key(&only).accepts(Alg::Ps256));
    }

    #[test]
    fn an_ed25519_key_of_small_order_is_no_key() {
        // With the neutral element as key, R the neutral element and S zero "sign" every message.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;
        let stock = DecodingKey::from_ed_der(&neutral);
        assert!(provider_is_ours());
        let forged = URL_SAFE_NO_PAD.encode(forged);
        assert_eq!(crypto::verify(&forged, b"anything", &stock, jsonwebtoken::Algorithm::EdDSA).ok(), Some(true));

        let jwk = |bytes: [u8; 32]| PublicJwk { key: PublicKey::ed25519(&bytes), alg: None, kid: None };
        let mut negative = neutral;
        negative[31] |= 0x80;
        for bytes in [neutral, negative, [0; 32]] {
            assert!(VerifyingKey::from_jwk(&jwk(bytes)).is_none());
        }
        assert!(VerifyingKey::from_jwk(&jwk([2; 32])).is_some());
    }

    #[test]
    fn a_point_off_the_curve_verifies_nothing() {
        let off = concat!(
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#,
            r#""y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}"#,
        );
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let message = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}");
        assert_eq!(key(off).verify(Alg::Es256, message.as_bytes(), signature), Err(VerifyError::BadSignature));
    }
}
