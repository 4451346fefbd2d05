//! What an administrator lists and ends: what is listed as live is live, and what was ended gives nothing more.

use std::collections::BTreeSet;
use std::time::Duration;

use flow::Refusal;
use grant_store::{Ended, GrantError, RevokedToken, SessionQuery};
use platform::secret::Secret;

use super::house::{House, OFFLINE, ONLINE, Person, new_session};
use super::on_every_engine;

on_every_engine!(
    only_live_sessions_are_listed_unless_all_are_asked_for,
    a_revoked_session_takes_its_online_grants_along,
    signing_out_everywhere_ends_what_is_offline_and_what_is_on_its_way,
    an_app_that_lost_its_consent_has_nothing,
    tokens_are_looked_up_without_being_spent,
    only_ids_of_clients_are_known,
);

async fn live(house: &House, user_id: &str) -> Vec<String> {
    let query = SessionQuery { user_id: Some(user_id.to_owned()), limit: 10, ..SessionQuery::default() };
    let found = house.grants.list_session_overviews(query).await.unwrap();
    assert!(found.iter().all(|one| one.is_live));
    found.into_iter().map(|one| one.session.id).collect()
}

fn refusal(error: GrantError) -> Refusal {
    match error {
        GrantError::Refused(refused) => refused.refusal,
        GrantError::Store(error) => panic!("{error}"),
    }
}

async fn only_live_sessions_are_listed_unless_all_are_asked_for(house: &House) {
    let user_id = house.user().await;
    let open = async || {
        // Ids of one moment have no order.
        house.clock.advance(Duration::from_millis(1));
        house.grants.open_session(new_session(&user_id, 0), None).await.unwrap().0
    };
    let (ended, kept) = (open().await, open().await);
    house.grants.end_session(&ended.id).await.unwrap();
    assert_eq!(live(house, &user_id).await, vec![kept.id.clone()]);
    // A change of the credentials voids a session whose row still stands.
    house.users.set_password(&user_id, Secret::new("tall violet lantern".to_owned())).await.unwrap();
    assert_eq!(live(house, &user_id).await, Vec::<String>::new());
    assert_eq!(house.grants.list_sessions(&user_id).await.unwrap(), vec![]);
    house.clock.advance(Duration::from_millis(1));
    let (newest, _) = house.session(&user_id).await;
    assert_eq!(live(house, &user_id).await, vec![newest.id.clone()]);
    // A locked person has none, whatever the rows say.
    house.users.disable(&user_id).await.unwrap();
    assert_eq!(house.grants.list_sessions(&user_id).await.unwrap(), vec![]);
    let all = SessionQuery { user_id: Some(user_id), with_ended: true, limit: 2, before: None };
    let found = house.grants.list_session_overviews(all.clone()).await.unwrap();
    assert_eq!(found.iter().map(|one| &one.session.id).collect::<Vec<_>>(), [&newest.id, &kept.id]);
    assert!(found.iter().all(|one| !one.is_live));
    let rest = SessionQuery { before: Some(kept.id), ..all };
    let rest = house.grants.list_session_overviews(rest).await.unwrap();
    assert_eq!(rest.iter().map(|one| &one.session.id).collect::<Vec<_>>(), [&ended.id]);
    assert!(rest[0].session.ended_at.is_some());
}

async fn a_revoked_session_takes_its_online_grants_along(house: &House) {
    let (online, offline) = (house.client().await, house.client().await);
    let person = house.person(&online, ONLINE).await;
    let (_, online_token) = house.family(&online, &person).await;
    let other = Person { scopes: flow_scopes(OFFLINE), ..person.clone() };
    house.grants.grant_consent(&person.user_id, &offline.id, &other.scopes).await.unwrap();
    let (kept, offline_token) = house.family(&offline, &other).await;
    let overview = house.grants.find_session_overview(&person.session.id).await.unwrap().unwrap();
    assert_eq!((overview.is_live, overview.grants.len()), (true, 2));

    let ended = house.grants.revoke_session(&person.session.id).await.unwrap();
    assert_eq!(ended, Some(Ended { sessions: 1, grants: 1 }));
    assert_eq!(house.grants.revoke_session(&person.session.id).await.unwrap(), None, "it ended once");
    assert_eq!(house.grants.revoke_session("no such session").await.unwrap(), None);
    let refused = house.refresh(&online, online_token.expose()).await.unwrap_err();
    assert!(matches!(refusal(refused), Refusal::SessionEnded | Refusal::FamilyRevoked));
    house.refresh(&offline, offline_token.expose()).await.unwrap();
    let overview = house.grants.find_session_overview(&person.session.id).await.unwrap().unwrap();
    assert_eq!(overview.grants.iter().map(|grant| &grant.id).collect::<Vec<_>>(), [&kept]);
    assert_eq!(house.count("audit_event", &[("kind", "session_revoked")]).await, 1);
}

fn flow_scopes(text: &str) -> protocol::ScopeSet {
    protocol::ScopeSet::parse(text).unwrap()
}

