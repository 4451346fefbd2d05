//! Checks a token as a stranger would: from the published keys, with code that shares nothing with the server's own.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// A token whose signature is good.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// The JOSE header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}

impl Jwt {
    /// Header and claims without looking at the signature.
    #[track_caller]
    pub fn unverified(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 3, "not a JWT: {token}");
        let read = |part: &str| serde_json::from_slice(&bytes(part)).expect("a part of the JWT is not JSON");
        Self { header: read(parts[0]), claims: read(parts[1]) }
    }

    /// Reads a token and verifies its signature by a key of `jwks`, the JSON of the published set.
    #[track_caller]
    pub fn verified(token: &str, jwks: &Value) -> Self {
        let jwt = Self::unverified(token);
        let named: Vec<&Value> = members(jwks).filter(|key| key["kid"] == jwt.header["kid"]).collect();
        assert_eq!(named.len(), 1, "{} keys are called {}", named.len(), jwt.header["kid"]);
        assert_eq!(named[0]["alg"], jwt.header["alg"], "the key is for another algorithm");
        assert!(is_signed_by(token, named[0]), "the signature is wrong");
        jwt
    }

    /// A claim; `null` when absent.
    pub fn claim(&self, name: &str) -> &Value {
        &self.claims[name]
    }
}

/// Whether a token's signature is that of a published key.
#[track_caller]
pub fn is_signed_by(token: &str, key: &Value) -> bool {
    let (message, signature) = token.rsplit_once('.').expect("not a JWT");
    let signature = bytes(signature);
    let member = |name: &str| bytes(key[name].as_str().expect("a member of the key is missing"));
    let point = || [vec![4], member("x"), member("y")].concat();
    let verify = |algorithm: &'static dyn VerificationAlgorithm, public: Vec<u8>| {
        UnparsedPublicKey::new(algorithm, public).verify(message.as_bytes(), &signature).is_ok()
    };
    let rsa = || RsaPublicKeyComponents { n: member("n"), e: member("e") };
    match key["alg"].as_str().expect("the key has no alg") {
        "ES256" => verify(&ECDSA_P256_SHA256_FIXED, point()),
        "ES384" => verify(&ECDSA_P384_SHA384_FIXED, point()),
        "EdDSA" => verify(&ED25519, member("x")),
        "PS256" => rsa().verify(&RSA_PSS_2048_8192_SHA256, message.as_bytes(), &signature).is_ok(),
        "RS256" => rsa().verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).is_ok(),
        other => panic!("a key for {other} is published"),
    }
}

/// The `at_hash` that belongs to an access token. Source: OpenID Connect Core §3.1.3.6.
#[track_caller]
pub fn at_hash(alg: &str, access_token: &str) -> String {
    let algorithm = match alg {
        "ES256" | "PS256" | "RS256" => &SHA256,
        "ES384" => &SHA384,
        "EdDSA" => &SHA512,
        other => panic!("unknown algorithm {other}"),
    };
    let whole = digest(algorithm, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&whole.as_ref()[..whole.as_ref().len() / 2])
}

/// The S256 challenge of a verifier. Source: RFC 7636 §4.2.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn members(jwks: &Value) -> impl Iterator<Item = &Value> {
    jwks["keys"].as_array().expect("the key set has no keys").iter()
}

#[track_caller]
fn bytes(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("not strict base64url")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_that_of_the_rfc() {
        // RFC 7636 appendix B.
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn at_hash_is_that_of_the_specification() {
        // OpenID Connect Core appendix A.3.
        assert_eq!(at_hash("RS256", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn signatures_are_really_checked() {
        // RFC 8037 appendix A.4.
        let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                     hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let key = serde_json::json!({"alg": "EdDSA", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        assert!(is_signed_by(token, &key));
        assert!(!is_signed_by(&token.replace("RXhh", "RXhi"), &key));
    }
}
