//! Requests that nobody wrote: whatever comes, the answer is no 5xx and the database stays as it was. RFC 6749 §3.

use axum::body::Body;
use http::{Method, Request};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::{App, Reply};
use tokio::runtime::Runtime;

const NAMES: [&str; 14] = [
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "max_age",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "response_type",
    "scope",
    "state",
];

const VALUES: [&str; 22] = [
    "",
    "web",
    "spa",
    "m2m",
    "code",
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "https://app.example/cb",
    "https%3A%2F%2Fspa.example%2Fcb",
    "openid+email",
    "S256",
    "plain",
    "none",
    "0",
    "18446744073709551616",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_00000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "rt_00000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "%00",
    "%FF",
    "%E4%BB%A4",
];

/// Something like a query: known names and values, and now and then bytes of any kind.
fn pairs() -> impl Strategy<Value = Vec<u8>> {
    let known = (prop::sample::select(NAMES.to_vec()), prop::sample::select(VALUES.to_vec()))
        .prop_map(|(name, value)| format!("{name}={value}").into_bytes());
    let random = prop::collection::vec(any::<u8>(), 0..40);
    let pair = prop_oneof![8 => known, 1 => random];
    prop::collection::vec(pair, 0..10).prop_map(|pairs| pairs.join(&b'&'))
}

fn header() -> impl Strategy<Value = Option<String>> {
    let bytes = prop::collection::vec(0x20_u8..0x7f, 0..60)
        .prop_map(|bytes| bytes.into_iter().map(char::from).collect::<String>());
    prop_oneof![
        Just(None),
        bytes.clone().prop_map(Some),
        bytes.clone().prop_map(|text| Some(format!("Basic {text}"))),
        bytes.prop_map(|text| Some(format!("Bearer {text}"))),
    ]
}

/// Sends many requests of one kind; the database must be the same at the end.
fn throw<S: Strategy>(requests: &S, request: impl Fn(S::Value) -> Option<Request<Body>>) {
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(App::start());
    let before = runtime.block_on(app.snapshot());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let outcome = runner.run(requests, |value| {
        let Some(request) = request(value) else { return Ok(()) };
        let reply: Reply = runtime.block_on(app.send(request));
        prop_assert!(!reply.status.is_server_error(), "{}", reply.summary());
        prop_assert!(!reply.text().contains('\0'));
        Ok(())
    });
    outcome.unwrap();
    let unchanged = &["interaction"];
    runtime.block_on(app.snapshot()).without(unchanged).assert_same_as(&before.without(unchanged));
}

#[test]
fn the_token_endpoint_survives_anything() {
    throw(&(pairs(), header()), |(body, authorization)| {
        let mut request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        request.body(Body::from(body)).ok()
    });
}

#[test]
fn the_authorization_endpoint_survives_anything() {
    throw(&(pairs(), any::<bool>()), |(parameters, is_post)| {
        if is_post {
            let request = Request::post("/authorize").header("content-type", "application/x-www-form-urlencoded");
            return request.body(Body::from(parameters)).ok();
        }
        let uri = [b"/authorize?", parameters.as_slice()].concat();
        Request::get(uri.as_slice()).body(Body::empty()).ok()
    });
}

#[test]
fn the_userinfo_endpoint_survives_anything() {
    throw(&header(), |authorization| {
        let mut request = Request::get("/userinfo");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        request.body(Body::empty()).ok()
    });
}

#[test]
fn no_path_and_no_method_is_a_surprise() {
    let paths = prop_oneof![
        "/[a-z.%/0-9]{0,30}",
        prop::sample::select(vec!["/token", "/authorize", "/jwks", "/userinfo", "/login", "/consent", "/logout", "/"])
            .prop_map(str::to_owned),
    ];
    let methods = prop::sample::select(vec![
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::PATCH,
    ]);
    throw(&(paths, methods, pairs()), |(path, method, body)| {
        Request::builder().method(method).uri(path).body(Body::from(body)).ok()
    });
}
