//! Every rule about a token, each with one that keeps it and one that breaks it.

use std::collections::HashMap;
use std::sync::LazyLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use protocol::jwk::{JwkSet, PublicJwk};
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

#[test]
fn a_good_token_of_every_algorithm_is_accepted() {
    for alg in Alg::ALL {
        let token = token_of(alg, &header(alg).to_string(), &claims().to_string());
        assert_eq!(judge(&token), Ok(claims()), "{alg}");
    }
}

#[test]
fn anything_but_three_parts_is_refused() {
    let good = token(&header(Alg::Es256), &claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        signed.to_owned(),
        format!("{signed}."),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{good}.x"),
        format!("{header}.{payload}.x.y.{signature}"),
    ] {
        assert_eq!(judge(&bad), Err(VerifyError::Malformed), "{bad}");
    }
}

#[test]
fn the_sizes_are_limited_to_the_byte() {
    let padded = |bytes: usize| token(&header(Alg::Es256), &with(claims(), "pad", "a".repeat(bytes).into()));
    let longest = (5000..7000).rev().map(padded).find(|token| token.len() <= 8 * 1024).unwrap();
    assert!(longest.len() >= 8 * 1024 - 2);
    assert!(judge(&longest).is_ok());
    assert_eq!(judge(&padded(7000)), Err(VerifyError::TooLarge));

    let padded = |bytes: usize| with(header(Alg::Es256), "pad", "a".repeat(bytes).into());
    assert!(judge_header(&padded(600)).is_ok());
    assert_eq!(judge_header(&padded(700)), Err(VerifyError::TooLarge));
}

#[test]
fn parts_that_are_not_strict_base64url_are_refused_though_signed() {
    let header = URL_SAFE_NO_PAD.encode(header(Alg::Es256).to_string());
    let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
    for junk in ["=", "\n", " ", "+", "/", "é"] {
        for signed in [format!("{header}{junk}.{payload}"), format!("{header}.{payload}{junk}")] {
            let signature = URL_SAFE_NO_PAD.encode(sign(Alg::Es256, signed.as_bytes()));
            assert_eq!(judge(&format!("{signed}.{signature}")), Err(VerifyError::BadBase64), "{signed}");
        }
        let good = token(&self::header(Alg::Es256), &claims());
        assert_eq!(judge(&format!("{good}{junk}")), Err(VerifyError::BadBase64), "{junk}");
    }
}

#[test]
fn stray_bits_behind_the_signature_are_refused() {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 64 bytes leave four unused bits in the last character: another spelling of the same signature.
    let good = token(&header(Alg::Es256), &claims());
    let (rest, last) = good.split_at(good.len() - 1);
    let next = LETTERS.find(last).unwrap() + 1;
    assert_eq!(judge(&format!("{rest}{}", &LETTERS[next..=next])), Err(VerifyError::BadBase64));
}

#[test]
fn duplicate_members_are_refused_though_signed() {
    let kid = &RING.keys[&Alg::Es256].kid;
    let twice = format!(r#"{{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"{kid}"}}"#);
    let token = token_of(Alg::Es256, &twice, &claims().to_string());
    assert_eq!(judge(&token), Err(VerifyError::DuplicateMember));

    let twice = claims().to_string().replacen('{', r#"{"sub":"eve","#, 1);
    let token = token_of(Alg::Es256, &header(Alg::Es256).to_string(), &twice);
    assert_eq!(judge(&token), Err(VerifyError::DuplicateMember));
}

#[test]
fn a_header_or_payload_that_is_no_object_is_refused() {
    for bad in ["null", "[]", "{", "\"at+jwt\"", "1"] {
        assert_eq!(judge(&token_of(Alg::Es256, bad, &claims().to_string())), Err(VerifyError::BadJson), "{bad}");
        let token = token_of(Alg::Es256, &header(Alg::Es256).to_string(), bad);
        assert_eq!(judge(&token), Err(VerifyError::BadJson), "{bad}");
    }
}

#[test]
fn headers_that_bring_keys_or_extensions_are_refused() {
    let own_key = serde_json::to_value(&RING.set.keys[0]).unwrap();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", Value::Null),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("jwk", own_key),
        ("enc", json!("A128GCM")),
        ("zip", json!("DEF")),
    ] {
        assert_eq!(judge_header(&with(header(Alg::Es256), name, value)), Err(VerifyError::ForbiddenHeader { name }));
    }
}

#[test]
fn a_private_header_parameter_of_any_type_is_ignored() {
    for value in [json!({ "deep": [1] }), json!(1.5), json!(null), json!("text")] {
        assert!(judge_header(&with(header(Alg::Es256), "https://id.example/x", value)).is_ok());
    }
}

#[test]
fn the_type_is_exact_but_for_case_and_prefix() {
    for good in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(judge_header(&with(header(Alg::Es256), "typ", good.into())).is_ok(), "{good}");
    }
    for bad in [
        json!("JWT"),
        json!("at+jwt "),
        json!("text/at+jwt"),
        json!("application/"),
        json!("令牌令牌令牌令牌"),
        json!(1),
        json!(null),
    ] {
        assert_eq!(judge_header(&with(header(Alg::Es256), "typ", bad)), Err(VerifyError::TypMismatch));
    }
    assert_eq!(judge_header(&without(header(Alg::Es256), "typ")), Err(VerifyError::TypMismatch));
}

