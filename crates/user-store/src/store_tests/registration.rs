//! Registering: all of a user or nothing, and every identifier once.

use protocol::StandardClaims;

use super::{PASSWORD, START, alice, email, house, secret, username};
use crate::{NewUser, PasswordWeakness, RegisterError};

#[tokio::test]
async fn registered_user_is_found_by_every_identifier_in_every_spelling() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    for login in ["alice", "ALICE", " Alice ", "ａｌｉｃｅ", "Alice@EXAMPLE.com"] {
        assert_eq!(house.users.find_by_login(login).await.unwrap().unwrap().id, user.id, "{login}");
    }
    assert_eq!(house.users.find(&user.id).await.unwrap().unwrap().id, user.id);
    for id in ["", "\0", "alice", &user.id.to_uppercase(), &"0".repeat(36)] {
        assert!(house.users.find(id).await.unwrap().is_none(), "{id:?}");
    }
    for login in ["alic", "bob", "", "\0", "13800138000", &"x".repeat(100_000)] {
        assert!(house.users.find_by_login(login).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn claims_tell_what_the_identifiers_say_and_nothing_else() {
    let house = house().await;
    let claims = StandardClaims {
        email: Some("ceo@example.com".into()),
        email_verified: Some(true),
        preferred_username: Some("ceo".into()),
        phone_number: Some("+8613800138000".into()),
        phone_number_verified: Some(true),
        ..alice().claims
    };
    let user = house.users.register(NewUser { claims, ..alice() }).await.unwrap();
    let read = house.users.find(&user.id).await.unwrap().unwrap();
    for claims in [user.claims, read.claims] {
        assert_eq!(claims.name.as_deref(), Some("Alice Liddell"));
        assert_eq!((claims.email.as_deref(), claims.email_verified), (Some("alice@example.com"), Some(false)));
        assert_eq!((claims.phone_number, claims.phone_number_verified), (None, None));
        assert_eq!(claims.preferred_username.as_deref(), Some("Alice"));
        assert_eq!(claims.updated_at, Some(START.as_secs()));
    }
    assert_eq!(read.identifiers.len(), 2);
}

#[tokio::test]
async fn taken_identifier_creates_nothing() {
    let house = house().await;
    house.users.register(alice()).await.unwrap();
    let second =
        NewUser { identifiers: vec![(username("bob"), false), (email("ALICE@example.com"), false)], ..alice() };
    let error = house.users.register(second).await.unwrap_err();
    assert!(matches!(error, RegisterError::IdentifierTaken), "{error:?}");
    assert_eq!(house.rows().await, (1, 2));
    assert!(house.users.find_by_login("bob").await.unwrap().is_none());
}

#[tokio::test]
async fn one_of_many_concurrent_registrations_wins_and_the_others_leave_nothing() {
    let house = house().await;
    let registrations: Vec<_> = (0..16)
        .map(|n| {
            let users = house.users.clone();
            let new = NewUser {
                identifiers: vec![(username(&format!("name{n}")), false), (email("same@example.com"), false)],
                password: Some(secret(PASSWORD)),
                ..NewUser::default()
            };
            tokio::spawn(async move { users.register(new).await })
        })
        .collect();
    let mut winners = 0;
    for registration in registrations {
        match registration.await.unwrap() {
            Ok(_) => winners += 1,
            Err(error) => assert!(matches!(error, RegisterError::IdentifierTaken), "{error:?}"),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(house.rows().await, (1, 2));
}

#[tokio::test]
async fn an_identifier_named_twice_is_stored_once() {
    let house = house().await;
    let new = NewUser { identifiers: vec![(username("alice"), false), (username("ALICE"), true)], ..alice() };
    let user = house.users.register(new).await.unwrap();
    assert_eq!(user.identifiers.len(), 1);
}

#[tokio::test]
async fn weak_passwords_nameless_users_and_huge_claims_are_refused() {
    let house = house().await;
    for (password, weakness) in [
        ("short", PasswordWeakness::TooShort { min: 8 }),
        ("woaini1314", PasswordWeakness::Common),
        ("alice-2024-x", PasswordWeakness::ContainsIdentifier),
        ("Liddell's otter", PasswordWeakness::ContainsIdentifier),
    ] {
        let error = house.users.register(NewUser { password: Some(secret(password)), ..alice() }).await.unwrap_err();
        assert!(matches!(error, RegisterError::WeakPassword(found) if found == weakness), "{password}: {error:?}");
    }
    let nameless = house.users.register(NewUser { identifiers: Vec::new(), ..alice() }).await.unwrap_err();
    assert!(matches!(nameless, RegisterError::NoIdentifier));
    let claims = StandardClaims { profile: Some("x".repeat(20_000)), ..StandardClaims::default() };
    let huge = house.users.register(NewUser { claims, ..alice() }).await.unwrap_err();
    assert!(matches!(huge, RegisterError::ClaimsTooLarge));
    assert_eq!(house.rows().await, (0, 0));
}

#[tokio::test]
async fn people_of_a_development_folder_may_have_printed_passwords() {
    let house = house().await;
    let new = NewUser { password: Some(secret("alice-dev")), bypass_password_policy: true, ..alice() };
    house.users.register(new).await.unwrap();
    assert!(house.check("alice", "alice-dev").await.is_some());
}
