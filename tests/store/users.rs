//! Users: an identifier belongs to one of them, and what is changed is changed for every process.

use platform::secret::Secret;
use platform::sql::Outcome;
use user_store::{Identifier, IdentifierKind, NewUser, PasswordCheck, RegisterError, UserStatus, standing};

use super::house::{House, START, rounds};
use super::on_every_engine;

on_every_engine!(
    concurrent_registrations_of_one_address_make_one_user,
    status_and_epoch_are_seen_by_another_process,
    passwords_are_checked_changed_and_renewed,
    standing_is_held_until_the_transaction_ends,
);

fn email(text: &str) -> Identifier {
    Identifier::parse(IdentifierKind::Email, text).unwrap()
}

async fn concurrent_registrations_of_one_address_make_one_user(house: &House) {
    let other = House::open(house.engine, &house.url).await;
    for round in 0..rounds(3) {
        let registrations: Vec<_> = (0..12)
            .map(|n| {
                let users = if n % 2 == 0 { house.users.clone() } else { other.users.clone() };
                // Each has a name of its own beside the address that all of them want, in differing order.
                let own = Identifier::parse(IdentifierKind::Username, &format!("name{round}x{n}")).unwrap();
                let mut identifiers = vec![(own, false), (email(&format!("Same{round}@example.com")), false)];
                if n % 3 == 0 {
                    identifiers.reverse();
                }
                let password = Some(Secret::new("violet otter 42".to_owned()));
                tokio::spawn(
                    async move { users.register(NewUser { identifiers, password, ..NewUser::default() }).await },
                )
            })
            .collect();
        let mut made = Vec::new();
        for registration in registrations {
            match registration.await.unwrap() {
                Ok(user) => made.push(user),
                Err(error) => assert!(matches!(error, RegisterError::IdentifierTaken), "{error:?}"),
            }
        }
        assert_eq!(made.len(), 1);
        // One user with two names, and nothing of the others.
        assert_eq!(house.count("user_account", &[]).await, i64::from(round) + 1);
        assert_eq!(house.count("user_identifier", &[]).await, 2 * (i64::from(round) + 1));
        let found = house.users.find_by_login(&format!("same{round}@EXAMPLE.com")).await.unwrap().unwrap();
        assert_eq!(found.id, made[0].id);
    }
    other.db.close().await;
}

async fn status_and_epoch_are_seen_by_another_process(house: &House) {
    let other = House::open(house.engine, &house.url).await;
    let id = house.user().await;
    let (_, cookie) = house.session(&id).await;
    assert!(other.grants.find_session(cookie.expose()).await.unwrap().is_some());
    assert!(house.users.disable(&id).await.unwrap());
    let seen = other.users.find(&id).await.unwrap().unwrap();
    assert_eq!((seen.status, seen.epoch), (UserStatus::Disabled, 1));
    assert!(other.grants.find_session(cookie.expose()).await.unwrap().is_none());
    other.db.close().await;
}

async fn passwords_are_checked_changed_and_renewed(house: &House) {
    let password = |text: &str| Secret::new(text.to_owned());
    let new = NewUser {
        identifiers: vec![(email("alice@example.com"), true)],
        password: Some(password("violet otter 42")),
        ..NewUser::default()
    };
    let id = house.users.register(new).await.unwrap().id;
    let is_match = async |text: &str| {
        let checked = house.users.verify_password("alice@example.com", password(text)).await.unwrap();
        matches!(checked, PasswordCheck::Match(_))
    };
    assert!(is_match("violet otter 42").await);
    assert!(!is_match("Violet otter 42").await);
    assert_eq!(house.users.set_password(&id, password("crimson heron 7")).await.unwrap(), 1);
    assert!(is_match("crimson heron 7").await);
    assert!(!is_match("violet otter 42").await);
}

// Between the look at a user and the commit of what was decided, nobody changes that user: the second transaction waits.
async fn standing_is_held_until_the_transaction_ends(house: &House) {
    let id = house.user().await;
    let (looked, has_looked) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel();
    let holding = tokio::spawn({
        let (db, id) = (house.db.clone(), id.clone());
        let looked = std::sync::Mutex::new(Some(looked));
        let released = std::sync::Arc::new(tokio::sync::Mutex::new(Some(released)));
        async move {
            db.write(move |tx| {
                let (id, released) = (id.clone(), released.clone());
                let looked = looked.lock().unwrap().take();
                Box::pin(async move {
                    let before = standing(tx, &id, START).await?.unwrap();
                    looked.unwrap().send(()).unwrap();
                    released.lock().await.take().unwrap().await.unwrap();
                    let after = standing(tx, &id, START).await?.unwrap();
                    Ok(Outcome::Commit((before, after)))
                })
            })
            .await
        }
    });
    has_looked.await.unwrap();
    let disabling = tokio::spawn({
        let (users, id) = (house.users.clone(), id.clone());
        async move { users.disable(&id).await }
    });
    // The other transaction has every chance to run before this one goes on; readers are held up by neither.
    for _ in 0..100 {
        assert_eq!(house.users.find(&id).await.unwrap().unwrap().status, UserStatus::Enabled);
    }
    assert!(!disabling.is_finished());
    release.send(()).unwrap();
    let (before, after) = holding.await.unwrap().unwrap();
    assert_eq!((before, after.is_enabled), (after, true));
    assert!(disabling.await.unwrap().unwrap());
}
