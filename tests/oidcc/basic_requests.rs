//! Parameters of the authorization request. OpenID Connect Core §3.1.2.1.

use axum::body::Body;
use http::Request;
use testkit::{Landing, STATE};

use super::{NONCE, Op, USER, modules};

modules!(
    server,
    response_type_missing,
    ensure_request_without_nonce_succeeds_for_code_flow,
    alternate_happy_flow,
    display_page,
    display_popup,
    ensure_request_with_unknown_parameter_succeeds,
    login_hint,
    ui_locales,
    claims_locales,
    ensure_request_with_acr_values_succeeds,
    ensure_registered_redirect_uri,
    ensure_post_request_succeeds,
    unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    ensure_request_object_with_redirect_uri,
    ensure_request_with_valid_pkce_succeeds,
);

/// A request object without a signature: `{"alg":"none"}` and an empty object.
const UNSIGNED: &str = "eyJhbGciOiJub25lIn0.e30.";

async fn server(op: &Op) {
    let flow = op.flow(&mut op.browser(), &op.rp()).await;
    assert_eq!(flow.id_token["nonce"], NONCE);
}

async fn response_type_missing(op: &Op) {
    let landing = op.browser().authorize(op.rp().without("response_type")).await;
    op.refused(&landing, "invalid_request");
}

async fn ensure_request_without_nonce_succeeds_for_code_flow(op: &Op) {
    let flow = op.flow(&mut op.browser(), &op.rp().without("nonce")).await;
    assert!(flow.id_token.get("nonce").is_none());
}

async fn alternate_happy_flow(op: &Op) {
    let mut browser = op.browser();
    let rp = op.rp().scope("email openid");
    rp.register().await;
    browser.sign_in(USER, testkit::PASSWORD).await;
    let path = rp.authorize_path();
    let (endpoint, query) = path.split_once('?').unwrap();
    let reversed = query.split('&').rev().collect::<Vec<_>>().join("&");
    let landing = browser.visit(&format!("{endpoint}?{reversed}")).await;
    let landing = browser.walk_on(landing).await;
    let flow = op.exchange(&rp, &op.code(&landing)).await;
    assert!(flow.userinfo["email"].is_string() && flow.userinfo.get("name").is_none());
}

async fn accepted(op: &Op, name: &str, value: &str) {
    op.flow(&mut op.browser(), &op.rp().with(name, value)).await;
}

async fn display_page(op: &Op) {
    accepted(op, "display", "page").await;
}

async fn display_popup(op: &Op) {
    for display in ["popup", "touch", "wap"] {
        accepted(op, "display", display).await;
    }
}

async fn ensure_request_with_unknown_parameter_succeeds(op: &Op) {
    accepted(op, "extra", "foobar").await;
}

async fn login_hint(op: &Op) {
    accepted(op, "login_hint", "buffy@id.example").await;
}

async fn ui_locales(op: &Op) {
    for locales in ["se", "zh-CN en", "not a locale"] {
        accepted(op, "ui_locales", locales).await;
    }
}

async fn claims_locales(op: &Op) {
    accepted(op, "claims_locales", "se").await;
    let twice = op.rp().with("claims_locales", "se").also("claims_locales", "en");
    op.refused(&op.browser().authorize(twice).await, "invalid_request");
}

async fn ensure_request_with_acr_values_succeeds(op: &Op) {
    let supported = op.app.get("/.well-known/openid-configuration").await.json()["acr_values_supported"].clone();
    let supported: Vec<&str> = supported.as_array().unwrap().iter().map(|acr| acr.as_str().unwrap()).collect();
    let flow = op.flow(&mut op.browser(), &op.rp().with("acr_values", &supported.join(" "))).await;
    assert!(supported.contains(&flow.id_token["acr"].as_str().unwrap()));
    accepted(op, "acr_values", "urn:example:unheard-of 1").await;
}

async fn ensure_registered_redirect_uri(op: &Op) {
    let landing = op.browser().authorize(op.rp().with("redirect_uri", "https://app.example/cb/random")).await;
    landing.assert_page(400, "/authorize");
}

async fn ensure_post_request_succeeds(op: &Op) {
    let rp = op.rp();
    let mut browser = op.browser();
    // Before this browser is known here, the form that another site posts is taken for what it says.
    let first = posted(op, &mut browser, &rp.authorize_form()).await;
    let first = browser.walk_on(first).await;
    op.exchange(&rp, &op.code(&first)).await;
    // And again, signed in and allowed.
    let again = posted(op, &mut browser, &rp.authorize_form()).await;
    op.exchange(&rp, &op.code(&again)).await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let request = Request::builder().method(method).uri(rp.authorize_path()).body(Body::empty()).unwrap();
        op.app.send(request).await.assert_status(405);
    }
}

async fn posted(op: &Op, browser: &mut testkit::Browser, form: &str) -> Landing {
    let request = Request::post("/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://app.example")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let reply = browser.send(request).await;
    assert!(reply.status.is_success() || reply.status.as_u16() == 303, "{} {}", op.mode, reply.summary());
    browser.follow("/authorize", reply).await
}

async fn unsigned_request_object_supported_correctly_or_rejected_as_unsupported(op: &Op) {
    let landing = op.browser().authorize(op.rp().with("request", UNSIGNED)).await;
    op.refused(&landing, "request_not_supported");
}

async fn ensure_request_object_with_redirect_uri(op: &Op) {
    let bad = op.rp().with("request", UNSIGNED).with("redirect_uri", "https://app.example/other");
    op.browser().authorize(bad).await.assert_page(400, "/authorize");
}

async fn ensure_request_with_valid_pkce_succeeds(op: &Op) {
    let landing = op.browser().authorize(op.rp()).await;
    assert_eq!(landing.param("state").as_deref(), Some(STATE));
    let code = op.code(&landing);
    let wrong = op.rp().exchange(&code).with("code_verifier", &"x".repeat(43)).await;
    wrong.assert_error(400, "invalid_grant");
    op.exchange(&op.rp(), &code).await;
}
