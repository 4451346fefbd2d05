//! RFC 7009: OAuth 2.0 Token Revocation.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

use std::time::Duration;

use flow::TokenFormat;
use http::Method;
use testkit::{App, ISSUER, RelyingParty, Reply, Tokens, WEB};

async fn tokens(app: &App, rp: &RelyingParty) -> Tokens {
    let code = app.browser().signed_in().authorize(rp).await.code();
    rp.exchange(code).await.tokens()
}

#[track_caller]
fn assert_done(reply: &Reply) {
    reply.assert_status(200);
    assert!(reply.body.is_empty(), "{}", reply.summary());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

async fn assert_dead(rp: &RelyingParty, tokens: &Tokens) {
    rp.refresh(tokens.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.userinfo(&tokens.access_token).await.assert_status(401);
}

#[tokio::test]
async fn a_refresh_token_takes_its_family_along() {
    let app = App::start().await;
    let rp = app.rp();
    let (first, other) = (tokens(&app, &rp).await, tokens(&app, &rp).await);
    let second = rp.refresh(first.refresh_token()).await.tokens();
    for token in [&first.access_token, &second.access_token] {
        rp.userinfo(token).await.assert_status(200);
    }
    assert_done(&rp.revoke(second.refresh_token()).await);
    assert_dead(&rp, &second).await;
    rp.userinfo(&first.access_token).await.assert_status(401);
    // Once more changes nothing, and other families are not concerned.
    let before = app.snapshot().await;
    assert_done(&rp.revoke(second.refresh_token()).await);
    app.snapshot().await.assert_same_as(&before);
    rp.userinfo(&other.access_token).await.assert_status(200);
    rp.refresh(other.refresh_token()).await.tokens();
}

#[tokio::test]
async fn a_spent_refresh_token_of_the_client_ends_the_family_too() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    assert_done(&rp.revoke(first.refresh_token()).await);
    assert_dead(&rp, &second).await;
}

#[tokio::test]
async fn an_access_token_goes_alone() {
    let app = App::start().await;
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        app.set_client(WEB, |change| change.client.terms.access_token_format = format).await;
        let rp = app.rp();
        let (first, other) = (tokens(&app, &rp).await, tokens(&app, &rp).await);
        for tokens in [&first, &other] {
            rp.userinfo(&tokens.access_token).await.assert_status(200);
        }
        assert_done(&rp.revoke(&first.access_token).await);
        rp.userinfo(&first.access_token).await.assert_status(401);
        rp.userinfo(&other.access_token).await.assert_status(200);
        let next = rp.refresh(first.refresh_token()).await.tokens();
        rp.userinfo(&next.access_token).await.assert_status(200);
        assert_done(&rp.revoke(&first.access_token).await);
    }
}

#[tokio::test]
async fn the_hint_is_only_a_hint() {
    let app = App::start().await;
    let rp = app.rp();
    for hint in ["access_token", "refresh_token", "nonsense"] {
        let tokens = tokens(&app, &rp).await;
        assert_done(&rp.revoke(&tokens.access_token).with("token_type_hint", hint).await);
        rp.userinfo(&tokens.access_token).await.assert_status(401);
        assert_done(&rp.revoke(tokens.refresh_token()).with("token_type_hint", hint).await);
        assert_dead(&rp, &tokens).await;
    }
}

#[tokio::test]
async fn a_public_client_gives_up_its_own_tokens() {
    let app = App::start().await;
    let rp = app.spa();
    let tokens = tokens(&app, &rp).await;
    assert_done(&rp.revoke(&tokens.access_token).await);
    rp.userinfo(&tokens.access_token).await.assert_status(401);
    assert_done(&rp.revoke(tokens.refresh_token()).await);
    assert_dead(&rp, &tokens).await;
}

#[tokio::test]
async fn another_clients_token_is_answered_alike_and_stays() {
    let app = App::start().await;
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        app.set_client(WEB, |change| change.client.terms.access_token_format = format).await;
        let rp = app.rp();
        let theirs = tokens(&app, &rp).await;
        let before = app.snapshot().await;
        for stranger in [app.spa(), app.m2m()] {
            assert_done(&stranger.revoke(&theirs.access_token).await);
            assert_done(&stranger.revoke(theirs.refresh_token()).await);
        }
        app.snapshot().await.assert_same_as(&before);
        rp.userinfo(&theirs.access_token).await.assert_status(200);
        rp.refresh(theirs.refresh_token()).await.tokens();
    }
}

