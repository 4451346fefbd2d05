//! Refresh tokens: one live leaf a family. Source: RFC 6749 §6, RFC 9700 §4.14.2.

use flow::Refusal;
use grant_store::GrantError;

use super::child::Child;
use super::house::{House, OFFLINE, ONLINE, rounds, selector};
use super::on_every_engine;

on_every_engine!(
    rotation_leaves_one_live_token,
    sixteen_refreshers_of_one_token_have_one_winner,
    refreshers_in_two_processes_have_one_winner,
    spent_token_ends_the_family_in_the_transaction_that_refuses_it,
    junk_neither_spends_a_token_nor_ends_a_family,
    sign_out_ends_online_families_and_spares_offline_ones,
);

fn refusal(error: &GrantError) -> Refusal {
    match error {
        GrantError::Refused(refused) => refused.refusal,
        GrantError::Store(error) => panic!("{error}"),
    }
}

async fn rotation_leaves_one_live_token(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let (family_id, mut token) = house.family(&client, &person).await;
    for generation in 2..6 {
        token = house.refresh(&client, token.expose()).await.unwrap().refresh_token.unwrap();
        assert_eq!(house.living(&person.session.id).await, (1, 1));
        let stored: i64 = house.number("family", "generation", ("id", &family_id)).await.unwrap();
        assert_eq!(stored, generation);
    }
}

async fn sixteen_refreshers_of_one_token_have_one_winner(house: &House) {
    let client = house.client().await;
    for _ in 0..rounds(4) {
        let person = house.person(&client, ONLINE).await;
        let (_, token) = house.family(&client, &person).await;
        let refreshers: Vec<_> = (0..16)
            .map(|_| {
                let (house, client, token) = (house.clone(), client.clone(), token.clone());
                tokio::spawn(async move { house.refresh(&client, token.expose()).await })
            })
            .collect();
        let mut winners = 0;
        for refresher in refreshers {
            match refresher.await.unwrap() {
                Ok(_) => winners += 1,
                // The first loser ends the family, the others find it ended.
                Err(error) => {
                    assert!(matches!(refusal(&error), Refusal::RefreshReused | Refusal::FamilyRevoked), "{error}");
                }
            }
        }
        assert_eq!(winners, 1);
        assert_eq!(house.living(&person.session.id).await, (0, 0));
    }
}

async fn refreshers_in_two_processes_have_one_winner(house: &House) {
    let mut child = Child::start(house);
    let client = house.client().await;
    for _ in 0..rounds(6) {
        let person = house.person(&client, ONLINE).await;
        let (_, token) = house.family(&client, &person).await;
        child.send(&format!("refresh 4 {} {}", client.id, token.expose()));
        let refreshers: Vec<_> = (0..4)
            .map(|_| {
                let (house, client, token) = (house.clone(), client.clone(), token.clone());
                tokio::spawn(async move { house.refresh(&client, token.expose()).await })
            })
            .collect();
        let mut ours = 0;
        for refresher in refreshers {
            match refresher.await.unwrap() {
                Ok(_) => ours += 1,
                Err(error) => drop(refusal(&error)),
            }
        }
        let theirs: u32 = child.answer().parse().unwrap();
        assert_eq!(ours + theirs, 1, "{ours} here, {theirs} there");
        assert_eq!(house.living(&person.session.id).await, (0, 0));
    }
}

async fn spent_token_ends_the_family_in_the_transaction_that_refuses_it(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, OFFLINE).await;
    let (family_id, first) = house.family(&client, &person).await;
    let second = house.refresh(&client, first.expose()).await.unwrap().refresh_token.unwrap();
    assert_eq!(house.text("refresh_token", "state", ("id", selector(first.expose()))).await.unwrap(), "rotated");

    let error = house.refresh(&client, first.expose()).await.unwrap_err();
    assert_eq!(refusal(&error), Refusal::RefreshReused);
    assert_eq!(house.living(&person.session.id).await, (0, 0));
    assert_eq!(house.text("family", "dead_reason", ("id", &family_id)).await.as_deref(), Some("refresh_reused"));
    assert_eq!(house.count("audit_event", &[("family_id", &family_id), ("kind", "token.refresh.reused")]).await, 1);
    let successor = house.refresh(&client, second.expose()).await.unwrap_err();
    assert_eq!(refusal(&successor), Refusal::FamilyRevoked);
}

async fn junk_neither_spends_a_token_nor_ends_a_family(house: &House) {
    let client = house.client().await;
    let stranger = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let (_, spent) = house.family(&client, &person).await;
    let live = house.refresh(&client, spent.expose()).await.unwrap().refresh_token.unwrap();
    for token in [&spent, &live] {
        let presented = token.expose();
        let wrong_secret = format!("rt_{}.{}", selector(presented), "A".repeat(43));
        let as_another_kind = presented.replacen("rt_", "code_", 1);
        let tries = [
            (&client, wrong_secret.as_str(), Refusal::RefreshUnknown),
            (&client, as_another_kind.as_str(), Refusal::RefreshUnknown),
            (&client, "rt_\0.\0", Refusal::RefreshUnknown),
            (&client, "", Refusal::RefreshUnknown),
            (&stranger, presented, Refusal::RefreshForeign),
        ];
        for (client, token, expected) in tries {
            let error = house.refresh(client, token).await.unwrap_err();
            assert_eq!(refusal(&error), expected);
        }
        assert_eq!(house.living(&person.session.id).await, (1, 1));
    }
    house.refresh(&client, live.expose()).await.unwrap();
}

// OpenID Core §11: offline access holds while the person is not signed in.
async fn sign_out_ends_online_families_and_spares_offline_ones(house: &House) {
    let client = house.client().await;
    let online = house.person(&client, ONLINE).await;
    let offline = house.person(&client, OFFLINE).await;
    let (_, bound) = house.family(&client, &online).await;
    let (_, free) = house.family(&client, &offline).await;
    for person in [&online, &offline] {
        assert!(house.grants.end_session(&person.session.id).await.unwrap());
        assert!(!house.grants.end_session(&person.session.id).await.unwrap(), "it ended once");
        assert!(house.grants.find_session(person.cookie.expose()).await.unwrap().is_none());
    }
    let refused = house.refresh(&client, bound.expose()).await.unwrap_err();
    assert_eq!(refusal(&refused), Refusal::FamilyRevoked);
    assert_eq!(house.living(&online.session.id).await, (0, 0));
    assert!(house.refresh(&client, free.expose()).await.is_ok());
    assert_eq!(house.living(&offline.session.id).await, (1, 1));
}
