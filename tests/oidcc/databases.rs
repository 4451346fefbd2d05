//! What a request asks for beside scopes, kept on every database that is here: claims by name, a resource, a hint.
//! OpenID Connect Core §3.1.2.1, §5.5; RFC 8707.

use serde_json::json;
use testkit::{API, App, Database, ISSUER, Jwt, OTHER_USER, PASSWORD, USER};

async fn whole_way(database: Database) {
    if !database.is_available() {
        assert!(std::env::var_os("CI").is_none(), "{database:?} is missing");
        eprintln!("skipped: {database:?} is not here");
        return;
    }
    let app = App::on(database).await;
    let claims = r#"{"userinfo":{"birthdate":null}}"#;
    let plain = app.rp().scope("openid").with("claims", claims).with("resource", API);
    let rp = plain.clone().with("response_mode", "form_post");

    // The request waits for the sign-in and for the consent, and loses nothing.
    let mut browser = app.browser();
    let page = browser.authorize(&rp).await;
    let landing = browser.sign_in_at(&page, USER, PASSWORD).await;
    landing.assert_page(200, "/consent");
    let landing = browser.walk_on(landing).await;
    assert_eq!(landing.mode(), "form_post");
    let first = rp.exchange(landing.code()).await.tokens();
    let second = rp.refresh(first.refresh_token()).await.tokens();
    for tokens in [&first, &second] {
        assert_eq!(Jwt::unverified(&tokens.access_token).claims["aud"], json!([API, ISSUER]));
        assert_eq!(rp.userinfo(&tokens.access_token).await.json()["birthdate"], "1990-02-03");
    }
    let narrow = rp.refresh(second.refresh_token()).with("resource", API).await.tokens();
    assert_eq!(Jwt::unverified(&narrow.access_token).claims["aud"], API);
    browser.authorize(rp.with("prompt", "none")).await.code();

    // The person of the hint is remembered while somebody signs in.
    let hinted = plain.with("id_token_hint", first.id_token());
    let mut stranger = app.browser();
    let page = stranger.authorize(&hinted).await;
    page.assert_page(200, "/login");
    stranger.sign_in_at(&page, OTHER_USER, PASSWORD).await.assert_error("login_required");
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
