//! Refresh tokens: one live leaf a family. Source: RFC 6749 §6, RFC 9700 §4.14.2.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use flow::{ClientRecord, Policy, Refusal};
use grant_store::{GrantError, Refreshed};
use platform::secret::Secret;

use super::child::Child;
use super::house::{House, OFFLINE, ONLINE, rounds, selector};
use super::on_every_engine;

on_every_engine!(
    rotation_leaves_one_live_token,
    sixteen_refreshers_of_one_token_get_one_successor,
    refreshers_in_two_processes_get_one_successor,
    without_a_retry_window_one_refresher_of_sixteen_wins,
    lost_answer_is_repeated_and_changes_nothing,
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

async fn sixteen_refreshers_of_one_token_get_one_successor(house: &House) {
    let client = house.client().await;
    for _ in 0..rounds(4) {
        let person = house.person(&client, ONLINE).await;
        let (_, token) = house.family(&client, &person).await;
        let answers = refresh_at_once(house, &client, &token, 16).await;
        let successors: HashSet<String> =
            answers.into_iter().map(|answer| successor(answer.unwrap_or_else(|error| panic!("{error}")))).collect();
        assert_eq!(successors.len(), 1);
        assert_eq!(house.living(&person.session.id).await, (1, 1));
    }
}

async fn refreshers_in_two_processes_get_one_successor(house: &House) {
    let mut child = Child::start(house);
    let client = house.client().await;
    for _ in 0..rounds(6) {
        let person = house.person(&client, ONLINE).await;
        let (_, token) = house.family(&client, &person).await;
        child.send(&format!("refresh 4 {} {}", client.id, token.expose()));
        let answers = refresh_at_once(house, &client, &token, 4).await;
        let theirs = child.answer();
        let successors: HashSet<String> =
            answers.into_iter().map(|answer| successor(answer.unwrap_or_else(|error| panic!("{error}")))).collect();
        assert_eq!(successors.into_iter().collect::<Vec<_>>(), [theirs]);
        assert_eq!(house.living(&person.session.id).await, (1, 1));
    }
}

async fn without_a_retry_window_one_refresher_of_sixteen_wins(house: &House) {
    let house = house.with_policy(Policy { refresh_retry: Duration::ZERO, ..Policy::default() });
    let client = house.client().await;
    for _ in 0..rounds(2) {
        let person = house.person(&client, ONLINE).await;
        let (_, token) = house.family(&client, &person).await;
        let mut winners = 0;
        for answer in refresh_at_once(&house, &client, &token, 16).await {
            match answer {
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

async fn refresh_at_once(
    house: &House,
    client: &Arc<ClientRecord>,
    token: &Secret,
    tasks: usize,
) -> Vec<Result<Refreshed, GrantError>> {
    let refreshers: Vec<_> = (0..tasks)
        .map(|_| {
            let (house, client, token) = (house.clone(), client.clone(), token.clone());
            tokio::spawn(async move { house.refresh(&client, token.expose()).await })
        })
        .collect();
    let mut answers = Vec::new();
    for refresher in refreshers {
        answers.push(refresher.await.unwrap());
    }
    answers
}

fn successor(refreshed: Refreshed) -> String {
    refreshed.refresh_token.unwrap().expose().to_owned()
}

async fn lost_answer_is_repeated_and_changes_nothing(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let (family_id, first) = house.family(&client, &person).await;
    let second = successor(house.refresh(&client, first.expose()).await.unwrap());
    let updated = house.number("family", "updated_at_ms", ("id", &family_id)).await;
    house.clock.advance(Duration::from_secs(9));
    assert_eq!(successor(house.refresh(&client, first.expose()).await.unwrap()), second);
    assert_eq!(house.number("family", "updated_at_ms", ("id", &family_id)).await, updated);
    assert_eq!(house.number("family", "generation", ("id", &family_id)).await, Some(2));
    assert_eq!(house.living(&person.session.id).await, (1, 1));
    let sealed = house.text("refresh_token", "sealed_reply", ("id", selector(first.expose()))).await.unwrap();
    assert!(!sealed.contains(&second));

    let elsewhere = house.client().await;
    let refused = house.refresh(&elsewhere, first.expose()).await.unwrap_err();
    assert_eq!(refusal(&refused), Refusal::RefreshForeign);
    assert!(house.grants.end_session(&person.session.id).await.unwrap());
    let refused = house.refresh(&client, first.expose()).await.unwrap_err();
    assert_eq!(refusal(&refused), Refusal::FamilyRevoked);
}

async fn spent_token_ends_the_family_in_the_transaction_that_refuses_it(house: &House) {
    let client = house.client().await;
    for is_window_over in [true, false] {
        let person = house.person(&client, OFFLINE).await;
        let (family_id, first) = house.family(&client, &person).await;
        let mut leaf = house.refresh(&client, first.expose()).await.unwrap().refresh_token.unwrap();
        assert_eq!(house.text("refresh_token", "state", ("id", selector(first.expose()))).await.unwrap(), "rotated");
        if is_window_over {
            house.clock.advance(Duration::from_secs(10));
        } else {
            leaf = house.refresh(&client, leaf.expose()).await.unwrap().refresh_token.unwrap();
        }

        let error = house.refresh(&client, first.expose()).await.unwrap_err();
        assert_eq!(refusal(&error), Refusal::RefreshReused);
        assert_eq!(house.living(&person.session.id).await, (0, 0));
        assert_eq!(house.text("family", "dead_reason", ("id", &family_id)).await.as_deref(), Some("refresh_reused"));
        let events = [("family_id", family_id.as_str()), ("kind", "token.refresh.reused")];
        assert_eq!(house.count("audit_event", &events).await, 1);
        let successor = house.refresh(&client, leaf.expose()).await.unwrap_err();
        assert_eq!(refusal(&successor), Refusal::FamilyRevoked);
    }
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
