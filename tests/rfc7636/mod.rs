//! RFC 7636: Proof Key for Code Exchange; demanded of everybody by RFC 9700 §2.1.1.

use testkit::{App, RelyingParty, STATE, VERIFIER, challenge};

async fn code(app: &App, rp: &RelyingParty) -> String {
    app.browser().signed_in().authorize(rp).await.code()
}

#[tokio::test]
async fn the_right_verifier_is_accepted() {
    let app = App::start().await;
    for verifier in [VERIFIER.to_owned(), "a".repeat(43), "~._-".repeat(32)] {
        let rp = app.rp().with("code_challenge", &challenge(&verifier));
        rp.exchange(code(&app, &rp).await).with("code_verifier", &verifier).await.tokens();
    }
}

#[tokio::test]
async fn a_request_without_challenge_is_refused_for_every_kind_of_client() {
    let app = App::start().await;
    for rp in [app.rp(), app.spa(), app.cli()] {
        let bare = rp.clone().without("code_challenge").without("code_challenge_method");
        let landing = app.browser().signed_in().authorize(bare).await;
        landing.assert_error("invalid_request");
        assert_eq!(landing.param("state").as_deref(), Some(STATE));
        let lost = app.browser().signed_in().authorize(rp.without("code_challenge")).await;
        lost.assert_error("invalid_request");
    }
}

#[tokio::test]
async fn a_method_without_challenge_is_refused_even_where_pkce_is_optional() {
    let app = App::start().await;
    let rp = app.rp().without_pkce_requirement().with("code_challenge_method", "S256");
    app.browser().signed_in().authorize(rp).await.assert_error("invalid_request");
}

#[tokio::test]
async fn only_s256_is_supported() {
    let app = App::start().await;
    app.browser()
        .signed_in()
        .authorize(app.rp().without("code_challenge_method"))
        .await
        .assert_error("invalid_request");
    for method in ["plain", "s256", "S512", "S256 "] {
        let rp = app.rp().with("code_challenge_method", method);
        app.browser().signed_in().authorize(rp).await.assert_error("invalid_request");
    }
    let plain = app.rp().with("code_challenge_method", "plain").with("code_challenge", VERIFIER);
    app.browser().signed_in().authorize(plain).await.assert_error("invalid_request");
}

#[tokio::test]
async fn malformed_challenges_are_refused() {
    let app = App::start().await;
    let text = |n: usize| "a".repeat(n);
    for challenge in
        [text(42), text(44), text(128), format!("{}=", text(42)), format!("{}+", text(42)), format!("{}.", text(42))]
    {
        let rp = app.rp().with("code_challenge", &challenge);
        app.browser().signed_in().authorize(rp).await.assert_error("invalid_request");
    }
}

#[tokio::test]
async fn a_wrong_missing_or_malformed_verifier_is_refused() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&app, &rp).await;
    rp.exchange(&code).without("code_verifier").await.assert_error(400, "invalid_grant");
    rp.exchange(&code).with("code_verifier", "").await.assert_error(400, "invalid_grant");
    let challenge = challenge(VERIFIER);
    let longer = format!("{VERIFIER}A");
    for verifier in [challenge.as_str(), &VERIFIER[..42], &longer, &"a".repeat(129), &VERIFIER.to_lowercase(), "x"] {
        rp.exchange(&code).with("code_verifier", verifier).await.assert_error(400, "invalid_grant");
    }
    rp.exchange(&code).await.tokens();
}

#[tokio::test]
async fn a_verifier_of_a_forbidden_alphabet_is_refused_even_if_it_hashes_right() {
    let app = App::start().await;
    for verifier in ["a".repeat(42), "a".repeat(129), format!("{}+", "a".repeat(42)), format!("{}é", "a".repeat(43))] {
        let rp = app.rp().with("code_challenge", &challenge(&verifier));
        let code = code(&app, &rp).await;
        rp.exchange(code).with("code_verifier", &verifier).await.assert_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn verifier_without_challenge_is_refused() {
    let app = App::start().await;
    let rp = app.rp().without_pkce_requirement();
    let code = code(&app, &rp).await;
    rp.exchange(&code).with("code_verifier", VERIFIER).await.assert_error(400, "invalid_grant");
    rp.exchange(&code).await.tokens();
}

#[tokio::test]
async fn where_pkce_is_optional_a_challenge_still_binds() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.pkce = flow::PkceRule::Optional);
    let code = code(&app, &rp).await;
    rp.exchange(&code).without("code_verifier").await.assert_error(400, "invalid_grant");
    rp.exchange(&code).await.tokens();
}

#[tokio::test]
async fn a_code_without_challenge_is_void_once_pkce_is_demanded() {
    let app = App::start().await;
    let rp = app.rp().without_pkce_requirement();
    let code = code(&app, &rp).await;
    app.set_client("web", |change| change.client.pkce = flow::PkceRule::Required).await;
    let call = app.rp().without("code_challenge").exchange(&code);
    call.await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_public_client_cannot_be_registered_without_pkce() {
    let app = App::start().await;
    let client = grant_store::NewClient {
        pkce: flow::PkceRule::Optional,
        redirect_uris: vec![protocol::RedirectUri::new("https://other.example/cb").unwrap()],
        ..grant_store::NewClient::public("other")
    };
    assert!(matches!(app.grants().add_client(client).await, Err(grant_store::ClientError::PkceUnfit)));
}

#[tokio::test]
async fn the_metadata_lists_s256_alone() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
}
