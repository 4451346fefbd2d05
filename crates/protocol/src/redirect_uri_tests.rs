//! Which redirect URIs can be registered, and which requests they match.

use proptest::prelude::*;

use super::*;

fn registered(uri: &str) -> RedirectUri {
    RedirectUri::new(uri).unwrap_or_else(|error| panic!("{uri}: {error}"))
}

fn refusal(uri: &str) -> RedirectUriError {
    RedirectUri::new(uri).err().unwrap_or_else(|| panic!("{uri} was accepted"))
}

#[test]
fn usual_uris_can_be_registered() {
    for uri in [
        "https://app.example/cb",
        "https://app.example",
        "https://app.example/",
        "https://app.example:8443/cb?tenant=a&x=%2F",
        "https://xn--bcher-kva.example/cb",
        "https://intranet/cb",
        "https://192.0.2.1/cb",
        "https://[2001:db8::1]/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:9000/cb",
        "http://[::1]/cb",
        "http://localhost:3000/cb",
        "com.example.app:/cb",
        "com.example.app://callback/path?x=1",
    ] {
        assert_eq!(registered(uri).as_str(), uri);
    }
}

#[test]
fn fragments_are_refused_even_when_empty() {
    assert_eq!(refusal("https://app.example/cb#"), RedirectUriError::Fragment);
    assert_eq!(refusal("https://app.example/cb#a"), RedirectUriError::Fragment);
}

#[test]
fn user_information_is_refused() {
    for uri in ["https://u@app.example/", "https://u:p@app.example/", "https://@app.example/", "com.example.app://u@h/"]
    {
        let error = refusal(uri);
        assert!(matches!(error, RedirectUriError::UserInfo | RedirectUriError::NotNormal { .. }), "{uri}: {error}");
    }
}

#[test]
fn plain_http_is_for_the_loopback() {
    for uri in [
        "http://app.example/cb",
        "http://localhost.example/cb",
        "http://127.0.0.2/cb",
        "http://0.0.0.0/cb",
        "http://[::]/cb",
        "http://10.0.0.1/cb",
    ] {
        assert_eq!(refusal(uri), RedirectUriError::HttpOutsideLoopback, "{uri}");
    }
}

#[test]
fn dangerous_and_undotted_schemes_are_refused() {
    for uri in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp:/cb",
        "ftp://app.example/",
        "ws://app.example/",
        "urn:ietf:wg:oauth:2.0:oob",
    ] {
        assert_eq!(refusal(uri), RedirectUriError::SchemeNotAllowed, "{uri}");
    }
    assert_eq!(refusal("com.example.app:cb"), RedirectUriError::PathWithoutSlash);
}

#[test]
fn spellings_that_a_parser_repairs_are_refused() {
    for uri in [
        "HTTPS://app.example/cb",
        "https://APP.example/cb",
        "https://app.example:443/cb",
        "https://app.example/a/../cb",
        "https://app.example/./cb",
        "https://app.example/%2e%2e/cb",
        "https:app.example/cb",
        "https:///app.example/cb",
        "http://127.1/cb",
        "http://0x7f.1/cb",
        "http://2130706433/cb",
        "http://[0:0:0:0:0:0:0:1]/cb",
        "http://127.0.0.1:80/cb",
        "https://app.example:08443/cb",
        "https://app.example:/cb",
        "https://app.example?x=1",
        "COM.example.app:/cb",
    ] {
        assert!(matches!(refusal(uri), RedirectUriError::NotNormal { .. }), "{uri}: {:?}", refusal(uri));
    }
}

#[test]
fn the_normal_form_is_offered() {
    let RedirectUriError::NotNormal { normal } = refusal("https://APP.example:443/cb") else {
        panic!("another reason");
    };
    assert_eq!(normal, "https://app.example/cb");
    registered(&normal);
}

