//! What an authorization request says, and how its answer is written.

use proptest::prelude::*;

use super::*;
use crate::params::ParamLimits;

const NAMES: [&str; 20] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "ui_locales",
    "id_token_hint",
    "acr_values",
    "display",
    "claims",
    "request",
    "request_uri",
    "registration",
];

fn parse(raw: &str) -> Result<AuthorizationRequest, ParamError> {
    AuthorizationRequest::parse(&Params::parse(raw.as_bytes(), &ParamLimits::default()).unwrap())
}

#[test]
fn every_parameter_reaches_its_field() {
    let raw = NAMES.map(|name| format!("{name}=v-{name}")).join("&");
    let stored = serde_json::to_value(parse(&raw).unwrap()).unwrap();
    for name in NAMES {
        assert_eq!(stored[name], format!("v-{name}"));
    }
    assert_eq!(stored.as_object().unwrap().len(), NAMES.len());
}

#[test]
fn every_parameter_is_refused_when_repeated() {
    for name in NAMES {
        assert_eq!(parse(&format!("client_id=a&{name}=1&{name}=1")), Err(ParamError::Repeated { name: name.into() }));
    }
}

#[test]
fn unknown_parameters_are_left_out() {
    assert_eq!(parse("client_id=a&extra=foobar&extra=2"), parse("client_id=a"));
}

#[test]
fn client_id_is_needed_and_empty_values_are_absent() {
    for raw in ["", "client_id=", "scope=a"] {
        assert_eq!(parse(raw), Err(ParamError::Missing { name: "client_id".into() }));
    }
    assert_eq!(parse("client_id=a&scope=&state"), parse("client_id=a"));
}

#[test]
fn what_is_stored_reads_back() {
    let request = parse("client_id=a&state=%22%5C%E4%BB%A4&scope=openid").unwrap();
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&stored).unwrap(), request);
}

#[test]
fn debug_leaves_out_people_and_secrets() {
    let request = parse("client_id=a&login_hint=alice&id_token_hint=ey&state=st4te&nonce=n0nce").unwrap();
    let shown = format!("{request:?}");
    for hidden in ["alice", "ey", "st4te", "n0nce"] {
        assert!(!shown.contains(&format!("\"{hidden}\"")));
    }
}

#[test]
fn response_holds_the_state_and_the_issuer() {
    let mut response =
        AuthorizationResponse { outcome: AuthorizationOutcome::Code("c"), state: Some("s"), iss: "https://as.example" };
    assert_eq!(response.pairs(), [("code", "c"), ("state", "s"), ("iss", "https://as.example")]);
    response.state = None;
    response.outcome =
        AuthorizationOutcome::Error { code: ErrorCode::AccessDenied, description: "The person said no." };
    assert_eq!(
        response.pairs(),
        [("error", "access_denied"), ("error_description", "The person said no."), ("iss", "https://as.example")]
    );
}

#[test]
fn an_existing_query_is_kept() {
    for (uri, expected) in [
        ("https://a.example/cb", "https://a.example/cb?code=x"),
        ("https://a.example", "https://a.example?code=x"),
        ("https://a.example/cb?", "https://a.example/cb?code=x"),
        ("https://a.example/cb?t=1", "https://a.example/cb?t=1&code=x"),
        ("https://a.example/cb?t=1&", "https://a.example/cb?t=1&code=x"),
        ("com.example.app:/cb", "com.example.app:/cb?code=x"),
    ] {
        assert_eq!(append_query(uri, &[("code", "x")]), expected);
    }
    assert_eq!(append_query("https://a.example/cb", &[]), "https://a.example/cb");
}

#[test]
fn a_fragment_follows_the_query_that_is_there() {
    for (uri, expected) in [
        ("https://a.example/cb", "https://a.example/cb#code=x%20y&state=1"),
        ("https://a.example/cb?t=1", "https://a.example/cb?t=1#code=x%20y&state=1"),
    ] {
        assert_eq!(append_fragment(uri, &[("code", "x y"), ("state", "1")]), expected);
    }
}

#[test]
fn a_response_mode_has_one_spelling() {
    for mode in ResponseMode::ALL {
        assert_eq!(ResponseMode::parse(mode.as_str()), Some(mode));
    }
    for other in ["", "Query", "web_message", "jwt", "form_post "] {
        assert_eq!(ResponseMode::parse(other), None, "{other}");
    }
}

#[test]
fn resources_may_be_repeated_and_count_once() {
    let request =
        parse("client_id=a&resource=https%3A%2F%2Fb&resource=&resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb")
            .unwrap();
    assert_eq!(request.resource, ["https://b", "https://a"]);
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&stored).unwrap(), request);
}

#[test]
fn a_parameter_that_nobody_reads_is_refused_when_repeated_all_the_same() {
    assert!(parse("client_id=a&claims_locales=se").is_ok());
    let repeated = ParamError::Repeated { name: "claims_locales".into() };
    assert_eq!(parse("client_id=a&claims_locales=se&claims_locales=se"), Err(repeated));
}

proptest! {
    #[test]
    fn values_reach_the_client_as_they_are(state in "\\PC{0,40}", code in any::<String>()) {
        let target = append_query("https://a.example/cb?t=1", &[("code", &code), ("state", &state)]);
        prop_assert!(!target.contains(['\r', '\n', '"', '<', '#', ' ']));
        let url = url::Url::parse(&target).unwrap();
        prop_assert_eq!(url.host_str(), Some("a.example"));
        let read: Vec<_> = url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        prop_assert_eq!(read, [("t".into(), "1".into()), ("code".into(), code), ("state".into(), state)]);
    }

    #[test]
    fn parsing_never_panics(raw in any::<Vec<u8>>()) {
        if let Ok(params) = Params::parse(&raw, &ParamLimits::default()) {
            let _ = AuthorizationRequest::parse(&params);
        }
    }
}