#[test]
fn an_algorithm_outside_the_policy_is_refused() {
    for bad in ["none", "None", "nOnE", "", "HS256", "es256", "ES256K", "ES512", "RS1", "RS384", "dir"] {
        assert_eq!(
            judge_header(&with(header(Alg::Es256), "alg", bad.into())),
            Err(VerifyError::AlgNotAllowed),
            "{bad}"
        );
    }
    for bad in [json!(null), json!(["ES256"]), json!(1)] {
        assert_eq!(judge_header(&with(header(Alg::Es256), "alg", bad)), Err(VerifyError::AlgNotAllowed));
    }
    assert_eq!(judge_header(&without(header(Alg::Es256), "alg")), Err(VerifyError::AlgNotAllowed));

    let good = token(&header(Alg::Es256), &claims());
    for algs in [vec![], vec![Alg::Rs256, Alg::Ps256, Alg::Es384, Alg::EdDsa]] {
        assert_eq!(judge_with(&JwtPolicy { algs, ..policy() }, &good), Err(VerifyError::AlgNotAllowed));
    }
}

#[test]
fn a_key_is_found_by_its_exact_name_only() {
    let kid = RING.keys[&Alg::Es256].kid.clone();
    let spellings =
        [format!("{kid} "), kid.to_uppercase(), kid[1..].to_owned(), String::new(), "../../etc/passwd".to_owned()];
    for bad in
        spellings.map(Value::from).into_iter().chain([json!(null), json!(0), json!([kid]), "a".repeat(129).into()])
    {
        assert_eq!(judge_header(&with(header(Alg::Es256), "kid", bad)), Err(VerifyError::UnknownKey));
    }
    assert_eq!(judge_header(&without(header(Alg::Es256), "kid")), Err(VerifyError::UnknownKey));
}

#[test]
fn a_name_of_128_bytes_is_still_looked_up() {
    let named = |kid: String| PublicJwk { kid: Some(kid), ..RING.keys[&Alg::Es256].public_jwk.clone() };
    for (length, expected) in [(128, Ok(claims())), (129, Err(VerifyError::UnknownKey))] {
        let kid = "k".repeat(length);
        let token = token(&with(header(Alg::Es256), "kid", kid.clone().into()), &claims());
        let set = JwkSet { keys: vec![named(kid)] };
        assert_eq!(verify_with_jwks::<Value>(&set, &policy(), &token), expected);
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let good = token(&header(Alg::Es256), &claims());
    for index in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        assert!(judge(&String::from_utf8(bytes).unwrap()).is_err(), "byte {index}");
    }
}

#[test]
fn a_signature_of_zeros_is_refused() {
    for (alg, length) in [(Alg::Es256, 64), (Alg::Es384, 96), (Alg::EdDsa, 64), (Alg::Rs256, 256), (Alg::Ps256, 256)] {
        let good = token_of(alg, &header(alg).to_string(), &claims().to_string());
        let (signed, _) = good.rsplit_once('.').unwrap();
        let bad = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(vec![0; length]));
        assert_eq!(judge(&bad), Err(VerifyError::BadSignature), "{alg}");
    }
}

