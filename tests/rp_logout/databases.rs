//! Signing out at the wish of a client, on every database that is here.

use testkit::{App, Database};

use super::{BYE, House};

async fn whole_way(database: Database) {
    if !database.is_available() {
        assert!(std::env::var_os("CI").is_none(), "{database:?} is missing");
        eprintln!("skipped: {database:?} is not here");
        return;
    }
    let mut house = House::on(App::on(database).await).await;
    let hint = house.tokens.id_token().to_owned();
    let landing = house.logout(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE), ("state", "s")]).await;
    assert_eq!((landing.has_left, landing.url.as_str()), (true, format!("{BYE}?state=s").as_str()));
    house.assert_signed_out().await;
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
