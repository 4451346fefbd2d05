//! Algorithms and keys in every combination, and junk. Source: RFC 8725 §2.1.

use aws_lc_rs::hmac;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::*;

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