#[test]
fn a_signature_in_der_is_refused() {
    // RFC 7518 §3.4: R and S side by side, nothing else.
    let good = token(&header(Alg::Es256), &claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let integer = |half: &[u8]| [&[2, 33, 0], half].concat();
    let der = [vec![0x30, 70], integer(&raw[..32]), integer(&raw[32..])].concat();
    assert_eq!(judge(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(der))), Err(VerifyError::BadSignature));
}

#[test]
fn the_issuer_is_one_string_and_exact() {
    for bad in ["https://id.example/", "https://ID.example", "", "http://id.example"] {
        assert_eq!(judge_claims(&with(claims(), "iss", bad.into())), Err(VerifyError::IssuerMismatch), "{bad}");
    }
    for bad in [json!(["https://id.example"]), json!(1), json!(null), json!({})] {
        assert_eq!(judge_claims(&with(claims(), "iss", bad)), Err(VerifyError::Claim { name: "iss" }));
    }
    assert_eq!(judge_claims(&without(claims(), "iss")), Err(VerifyError::Claim { name: "iss" }));
}

#[test]
fn the_audience_is_a_string_or_strings_and_names_us() {
    for good in [json!(["https://api.example"]), json!(["other", "https://api.example"])] {
        assert!(judge_claims(&with(claims(), "aud", good)).is_ok());
    }
    for bad in [json!("https://api.example/"), json!(""), json!([]), json!(["other"])] {
        assert_eq!(judge_claims(&with(claims(), "aud", bad)), Err(VerifyError::AudienceMismatch));
    }
    for bad in [json!(["https://api.example", 1]), json!([["https://api.example"]]), json!(1), json!(null), json!({})] {
        assert_eq!(judge_claims(&with(claims(), "aud", bad)), Err(VerifyError::Claim { name: "aud" }));
    }
    assert_eq!(judge_claims(&without(claims(), "aud")), Err(VerifyError::Claim { name: "aud" }));

    let good = token(&header(Alg::Es256), &claims());
    assert!(judge_with(&JwtPolicy { aud: vec!["x".into(), "https://api.example".into()], ..policy() }, &good).is_ok());
    assert_eq!(judge_with(&JwtPolicy { aud: vec![], ..policy() }, &good), Err(VerifyError::AudienceMismatch));
}

#[test]
fn times_are_whole_seconds() {
    for name in ["exp", "iat", "nbf"] {
        for bad in [json!(1.7e9), json!("1700000000"), json!(null), json!([NOW]), json!(true), json!(u64::MAX)] {
            assert_eq!(judge_claims(&with(claims(), name, bad)), Err(VerifyError::Claim { name }));
        }
    }
    for name in ["exp", "iat"] {
        assert_eq!(judge_claims(&without(claims(), name)), Err(VerifyError::Claim { name }));
    }
}

#[test]
fn expiry_is_judged_at_the_policys_time_to_the_millisecond() {
    let good = token(&header(Alg::Es256), &claims());
    let at = |millis: i64, leeway: u64| {
        let now = Timestamp::from_millis(millis);
        judge_with(&JwtPolicy { now, leeway: Duration::from_secs(leeway), ..policy() }, &good)
    };
    let exp = (NOW + 600) * 1000;
    assert!(at(exp - 1, 0).is_ok());
    assert_eq!(at(exp, 0), Err(VerifyError::Expired));
    assert!(at(exp + 9_999, 10).is_ok());
    assert_eq!(at(exp + 10_000, 10), Err(VerifyError::Expired));
    assert!(at(NOW * 1000, 0).is_ok());
    assert_eq!(at(NOW * 1000 - 1, 0), Err(VerifyError::IssuedInFuture));
    assert!(at(NOW * 1000 - 10_000, 10).is_ok());
    assert_eq!(at(NOW * 1000 - 10_001, 10), Err(VerifyError::IssuedInFuture));
}

#[test]
fn a_token_that_is_not_valid_yet_is_refused() {
    assert!(judge_claims(&with(claims(), "nbf", json!(NOW + 10))).is_ok());
    assert_eq!(judge_claims(&with(claims(), "nbf", json!(NOW + 11))), Err(VerifyError::NotYetValid));
}