#[tokio::test]
async fn what_is_no_token_is_answered_alike_and_changes_nothing() {
    let app = App::start().await;
    let rp = app.rp();
    let live = tokens(&app, &rp).await;
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let expired = tokens(&app, &rp).await.access_token;
    let bent = format!("{}A", &live.refresh_token()[..live.refresh_token().len() - 1]);
    let forged = live.access_token.replacen('.', ".e30", 1);
    app.advance(Duration::from_secs(610));
    let before = app.snapshot().await;
    for token in ["x", "rt_x.y", "at_x.y", "a.b.c", "令牌", &code, &bent, &forged, &expired, live.id_token()] {
        assert_done(&rp.revoke(token).await);
    }
    app.snapshot().await.assert_same_as(&before);
    rp.refresh(live.refresh_token()).await.tokens();
}

#[tokio::test]
async fn who_does_not_prove_itself_revokes_nothing() {
    let app = App::start().await;
    let rp = app.rp();
    let live = tokens(&app, &rp).await;
    let before = app.snapshot().await;
    let token = live.refresh_token();
    rp.revoke(token).with_secret("wrong").await.assert_error(401, "invalid_client");
    rp.revoke(token).by_none().await.assert_error(401, "invalid_client");
    rp.revoke(token).by_nobody().await.assert_error(400, "invalid_request");
    rp.revoke("").await.assert_error(400, "invalid_request");
    rp.revoke(token).also("token", token).await.assert_error(400, "invalid_request");
    rp.revoke(token).with_query(&format!("token={token}")).await.assert_error(400, "invalid_request");
    rp.revoke(token).without_header("content-type").await.assert_error(415, "invalid_request");
    for method in [Method::GET, Method::DELETE] {
        rp.revoke(token).by_method(method).await.assert_status(405);
    }
    app.snapshot().await.assert_same_as(&before);
    rp.refresh(token).await.tokens();
}

#[tokio::test]
async fn a_database_that_is_gone_is_never_called_done() {
    let app = App::start().await;
    let rp = app.rp();
    let opaque = app.m2m().registered(|change| change.client.terms.access_token_format = TokenFormat::Opaque);
    let (live, own) = (tokens(&app, &rp).await, opaque.client_credentials().await.tokens());
    // Both clients are known for a moment, so that the revocation is what meets the trouble.
    for client in [&rp, &app.m2m()] {
        client.revoke("x").await.assert_status(200);
    }
    app.db().clone().close().await;
    for reply in [
        rp.revoke(live.refresh_token()).await,
        rp.revoke(&live.access_token).await,
        app.m2m().revoke(&own.access_token).await,
    ] {
        assert_eq!(reply.assert_status(503).json()["error"], "temporarily_unavailable");
        assert!(reply.header("retry-after").is_some());
    }
}

#[tokio::test]
async fn a_revoked_jwt_is_remembered_as_long_as_it_would_have_lived() {
    let app = App::start().await;
    let rp = app.rp();
    let token = tokens(&app, &rp).await.access_token;
    rp.revoke(&token).await.assert_status(200);
    rp.revoke(&token).await.assert_status(200);
    // Ten seconds of leeway, in which a verifier would still take it.
    app.advance(Duration::from_secs(609));
    app.grants().sweep().await.unwrap();
    assert_eq!(app.snapshot().await.rows("revoked_token").len(), 1);
    rp.userinfo(&token).await.assert_status(401);
    app.advance(Duration::from_secs(1));
    app.grants().sweep().await.unwrap();
    assert!(app.snapshot().await.rows("revoked_token").is_empty());
}

#[tokio::test]
async fn a_revocation_leaves_a_trace_without_the_token() {
    let app = App::start().await;
    let rp = app.rp();
    let live = tokens(&app, &rp).await;
    rp.revoke(&live.access_token).await.assert_status(200);
    rp.revoke(live.refresh_token()).await.assert_status(200);
    let snapshot = app.snapshot().await;
    for kind in ["token.access.revoked", "token.refresh.revoked"] {
        assert_eq!(snapshot.rows("audit_event").iter().filter(|row| row.contains(kind)).count(), 1, "{kind}");
    }
    let (_, secret) = live.refresh_token().split_once('.').unwrap();
    assert!(!snapshot.to_text().contains(secret) && !snapshot.to_text().contains(&live.access_token));
}

#[tokio::test]
async fn discovery_names_the_endpoint_and_how_to_authenticate() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["revocation_endpoint"], format!("{ISSUER}/revoke"));
    let methods = &metadata["revocation_endpoint_auth_methods_supported"];
    assert_eq!(*methods, metadata["token_endpoint_auth_methods_supported"]);
}
