//! What happens to a user afterwards: locks, status, identifiers, claims, removal.

use std::time::Duration;

use platform::sql::StoreError;
use protocol::StandardClaims;
use sea_orm::ConnectionTrait;

use super::{PASSWORD, START, alice, email, house, secret, username};
use crate::{AddIdentifierError, NewUser, SetClaimsError, User, UserStanding, UserStatus, VerifyError};

#[tokio::test]
async fn lock_ends_by_itself_and_what_it_ended_stays_ended() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    let until = START.plus(Duration::from_mins(1));
    assert!(house.users.lock(&user.id, until).await.unwrap());
    assert_eq!(house.standing(&user.id).await, Some(UserStanding { is_enabled: false, epoch: 1 }));
    assert_eq!(house.check("alice", PASSWORD).await.unwrap().status, UserStatus::Locked { until });
    house.clock.advance(Duration::from_mins(1));
    assert_eq!(house.standing(&user.id).await, Some(UserStanding { is_enabled: true, epoch: 1 }));
    assert_eq!(house.users.find(&user.id).await.unwrap().unwrap().status, UserStatus::Enabled);
}

#[tokio::test]
async fn status_changes_only_along_its_edges() {
    let house = house().await;
    let users = &house.users;
    let id = users.register(alice()).await.unwrap().id;
    let until = START.plus(Duration::from_mins(1));
    assert!(!users.unlock(&id).await.unwrap());
    assert!(!users.enable(&id).await.unwrap());
    assert!(users.lock(&id, until).await.unwrap());
    assert!(users.unlock(&id).await.unwrap());
    assert!(users.disable(&id).await.unwrap());
    assert!(!users.disable(&id).await.unwrap());
    assert!(!users.lock(&id, until).await.unwrap(), "a lock would end by itself");
    assert!(!users.unlock(&id).await.unwrap());
    assert_eq!(house.standing(&id).await, Some(UserStanding { is_enabled: false, epoch: 2 }));
    assert!(users.enable(&id).await.unwrap());
    assert_eq!(house.standing(&id).await, Some(UserStanding { is_enabled: true, epoch: 2 }));
    assert!(!users.disable("nobody").await.unwrap());
}

#[tokio::test]
async fn removed_user_is_gone_and_its_identifiers_are_free() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    assert!(house.users.remove(&user.id).await.unwrap());
    assert!(!house.users.remove(&user.id).await.unwrap());
    assert_eq!(house.rows().await, (0, 0));
    assert_eq!(house.standing(&user.id).await, None);
    let again = house.users.register(alice()).await.unwrap();
    assert_ne!(again.id, user.id);
}

#[tokio::test]
async fn identifiers_come_and_go_but_the_last_one_stays() {
    let house = house().await;
    let users = &house.users;
    let alice = users.register(alice()).await.unwrap();
    let bob = NewUser { identifiers: vec![(username("bob"), true)], ..NewUser::default() };
    let bob = users.register(bob).await.unwrap();
    let taken = users.add_identifier(&bob.id, email("Alice@example.com"), false).await.unwrap_err();
    assert!(matches!(taken, AddIdentifierError::IdentifierTaken));
    let unknown = users.add_identifier("nobody", email("x@example.com"), false).await.unwrap_err();
    assert!(matches!(unknown, AddIdentifierError::UnknownUser));
    users.add_identifier(&bob.id, email("bob@example.com"), true).await.unwrap();
    assert_eq!(users.find_by_login("bob@example.com").await.unwrap().unwrap().id, bob.id);
    assert!(!users.remove_identifier(&bob.id, &username("alice")).await.unwrap(), "not his");
    assert!(users.remove_identifier(&bob.id, &username("bob")).await.unwrap());
    assert!(!users.remove_identifier(&bob.id, &email("bob@example.com")).await.unwrap(), "the last one");
    assert_eq!(users.find(&alice.id).await.unwrap().unwrap().identifiers.len(), 2);
}

#[tokio::test]
async fn claims_are_replaced_and_bounded() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    let claims = StandardClaims { given_name: Some("爱丽丝\0".into()), ..StandardClaims::default() };
    house.users.set_claims(&user.id, &claims).await.unwrap();
    let read = house.users.find(&user.id).await.unwrap().unwrap();
    assert_eq!((read.claims.given_name.as_deref(), read.claims.name.as_deref()), (Some("爱丽丝\0"), None));
    assert_eq!((read.version, read.epoch), (2, 0));
    let huge = StandardClaims { website: Some("x".repeat(20_000)), ..StandardClaims::default() };
    assert!(matches!(house.users.set_claims(&user.id, &huge).await, Err(SetClaimsError::TooLarge)));
    assert!(matches!(house.users.set_claims("nobody", &claims).await, Err(SetClaimsError::UnknownUser)));
}

#[tokio::test]
async fn list_goes_page_by_page_in_order_of_registration() {
    let house = house().await;
    for n in 0..5 {
        house.clock.advance(Duration::from_millis(1));
        let new = NewUser { identifiers: vec![(username(&format!("user{n}")), false)], ..NewUser::default() };
        house.users.register(new).await.unwrap();
    }
    let first = house.users.list(None, 3).await.unwrap();
    let rest = house.users.list(Some(&first[2].id), 3).await.unwrap();
    let names: Vec<&str> = first.iter().chain(&rest).map(User::preferred_name).collect();
    assert_eq!(names, ["user0", "user1", "user2", "user3", "user4"]);
    assert!(first.iter().all(|user| user.identifiers.len() == 1));
}

#[tokio::test]
async fn unreadable_rows_are_named_as_such() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    let spoil = async |column: &str| {
        house.db.raw().execute_unprepared(&format!("UPDATE user_account SET {column} = 'spoilt'")).await.unwrap();
    };
    spoil("password_phc").await;
    let error = house.users.verify_password("alice", secret(PASSWORD)).await.unwrap_err();
    assert!(matches!(error, VerifyError::Store(StoreError::Corrupt { what: "user_account.password_phc" })));
    spoil("claims").await;
    assert!(matches!(house.users.find(&user.id).await, Err(StoreError::Corrupt { what: "user_account.claims" })));
    spoil("status").await;
    assert!(matches!(house.users.find(&user.id).await, Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn what_was_done_stands_in_the_audit_trail() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    house.users.disable(&user.id).await.unwrap();
    house.users.disable(&user.id).await.unwrap();
    house.users.remove(&user.id).await.unwrap();
    let backend = house.db.raw().get_database_backend();
    let query = sea_orm::Statement::from_string(backend, "SELECT kind FROM audit_event ORDER BY kind".to_owned());
    let rows = house.db.raw().query_all_raw(query).await.unwrap();
    let kinds: Vec<String> = rows.iter().map(|row| row.try_get("", "kind").unwrap()).collect();
    assert_eq!(kinds, ["user_disabled", "user_registered", "user_removed"]);
}