#[test]
fn a_token_older_than_the_greatest_age_is_refused() {
    let age = |seconds: i64| {
        let old = with(claims(), "iat", json!(NOW - seconds));
        let policy = JwtPolicy { max_age: Some(Duration::from_mins(1)), ..policy() };
        judge_with(&policy, &token(&header(Alg::Es256), &old))
    };
    assert!(age(70).is_ok());
    assert_eq!(age(71), Err(VerifyError::TooOld));
}

#[test]
fn any_clock_is_judged_without_a_panic() {
    let extremes = [i64::MIN, -1, 0, 978_307_200_000, 4_070_908_800_000, i64::MAX];
    for now in extremes.map(Timestamp::from_millis) {
        for (exp, iat) in [(i64::MAX, i64::MIN), (i64::MIN, i64::MAX), (0, 0), (-5, -10)] {
            let claims = with(with(claims(), "exp", exp.into()), "iat", iat.into());
            let policy = JwtPolicy { now, leeway: Duration::MAX, max_age: Some(Duration::MAX), ..policy() };
            let _ = judge_with(&policy, &token(&header(Alg::Es256), &claims));
        }
    }
    // A minute before 1970, where the system clock of other code panics.
    let claims = with(with(claims(), "exp", json!(-30)), "iat", json!(-90));
    let policy = JwtPolicy { now: Timestamp::from_secs(-60), ..policy() };
    assert!(judge_with(&policy, &token(&header(Alg::Es256), &claims)).is_ok());
}

#[test]
fn claims_that_do_not_fit_the_purpose_are_refused() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wanted {
        client_id: String,
    }
    let token = token(&header(Alg::Es256), &claims());
    let judged = verify_with_jwks::<Wanted>(&RING.set, &policy(), &token);
    assert_eq!(judged, Err(VerifyError::Claim { name: "*" }));
}

/// Who signs: a key of ours, or an HMAC under bytes that everybody knows.
#[derive(Clone, Debug)]
enum Signer {
    Key(Alg),
    Hmac(Vec<u8>),
    Nobody,
}

fn any_signer() -> impl Strategy<Value = Signer> {
    let published = || {
        RING.set.keys.iter().flat_map(|key| {
            let json = serde_json::to_value(key).unwrap();
            let member = |name: &str| json[name].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            let whole = json.to_string().into_bytes();
            ["n", "x", "y", "kid"].into_iter().filter_map(member).chain([whole]).collect::<Vec<_>>()
        })
    };
    prop_oneof![
        4 => select(Alg::ALL.to_vec()).prop_map(Signer::Key),
        2 => select(published().collect::<Vec<_>>()).prop_map(Signer::Hmac),
        1 => Just(Signer::Hmac(Vec::new())),
        1 => Just(Signer::Nobody),
    ]
}

proptest! {
    #[test]
    fn only_the_named_key_with_its_own_algorithm_is_accepted(
        named in select(vec!["none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
            "ES256", "ES384", "ES512", "EdDSA"]),
        kid in select(Alg::ALL.to_vec()),
        signer in any_signer(),
        allowed in proptest::sample::subsequence(Alg::ALL.to_vec(), 0..=5),
    ) {
        let header = json!({ "alg": named, "typ": "at+jwt", "kid": RING.keys[&kid].kid });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims().to_string()));
        let signature = match &signer {
            Signer::Key(alg) => sign(*alg, signed.as_bytes()),
            Signer::Hmac(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes()).as_ref().to_vec()
            }
            Signer::Nobody => vec![0],
        };
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));

        let judged = judge_with(&JwtPolicy { algs: allowed.clone(), ..policy() }, &token);

        let is_good = matches!(signer, Signer::Key(alg) if alg == kid) && named == kid.as_str() && allowed.contains(&kid);
        prop_assert_eq!(judged.is_ok(), is_good, "{:?}", judged);
    }

    #[test]
    fn no_text_panics_and_none_is_accepted(text in any::<String>()) {
        prop_assert_eq!(judge(&text).is_ok(), false);
    }

    #[test]
    fn no_signed_junk_panics(header in any::<Vec<u8>>(), payload in any::<Vec<u8>>()) {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        prop_assert_eq!(judge(&format!("{}.{}.AAAA", part(&header), part(&payload))).is_ok(), false);
    }
}
