//! Every rule about a token, each with one that keeps it and one that breaks it.

mod claims;
mod confusion;
mod header;
mod hint;

use std::collections::HashMap;
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use protocol::jwk::JwkSet;
use protocol::time::Timestamp;
use serde_json::json;

use super::*;
use crate::generate::NewKey;
use crate::provider::provider_is_ours;
use crate::verifier::verify_with_jwks;

const NOW: i64 = 1_700_000_000;

/// One key per algorithm, with what publishes them.
struct Ring {
    keys: HashMap<Alg, NewKey>,
    set: JwkSet,
}

static RING: LazyLock<Ring> = LazyLock::new(|| {
    assert!(provider_is_ours());
    let keys: HashMap<Alg, NewKey> =
        Alg::ALL.into_iter().map(|alg| (alg, NewKey::generate(alg, 2048).unwrap())).collect();
    let set = JwkSet { keys: keys.values().map(|key| key.public_jwk.clone()).collect() };
    Ring { keys, set }
});

fn policy() -> JwtPolicy {
    JwtPolicy {
        algs: Alg::ALL.to_vec(),
        ..JwtPolicy::new("at+jwt", &[], "https://id.example", "https://api.example", Timestamp::from_secs(NOW))
    }
}

fn header(alg: Alg) -> Value {
    json!({ "alg": alg.as_str(), "typ": "at+jwt", "kid": RING.keys[&alg].kid })
}

fn claims() -> Value {
    json!({ "iss": "https://id.example", "aud": "https://api.example", "iat": NOW, "exp": NOW + 600, "sub": "ada" })
}

fn sign(alg: Alg, message: &[u8]) -> Vec<u8> {
    let (pkcs8, random) = (&RING.keys[&alg].pkcs8, SystemRandom::new());
    let rsa = |encoding| {
        let key = RsaKeyPair::from_pkcs8(pkcs8).unwrap();
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(encoding, &random, message, &mut signature).unwrap();
        signature
    };
    let ec = |algorithm| {
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).unwrap();
        key.sign(&random, message).unwrap().as_ref().to_vec()
    };
    match alg {
        Alg::Rs256 => rsa(&RSA_PKCS1_SHA256),
        Alg::Ps256 => rsa(&RSA_PSS_SHA256),
        Alg::Es256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING),
        Alg::Es384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING),
        Alg::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).unwrap().sign(message).as_ref().to_vec(),
    }
}

/// A token of any header and payload, signed with the key of `alg`.
fn token_of(alg: Alg, header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(sign(alg, signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn token(header: &Value, claims: &Value) -> String {
    token_of(Alg::Es256, &header.to_string(), &claims.to_string())
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

fn judge_with(policy: &JwtPolicy, token: &str) -> Result<Value, VerifyError> {
    verify_with_jwks(&RING.set, policy, token)
}

fn judge(token: &str) -> Result<Value, VerifyError> {
    judge_with(&policy(), token)
}

fn judge_header(header: &Value) -> Result<Value, VerifyError> {
    judge(&token(header, &claims()))
}

fn judge_claims(claims: &Value) -> Result<Value, VerifyError> {
    judge(&token(&header(Alg::Es256), claims))
}
