//! The token endpoint. OpenID Connect Core §3.1.3, §12; RFC 6749 §4.1.2, §6.

use std::time::Duration;

use flow::ClientAuthMethod;
use grant_store::NewClient;
use protocol::RedirectUri;

use super::{Flow, Op, modules};

modules!(codereuse, codereuse_30seconds, server_client_secret_post, refresh_token);

/// Exchanges a code a second time after `wait`.
async fn reuse(op: &Op, wait: Duration) -> Flow {
    let rp = op.rp();
    let code = op.code(&op.browser().authorize(&rp).await);
    let flow = op.exchange(&rp, &code).await;
    op.app.advance(wait);
    rp.exchange(&code).await.assert_error(400, "invalid_grant");
    flow
}

async fn codereuse(op: &Op) {
    reuse(op, Duration::ZERO).await;
}

async fn codereuse_30seconds(op: &Op) {
    let flow = reuse(op, Duration::from_secs(30)).await;
    op.rp().userinfo(&flow.tokens.access_token).await.assert_status(401);
}

async fn server_client_secret_post(op: &Op) {
    let rp = op.rp().registered(|change| change.client.auth_method = ClientAuthMethod::Post);
    let code = op.code(&op.browser().authorize(&rp).await);
    rp.exchange(&code).by_basic().await.assert_error(401, "invalid_client");
    let tokens = rp.exchange(&code).by_post().await.tokens();
    rp.userinfo(&tokens.access_token).await.assert_status(200);
}

async fn refresh_token(op: &Op) {
    let rp = op.rp().scope("openid email offline_access").with("prompt", "consent");
    let first = op.flow(&mut op.browser(), &rp).await;
    op.app.advance(Duration::from_secs(5));
    let second = rp.refresh(first.tokens.refresh_token()).await.tokens();
    rp.userinfo(&second.access_token).await.assert_status(200);
    let id_token = op.app.verify(second.id_token()).await.claims;
    for same in ["iss", "sub", "aud", "auth_time", "azp"] {
        assert_eq!(id_token[same], first.id_token[same], "{same}");
    }
    assert_eq!(id_token["iat"], op.app.now().as_secs());
    let third = rp.refresh(second.refresh_token()).with("scope", "openid email offline_access").await.tokens();
    rp.userinfo(&third.access_token).await.assert_status(200);
    // Narrowing one token leaves the grant whole.
    let narrow = rp.refresh(third.refresh_token()).with("scope", "openid").await.tokens();
    assert_eq!(narrow.scope, "openid");
    let whole = rp.refresh(narrow.refresh_token()).await.tokens();
    assert_eq!(whole.scope, "openid email offline_access");

    let uri = RedirectUri::new("https://second.example/cb").unwrap();
    let second_client = NewClient { redirect_uris: vec![uri], ..NewClient::confidential("second") };
    let stranger = op.by_mode(op.app.add_client(second_client).await);
    stranger.refresh(whole.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.refresh(whole.refresh_token()).await.tokens();
}
