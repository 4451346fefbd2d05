//! What has ended is inactive at once, however warm the cache; what is remembered costs no question to the database.

use std::time::Duration;

use platform::secret::Secret;
use testkit::{App, RelyingParty, Tokens};

use super::{active, api_of, assert_inactive, tokens};

/// Tokens that introspection has just called active.
async fn remembered(app: &App, rp: &RelyingParty) -> Tokens {
    let tokens = tokens(app, rp).await;
    active(&rp.introspect(&tokens.access_token).await);
    rp.userinfo(&tokens.access_token).await.assert_status(200);
    tokens
}

async fn assert_ended(rp: &RelyingParty, tokens: &Tokens, what: &str) {
    assert_inactive(&rp.introspect(&tokens.access_token).await, what);
    assert_inactive(&rp.introspect(tokens.refresh_token()).await, what);
    assert_eq!(rp.userinfo(&tokens.access_token).await.status.as_u16(), 401, "{what}");
}

#[tokio::test]
async fn a_sign_out_ends_it() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = remembered(&app, &rp).await;
    let sid = app.verify(tokens.id_token()).await.claims["sid"].as_str().unwrap().to_owned();
    app.grants().end_session(&sid).await.unwrap();
    assert_ended(&rp, &tokens, "signed out").await;
}

#[tokio::test]
async fn a_sign_out_spares_offline_access() {
    let app = App::start().await;
    let rp = app.rp().scope("openid offline_access");
    let tokens = remembered(&app, &rp).await;
    let sid = app.verify(tokens.id_token()).await.claims["sid"].as_str().unwrap().to_owned();
    app.grants().end_session(&sid).await.unwrap();
    active(&rp.introspect(&tokens.access_token).await);
    active(&rp.introspect(tokens.refresh_token()).await);
}

#[tokio::test]
async fn a_withdrawn_consent_ends_it() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = remembered(&app, &rp).await;
    app.grants().revoke_consent(&app.user().await.id, "web").await.unwrap();
    assert_ended(&rp, &tokens, "consent withdrawn").await;
}

#[tokio::test]
async fn a_disabled_person_ends_it() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = remembered(&app, &rp).await;
    app.users().disable(&app.user().await.id).await.unwrap();
    assert_ended(&rp, &tokens, "disabled").await;
}

#[tokio::test]
async fn a_changed_password_ends_it() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = remembered(&app, &rp).await;
    app.users().set_password(&app.user().await.id, Secret::new("crimson heron 7".to_owned())).await.unwrap();
    assert_ended(&rp, &tokens, "another password").await;
}

#[tokio::test]
async fn a_removed_person_ends_it() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = remembered(&app, &rp).await;
    app.users().remove(&app.user().await.id).await.unwrap();
    assert_ended(&rp, &tokens, "removed").await;
}

#[tokio::test]
async fn a_replayed_code_ends_it() {
    let app = App::start().await;
    let rp = app.rp();
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let tokens = rp.exchange(&code).await.tokens();
    active(&rp.introspect(&tokens.access_token).await);
    rp.exchange(&code).await.assert_error(400, "invalid_grant");
    assert_ended(&rp, &tokens, "replayed").await;
}

#[tokio::test]
async fn a_disabled_or_removed_client_ends_its_tokens() {
    let app = App::start().await;
    let api = api_of(&app).await;
    let rp = app.rp().scope("openid api:read");
    let of_person = tokens(&app, &rp).await.access_token;
    let of_client = app.m2m().client_credentials().await.tokens().access_token;
    for token in [&of_person, &of_client] {
        active(&api.introspect(token).await);
    }
    app.set_client("web", |change| change.is_enabled = false).await;
    app.grants().remove_client("m2m").await.unwrap();
    for token in [&of_person, &of_client] {
        assert_inactive(&api.introspect(token).await, "without its client");
    }
    app.set_client("web", |change| change.is_enabled = true).await;
    active(&api.introspect(&of_person).await);
}

#[tokio::test]
async fn changed_claims_show_at_once() {
    let app = App::start().await;
    let rp = app.rp();
    let tokens = remembered(&app, &rp).await;
    let user = app.user().await;
    let claims = protocol::StandardClaims { name: Some("Li Hua".to_owned()), ..user.claims };
    app.users().set_claims(&user.id, &claims).await.unwrap();
    assert_eq!(rp.userinfo(&tokens.access_token).await.json()["name"], "Li Hua");
}

#[tokio::test]
async fn what_another_node_ended_is_seen_with_the_next_poll() {
    let app = App::start().await;
    let other = app.second_node().await;
    let rp = app.rp();
    let (kept, ended) = (remembered(&app, &rp).await, remembered(&app, &rp).await);
    let before = platform::revision::current(app.db()).await.unwrap();
    other.rp().revoke(ended.refresh_token()).await.assert_status(200);
    assert_ne!(platform::revision::current(app.db()).await.unwrap(), before, "the poll has something to notice");
    // What the poll does when the number has moved.
    app.grants().forget_cached();
    assert_ended(&rp, &ended, "ended by another node").await;
    active(&rp.introspect(&kept.access_token).await);
}

#[tokio::test]
async fn without_a_poll_nothing_is_believed_for_longer_than_five_seconds() {
    let app = App::start().await;
    let other = app.second_node().await;
    let rp = app.rp();
    let tokens = remembered(&app, &rp).await;
    other.rp().revoke(tokens.refresh_token()).await.assert_status(200);
    app.advance(Duration::from_secs(5));
    assert_ended(&rp, &tokens, "five seconds later").await;
}

#[tokio::test]
async fn a_token_that_was_just_seen_costs_no_question_to_the_database() {
    let app = App::start().await;
    let rp = app.rp();
    let (seen, unseen) = (remembered(&app, &rp).await, tokens(&app, &rp).await);
    let before = rp.introspect(&seen.access_token).await;
    rp.userinfo(&seen.access_token).await.assert_status(200);
    app.db().clone().close().await;
    assert_eq!(rp.introspect(&seen.access_token).await.json(), active(&before));
    rp.userinfo(&seen.access_token).await.assert_status(200);
    // What was not seen cannot be judged: that is trouble of ours, and no verdict.
    for token in [&unseen.access_token, unseen.refresh_token()] {
        let reply = rp.introspect(token).await;
        assert!(reply.assert_status(503).header("retry-after").is_some());
    }
    rp.userinfo(&unseen.access_token).await.assert_status(503);
}
