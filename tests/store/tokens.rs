//! Tokens that clients give up, opaque tokens, and what a process remembers of both. Source: RFC 7009, RFC 7662.

use std::sync::Arc;
use std::time::Duration;

use flow::{ClientRecord, Refusal, TokenFormat};
use grant_store::{GrantError, NewClient, RevokedToken};
use platform::random;
use platform::secret::Secret;

use super::child::Child;
use super::house::{House, OFFLINE, ONLINE, START, new_client, rounds, selector};
use super::on_every_engine;

on_every_engine!(
    opaque_token_is_stored_with_its_grant_and_ends_with_its_family,
    opaque_token_can_be_given_up_alone,
    given_up_refresh_token_ends_its_family_in_every_process,
    refresh_against_giving_up_leaves_nothing_alive,
    strangers_and_junk_give_nothing_up,
    given_up_jwt_is_remembered_until_it_would_have_ended,
    whatever_ends_something_is_noticed_before_it_answers,
);

fn refusal(error: &GrantError) -> Refusal {
    match error {
        GrantError::Refused(refused) => refused.refusal,
        GrantError::Store(error) => panic!("{error}"),
    }
}

/// A client whose access tokens are opaque.
async fn opaque_client(house: &House) -> Arc<ClientRecord> {
    let id = format!("app-{}", random::reference());
    let mut client: NewClient = new_client(&id);
    client.terms.access_token_format = TokenFormat::Opaque;
    house.grants.add_client(client).await.unwrap();
    house.grants.find_client(&id).await.unwrap().unwrap()
}

async fn opaque_token_is_stored_with_its_grant_and_ends_with_its_family(house: &House) {
    let client = opaque_client(house).await;
    let person = house.person(&client, ONLINE).await;
    let code = house.code(&client, &person).await;
    let redeemed = house.redeem(&client, code.expose()).await.unwrap();
    let token = redeemed.permit.opaque_token().unwrap().clone();
    let family_id = redeemed.permit.person().unwrap().family_id.clone();
    let found = house.grants.find_access_token(token.expose()).await.unwrap().unwrap();
    assert_eq!((found.family_id.as_deref(), &found.subject), (Some(family_id.as_str()), &person.user_id));
    assert_eq!((&found.client_id, &found.scopes), (&client.id, &person.scopes));
    assert_eq!(found.expires_at, START.plus(Duration::from_mins(10)));
    let next = house.refresh(&client, redeemed.refresh_token.unwrap().expose()).await.unwrap();
    assert!(next.permit.opaque_token().is_some());
    assert_eq!(house.count("access_token", &[("family_id", &family_id)]).await, 2);
    house.grants.check_family(&family_id).await.unwrap();
    house.grants.end_session(&person.session.id).await.unwrap();
    let refused = house.grants.check_family(&family_id).await.unwrap_err();
    assert_eq!(refusal(&refused), Refusal::FamilyRevoked);
    // A refused grant stores none.
    assert!(house.redeem(&client, code.expose()).await.is_err());
    assert_eq!(house.count("access_token", &[("family_id", &family_id)]).await, 2);
    house.clock.advance(Duration::from_mins(10));
    assert!(house.grants.find_access_token(token.expose()).await.unwrap().is_none(), "expired");
    house.grants.sweep().await.unwrap();
    assert_eq!(house.count("access_token", &[("family_id", &family_id)]).await, 0);
}

async fn opaque_token_can_be_given_up_alone(house: &House) {
    let client = opaque_client(house).await;
    let person = house.person(&client, ONLINE).await;
    let code = house.code(&client, &person).await;
    let redeemed = house.redeem(&client, code.expose()).await.unwrap();
    let token = redeemed.permit.opaque_token().unwrap().clone();
    let found = house.grants.find_access_token(token.expose()).await.unwrap().unwrap();
    assert!(house.grants.revoke_access_token(&found).await.unwrap());
    assert!(!house.grants.revoke_access_token(&found).await.unwrap(), "it ended once");
    assert!(house.grants.find_access_token(token.expose()).await.unwrap().is_none());
    assert_eq!(house.living(&person.session.id).await, (1, 1));
}

async fn given_up_refresh_token_ends_its_family_in_every_process(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, OFFLINE).await;
    let (family_id, token) = house.family(&client, &person).await;
    let found = house.grants.find_refresh_token(token.expose(), &client.id).await.unwrap().unwrap();
    assert_eq!(found.family.id, family_id);
    let before = platform::revision::current(&house.db).await.unwrap();
    let mut child = Child::start(house);
    assert_eq!(child.obey(&format!("revoke_refresh_token {} {}", client.id, token.expose())), "true");
    assert_eq!(child.obey(&format!("revoke_refresh_token {} {}", client.id, token.expose())), "false");
    assert_ne!(platform::revision::current(&house.db).await.unwrap(), before, "other processes forget");
    assert_eq!(house.living(&person.session.id).await, (0, 0));
    let refused = house.grants.check_family(&family_id).await.unwrap_err();
    assert_eq!(refusal(&refused), Refusal::FamilyRevoked);
    assert!(house.grants.find_refresh_token(token.expose(), &client.id).await.unwrap().is_none());
    let refused = house.refresh(&client, token.expose()).await.unwrap_err();
    assert_eq!(refusal(&refused), Refusal::FamilyRevoked);
}

