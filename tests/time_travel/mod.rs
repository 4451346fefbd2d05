//! Every grant far from today: expiry is decided by the server's clock alone, never by the machine's. RFC 6749 §4.2.2
//! counts lives in seconds, RFC 7519 §2 times from 1970.

use std::time::Duration;

use protocol::Timestamp;
use testkit::App;

/// 2001-09-09T01:46:40Z.
const PAST: Timestamp = Timestamp::from_secs(1_000_000_000);
/// 2099-12-31T23:59:59Z.
const FUTURE: Timestamp = Timestamp::from_secs(4_102_444_799);

#[tokio::test]
async fn codes_and_tokens_live_as_long_as_ever() {
    for start in [PAST, FUTURE] {
        let app = App::at(start).await;
        let (rp, mut browser) = (app.rp(), app.browser().signed_in());
        let (first, second) = (browser.authorize(&rp).await.code(), browser.authorize(&rp).await.code());
        app.advance(Duration::from_secs(59));
        let tokens = rp.exchange(first).await.tokens();
        assert_eq!(tokens.expires_in, 600);
        let now = start.as_secs() + 59;
        for token in [tokens.id_token(), &tokens.access_token] {
            let jwt = app.verify(token).await;
            assert_eq!((jwt.claims["iat"].as_i64(), jwt.claims["exp"].as_i64()), (Some(now), Some(now + 600)));
        }
        rp.userinfo(&tokens.access_token).await.assert_status(200);
        app.advance(Duration::from_secs(1));
        rp.exchange(second).await.assert_error(400, "invalid_grant");
        app.advance(Duration::from_secs(609));
        rp.userinfo(&tokens.access_token).await.assert_status(401);
    }
}

#[tokio::test]
async fn refresh_tokens_live_as_long_as_ever() {
    const DAY: Duration = Duration::from_hours(24);
    for start in [PAST, FUTURE] {
        let app = App::at(start).await;
        let rp = app.rp().scope("openid offline_access").with("prompt", "consent");
        let code = app.browser().signed_in().authorize(&rp).await.code();
        let first = rp.exchange(code).await.tokens();
        app.advance(13 * DAY);
        let second = rp.refresh(first.refresh_token()).await.tokens();
        app.advance(14 * DAY);
        rp.refresh(second.refresh_token()).await.assert_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn clients_get_tokens_of_their_own() {
    for start in [PAST, FUTURE] {
        let app = App::at(start).await;
        let jwt = app.verify(&app.m2m().client_credentials().await.tokens().access_token).await;
        assert_eq!(jwt.claims["exp"].as_i64(), Some(start.as_secs() + 600));
    }
}

#[tokio::test]
async fn a_clock_that_jumps_back_opens_nothing() {
    let app = App::start().await;
    let rp = app.rp();
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let first = rp.exchange(&code).await.tokens();
    rp.refresh(first.refresh_token()).await.tokens();
    app.clock().set(app.now().minus(Duration::from_hours(1)));
    rp.exchange(&code).await.assert_error(400, "invalid_grant");
    rp.refresh(first.refresh_token()).await.assert_error(400, "invalid_grant");
}