async fn signing_out_everywhere_ends_what_is_offline_and_what_is_on_its_way(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, OFFLINE).await;
    let (_, token) = house.family(&client, &person).await;
    let code = house.code(&client, &person).await;
    let other = house.person(&client, ONLINE).await;
    let (_, other_token) = house.family(&client, &other).await;

    let ended = house.grants.sign_out_everywhere(&person.user_id).await.unwrap();
    assert_eq!(ended, Ended { sessions: 1, grants: 1 });
    assert_eq!(live(house, &person.user_id).await, Vec::<String>::new());
    house.refresh(&client, token.expose()).await.unwrap_err();
    // A code with offline access does not need its session, and is void all the same.
    let refused = house.redeem(&client, code.expose()).await.unwrap_err();
    assert_eq!(refusal(refused), Refusal::EpochChanged);
    assert!(house.grants.find_session(person.cookie.expose()).await.unwrap().is_none());
    // Who signs in again begins anew; nobody else was touched.
    assert_eq!(house.grants.sign_out_everywhere(&person.user_id).await.unwrap(), Ended::default());
    let (again, _) = house.session(&person.user_id).await;
    assert_eq!(live(house, &person.user_id).await, vec![again.id]);
    house.refresh(&client, other_token.expose()).await.unwrap();
}

async fn an_app_that_lost_its_consent_has_nothing(house: &House) {
    let (client, other) = (house.client().await, house.client().await);
    let person = house.person(&client, OFFLINE).await;
    let (_, token) = house.family(&client, &person).await;
    house.grants.grant_consent(&person.user_id, &other.id, &person.scopes).await.unwrap();
    let list = async |user: Option<&str>, client: Option<&str>| {
        let found = house.grants.list_consent_overviews(user, client, 10).await.unwrap();
        found.into_iter().map(|one| (one.consent.client_id, one.grants.len())).collect::<BTreeSet<_>>()
    };
    let both = BTreeSet::from([(client.id.clone(), 1), (other.id.clone(), 0)]);
    assert_eq!(list(Some(&person.user_id), None).await, both);
    assert_eq!(list(None, Some(&client.id)).await, BTreeSet::from([(client.id.clone(), 1)]));

    let ended = house.grants.revoke_app(&person.user_id, &client.id).await.unwrap();
    assert_eq!(ended, Some(Ended { sessions: 0, grants: 1 }));
    assert_eq!(house.grants.revoke_app(&person.user_id, &client.id).await.unwrap(), None);
    house.refresh(&client, token.expose()).await.unwrap_err();
    assert_eq!(list(Some(&person.user_id), None).await, BTreeSet::from([(other.id.clone(), 0)]));
    assert_eq!(live(house, &person.user_id).await, vec![person.session.id], "the person stays signed in");
}

async fn tokens_are_looked_up_without_being_spent(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let (family_id, token) = house.family(&client, &person).await;
    let look = async |text: &str| house.grants.look_up_refresh_token(text).await.unwrap();
    assert_eq!(look(token.expose()).await.unwrap().state, flow::RefreshState::Live);
    let successor = house.refresh(&client, token.expose()).await.unwrap().refresh_token.unwrap();
    assert_eq!(look(token.expose()).await.unwrap().state, flow::RefreshState::Rotated);
    assert!(house.grants.judge_grant(&family_id).await.unwrap().is_ok(), "a look is no replay");
    assert!(house.grants.revoke_grant(&family_id).await.unwrap());
    assert!(!house.grants.revoke_grant(&family_id).await.unwrap());
    assert_eq!(look(successor.expose()).await.unwrap().state, flow::RefreshState::Dead);
    let refused = house.grants.judge_grant(&family_id).await.unwrap().unwrap_err();
    assert_eq!(refused.refusal, Refusal::FamilyRevoked);
    for wrong in ["", "rt_", &token.expose().replace("rt_", "at_"), &format!("{}x", token.expose())] {
        assert!(look(wrong).await.is_none(), "{wrong:?}");
        assert!(house.grants.look_up_access_token(wrong).await.unwrap().is_none(), "{wrong:?}");
    }
    let jwt = RevokedToken {
        id: "j-1".to_owned(),
        client_id: client.id.clone(),
        family_id: Some(family_id),
        until: house.clock_now().plus(Duration::from_mins(10)),
    };
    assert!(house.grants.revoke_jwt(jwt.clone()).await.unwrap());
    assert!(!house.grants.revoke_jwt(jwt).await.unwrap());
    assert!(house.grants.is_token_revoked("j-1").await.unwrap());
    for other in ["j-2", "", "j 1", "\0"] {
        assert!(!house.grants.is_token_revoked(other).await.unwrap(), "{other:?}");
    }
}

async fn only_ids_of_clients_are_known(house: &House) {
    let client = house.client().await;
    let asked = ["nobody", "\0", "", "a secret!"].into_iter().chain([client.id.as_str()]).map(str::to_owned);
    let known = house.grants.known_clients(asked.collect()).await.unwrap();
    assert_eq!(known, BTreeSet::from([client.id.clone()]));
}
