//! The whole way on every database that is here: code, refresh, replay, a client's own token. RFC 6749 §4.1, §4.4, §6.

use testkit::{App, Database};

async fn whole_way(database: Database) {
    if !database.is_available() {
        assert!(std::env::var_os("CI").is_none(), "{database:?} is missing");
        eprintln!("skipped: {database:?} is not here");
        return;
    }
    let app = App::on(database).await;
    let rp = app.rp().scope("openid profile api:read");
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let first = rp.exchange(&code).await.tokens();
    rp.userinfo(&first.access_token).await.assert_status(200);
    let second = rp.refresh(first.refresh_token()).await.tokens();
    let before = app.snapshot().await;
    rp.refresh("rt_x.y").await.assert_error(400, "invalid_grant");
    app.spa().refresh(second.refresh_token()).await.assert_error(400, "invalid_grant");
    app.snapshot().await.assert_same_as(&before);
    rp.exchange(&code).await.assert_error(400, "invalid_grant");
    rp.refresh(second.refresh_token()).await.assert_error(400, "invalid_grant");
    rp.userinfo(&second.access_token).await.assert_status(401);
    app.m2m().client_credentials().await.tokens();
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