#[test]
fn characters_outside_uris_are_refused() {
    for uri in [
        "https://app.example/a b",
        "https://app.example/\tcb",
        "https://app.example\\cb",
        "https://b\u{fc}cher.example/cb",
        "https://app.example/<x>",
        "https://app.example/\"",
        "https://app.example/cb\n",
        "https://app.example/{x}",
        "https://\u{ff41}pp.example/",
        "https://app.example/\0",
    ] {
        assert_eq!(refusal(uri), RedirectUriError::InvalidCharacter, "{uri:?}");
    }
    assert_eq!(refusal("https://app.example/%zz"), RedirectUriError::BadPercent);
    assert_eq!(refusal("https://app.example/?x=%"), RedirectUriError::BadPercent);
}

#[test]
fn relative_and_empty_uris_are_refused() {
    for uri in
        ["", "/cb", "//app.example/cb", "app.example/cb", "https://", "https://xn--/cb", "https://app.example:65536/"]
    {
        assert_eq!(refusal(uri), RedirectUriError::NotAbsolute, "{uri}");
    }
}

#[test]
fn wildcards_trailing_dots_and_length_are_refused() {
    assert_eq!(refusal("https://*.app.example/cb"), RedirectUriError::Wildcard);
    assert_eq!(refusal("https://app.example./cb"), RedirectUriError::TrailingDot);
    let long = format!("https://app.example/{}", "a".repeat(RedirectUri::MAX_BYTES));
    assert_eq!(refusal(&long), RedirectUriError::TooLong);
    registered(&long[..RedirectUri::MAX_BYTES]);
}

#[test]
fn only_the_very_bytes_match() {
    let uri = registered("https://app.example/cb");
    assert!(uri.matches("https://app.example/cb"));
    for near_miss in [
        "",
        "https://app.example/cb/",
        "https://app.example/cb?",
        "https://app.example/cb?x=1",
        "https://app.example/cb#",
        "https://app.example/CB",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "http://app.example/cb",
        "https://app.example:443/cb",
        "https://app.example:8443/cb",
        "https://app.example./cb",
        "https://app.example/%63b",
        "https://app.example/./cb",
        "https://app.example//cb",
        "https://app.example\\cb",
        "https://u@app.example/cb",
        "https://app.example.evil.example/cb",
        "https://evil.example/https://app.example/cb",
        "https://app.example/cb ",
        " https://app.example/cb",
        "https://app.example/cb\n",
        "https://\u{430}pp.example/cb",
    ] {
        assert!(!uri.matches(near_miss), "{near_miss:?}");
    }
}

#[test]
fn the_empty_path_and_the_slash_are_two_uris() {
    assert!(!registered("https://app.example").matches("https://app.example/"));
    assert!(!registered("https://app.example/").matches("https://app.example"));
}

#[test]
fn loopback_addresses_have_a_free_port() {
    for host in ["127.0.0.1", "[::1]"] {
        for own in ["", ":9000"] {
            let uri = registered(&format!("http://{host}{own}/cb?x=1"));
            assert!(uri.is_loopback());
            for port in ["", ":1", ":80", ":9000", ":65535"] {
                assert!(uri.matches(&format!("http://{host}{port}/cb?x=1")), "{host} {own} {port}");
            }
            for port in
                [":", ":0", ":080", ":65536", ":99999999999999999999", ":-1", ":+1", ":80@evil.example", ":8 0", "."]
            {
                assert!(!uri.matches(&format!("http://{host}{port}/cb?x=1")), "{host} {own} {port}");
            }
            assert!(!uri.matches(&format!("https://{host}:80/cb?x=1")));
            assert!(!uri.matches(&format!("http://{host}:80/cb?x=2")));
            assert!(!uri.matches(&format!("http://{host}:80/cb")));
            assert!(!uri.matches(&format!("http://u@{host}:80/cb?x=1")));
        }
    }
}