async fn refresh_against_giving_up_leaves_nothing_alive(house: &House) {
    let mut child = Child::start(house);
    for _ in 0..rounds(12) {
        let client = house.client().await;
        let person = house.person(&client, OFFLINE).await;
        let (_, token) = house.family(&client, &person).await;
        child.send(&format!("revoke_refresh_token {} {}", client.id, token.expose()));
        let refreshed = house.refresh(&client, token.expose()).await;
        assert_eq!(child.answer(), "true", "a revocation either precedes the refresh or follows it");
        assert_eq!(house.living(&person.session.id).await, (0, 0));
        if let Ok(refreshed) = refreshed {
            let successor: Secret = refreshed.refresh_token.unwrap();
            let refused = house.refresh(&client, successor.expose()).await.unwrap_err();
            assert_eq!(refusal(&refused), Refusal::FamilyRevoked);
        }
    }
}

async fn strangers_and_junk_give_nothing_up(house: &House) {
    let (client, stranger) = (house.client().await, house.client().await);
    let person = house.person(&client, ONLINE).await;
    let (_, token) = house.family(&client, &person).await;
    let bent = format!("rt_{}.{}", selector(token.expose()), "A".repeat(43));
    for (token, client_id) in [(token.expose(), &stranger.id), (bent.as_str(), &client.id), ("rt_\0.\0", &client.id)] {
        assert!(!house.grants.revoke_refresh_token(token, client_id).await.unwrap());
        assert!(house.grants.find_refresh_token(token, client_id).await.unwrap().is_none());
    }
    for junk in ["", "\0", "a'b", &"x".repeat(100)] {
        assert!(!house.grants.is_token_revoked(junk).await.unwrap());
        assert!(house.grants.find_access_token(junk).await.unwrap().is_none());
    }
    assert_eq!(house.living(&person.session.id).await, (1, 1));
}

async fn given_up_jwt_is_remembered_until_it_would_have_ended(house: &House) {
    let id = random::new_id(START);
    let until = START.plus(Duration::from_mins(10));
    let token = || RevokedToken { id: id.clone(), client_id: "app".to_owned(), family_id: None, until };
    let mut child = Child::start(house);
    // Both processes at once, and once more: one row.
    child.send(&format!("revoke_jwt {id}"));
    house.grants.revoke_jwt(token()).await.unwrap();
    assert_eq!(child.answer(), "true");
    house.grants.revoke_jwt(token()).await.unwrap();
    assert!(house.grants.is_token_revoked(&id).await.unwrap());
    assert_eq!(house.count("revoked_token", &[("id", &id)]).await, 1);
    house.clock.advance(Duration::from_secs(599));
    house.grants.sweep().await.unwrap();
    assert!(house.grants.is_token_revoked(&id).await.unwrap());
    house.clock.advance(Duration::from_secs(1));
    house.grants.sweep().await.unwrap();
    assert!(!house.grants.is_token_revoked(&id).await.unwrap());
}

async fn whatever_ends_something_is_noticed_before_it_answers(house: &House) {
    let client = house.client().await;
    let person = house.person(&client, ONLINE).await;
    let (_, token) = house.family(&client, &person).await;
    let token = house.refresh(&client, token.expose()).await.unwrap().refresh_token.unwrap();
    let jwt = RevokedToken { id: random::new_id(START), client_id: client.id.clone(), family_id: None, until: START };
    let mut seen = house.grants.changes();
    let mut assert_noticed = |what: &str| {
        let now = house.grants.changes();
        assert_ne!(now, seen, "{what}");
        seen = now;
    };
    house.grants.revoke_jwt(jwt).await.unwrap();
    assert_noticed("a revoked JWT");
    house.grants.revoke_refresh_token(token.expose(), &client.id).await.unwrap();
    assert_noticed("a revoked refresh token");
    let (_, token) = house.family(&client, &person).await;
    let next = house.refresh(&client, token.expose()).await.unwrap().refresh_token.unwrap();
    house.refresh(&client, next.expose()).await.unwrap();
    seen_from(house, &mut assert_noticed, "a refresh token used twice", house.refresh(&client, token.expose())).await;
    let code = house.code(&client, &person).await;
    house.redeem(&client, code.expose()).await.unwrap();
    seen_from(house, &mut assert_noticed, "a code used twice", house.redeem(&client, code.expose())).await;
    house.grants.revoke_consent(&person.user_id, &client.id).await.unwrap();
    assert_noticed("a withdrawn consent");
    house.grants.end_session(&person.session.id).await.unwrap();
    assert_noticed("an ended session");
    house.users.lock(&person.user_id, START.plus(Duration::from_mins(1))).await.unwrap();
    assert_noticed("a locked user");
    house.users.set_password(&person.user_id, Secret::new("crimson heron 7".to_owned())).await.unwrap();
    assert_noticed("another password");
    house.users.disable(&person.user_id).await.unwrap();
    assert_noticed("a disabled user");
    house.users.remove(&person.user_id).await.unwrap();
    assert_noticed("a removed user");
    house.grants.remove_client(&client.id).await.unwrap();
    assert_noticed("a removed client");
    house.grants.forget_cached();
    assert_noticed("a poll that moved");
}

/// A theft is refused and noticed at once.
async fn seen_from<T: std::fmt::Debug>(
    house: &House,
    assert_noticed: &mut impl FnMut(&str),
    what: &str,
    theft: impl Future<Output = Result<T, GrantError>>,
) {
    house.grants.forget_cached();
    assert_noticed("a new beginning");
    assert!(matches!(theft.await, Err(GrantError::Refused(_))), "{what}");
    assert_noticed(what);
}
