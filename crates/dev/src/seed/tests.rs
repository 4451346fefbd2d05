use flow::ClientRecord;
use grant_store::{ClientChange, NewClient};
use platform::secret::Secret;
use protocol::RedirectUri;

use super::*;
use crate::catalog::PEOPLE;
use crate::run::{DevOptions, Prepared};

/// A seeded server in memory that does not listen to anybody.
async fn seeded() -> (App, Catalog) {
    platform::crypto::install_crypto_provider();
    jwks::install_jwt_provider();
    let options = DevOptions { port: 0, memory: true, ..DevOptions::default() };
    let prepared = Prepared::new(&options).await.unwrap();
    (prepared.app.clone(), prepared.catalog.clone())
}

async fn client(app: &App, id: &str) -> ClientRecord {
    app.grants.list_clients().await.unwrap().into_iter().find(|client| client.id == id).unwrap()
}

#[tokio::test]
async fn seeding_again_changes_nothing() {
    let (app, catalog) = seeded().await;
    let before = app.grants.list_clients().await.unwrap();
    let alice = app.users.find_by_login("alice").await.unwrap().unwrap();
    assert_eq!(seed(&app, &catalog).await.unwrap(), PEOPLE);
    assert_eq!(app.grants.list_clients().await.unwrap(), before);
    let again = app.users.find_by_login("alice").await.unwrap().unwrap();
    assert_eq!((again.id, again.version), (alice.id, alice.version));
}

#[tokio::test]
async fn the_printed_logins_and_secrets_work() {
    let (app, catalog) = seeded().await;
    for person in PEOPLE {
        let password = Secret::new(person.password.to_owned());
        let checked = app.users.verify_password(person.username, password).await.unwrap();
        assert!(matches!(checked, user_store::PasswordCheck::Match(_)), "{}", person.username);
    }
    for seeded in &catalog.clients {
        if let Some(secret) = seeded.secret {
            assert!(app.grants.check_secret(seeded.id, secret).await.unwrap(), "{}", seeded.id);
        }
    }
}

#[tokio::test]
async fn alice_has_every_standard_claim() {
    let (app, _) = seeded().await;
    let alice = app.users.find_by_login("alice").await.unwrap().unwrap();
    let scopes = "profile email address phone".parse().unwrap();
    let released = alice.claims.released_by(&scopes);
    // OpenID Connect Core §5.1; `sub` and `updated_at` come from the account itself.
    for claim in [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
    ] {
        assert!(released.contains_key(claim), "{claim} is missing");
    }
}

#[tokio::test]
async fn what_the_developer_added_to_a_client_stays_and_what_is_promised_returns() {
    let (app, catalog) = seeded().await;
    let web = client(&app, "web").await;
    let mine = RedirectUri::new("https://my.example/cb").unwrap();
    let changed =
        NewClient { name: "Mine".to_owned(), redirect_uris: vec![mine.clone()], ..NewClient::confidential("web") };
    let change = ClientChange { client: changed, is_enabled: false, from_version: web.version };
    app.grants.set_client(change).await.unwrap();
    app.grants.set_secret("web", &Secret::new("another".to_owned())).await.unwrap();
    seed(&app, &catalog).await.unwrap();
    let again = client(&app, "web").await;
    assert!(again.is_enabled && again.redirect_uris.contains(&mine));
    assert_eq!(again.name, "Mine");
    assert!(web.redirect_uris.iter().all(|uri| again.redirect_uris.contains(uri)));
    assert!(again.scopes.contains("api:read"));
    assert!(app.grants.check_secret("web", "web-dev-secret").await.unwrap());
}

#[tokio::test]
async fn another_issuer_moves_the_api_and_the_demo_app() {
    let (app, old) = seeded().await;
    let new = Catalog::of("http://localhost:9999");
    seed(&app, &new).await.unwrap();
    let audiences: Vec<String> = app.grants.list_apis().await.unwrap().iter().map(|api| api.audience.clone()).collect();
    assert_eq!(audiences, ["http://localhost:9999/dev/api"]);
    let web = client(&app, "web").await;
    let uris: Vec<&str> = web.redirect_uris.iter().map(RedirectUri::as_str).collect();
    assert!(uris.contains(&"http://localhost:9999/dev/app/callback"), "{uris:?}");
    assert!(!uris.contains(&format!("{}/dev/app/callback", old.issuer).as_str()), "{uris:?}");
}

#[tokio::test]
async fn a_changed_password_is_kept_and_no_longer_printed() {
    let (app, catalog) = seeded().await;
    let bob = app.users.find_by_login("bob").await.unwrap().unwrap();
    app.users.set_password(&bob.id, Secret::new("quite-another-1984".to_owned())).await.unwrap();
    let reachable = seed(&app, &catalog).await.unwrap();
    assert_eq!(reachable, [PEOPLE[0]]);
}
