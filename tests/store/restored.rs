//! A restored backup: what it revived ends, on every engine.

use flow::Refusal;
use grant_store::GrantError;

use super::house::{House, OFFLINE, ONLINE};
use super::on_every_engine;

on_every_engine!(voiding_ends_codes_families_and_sessions, a_dry_run_voids_nothing, the_clocks_are_compared);

async fn voiding_ends_codes_families_and_sessions(house: &House) {
    let client = house.client().await;
    let online = house.person(&client, ONLINE).await;
    let offline = house.person(&client, OFFLINE).await;
    let (_, token) = house.family(&client, &offline).await;
    let code = house.code(&client, &online).await;
    let voided = house.grants.void_all(false).await.unwrap();
    assert_eq!((voided.sessions, voided.families), (2, 1));
    let refused = |error: GrantError| match error {
        GrantError::Refused(refused) => refused.refusal,
        GrantError::Store(error) => panic!("{error}"),
    };
    assert_eq!(refused(house.redeem(&client, code.expose()).await.unwrap_err()), Refusal::CodeUnknown);
    assert_eq!(refused(house.refresh(&client, token.expose()).await.unwrap_err()), Refusal::FamilyRevoked);
    assert!(house.grants.find_session(online.cookie.expose()).await.unwrap().is_none());
}

async fn a_dry_run_voids_nothing(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, OFFLINE).await;
    let (_, token) = house.family(&client, &person).await;
    assert_eq!(house.grants.void_all(true).await.unwrap().families, 1);
    assert!(house.refresh(&client, token.expose()).await.is_ok());
}

async fn the_clocks_are_compared(house: &House) {
    use platform::clock::{Clock, SystemClock};
    let there = house.db.server_time().await.unwrap();
    assert_eq!(there.is_none(), house.engine == super::engine::Engine::Sqlite);
    if let Some(there) = there {
        let apart = SystemClock.now().as_millis().abs_diff(there.as_millis());
        assert!(apart < 60_000, "{apart} ms");
    }
}
