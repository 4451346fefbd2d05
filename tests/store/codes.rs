//! Authorization codes: redeemed once. Source: RFC 6749 §4.1.2, RFC 9700 §4.5.

use std::time::Duration;

use flow::Refusal;
use flow::redeem::RedeemRequest;
use grant_store::GrantError;

use super::child::Child;
use super::house::{House, ONLINE, VERIFIER, redemption, rounds, selector};
use super::on_every_engine;

on_every_engine!(
    sixteen_redeemers_of_one_code_have_one_winner,
    redeemers_in_two_processes_have_one_winner,
    replay_ends_the_family_in_the_transaction_that_refuses_it,
    junk_neither_burns_a_code_nor_ends_a_family,
    code_is_refused_from_the_second_on_at_which_it_expires,
);

fn refusal(error: &GrantError) -> Refusal {
    match error {
        GrantError::Refused(refused) => refused.refusal,
        GrantError::Store(error) => panic!("{error}"),
    }
}

async fn sixteen_redeemers_of_one_code_have_one_winner(house: &House) {
    let client = house.client().await;
    for _ in 0..rounds(4) {
        let person = house.person(&client, ONLINE).await;
        let code = house.code(&client, &person).await;
        let redeemers: Vec<_> = (0..16)
            .map(|_| {
                let (house, client, code) = (house.clone(), client.clone(), code.clone());
                tokio::spawn(async move { house.redeem(&client, code.expose()).await })
            })
            .collect();
        let mut won = Vec::new();
        for redeemer in redeemers {
            match redeemer.await.unwrap() {
                Ok(redeemed) => won.push(redeemed),
                Err(error) => assert_eq!(refusal(&error), Refusal::CodeReplayed),
            }
        }
        assert_eq!(won.len(), 1);
        // Fifteen replays: what the winner got is void already.
        assert_eq!(house.count("family", &[("session_id", &person.session.id)]).await, 1);
        assert_eq!(house.living(&person.session.id).await, (0, 0));
    }
}

async fn redeemers_in_two_processes_have_one_winner(house: &House) {
    let mut child = Child::start(house);
    let client = house.client().await;
    for _ in 0..rounds(6) {
        let person = house.person(&client, ONLINE).await;
        let code = house.code(&client, &person).await;
        child.send(&format!("redeem 8 {} {}", client.id, code.expose()));
        let redeemers: Vec<_> = (0..8)
            .map(|_| {
                let (house, client, code) = (house.clone(), client.clone(), code.clone());
                tokio::spawn(async move { house.redeem(&client, code.expose()).await })
            })
            .collect();
        let mut won = 0;
        for redeemer in redeemers {
            match redeemer.await.unwrap() {
                Ok(_) => won += 1,
                Err(error) => assert_eq!(refusal(&error), Refusal::CodeReplayed),
            }
        }
        let theirs: u32 = child.answer().parse().unwrap();
        assert_eq!(won + theirs, 1, "{won} here, {theirs} there");
        assert_eq!(house.living(&person.session.id).await, (0, 0));
    }
}

async fn replay_ends_the_family_in_the_transaction_that_refuses_it(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let code = house.code(&client, &person).await;
    let redeemed = house.redeem(&client, code.expose()).await.unwrap();
    let family_id = redeemed.permit.person().unwrap().family_id.clone();
    assert_eq!(house.living(&person.session.id).await, (1, 1));
    assert!(house.grants.check_family(&family_id).await.is_ok());

    let error = house.redeem(&client, code.expose()).await.unwrap_err();
    assert_eq!(refusal(&error), Refusal::CodeReplayed);
    // Nothing is left to a sweep or to a later request: whoever reads now finds it ended.
    assert_eq!(house.living(&person.session.id).await, (0, 0));
    assert_eq!(house.text("family", "dead_reason", ("id", &family_id)).await.as_deref(), Some("code_replayed"));
    assert_eq!(house.count("audit_event", &[("family_id", &family_id), ("kind", "code.replayed")]).await, 1);
    let used = house.grants.check_family(&family_id).await.unwrap_err();
    assert_eq!(refusal(&used), Refusal::FamilyRevoked);
    let token = redeemed.refresh_token.unwrap();
    let refreshed = house.refresh(&client, token.expose()).await.unwrap_err();
    assert_eq!(refusal(&refreshed), Refusal::FamilyRevoked);
}

async fn junk_neither_burns_a_code_nor_ends_a_family(house: &House) {
    let client = house.client().await;
    let stranger = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let code = house.code(&client, &person).await;
    let presented = code.expose();
    let wrong_secret = format!("code_{}.{}", selector(presented), "A".repeat(43));
    let unknown = format!("code_{}.{}", "0".repeat(26), "A".repeat(43));
    let as_another_kind = presented.replacen("code_", "rt_", 1);
    let without_verifier = RedeemRequest { code_verifier: None, ..redemption() };
    let wrong_verifier = RedeemRequest { code_verifier: Some(VERIFIER.replace('d', "e")), ..redemption() };
    let wrong_uri = RedeemRequest { redirect_uri: Some("https://app.example/cb/".to_owned()), ..redemption() };

    for spent in [false, true] {
        let tries = [
            (&client, wrong_secret.as_str(), redemption(), Refusal::CodeUnknown),
            (&client, unknown.as_str(), redemption(), Refusal::CodeUnknown),
            (&client, as_another_kind.as_str(), redemption(), Refusal::CodeUnknown),
            (&client, "", redemption(), Refusal::CodeUnknown),
            (&client, "code_\0.\0", redemption(), Refusal::CodeUnknown),
            (&stranger, presented, redemption(), Refusal::CodeForeign),
            (&client, presented, without_verifier.clone(), Refusal::CodeVerifierMissing),
            (&client, presented, wrong_verifier.clone(), Refusal::CodeVerifierMismatch),
            (&client, presented, wrong_uri.clone(), Refusal::RedirectUriChanged),
        ];
        for (client, code, request, expected) in tries {
            let error = house.grants.redeem(code, request, client).await.unwrap_err();
            assert_eq!(refusal(&error), expected, "spent: {spent}");
        }
        let expected = if spent { (1, 1) } else { (0, 0) };
        assert_eq!(house.living(&person.session.id).await, expected);
        if !spent {
            house.redeem(&client, presented).await.unwrap();
        }
    }
}

async fn code_is_refused_from_the_second_on_at_which_it_expires(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let code_ttl = house.grants.policy().code_ttl;
    for (age, is_good) in [(code_ttl.saturating_sub(Duration::from_millis(1)), true), (code_ttl, false)] {
        let code = house.code(&client, &person).await;
        house.clock.advance(age);
        match house.redeem(&client, code.expose()).await {
            Ok(_) => assert!(is_good),
            Err(error) => assert_eq!((refusal(&error), is_good), (Refusal::CodeExpired, false)),
        }
        house.clock.set(super::house::START);
    }
}
