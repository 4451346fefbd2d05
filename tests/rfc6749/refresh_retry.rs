//! A refresh whose answer got lost is answered again, for a moment and with the same successor; anything else with a spent
//! token is theft. RFC 9700 §4.14.2.

use std::time::Duration;

use testkit::{App, RelyingParty, Tokens};

const WINDOW: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_millis(1);

async fn tokens(app: &App, rp: &RelyingParty) -> Tokens {
    let code = app.browser().signed_in().authorize(rp).await.code();
    rp.exchange(code).await.tokens()
}

/// Neither the successor nor anything else of the family gives a token any more.
async fn assert_dead(rp: &RelyingParty, successor: &Tokens) {
    rp.refresh(successor.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.userinfo(&successor.access_token).await.assert_status(401);
}

#[tokio::test]
async fn a_retry_gets_the_very_same_successor_and_an_access_token_of_its_own() {
    let app = App::start().await;
    for rp in [app.rp(), app.spa(), app.cli()] {
        let first = tokens(&app, &rp).await;
        let second = rp.refresh(first.refresh_token()).await.tokens();
        let again = rp.refresh(first.refresh_token()).await.tokens();
        assert_eq!(again.refresh_token(), second.refresh_token());
        assert_ne!(again.access_token, second.access_token);
        assert_eq!(again.scope, second.scope);
        rp.userinfo(&again.access_token).await.assert_status(200);
        let third = rp.refresh(again.refresh_token()).await.tokens();
        assert_ne!(third.refresh_token(), second.refresh_token());
    }
}

#[tokio::test]
async fn a_retry_changes_nothing_and_prolongs_nothing() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let before = app.snapshot().await;
    for _ in 0..3 {
        app.advance(Duration::from_secs(3));
        rp.refresh(first.refresh_token()).await.tokens();
    }
    app.snapshot().await.assert_same_as(&before);
    app.advance(Duration::from_secs(1));
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
    assert_dead(&rp, &second).await;
}

#[tokio::test]
async fn the_window_ends_after_ten_seconds() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    app.advance(WINDOW.checked_sub(MOMENT).unwrap());
    assert_eq!(rp.refresh(first.refresh_token()).await.tokens().refresh_token(), second.refresh_token());
    app.advance(MOMENT);
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
    assert_dead(&rp, &second).await;
}

#[tokio::test]
async fn a_window_of_zero_is_none() {
    let app = App::builder().policy(|policy| policy.refresh_retry = Duration::ZERO).start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
    assert_dead(&rp, &second).await;
}

#[tokio::test]
async fn a_retry_of_a_used_successor_kills_the_family() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let third = rp.refresh(second.refresh_token()).await.tokens();
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.refresh(second.refresh_token()).await.assert_error(400, "invalid_grant");
    assert_dead(&rp, &third).await;
}

#[tokio::test]
async fn another_request_with_a_spent_token_kills_the_family() {
    let app = App::start().await;
    let rp = app.rp().scope("openid profile");
    for (was, is) in [(None, Some("openid")), (Some("openid"), None), (Some("openid"), Some("openid profile"))] {
        let call = |token: &str, scope: Option<&str>| match scope {
            Some(scope) => rp.refresh(token).with("scope", scope),
            None => rp.refresh(token),
        };
        let first = tokens(&app, &rp).await;
        let second = call(first.refresh_token(), was).await.tokens();
        assert_eq!(call(first.refresh_token(), was).await.tokens().refresh_token(), second.refresh_token());
        call(first.refresh_token(), is).await.assert_error(400, "invalid_grant");
        assert_dead(&rp, &second).await;
    }
}

#[tokio::test]
async fn a_strangers_retry_gets_nothing_and_kills_nothing() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let before = app.snapshot().await;
    app.spa().refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.refresh(first.refresh_token()).with_secret("wrong").await.assert_error(401, "invalid_client");
    app.snapshot().await.assert_same_as(&before);
    assert_eq!(rp.refresh(first.refresh_token()).await.tokens().refresh_token(), second.refresh_token());
}

#[tokio::test]
async fn a_retry_passes_the_gate_again() {
    let app = App::start().await;
    let rp = app.rp();
    let mut browser = app.browser().signed_in();
    let code = browser.authorize(&rp).await.code();
    let first = rp.exchange(code).await.tokens();
    rp.refresh(first.refresh_token()).await.tokens();
    let page = browser.visit("/logout").await;
    browser.press(&page, "logout-confirm").await;
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");

    let first = tokens(&app, &rp).await;
    rp.refresh(first.refresh_token()).await.tokens();
    app.grants().revoke_consent(&app.user().await.id, "web").await.unwrap();
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
}

#[tokio::test]
async fn another_node_answers_the_retry() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let again = app.second_node().await.rp().refresh(first.refresh_token()).await.tokens();
    assert_eq!(again.refresh_token(), second.refresh_token());
}

#[tokio::test]
async fn sixteen_refreshes_at_once_converge_on_one_successor() {
    let app = App::start().await;
    let rp = app.rp();
    let old = tokens(&app, &rp).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..16 {
        calls.spawn(rp.refresh(old.refresh_token()).into_future());
    }
    let answers: Vec<Tokens> = calls.join_all().await.iter().map(testkit::Reply::tokens).collect();
    assert!(answers.iter().all(|answer| answer.refresh_token() == answers[0].refresh_token()));
    let next = rp.refresh(answers[0].refresh_token()).await.tokens();
    rp.refresh(old.refresh_token()).await.assert_error(400, "invalid_grant");
    assert_dead(&rp, &next).await;
}

#[tokio::test]
async fn the_database_alone_does_not_reveal_the_successor() {
    let app = App::start().await;
    let rp = app.rp();
    let first = tokens(&app, &rp).await;
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let stored = app.snapshot().await.to_text();
    let secret = second.refresh_token().split_once('.').unwrap().1;
    assert!(stored.contains("rotated") && !stored.contains(secret));
}