#[test]
fn loopback_addresses_do_not_stand_for_each_other_or_for_localhost() {
    let uri = registered("http://127.0.0.1/cb");
    for other in [
        "http://[::1]/cb",
        "http://localhost/cb",
        "http://127.1/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://0x7f.0.0.1/cb",
    ] {
        assert!(!uri.matches(other), "{other}");
    }
}

#[test]
fn a_loopback_uri_without_path_frees_only_the_port() {
    let uri = registered("http://127.0.0.1");
    assert!(uri.matches("http://127.0.0.1:5000"));
    for other in [
        "http://127.0.0.1:5000/",
        "http://127.0.0.1:5000@evil.example",
        "http://127.0.0.15000",
        "http://127.0.0.1.evil.example",
    ] {
        assert!(!uri.matches(other), "{other}");
    }
}

#[test]
fn ports_of_localhost_and_other_hosts_are_fixed() {
    assert!(!registered("http://localhost:3000/cb").is_loopback());
    assert!(!registered("http://localhost:3000/cb").matches("http://localhost:3001/cb"));
    assert!(!registered("https://127.0.0.1:3000/cb").matches("https://127.0.0.1:3001/cb"));
}

#[test]
fn origins_and_kinds_are_told() {
    assert_eq!(registered("https://app.example/cb").origin().unwrap(), "https://app.example");
    assert_eq!(registered("http://[::1]:8000/cb").origin().unwrap(), "http://[::1]:8000");
    assert_eq!(registered("com.example.app:/cb").origin(), None);
    assert!(registered("com.example.app:/cb").is_private_use_scheme());
    assert!(!registered("https://app.example/cb").is_private_use_scheme());
}

#[test]
fn serde_checks_what_it_reads() {
    assert!(serde_json::from_str::<RedirectUri>(r#""https://app.example/cb""#).is_ok());
    assert!(serde_json::from_str::<RedirectUri>(r#""javascript:alert(1)""#).is_err());
    assert!(serde_json::from_str::<PostLogoutUri>(r#""http://app.example/""#).is_err());
}

fn near_uri() -> impl Strategy<Value = String> {
    (
        prop::sample::select(vec!["https://", "http://", "HTTP://", "com.example.app:/", "//"]),
        prop::sample::select(vec!["127.0.0.1", "[::1]", "localhost", "app.example", "127.1", "u@127.0.0.1"]),
        prop::sample::select(vec!["", ":", ":0", ":1", ":9000", ":65535", ":65536", ":09"]),
        prop::sample::select(vec!["", "/", "/cb", "/cb?x=1", "?x", ".evil.example/cb", "@evil.example/cb"]),
    )
        .prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

fn without_port(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_port(None);
    url.into()
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(own in any::<String>(), presented in any::<String>()) {
        let _ = RedirectUri::new(&own).map(|uri| (uri.matches(&presented), uri.origin(), uri.is_loopback()));
    }

    #[test]
    fn a_match_is_equality_or_the_loopback_rule(own in near_uri(), presented in near_uri()) {
        if let Ok(uri) = RedirectUri::new(&own) {
            prop_assert!(uri.matches(&own));
            if uri.matches(&presented) && own != presented {
                prop_assert!(uri.is_loopback());
                // An independent reader sees the same address, scheme, path and query.
                let (own, presented) = (Url::parse(&own).unwrap(), Url::parse(&presented).unwrap());
                prop_assert_eq!(without_port(&own), without_port(&presented));
                prop_assert_eq!(presented.scheme(), "http");
                prop_assert!(is_loopback_host(&presented) && presented.host_str() != Some("localhost"));
            }
        }
    }

    #[test]
    fn what_is_accepted_survives_a_second_reading(own in near_uri()) {
        if let Ok(uri) = RedirectUri::new(&own) {
            let read = Url::parse(uri.as_str()).unwrap();
            prop_assert_eq!(read.as_str().trim_end_matches('/'), own.trim_end_matches('/'));
            prop_assert!(read.fragment().is_none() && read.username().is_empty());
        }
    }
}
