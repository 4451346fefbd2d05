//! Refreshing. RFC 6749 §6; rotation and replay: RFC 9700 §4.14.2.

use testkit::{App, RelyingParty, Tokens};

async fn tokens(app: &App, rp: &RelyingParty) -> Tokens {
    let code = app.browser().signed_in().authorize(rp).await.code();
    rp.exchange(code).await.tokens()
}

#[tokio::test]
async fn a_refresh_brings_new_tokens() {
    let app = App::start().await;
    for rp in [app.rp(), app.spa(), app.cli()] {
        let old = tokens(&app, &rp).await;
        let new = rp.refresh(old.refresh_token()).await.tokens();
        assert_ne!(new.access_token, old.access_token);
        assert_ne!(new.refresh_token(), old.refresh_token());
        assert_eq!((new.scope.as_str(), new.expires_in), (old.scope.as_str(), 600));
        rp.userinfo(&new.access_token).await.assert_status(200);
    }
}

#[tokio::test]
async fn a_chain_of_refreshes_holds() {
    let app = App::start().await;
    let rp = app.rp();
    let mut current = tokens(&app, &rp).await;
    for _ in 0..10 {
        current = rp.refresh(current.refresh_token()).await.tokens();
    }
}

#[tokio::test]
async fn a_replayed_refresh_token_kills_the_family() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let third = rp.refresh(second.refresh_token()).await.tokens();
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.refresh(third.refresh_token()).await.assert_error(400, "invalid_grant");
    for dead in [&first, &second, &third] {
        assert_eq!(rp.userinfo(&dead.access_token).await.status.as_u16(), 401);
    }
}

#[tokio::test]
async fn a_replay_leaves_other_families_alone() {
    let app = App::start().await;
    let rp = app.rp();
    let (first, other) = (tokens(&app, &rp).await, tokens(&app, &rp).await);
    let second = rp.refresh(first.refresh_token()).await.tokens();
    rp.refresh(second.refresh_token()).await.tokens();
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.refresh(other.refresh_token()).await.tokens();
}

#[tokio::test]
async fn junk_neither_spends_nor_revokes() {
    let app = App::start().await;
    let rp = app.rp();
    let old = tokens(&app, &rp).await;
    let before = app.snapshot().await;
    let token = old.refresh_token();
    let cut = &token[..token.len() - 1];
    let disguised = token.replacen("rt_", "code_", 1);
    for artefact in ["x", "rt_", "rt_.", "rt_a.b", cut, &disguised, &old.access_token, old.id_token()] {
        rp.refresh(artefact).await.assert_error(400, "invalid_grant");
    }
    app.spa().refresh(token).await.assert_error(400, "invalid_grant");
    rp.refresh(token).with_secret("wrong").await.assert_error(401, "invalid_client");
    rp.refresh(token).with("scope", "openid api:write").await.assert_error(400, "invalid_scope");
    app.snapshot().await.assert_same_as(&before);
    rp.refresh(token).await.tokens();
}

#[tokio::test]
async fn a_strangers_replay_of_a_spent_token_revokes_nothing() {
    let app = App::start().await;
    let rp = app.rp();
    let old = tokens(&app, &rp).await;
    let new = rp.refresh(old.refresh_token()).await.tokens();
    app.spa().refresh(old.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.refresh(new.refresh_token()).await.tokens();
}

#[tokio::test]
async fn scope_can_be_narrowed_for_one_access_token() {
    let app = App::start().await;
    let rp = app.rp().scope("openid profile email api:read");
    let full = tokens(&app, &rp).await;
    let narrow = rp.refresh(full.refresh_token()).with("scope", "openid email").await.tokens();
    assert_eq!(narrow.scope, "openid email");
    let jwt = app.verify(&narrow.access_token).await;
    assert_eq!(jwt.claims["scope"], "openid email");
    // RFC 6749 §6: the refresh token keeps the scope of the grant.
    let again = rp.refresh(narrow.refresh_token()).await.tokens();
    assert_eq!(again.scope, "openid profile email api:read");
}

#[tokio::test]
async fn scope_cannot_be_widened() {
    let app = App::start().await;
    let rp = app.rp().scope("openid");
    let tokens = tokens(&app, &rp).await;
    for scope in ["openid email", "api:read", "openid admin", "  "] {
        rp.refresh(tokens.refresh_token()).with("scope", scope).await.assert_error(400, "invalid_scope");
    }
    rp.refresh(tokens.refresh_token()).await.tokens();
}

#[tokio::test]
async fn a_scope_that_the_client_lost_is_not_issued_again() {
    let app = App::start().await;
    let rp = app.rp().scope("openid api:read api:write");
    let old = tokens(&app, &rp).await;
    app.set_client("web", |change| change.client.scopes = ["openid", "api:read"].into_iter().collect()).await;
    let new = rp.refresh(old.refresh_token()).await.tokens();
    assert_eq!(new.scope, "openid api:read");
}

#[tokio::test]
async fn without_rotation_the_token_stays() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.rotation = false);
    let old = tokens(&app, &rp).await;
    for _ in 0..3 {
        let new = rp.refresh(old.refresh_token()).await.tokens();
        assert!(new.refresh_token.is_none_or(|token| token == old.refresh_token()));
    }
}
