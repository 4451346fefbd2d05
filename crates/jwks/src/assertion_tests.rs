//! Every rule about the header and the signature of a client assertion.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use super::*;
use crate::generate::NewKey;

struct Client {
    ec: NewKey,
    rsa: NewKey,
    set: JwkSet,
}

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let (ec, rsa) = (NewKey::generate(Alg::Es256, 2048).unwrap(), NewKey::generate(Alg::Rs256, 2048).unwrap());
    let named = |key: &NewKey, kid: &str| PublicJwk { kid: Some(kid.to_owned()), alg: None, ..key.public_jwk.clone() };
    let set = JwkSet { keys: vec![named(&ec, "ec"), named(&rsa, "rsa")] };
    Client { ec, rsa, set }
});

const SECRET: &str = "cs_0123456789.abcdefghijklmnopqrstuvwxyz";

fn claims() -> Value {
    json!({ "iss": "web", "sub": "web" })
}

fn signed_text(header: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims().to_string()))
}

fn by_ec(header: &Value) -> String {
    let text = signed_text(header);
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &CLIENT.ec.pkcs8).unwrap();
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn by_rsa(header: &Value) -> String {
    let text = signed_text(header);
    let key = RsaKeyPair::from_pkcs8(&CLIENT.rsa.pkcs8).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn by_mac(header: &Value, secret: &[u8]) -> String {
    let text = signed_text(header);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn judge(token: &str) -> Result<Value, VerifyError> {
    verify(&AssertionKeys::Public(&CLIENT.set), None, token)
}

fn judge_mac(token: &str) -> Result<Value, VerifyError> {
    let secrets = [Secret::new("an older one".to_owned()), Secret::new(SECRET.to_owned())];
    verify(&AssertionKeys::Secrets(&secrets), None, token)
}

#[test]
fn both_methods_are_verified() {
    assert_eq!(judge(&by_ec(&json!({ "alg": "ES256", "kid": "ec" }))), Ok(claims()));
    assert_eq!(judge(&by_rsa(&json!({ "alg": "RS256", "kid": "rsa" }))), Ok(claims()));
    assert_eq!(judge_mac(&by_mac(&json!({ "alg": "HS256" }), SECRET.as_bytes())), Ok(claims()));
    let wrong = by_mac(&json!({ "alg": "HS256" }), b"wrong");
    assert_eq!(judge_mac(&wrong), Err(VerifyError::BadSignature));
}

#[test]
fn the_type_may_be_absent_plain_or_exact() {
    for typ in ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"] {
        assert!(judge(&by_ec(&json!({ "alg": "ES256", "typ": typ }))).is_ok(), "{typ}");
    }
    for typ in [json!("at+jwt"), json!("logout+jwt"), json!("dpop+jwt"), json!(""), json!(null), json!(["JWT"])] {
        let token = by_ec(&json!({ "alg": "ES256", "typ": typ }));
        assert_eq!(judge(&token), Err(VerifyError::TypMismatch), "{typ}");
    }
}

#[test]
fn none_and_every_hmac_are_refused_for_a_client_with_keys() {
    for alg in ["none", "None", "nOnE", "NONE", "", "HS256", "HS384", "HS512", "ES512", "RS384"] {
        assert_eq!(judge(&by_ec(&json!({ "alg": alg }))), Err(VerifyError::AlgNotAllowed), "{alg}");
    }
    let text = signed_text(&json!({ "alg": "none" }));
    assert_eq!(judge(&format!("{text}.")), Err(VerifyError::Malformed));
    // The confusion of RFC 8725 §2.1: an HMAC under what everybody knows of the key.
    for key in &CLIENT.set.keys {
        let whole = serde_json::to_string(key).unwrap();
        let token = by_mac(&json!({ "alg": "HS256", "kid": key.kid }), whole.as_bytes());
        assert_eq!(judge(&token), Err(VerifyError::AlgNotAllowed));
    }
}

#[test]
fn a_signature_is_refused_for_a_client_with_a_secret() {
    for alg in ["ES256", "none", "HS384", "HS512", "hs256"] {
        assert_eq!(judge_mac(&by_mac(&json!({ "alg": alg }), SECRET.as_bytes())), Err(VerifyError::AlgNotAllowed));
    }
    let none: AssertionKeys<'_> = AssertionKeys::Secrets(&[]);
    let token = by_mac(&json!({ "alg": "HS256" }), b"");
    assert_eq!(verify::<Value>(&none, None, &token), Err(VerifyError::BadSignature));
}

#[test]
fn the_registered_algorithm_is_the_only_one() {
    let token = by_ec(&json!({ "alg": "ES256" }));
    let keys = AssertionKeys::Public(&CLIENT.set);
    assert!(verify::<Value>(&keys, Some("ES256"), &token).is_ok());
    assert_eq!(verify::<Value>(&keys, Some("RS256"), &token), Err(VerifyError::AlgNotAllowed));
}

#[test]
fn a_key_is_found_by_name_or_because_it_alone_fits() {
    for kid in ["rsa", "nobody", "EC", "", "../../etc/passwd", "' OR 1=1 --"] {
        let token = by_ec(&json!({ "alg": "ES256", "kid": kid }));
        assert_eq!(judge(&token), Err(VerifyError::UnknownKey), "{kid}");
    }
    for kid in [json!(1), json!(null), json!(["ec"]), json!("k".repeat(129))] {
        assert_eq!(judge(&by_ec(&json!({ "alg": "ES256", "kid": kid }))), Err(VerifyError::UnknownKey));
    }
    let judge_by = |keys: Vec<PublicJwk>, header: Value| {
        let set = JwkSet { keys };
        verify::<Value>(&AssertionKeys::Public(&set), None, &by_ec(&header))
    };
    let own = |kid: Option<&str>| PublicJwk { kid: kid.map(str::to_owned), ..CLIENT.ec.public_jwk.clone() };
    // A nameless key is good under any name, and a set with one key needs none.
    assert!(judge_by(vec![own(None)], json!({ "alg": "ES256", "kid": "mine" })).is_ok());
    assert!(judge_by(vec![own(Some("a"))], json!({ "alg": "ES256" })).is_ok());
    for header in [json!({ "alg": "ES256" }), json!({ "alg": "ES256", "kid": "mine" })] {
        assert_eq!(judge_by(vec![own(None), own(None)], header), Err(VerifyError::UnknownKey), "two that fit are none");
    }
    assert_eq!(
        judge_by(vec![own(Some("a")), own(Some("a"))], json!({ "alg": "ES256", "kid": "a" })),
        Err(VerifyError::UnknownKey)
    );
    assert_eq!(judge_by(vec![own(Some("a")), own(Some("b"))], json!({ "alg": "ES256" })), Err(VerifyError::UnknownKey));
}

#[test]
fn headers_that_bring_keys_or_extensions_are_refused() {
    let own_key = serde_json::to_value(&CLIENT.ec.public_jwk).unwrap();
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("jwk", own_key),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
    ] {
        let mut header = json!({ "alg": "ES256" });
        header[name] = value;
        assert_eq!(judge(&by_ec(&header)), Err(VerifyError::ForbiddenHeader { name }));
    }
}

#[test]
fn the_subject_is_read_without_proof_and_never_by_force() {
    assert_eq!(claimed_subject(&by_mac(&json!({ "alg": "HS256" }), b"anybody")), Some("web".to_owned()));
    for junk in ["", "a.b", "a.b.c", "....", &"x".repeat(9000)] {
        assert_eq!(claimed_subject(junk), None, "{junk:.20}");
    }
    let numbers = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(r#"{"sub":1}"#));
    assert_eq!(claimed_subject(&numbers), None);
}
