//! Client authentication at the token endpoint. RFC 6749 §2.3, §3.2.1, §5.2.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flow::ClientAuthMethod;
use platform::secret::Secret;
use testkit::{App, M2M, Reply, TokenCall, fixture};

#[track_caller]
fn assert_challenged(reply: &Reply) {
    reply.assert_error(401, "invalid_client");
    // RFC 6749 §5.2: the scheme that the client used must be named.
    assert!(reply.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic realm=\"")));
}

fn with_raw_basic(call: TokenCall, joined: &str) -> TokenCall {
    call.by_nobody().with_header("authorization", &format!("Basic {}", STANDARD.encode(joined)))
}

#[tokio::test]
async fn basic_and_post_are_both_accepted_by_default() {
    let app = App::start().await;
    app.m2m().client_credentials().by_basic().await.tokens();
    app.m2m().client_credentials().by_post().await.tokens();
}

#[tokio::test]
async fn a_pinned_method_is_the_only_one() {
    let app = App::start().await;
    let basic = app.m2m().registered(|change| change.client.auth_method = ClientAuthMethod::Basic);
    basic.client_credentials().by_basic().await.tokens();
    basic.client_credentials().by_post().await.assert_error(401, "invalid_client");
    let post = app.m2m().registered(|change| change.client.auth_method = ClientAuthMethod::Post);
    post.client_credentials().by_post().await.tokens();
    post.client_credentials().by_basic().await.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn two_methods_at_once_are_refused() {
    let app = App::start().await;
    let secret = fixture::secret_of(M2M);
    let call = || app.m2m().client_credentials().by_basic();
    call().with("client_secret", &secret).await.assert_error(400, "invalid_request");
    call().with("client_id", M2M).with("client_secret", &secret).await.assert_error(400, "invalid_request");
    call().with("client_id", "web").await.assert_error(400, "invalid_request");
    let basic = format!("Basic {}", STANDARD.encode(format!("{M2M}:{secret}")));
    call().with_header("authorization", &basic).await.assert_error(400, "invalid_request");
    // The id alone beside the header is no second method.
    call().with("client_id", M2M).await.tokens();
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_look_alike() {
    let app = App::start().await;
    let wrong = app.m2m().client_credentials().with_secret("wrong").await;
    let unknown = with_raw_basic(app.m2m().client_credentials(), "nobody:wrong").await;
    assert_challenged(&wrong);
    assert_challenged(&unknown);
    assert_eq!(wrong.body, unknown.body);
    let wrong = app.m2m().client_credentials().by_post().with_secret("wrong").await;
    wrong.assert_error(401, "invalid_client");
    assert_eq!(wrong.body, unknown.body);
}

#[tokio::test]
async fn a_confidential_client_without_its_secret_is_refused() {
    let app = App::start().await;
    app.m2m().client_credentials().by_none().await.assert_error(401, "invalid_client");
    with_raw_basic(app.m2m().client_credentials(), &format!("{M2M}:")).await.assert_error(401, "invalid_client");
    let empty = app.m2m().client_credentials().by_none().with("client_secret", "");
    empty.await.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn a_public_client_with_a_secret_is_refused() {
    let app = App::start().await;
    let code = app.browser().signed_in().authorize(app.spa()).await.code();
    app.spa().exchange(&code).by_basic().await.assert_error(401, "invalid_client");
    app.spa().exchange(&code).by_post().await.assert_error(401, "invalid_client");
    app.spa().exchange(&code).await.tokens();
}

#[tokio::test]
async fn no_client_at_all_is_refused() {
    let app = App::start().await;
    let reply = app.m2m().client_credentials().by_nobody().await;
    reply.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn broken_headers_are_refused() {
    let app = App::start().await;
    let secret = fixture::secret_of(M2M);
    let good = STANDARD.encode(format!("{M2M}:{secret}"));
    let unpadded = STANDARD.encode("web:ab").trim_end_matches('=').to_owned();
    for header in [
        "Basic",
        "Basic ",
        "Basic !",
        &format!("Basic {unpadded}x"),
        &format!("Basic {good} {good}"),
        &format!("Basic {}", STANDARD.encode("no colon")),
        &format!("Basic {}", STANDARD.encode(format!("{M2M}:%zz"))),
        &format!("Basic {}", STANDARD.encode(":secret")),
        &format!("Bearer {good}"),
        &format!("Digest {good}"),
        &good,
    ] {
        let call = app.m2m().client_credentials().by_nobody().with_header("authorization", header);
        assert_challenged(&call.await);
    }
}

#[tokio::test]
async fn the_scheme_ignores_case_and_the_credentials_do_not() {
    let app = App::start().await;
    let secret = fixture::secret_of(M2M);
    let call = || app.m2m().client_credentials().by_nobody();
    let lower = format!("basic {}", STANDARD.encode(format!("{M2M}:{secret}")));
    call().with_header("authorization", &lower).await.tokens();
    let upper = format!("Basic {}", STANDARD.encode(format!("{M2M}:{}", secret.to_uppercase())));
    call().with_header("authorization", &upper).await.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn credentials_in_the_basic_header_are_form_encoded() {
    let app = App::start().await;
    app.grants().set_secret(M2M, &Secret::new("a:b c%+é".to_owned())).await.unwrap();
    app.m2m().client_credentials().with_secret("a:b c%+é").await.tokens();
}

#[tokio::test]
async fn credentials_in_the_query_are_refused() {
    let app = App::start().await;
    let secret = fixture::secret_of(M2M);
    let query = format!("client_id={M2M}&client_secret={secret}");
    let call = app.m2m().client_credentials().by_nobody().with_query(&query);
    call.await.assert_error(400, "invalid_request");
    app.m2m().client_credentials().with_query("scope=api:read").await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn a_rotated_secret_overlaps_as_long_as_was_asked() {
    let app = App::start().await;
    let old = fixture::secret_of(M2M);
    let new = app.grants().rotate_secret(M2M, Duration::from_hours(1)).await.unwrap();
    let call = |secret: &str| app.m2m().client_credentials().with_secret(secret);
    call(&old).await.tokens();
    call(new.expose()).await.tokens();
    app.advance(Duration::from_hours(1));
    call(&old).await.assert_error(401, "invalid_client");
    call(new.expose()).await.tokens();
}

#[tokio::test]
async fn secrets_are_not_in_the_database() {
    let app = App::start().await;
    let secret = app.grants().add_secret(M2M).await.unwrap();
    app.m2m().client_credentials().with_secret(secret.expose()).await.tokens();
    let dump = app.snapshot().await.to_text();
    assert!(!dump.contains(secret.expose()) && !dump.contains(&fixture::secret_of(M2M)));
}

#[tokio::test]
async fn one_clients_secret_is_not_anothers() {
    let app = App::start().await;
    app.m2m().client_credentials().with_secret(&fixture::secret_of("web")).await.assert_error(401, "invalid_client");
}
