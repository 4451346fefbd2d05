//! Introspection and revocation on every database that is here, by two nodes.

use flow::TokenFormat;
use testkit::{App, Database, WEB};

use super::{active, api_of, assert_inactive, tokens};

async fn whole_way(database: Database) {
    if !database.is_available() {
        assert!(std::env::var_os("CI").is_none(), "{database:?} is missing");
        eprintln!("skipped: {database:?} is not here");
        return;
    }
    let app = App::on(database).await;
    let other = app.second_node().await;
    let api = api_of(&app).await;
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        app.set_client(WEB, |change| change.client.terms.access_token_format = format).await;
        other.grants().forget_cached();
        let rp = app.rp().scope("openid api:read");
        let (kept, alone) = (tokens(&app, &rp).await, tokens(&app, &rp).await);
        active(&api.introspect(&kept.access_token).await);
        active(&other.rp().introspect(kept.refresh_token()).await);
        let before = app.snapshot().await;
        app.spa().revoke(&kept.access_token).await.assert_status(200);
        app.spa().revoke(kept.refresh_token()).await.assert_status(200);
        rp.revoke("rt_x.y").await.assert_status(200);
        app.snapshot().await.assert_same_as(&before);
        // An access token goes alone, a refresh token takes its family along.
        other.rp().revoke(&alone.access_token).await.assert_status(200);
        assert_inactive(&api.introspect(&alone.access_token).await, "revoked alone");
        let next = rp.refresh(alone.refresh_token()).await.tokens();
        active(&api.introspect(&next.access_token).await);
        other.rp().revoke(next.refresh_token()).await.assert_status(200);
        app.grants().forget_cached();
        assert_inactive(&api.introspect(&next.access_token).await, "its family is gone");
        rp.refresh(next.refresh_token()).await.assert_error(400, "invalid_grant");
        active(&api.introspect(&kept.access_token).await);
    }
    while app.grants().sweep().await.unwrap().is_more {}
}

#[tokio::test]
async fn sqlite() {
    whole_way(Database::Sqlite).await;
}

#[tokio::test]
async fn postgres() {
    whole_way(Database::Postgres).await;
}

#[tokio::test]
async fn mariadb() {
    whole_way(Database::MariaDb).await;
}
