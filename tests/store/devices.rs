//! Device codes: decided once, redeemed once, slowed down by one update. Source: RFC 8628 §3.3–3.5.

use std::sync::Arc;
use std::time::Duration;

use flow::device::DeviceAsk;
use flow::{ClientRecord, GrantName, Refusal};
use grant_store::{GrantError, NewClient, NewDevice, StartedDevice, UserCodeKey};
use platform::random;
use platform::seal::MasterKey;

use super::house::{House, ONLINE, Person, rounds};
use super::on_every_engine;

on_every_engine!(
    sixteen_polls_of_an_allowed_device_have_one_winner,
    sixteen_polls_of_a_waiting_device_have_one_on_time,
    of_two_decisions_one_counts,
    a_revocation_between_decision_and_poll_gives_nothing,
    a_restored_backup_revives_no_device,
);

fn refusal(error: &GrantError) -> Refusal {
    match error {
        GrantError::Refused(refused) => refused.refusal,
        GrantError::Store(error) => panic!("{error}"),
    }
}

async fn tv(house: &House) -> Arc<ClientRecord> {
    let id = format!("tv-{}", random::reference());
    let grant_types = vec![GrantName::DeviceCode, GrantName::RefreshToken];
    house.grants.add_client(NewClient { grant_types, ..NewClient::public(&id) }).await.unwrap();
    house.grants.find_client(&id).await.unwrap().unwrap()
}

async fn start(house: &House, client: &ClientRecord) -> (StartedDevice, String) {
    let key = UserCodeKey::derive(&MasterKey::generate());
    let new = NewDevice {
        client_id: client.id.clone(),
        ask: DeviceAsk { scopes: ONLINE.parse().unwrap(), audience: Vec::new() },
        address: "192.0.2.7".to_owned(),
        user_agent: "TV".to_owned(),
    };
    let started = house.grants.start_device(&key, new).await.unwrap();
    let found = house.grants.find_device(&key.digest(&started.user_code)).await.unwrap().unwrap();
    assert!(found.is_open(house.clock_now()));
    (started, found.id)
}

async fn allow(house: &House, id: &str, person: &Person) -> bool {
    house.grants.allow_device(id, &person.session, &person.scopes).await.unwrap()
}

/// What sixteen polls at the same time get.
async fn polls(house: &House, client: &Arc<ClientRecord>, device: &StartedDevice) -> Vec<Result<(), Refusal>> {
    let polls: Vec<_> = (0..16)
        .map(|_| {
            let (house, client, code) = (house.clone(), client.clone(), device.device_code.clone());
            tokio::spawn(async move { house.grants.redeem_device(code.expose(), &client).await })
        })
        .collect();
    let mut got = Vec::new();
    for poll in polls {
        got.push(poll.await.unwrap().map(|_| ()).map_err(|error| refusal(&error)));
    }
    got
}

async fn sixteen_polls_of_an_allowed_device_have_one_winner(house: &House) {
    let client = tv(house).await;
    for _ in 0..rounds(3) {
        let person = house.person(&client, ONLINE).await;
        let (device, id) = start(house, &client).await;
        assert!(allow(house, &id, &person).await);
        let got = polls(house, &client, &device).await;
        assert_eq!(got.iter().filter(|got| got.is_ok()).count(), 1, "{got:?}");
        assert!(got.iter().all(|got| matches!(got, Ok(()) | Err(Refusal::DeviceCodeReplayed))), "{got:?}");
        // Fifteen replays: what the winner got is void already.
        assert_eq!(house.count("family", &[("session_id", &person.session.id)]).await, 1);
        assert_eq!(house.living(&person.session.id).await, (0, 0));
    }
}

async fn sixteen_polls_of_a_waiting_device_have_one_on_time(house: &House) {
    let client = tv(house).await;
    let (device, id) = start(house, &client).await;
    let got = polls(house, &client, &device).await;
    let on_time = got.iter().filter(|got| **got == Err(Refusal::DevicePending)).count();
    let too_soon = got.iter().filter(|got| **got == Err(Refusal::DevicePolledTooSoon)).count();
    assert_eq!((on_time, too_soon), (1, 15), "{got:?}");
    // Five seconds, and five for each poll that came too soon; the next one is due after that pause.
    assert_eq!(house.number("device_code", "interval_s", ("id", &id)).await, Some(5 + 15 * 5));
    let due = house.number("device_code", "next_poll_at_ms", ("id", &id)).await;
    assert_eq!(due, Some(house.clock_now().plus(Duration::from_secs(80)).as_millis()));
}

async fn of_two_decisions_one_counts(house: &House) {
    let client = tv(house).await;
    let (alice, bob) = (house.person(&client, ONLINE).await, house.person(&client, ONLINE).await);
    let (device, id) = start(house, &client).await;
    let (of_alice, of_bob) = tokio::join!(allow(house, &id, &alice), allow(house, &id, &bob));
    assert!(of_alice != of_bob);
    assert!(!house.grants.deny_device(&id, &alice.user_id).await.unwrap());
    let winner = if of_alice { &alice } else { &bob };
    let redeemed = house.grants.redeem_device(device.device_code.expose(), &client).await.unwrap();
    assert_eq!(redeemed.permit.subject(), winner.user_id);
    let (denied, id) = start(house, &client).await;
    assert!(house.grants.deny_device(&id, &alice.user_id).await.unwrap());
    assert!(!allow(house, &id, &bob).await);
    let error = house.grants.redeem_device(denied.device_code.expose(), &client).await.unwrap_err();
    assert_eq!(refusal(&error), Refusal::AccessDenied);
    // Nobody can decide about what has ended.
    let (_, late) = start(house, &client).await;
    house.clock.advance(house.grants.policy().device_code_ttl);
    assert!(!allow(house, &late, &bob).await);
    assert!(!house.grants.deny_device(&late, &bob.user_id).await.unwrap());
}

async fn a_revocation_between_decision_and_poll_gives_nothing(house: &House) {
    let client = tv(house).await;
    for (what, expected) in
        [("session", Refusal::SessionEnded), ("consent", Refusal::ConsentMissing), ("user", Refusal::UserDisabled)]
    {
        let person = house.person(&client, ONLINE).await;
        let (device, id) = start(house, &client).await;
        assert!(allow(house, &id, &person).await);
        match what {
            "session" => assert!(house.grants.end_session(&person.session.id).await.unwrap()),
            "consent" => assert!(house.grants.revoke_consent(&person.user_id, &client.id).await.unwrap()),
            _ => house.users.disable(&person.user_id).await.map(|_| ()).unwrap(),
        }
        let error = house.grants.redeem_device(device.device_code.expose(), &client).await.unwrap_err();
        assert_eq!(refusal(&error), expected);
        assert_eq!(house.count("family", &[("session_id", &person.session.id)]).await, 0);
    }
}

async fn a_restored_backup_revives_no_device(house: &House) {
    let client = tv(house).await;
    let person = house.person(&client, ONLINE).await;
    let (device, id) = start(house, &client).await;
    assert!(allow(house, &id, &person).await);
    house.grants.void_all(false).await.unwrap();
    let error = house.grants.redeem_device(device.device_code.expose(), &client).await.unwrap_err();
    assert_eq!(refusal(&error), Refusal::DeviceCodeUnknown);
}
