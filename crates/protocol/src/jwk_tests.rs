//! Which keys can be read and published. Examples: RFC 7638 §3.1, RFC 7517 appendix A.1, RFC 8037 appendix A.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

fn rsa() -> Value {
    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "2011-04-29", "n": N, "e": "AQAB"})
}

fn ec() -> Value {
    json!({
        "kty": "EC", "use": "sig", "alg": "ES256", "kid": "1", "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    })
}

fn okp() -> Value {
    json!({"kty": "OKP", "use": "sig", "alg": "EdDSA", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

fn read(key: Value) -> Result<PublicJwk, serde_json::Error> {
    serde_json::from_value(key)
}

#[test]
fn keys_of_every_type_round_trip() {
    for key in [rsa(), ec(), okp()] {
        assert_eq!(serde_json::to_value(read(key.clone()).unwrap()).unwrap(), key);
    }
}

#[test]
fn thumbprint_inputs_are_those_of_the_examples() {
    assert_eq!(read(rsa()).unwrap().key.thumbprint_input(), format!(r#"{{"e":"AQAB","kty":"RSA","n":"{N}"}}"#));
    assert_eq!(
        read(okp()).unwrap().key.thumbprint_input(),
        r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
    );
    assert!(read(ec()).unwrap().key.thumbprint_input().starts_with(r#"{"crv":"P-256","kty":"EC","x":"MKB"#));
}

#[test]
fn bytes_become_the_same_keys() {
    let modulus = decode_member(N).unwrap();
    let padded: Vec<u8> = [0, 0].into_iter().chain(modulus).collect();
    assert_eq!(PublicKey::rsa(&padded, &[0, 1, 0, 1]), read(rsa()).unwrap().key);
    let (x, y) =
        (decode_member(ec()["x"].as_str().unwrap()).unwrap(), decode_member(ec()["y"].as_str().unwrap()).unwrap());
    assert_eq!(PublicKey::ec(Curve::P256, &x, &y), read(ec()).unwrap().key);
    let x = decode_member(okp()["x"].as_str().unwrap()).unwrap();
    assert_eq!(PublicKey::ed25519(&x), read(okp()).unwrap().key);
}

#[test]
fn private_and_symmetric_keys_cannot_be_read() {
    for member in PRIVATE_MEMBERS {
        for mut key in [rsa(), ec(), okp()] {
            key[member] = json!("AQAB");
            assert!(read(key).is_err(), "{member}");
        }
    }
    assert!(read(json!({"kty": "oct", "k": "c2VjcmV0"})).is_err());
}

#[test]
fn malformed_members_are_refused() {
    for (mut key, member, value) in [
        (rsa(), "e", "AQAB="),
        (rsa(), "e", "AAEAAQ"),
        (rsa(), "e", ""),
        (rsa(), "n", "a+b/"),
        (rsa(), "e", "AQ AB"),
        (ec(), "x", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7A"),
        (ec(), "crv", "P-384"),
        (ec(), "crv", "secp256k1"),
        (ec(), "alg", "ES384"),
        (ec(), "alg", "HS256"),
        (ec(), "alg", "none"),
        (rsa(), "alg", "ES256"),
        (rsa(), "use", "enc"),
        (rsa(), "kty", "rsa"),
        (okp(), "crv", "X25519"),
        // The last character carries bits beyond the 32nd byte.
        (okp(), "x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"),
    ] {
        key[member] = json!(value);
        assert!(read(key).is_err(), "{member}={value}");
    }
    for (mut key, member) in
        [(rsa(), "n"), (rsa(), "e"), (ec(), "x"), (ec(), "y"), (ec(), "crv"), (okp(), "x"), (okp(), "kty")]
    {
        key.as_object_mut().unwrap().remove(member);
        assert!(read(key).is_err(), "{member}");
    }
}

#[test]
fn unknown_members_are_left_out() {
    let mut key = rsa();
    key["x5t"] = json!("abc");
    key["key_ops"] = json!(["verify"]);
    assert_eq!(read(key).unwrap(), read(rsa()).unwrap());
}

#[test]
fn a_set_leaves_out_keys_that_cannot_be_read() {
    let mut private = ec();
    private["d"] = json!("AQAB");
    let set: JwkSet =
        serde_json::from_value(json!({"keys": [{"kty": "new"}, rsa(), private, 1, okp()], "more": true})).unwrap();
    assert_eq!(set.keys.len(), 2);
    assert!(set.find("2011-04-29").is_some() && set.find("1").is_none());
}

#[test]
fn a_kid_that_two_keys_claim_names_none() {
    let mut other = ec();
    other["kid"] = json!("2011-04-29");
    let set: JwkSet = serde_json::from_value(json!({"keys": [rsa(), other]})).unwrap();
    assert!(set.find("2011-04-29").is_none());
}

#[test]
fn algorithms_fit_their_key_type_alone() {
    let fitting = |key: Value| {
        let key = read(key).unwrap().key;
        Alg::ALL.into_iter().filter(|alg| key.fits(*alg)).collect::<Vec<_>>()
    };
    assert_eq!(fitting(rsa()), [Alg::Ps256, Alg::Rs256]);
    assert_eq!(fitting(ec()), [Alg::Es256]);
    assert_eq!(fitting(okp()), [Alg::EdDsa]);
}

#[test]
fn rsa_keys_have_2048_to_4096_bits_and_the_usual_exponent() {
    let rsa = |bits: usize, e: &[u8]| {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= (8 - bits % 8) % 8;
        PublicKey::rsa(&n, e)
    };
    for (bits, is_strong) in [(1024, false), (2047, false), (2048, true), (3072, true), (4096, true), (4097, false)] {
        assert_eq!(rsa(bits, &[1, 0, 1]).is_strong(), is_strong, "{bits}");
    }
    for exponent in [&[3][..], &[1], &[1, 0, 0], &[1, 0, 0, 1]] {
        assert!(!rsa(2048, exponent).is_strong(), "{exponent:?}");
    }
    assert!(read(ec()).unwrap().key.is_strong() && read(okp()).unwrap().key.is_strong());
}

#[test]
fn a_key_accepts_its_own_algorithm_or_all_of_its_type() {
    let only = read(rsa()).unwrap();
    assert!(only.accepts(Alg::Rs256) && !only.accepts(Alg::Ps256));
    let any = PublicJwk { alg: None, ..only };
    assert!(any.accepts(Alg::Rs256) && any.accepts(Alg::Ps256) && !any.accepts(Alg::Es256));
}

proptest! {
    #[test]
    fn reading_never_panics(raw in any::<Vec<u8>>(), kty in "RSA|EC|OKP|oct", crv in "P-256|P-384|Ed25519|[a-z]{0,5}", x in any::<String>()) {
        let _ = serde_json::from_slice::<JwkSet>(&raw);
        let _ = read(json!({"kty": kty, "crv": crv, "x": x, "y": x, "n": x, "e": x}));
        let _ = decode_member(&x);
    }

    #[test]
    fn rsa_numbers_round_trip(n in prop::collection::vec(any::<u8>(), 1..64)) {
        prop_assume!(n.iter().any(|byte| *byte != 0));
        let key = PublicJwk { key: PublicKey::rsa(&n, &[1, 0, 1]), alg: None, kid: None };
        let back = read(serde_json::to_value(&key).unwrap()).unwrap();
        prop_assert_eq!(back, key);
    }
}
