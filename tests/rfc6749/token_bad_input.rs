//! Bytes that are no token request. RFC 6749 §3.2, §5.2, appendix B.

use http::Method;
use testkit::{App, Reply, TokenCall};

const FORM: &str = "application/x-www-form-urlencoded";

/// Everything that is wrong answers 4xx with a registered error, and changes nothing.
#[track_caller]
fn assert_refused(reply: &Reply, status: u16) {
    reply.assert_error(status, "invalid_request");
}

fn raw(app: &App, body: impl Into<Vec<u8>>) -> TokenCall {
    app.m2m().client_credentials().with_body(body)
}

#[tokio::test]
async fn missing_and_empty_parameters_are_refused() {
    let app = App::start().await;
    let before = app.snapshot().await;
    for call in [
        raw(&app, ""),
        raw(&app, "grant_type="),
        raw(&app, "grant_type"),
        app.m2m().client_credentials().without("grant_type"),
        app.rp().call("authorization_code"),
        app.rp().exchange(""),
        app.rp().call("refresh_token"),
        app.rp().refresh(""),
    ] {
        assert_refused(&call.await, 400);
    }
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn repeated_parameters_are_refused() {
    let app = App::start().await;
    let code = app.browser().signed_in().authorize(app.rp()).await.code();
    let before = app.snapshot().await;
    for name in ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "unknown"] {
        assert_refused(&app.rp().exchange(&code).also(name, "x").also(name, "x").await, 400);
    }
    assert_refused(&app.rp().exchange(&code).also("code", "").await, 400);
    assert_refused(&app.rp().refresh("rt_a.b").also("refresh_token", "rt_a.b").await, 400);
    assert_refused(&app.m2m().client_credentials().also("scope", "api:read").also("scope", "api:read").await, 400);
    assert_refused(
        &app.m2m().client_credentials().by_post().also("client_secret", "x").also("client_secret", "x").await,
        400,
    );
    app.snapshot().await.assert_same_as(&before);
    app.rp().exchange(&code).await.tokens();
}

#[tokio::test]
async fn unknown_grant_types_are_named_as_such() {
    let app = App::start().await;
    for grant in [
        "password",
        "implicit",
        "Authorization_Code",
        "authorization_code ",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "device_code",
        "token-exchange",
        "<script>",
    ] {
        let reply = app.m2m().call(grant).await;
        reply.assert_error(400, "unsupported_grant_type");
        assert!(!reply.text().contains("<script>"));
    }
}

#[tokio::test]
async fn bytes_that_cannot_be_decoded_are_refused() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let good = "grant_type=client_credentials";
    for bad in [
        "scope=%",
        "scope=%zz",
        "scope=%FF",
        "scope=%C0%80",
        "scope=%ED%A0%80",
        "scope=%00",
        "%00=1",
        "scope=a%0D%0Ab",
        "scope=%7F",
    ] {
        assert_refused(&raw(&app, format!("{good}&{bad}")).await, 400);
    }
    assert_refused(&raw(&app, [good.as_bytes(), b"&scope=\xff\xfe"].concat()).await, 400);
    assert_refused(&raw(&app, [good.as_bytes(), b"&scope=\0"].concat()).await, 400);
    assert_refused(&raw(&app, vec![0; 100]).await, 400);
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn sizes_are_bounded() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let good = "grant_type=client_credentials";
    let longest = format!("{good}&extra={}", "x".repeat(8 * 1024));
    raw(&app, longest.clone()).await.tokens();
    assert_refused(&raw(&app, format!("{longest}x")).await, 400);
    assert_refused(&raw(&app, format!("{good}&{}=1", "x".repeat(8 * 1024 + 1))).await, 400);
    assert_refused(&raw(&app, format!("{good}{}", "&a".repeat(200))).await, 400);
    assert_refused(&raw(&app, vec![b'x'; 64 * 1024 + 1]).await, 413);
    assert_refused(&raw(&app, vec![b'&'; 1024 * 1024]).await, 413);
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let call = || app.m2m().client_credentials().without_header("content-type");
    for kind in [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/x-www-form-urlencodedx",
        "",
        ";",
    ] {
        assert_refused(&call().with_header("content-type", kind).await, 415);
    }
    assert_refused(&call().await, 415);
    assert_refused(&call().with_header("content-type", FORM).with_header("content-type", FORM).await, 415);
    let json =
        call().with_header("content-type", "application/json").with_body(r#"{"grant_type":"client_credentials"}"#);
    assert_refused(&json.await, 415);
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn parameters_and_case_of_the_content_type_do_not_matter() {
    let app = App::start().await;
    let call = || app.m2m().client_credentials().without_header("content-type");
    for kind in [format!("{FORM}; charset=UTF-8"), FORM.to_uppercase(), format!("{FORM};charset=\"utf-8\"")] {
        call().with_header("content-type", &kind).await.tokens();
    }
}

#[tokio::test]
async fn only_post_is_allowed() {
    let app = App::start().await;
    let before = app.snapshot().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD] {
        let reply = app.m2m().client_credentials().by_method(method.clone()).await;
        assert_eq!(reply.status.as_u16(), 405, "{method}");
        assert!(reply.header("allow").is_some_and(|allow| allow.contains("POST")), "{method}");
    }
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn hostile_values_are_refused_and_never_echoed() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let long = "x".repeat(8000);
    for value in [
        "'; DROP TABLE client; --",
        "<svg onload=alert(1)>",
        "../../etc/passwd",
        "${jndi:ldap://x}",
        "\u{202e}",
        "🦀",
        &long,
    ] {
        let replies = [
            app.rp().exchange(value).await,
            app.rp().refresh(value).await,
            app.rp().exchange("x").with("redirect_uri", value).await,
            app.m2m().client_credentials().by_none().with("client_id", value).await,
        ];
        for reply in replies {
            assert!(reply.status.is_client_error(), "{value:.20}: {}", reply.status);
            assert!(!reply.text().contains(value), "{value:.20}");
        }
    }
    app.snapshot().await.assert_same_as(&before);
}
