//! What the parameter decoder accepts and refuses. RFC 6749 §3.1 and appendix B.

use proptest::prelude::*;

use super::*;

fn parse(raw: impl AsRef<[u8]>) -> Result<Params, ParamsError> {
    Params::parse(raw.as_ref(), &ParamLimits::default())
}

#[test]
fn plus_and_escapes_decode_once() {
    let params = parse("scope=openid+email&state=a%2Bb%2541&x=%E4%BB%A4%E7%89%8C").unwrap();
    assert_eq!(params.one("scope").unwrap(), Some("openid email"));
    assert_eq!(params.one("state").unwrap(), Some("a+b%41"));
    assert_eq!(params.one("x").unwrap(), Some("令牌"));
}

#[test]
fn names_are_decoded_too() {
    let params = parse("client%5Fid=a").unwrap();
    assert_eq!(params.one("client_id").unwrap(), Some("a"));
}

#[test]
fn the_example_of_appendix_b_decodes() {
    // RFC 6749 appendix B: space, %, &, +, pound sign, euro sign.
    let params = parse("v=+%25%26%2B%C2%A3%E2%82%AC").unwrap();
    assert_eq!(params.required("v").unwrap(), " %&+\u{a3}\u{20ac}");
}

#[test]
fn empty_values_count_as_absent() {
    let params = parse("a=&b&c=1&&").unwrap();
    assert_eq!(params.one("a").unwrap(), None);
    assert_eq!(params.one("b").unwrap(), None);
    assert_eq!(params.required("b"), Err(ParamError::Missing { name: "b".into() }));
    assert_eq!(params.required("c"), Ok("1"));
    assert_eq!(params.iter().count(), 3);
}

#[test]
fn only_the_first_equals_sign_separates() {
    assert_eq!(parse("a=b=c").unwrap().required("a"), Ok("b=c"));
}

#[test]
fn a_repeated_parameter_is_refused_even_when_one_is_empty() {
    for raw in ["a=1&a=2", "a=1&a=1", "a=&a=1", "a=1&a", "a=1&%61=2"] {
        let params = parse(raw).unwrap();
        assert_eq!(params.one("a"), Err(Repeated { name: "a".into() }), "{raw}");
        assert_eq!(params.required("a"), Err(ParamError::Repeated { name: "a".into() }), "{raw}");
        assert_eq!(params.first_repeated(&[]), Some("a"), "{raw}");
        assert_eq!(params.first_repeated(&["a"]), None, "{raw}");
    }
}

#[test]
fn all_lists_repeated_values_in_order() {
    let params = parse("resource=b&x=1&resource=&resource=a").unwrap();
    assert_eq!(params.all("resource").collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn broken_escapes_are_refused() {
    for raw in ["a=%", "a=%2", "a=%zz", "%=1", "a=1&b=%u0041"] {
        assert_eq!(parse(raw), Err(ParamsError::BadPercent), "{raw}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    for raw in [&b"a=\xff"[..], b"a=%FF", b"a=%C0%80", b"a=%ED%A0%80", b"\xfe=1"] {
        assert_eq!(parse(raw), Err(ParamsError::NotUtf8), "{raw:?}");
    }
}

#[test]
fn control_characters_are_refused_in_names_and_values() {
    for code in (0..0x20).chain([0x7f]) {
        assert_eq!(
            parse(format!("a=x%{code:02X}y")),
            Err(ParamsError::ControlCharacter { name: "a".into() }),
            "{code:02X}"
        );
        assert!(matches!(parse(format!("n%{code:02x}=1")), Err(ParamsError::ControlCharacter { .. })));
    }
}

#[test]
fn limits_hold_on_the_decoded_value() {
    let fits = "a".repeat(8 * 1024);
    assert!(parse(format!("v={fits}")).is_ok());
    assert!(parse(format!("v={}", "%61".repeat(8 * 1024))).is_ok());
    assert_eq!(parse(format!("v={fits}a")), Err(ParamsError::TooLong { name: "v".into() }));
    assert!(matches!(parse(format!("{fits}a=1")), Err(ParamsError::TooLong { .. })));
}

#[test]
fn the_two_hundred_and_first_parameter_is_refused() {
    assert!(parse("a=1&".repeat(200)).is_ok());
    assert_eq!(parse("a=1&".repeat(201)), Err(ParamsError::TooMany));
}

#[test]
fn debug_shows_no_value() {
    let shown = format!("{:?}", parse("client_secret=hunter2").unwrap());
    assert!(shown.contains("client_secret") && !shown.contains("hunter2"));
}

#[test]
fn descriptions_are_valid() {
    let name = String::new;
    for error in [
        ParamsError::BadPercent,
        ParamsError::ControlCharacter { name: name() },
        ParamsError::NotUtf8,
        ParamsError::TooLong { name: name() },
        ParamsError::TooMany,
    ] {
        assert!(crate::error::is_valid_description(error.description()));
    }
    for error in [ParamError::Missing { name: name() }, ParamError::Repeated { name: name() }] {
        assert!(crate::error::is_valid_description(error.description()));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(raw in any::<Vec<u8>>()) {
        if let Ok(params) = parse(&raw) {
            for (name, value) in params.iter() {
                prop_assert!(!name.chars().chain(value.chars()).any(|c| c.is_ascii_control()));
            }
            let _ = params.first_repeated(&[]);
        }
    }

    #[test]
    fn form_like_bytes_never_panic(raw in "[a-b=&%+0-9A-F\u{0}]{0,64}") {
        let _ = parse(raw);
    }

    #[test]
    fn encoded_pairs_round_trip(pairs in prop::collection::vec(("\\PC{1,8}", "\\PC{0,16}"), 0..10)) {
        let raw = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", percent::encode(name), percent::encode(value)))
            .collect::<Vec<_>>()
            .join("&");
        let params = parse(raw).unwrap();
        let read: Vec<_> = params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        prop_assert_eq!(read, pairs);
    }

    #[test]
    fn what_we_accept_the_reference_decoder_reads_alike(raw in "[a-z=&+%0-9A-F]{0,64}") {
        if let Ok(params) = parse(&raw) {
            let reference: Vec<_> = url::form_urlencoded::parse(raw.as_bytes())
                .map(|(n, v)| (n.into_owned(), v.into_owned()))
                .collect();
            let ours: Vec<_> = params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            prop_assert_eq!(ours, reference);
        }
    }
}
