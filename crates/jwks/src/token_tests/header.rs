//! Structure, encoding, header and signature.

use protocol::jwk::PublicJwk;

use super::*;

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
