//! What must hold of the subject token, and what ends the new one. RFC 8693 §2.2.2, §5.

use std::time::Duration;

use flow::TokenFormat;
use platform::secret::Secret;
use testkit::Jwt;

use super::{House, STOCK, exchange, service};

#[tokio::test]
async fn only_an_access_token_of_ours_is_a_subject_token() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let own = house.orders.call("client_credentials").await.tokens();
    let (head, signature) = tokens.access_token.rsplit_once('.').unwrap();
    let bent = format!("{head}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
    let unsigned = format!("{head}.");
    let opaque = format!("at_{}.{}", "0".repeat(26), "A".repeat(43));
    for artefact in
        ["x", "a.b.c", tokens.refresh_token(), tokens.id_token(), &own.access_token, &bent, &unsigned, &opaque]
    {
        house.exchange(artefact).await.assert_error(400, "invalid_request");
    }
    house.exchange(&tokens.access_token).await.tokens();
}

#[tokio::test]
async fn only_the_service_that_a_token_is_for_may_exchange_it() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    // Registered like `orders`, but for an API that the token does not name; it came by the token otherwise.
    let stranger = house.app.add_client(service("stranger", "https://elsewhere.example", &[STOCK])).await;
    exchange(&stranger, &tokens.access_token, STOCK).await.assert_error(400, "invalid_request");
    let nobody = house.app.add_client({
        let mut nobody = service("nobody", "", &[STOCK]);
        nobody.terms.introspects.clear();
        nobody
    });
    exchange(&nobody.await, &tokens.access_token, STOCK).await.assert_error(400, "invalid_request");
    // What was exchanged is for the stock alone.
    let new = house.exchange(&tokens.access_token).await.tokens();
    house.exchange(&new.access_token).await.assert_error(400, "invalid_request");
    house.web.userinfo(&new.access_token).await.assert_status(401);
}

#[tokio::test]
async fn a_person_who_is_disabled_or_removed_is_no_subject() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let id = house.app.user().await.id;
    house.app.users().disable(&id).await.unwrap();
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
    house.app.users().enable(&id).await.unwrap();
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
    house.app.users().remove(&id).await.unwrap();
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn a_changed_password_ends_what_could_be_exchanged() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let password = Secret::new("another correct horse".to_owned());
    house.app.users().set_password(&house.app.user().await.id, password).await.unwrap();
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn a_withdrawn_consent_ends_what_could_be_exchanged() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    house.app.grants().revoke_consent(&house.app.user().await.id, "web").await.unwrap();
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn a_disabled_app_ends_what_could_be_exchanged() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    house.app.set_client("web", |change| change.is_enabled = false).await;
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn signing_out_ends_the_old_token_and_the_new_one() {
    let house = House::build().await;
    let stock = house.app.add_client(service("stock", STOCK, &[STOCK])).await;
    let mut browser = house.app.browser().signed_in();
    let code = browser.authorize(&house.web).await.code();
    let tokens = house.web.exchange(code).await.tokens();
    let new = house.exchange(&tokens.access_token).await.tokens();
    assert_eq!(stock.introspect(&new.access_token).await.json()["active"], true);
    exchange(&stock, &new.access_token, STOCK).await.tokens();
    let page = browser.visit("/logout").await;
    browser.press(&page, "logout-confirm").await;
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
    exchange(&stock, &new.access_token, STOCK).await.assert_error(400, "invalid_request");
    assert_eq!(stock.introspect(&new.access_token).await.json()["active"], false);
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_the_new_token_with_its_family() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let new = house.exchange(&tokens.access_token).await.tokens();
    let family = Jwt::unverified(&new.access_token).claims["family"].as_str().unwrap().to_owned();
    house.app.grants().check_family(&family).await.unwrap();
    house.web.revoke(tokens.refresh_token()).await.assert_status(200);
    assert!(house.app.grants().check_family(&family).await.is_err());
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn a_token_that_was_given_up_alone_is_not_exchanged() {
    let house = House::build().await;
    let (tokens, other) = (house.tokens().await, house.tokens().await);
    house.exchange(&tokens.access_token).await.tokens();
    house.web.revoke(&tokens.access_token).await.assert_status(200);
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
    house.exchange(&other.access_token).await.tokens();
}

#[tokio::test]
async fn an_opaque_token_is_exchanged_like_any_other() {
    let house = House::build().await;
    house.app.set_client("web", |change| change.client.terms.access_token_format = TokenFormat::Opaque).await;
    let tokens = house.tokens().await;
    assert!(tokens.access_token.starts_with("at_"));
    let new = house.exchange(&tokens.access_token).await.tokens();
    assert_eq!(house.app.verify(&new.access_token).await.claims["act"]["sub"], "orders");
    house.web.revoke(&tokens.access_token).await.assert_status(200);
    house.exchange(&tokens.access_token).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn an_exchange_changes_nothing_and_is_not_counted_as_a_use() {
    let house = House::build().await;
    let tokens = house.tokens().await;
    let before = house.app.snapshot().await.without(&["refusal"]);
    house.app.advance(Duration::from_secs(90));
    house.exchange(&tokens.access_token).await.tokens();
    house.exchange("x").await.assert_error(400, "invalid_request");
    house.app.snapshot().await.without(&["refusal"]).assert_same_as(&before);
}
