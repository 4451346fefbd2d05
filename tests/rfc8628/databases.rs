//! The whole way of a device on every database that is here. RFC 8628 §3.

use std::time::Duration;

use testkit::{App, Database, USER};

use super::{Device, decide, somebody, tv};

async fn whole_way(database: Database) {
    if !database.is_available() {
        assert!(std::env::var_os("CI").is_none(), "{database:?} is missing");
        eprintln!("skipped: {database:?} is not here");
        return;
    }
    let app = App::on(database).await;
    let device = Device::start(&tv(&app).await, "openid api:read").await;
    device.poll().await.assert_error(400, "authorization_pending");
    device.poll().await.assert_error(400, "slow_down");
    // Five and five: had the step been added twice, this would be too soon.
    app.advance(Duration::from_secs(10));
    device.poll().await.assert_error(400, "authorization_pending");
    app.advance(Duration::from_secs(9));
    device.poll().await.assert_error(400, "slow_down");
    let mut alice = somebody(&app, USER).await;
    decide(&mut alice, &device, "device-allow").await;
    let tokens = device.tokens().await;
    device.rp.refresh(tokens.refresh_token()).await.tokens();
    device.poll().await.assert_error(400, "invalid_grant");
    device.rp.userinfo(&tokens.access_token).await.assert_status(401);
    let denied = Device::start(&device.rp, "openid").await;
    decide(&mut alice, &denied, "device-deny").await;
    denied.poll().await.assert_error(400, "access_denied");
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
