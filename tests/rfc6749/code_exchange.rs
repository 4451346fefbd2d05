//! Codes for tokens. RFC 6749 §4.1.3, §4.1.4, §5.1; replay: §4.1.2 and RFC 9700 §4.5.

use std::time::Duration;

use testkit::{App, RelyingParty, Tokens};

async fn code(app: &App, rp: &RelyingParty) -> String {
    app.browser().signed_in().authorize(rp).await.code()
}

async fn is_alive(rp: &RelyingParty, tokens: &Tokens) -> bool {
    let userinfo = rp.userinfo(&tokens.access_token).await.status.is_success();
    let refresh = rp.refresh(tokens.refresh_token()).await.status.is_success();
    assert_eq!(userinfo, refresh, "access and refresh token share one fate");
    userinfo
}

#[tokio::test]
async fn a_code_becomes_tokens() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = rp.exchange(code(&app, &rp).await).await.tokens();
    assert_eq!(tokens.expires_in, 600);
    assert_eq!(tokens.scope, "openid profile email");
    assert!(tokens.id_token.is_some() && tokens.refresh_token.is_some());
}

#[tokio::test]
async fn every_kind_of_client_exchanges() {
    let app = App::start().await;
    for rp in [app.rp(), app.spa(), app.cli()] {
        let code = code(&app, &rp).await;
        rp.exchange(code).await.tokens();
    }
}

#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let app = App::start().await;
    let rp = app.rp().scope("api:read");
    let tokens = rp.exchange(code(&app, &rp).await).await.tokens();
    assert_eq!((tokens.id_token, tokens.scope.as_str()), (None, "api:read"));
}

#[tokio::test]
async fn a_client_without_the_refresh_grant_gets_no_refresh_token() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.grant_types = vec![flow::GrantName::AuthorizationCode]);
    let tokens = rp.exchange(code(&app, &rp).await).await.tokens();
    assert_eq!(tokens.refresh_token, None);
}

#[tokio::test]
async fn a_replayed_code_revokes_the_family() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&app, &rp).await;
    let tokens = rp.exchange(&code).await.tokens();
    rp.exchange(&code).await.assert_error(400, "invalid_grant");
    assert!(!is_alive(&rp, &tokens).await);
}

#[tokio::test]
async fn a_replay_half_a_minute_later_revokes_as_well() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&app, &rp).await;
    let tokens = rp.exchange(&code).await.tokens();
    app.advance(Duration::from_secs(30));
    rp.exchange(&code).await.assert_error(400, "invalid_grant");
    assert!(!is_alive(&rp, &tokens).await);
}

#[tokio::test]
async fn junk_neither_burns_nor_revokes() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&app, &rp).await;
    let before = app.snapshot().await;
    let stranger = app.spa().with("redirect_uri", "https://app.example/cb");
    let cut = &code[..code.len() - 1];
    let other_verifier = "w".repeat(43);
    for call in [
        stranger.exchange(&code),
        rp.exchange(&code).with("code_verifier", &other_verifier),
        rp.exchange(&code).without("code_verifier"),
        rp.exchange(&code).with("redirect_uri", "https://app.example/other"),
        rp.exchange(cut),
        rp.exchange(format!("{code}A")),
    ] {
        call.await.assert_error(400, "invalid_grant");
    }
    rp.exchange(&code).with_secret("wrong").await.assert_error(401, "invalid_client");
    app.snapshot().await.assert_same_as(&before);
    let tokens = rp.exchange(&code).await.tokens();
    for call in [stranger.exchange(&code), rp.exchange(&code).with("code_verifier", &other_verifier)] {
        call.await.assert_error(400, "invalid_grant");
    }
    assert!(is_alive(&rp, &tokens).await, "a stranger's replay must not revoke");
}

#[tokio::test]
async fn a_code_lives_one_minute() {
    let app = App::start().await;
    let rp = app.rp();
    let (first, second) = (code(&app, &rp).await, code(&app, &rp).await);
    app.advance(Duration::from_secs(59));
    rp.exchange(first).await.tokens();
    app.advance(Duration::from_secs(1));
    rp.exchange(second).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn the_redirect_uri_must_be_the_one_of_the_request() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&app, &rp).await;
    for uri in
        ["https://app.example/cb/", "https://app.example/CB", "HTTPS://app.example/cb", "https://app.example:443/cb"]
    {
        rp.exchange(&code).with("redirect_uri", uri).await.assert_error(400, "invalid_grant");
    }
    rp.exchange(&code).await.tokens();
}

#[tokio::test]
async fn with_pkce_the_redirect_uri_may_be_left_out() {
    let app = App::start().await;
    let rp = app.rp();
    rp.exchange(code(&app, &rp).await).without("redirect_uri").await.tokens();
}

#[tokio::test]
async fn without_pkce_the_redirect_uri_must_not_be_left_out() {
    let app = App::start().await;
    let rp = app.rp().without_pkce_requirement();
    let code = code(&app, &rp).await;
    rp.exchange(&code).without("redirect_uri").await.assert_error(400, "invalid_grant");
    rp.exchange(&code).await.tokens();
}

#[tokio::test]
async fn a_redirect_uri_that_the_request_did_not_name_is_refused() {
    let app = App::start().await;
    let rp = app.rp().scope("api:read").without("redirect_uri");
    let code = code(&app, &rp).await;
    let named = rp.exchange(&code).with("redirect_uri", "https://app.example/cb").await;
    named.assert_error(400, "invalid_grant");
    rp.exchange(&code).await.tokens();
}

#[tokio::test]
async fn other_artefacts_are_no_codes() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = rp.exchange(code(&app, &rp).await).await.tokens();
    for artefact in
        [tokens.access_token.as_str(), tokens.refresh_token(), tokens.id_token(), "x", "code_", "code_.", "code_a.b"]
    {
        rp.exchange(artefact).await.assert_error(400, "invalid_grant");
    }
    // The same selector and secret under another kind.
    let disguised = tokens.refresh_token().replacen("rt_", "code_", 1);
    rp.exchange(disguised).await.assert_error(400, "invalid_grant");
    assert!(is_alive(&rp, &tokens).await);
}

#[tokio::test]
async fn codes_and_tokens_are_not_in_the_database() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&app, &rp).await;
    let tokens = rp.exchange(&code).await.tokens();
    let dump = app.snapshot().await.to_text();
    for secret in [code.as_str(), tokens.access_token.as_str(), tokens.refresh_token()] {
        let (_, hidden) = secret.rsplit_once('.').unwrap();
        assert!(hidden.len() >= 43, "{hidden}");
        assert!(!dump.contains(hidden));
    }
}

#[tokio::test]
async fn of_sixteen_redeemers_one_wins_and_the_family_dies() {
    let app = App::start().await;
    let rp = app.rp();
    let code = code(&app, &rp).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        calls.spawn(rp.exchange(&code).into_future());
    }
    let replies = calls.join_all().await;
    let winners: Vec<_> = replies.iter().filter(|reply| reply.status.is_success()).collect();
    assert_eq!(winners.len(), 1);
    for loser in replies.iter().filter(|reply| !reply.status.is_success()) {
        loser.assert_error(400, "invalid_grant");
    }
    assert!(!is_alive(&rp, &winners[0].tokens()).await, "the other fifteen were replays");
}
