//! Checking and changing passwords.

use std::sync::Arc;
use std::time::Duration;

use platform::clock::SharedClock;

use super::{PASSWORD, alice, cheap, house, secret, username};
use crate::pool::tests::fill_up;
use crate::{
    NewUser, PasswordCheck, PasswordPool, PasswordWeakness, PoolSettings, SetPasswordError, UserStore, VerifyError,
};

#[tokio::test]
async fn right_password_matches_by_every_login_and_wrong_ones_do_not() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    assert_eq!(house.check("alice", PASSWORD).await.unwrap().id, user.id);
    assert_eq!(house.check("ALICE@example.com", PASSWORD).await.unwrap().id, user.id);
    for (login, password) in [
        ("alice", ""),
        ("alice", "violet otter 4"),
        ("alice", &*"v".repeat(5_000_000)),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("", ""),
        ("alice\0", PASSWORD),
    ] {
        assert!(house.check(login, password).await.is_none(), "{login:?}");
    }
}

#[tokio::test]
async fn user_without_password_never_matches() {
    let house = house().await;
    let user = house.users.register(NewUser { password: None, ..alice() }).await.unwrap();
    assert!(!user.has_password);
    for password in ["", PASSWORD] {
        assert!(house.check("alice", password).await.is_none());
    }
}

#[tokio::test]
async fn full_queue_answers_busy() {
    let house = house().await;
    house.users.register(alice()).await.unwrap();
    let pool = PasswordPool::new(PoolSettings { queue: 1, m_kib: 19_456, t: 3, ..cheap() });
    let users = UserStore::new(house.db.clone(), Arc::clone(&house.clock) as SharedClock, pool);
    let checks: Vec<_> = (0..24)
        .map(|_| {
            let users = users.clone();
            tokio::spawn(async move { users.verify_password("nobody", secret(PASSWORD)).await })
        })
        .collect();
    let mut busy = 0;
    for check in checks {
        match check.await.unwrap() {
            Ok(found) => assert!(matches!(found, PasswordCheck::Mismatch)),
            Err(VerifyError::Busy { retry_after }) => {
                assert!(retry_after >= Duration::from_secs(1));
                busy += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(busy > 0);
}

#[tokio::test]
async fn sign_in_renews_a_cheap_hash_once() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    let old = house.phc(&user.id).await.unwrap();
    let dearer = PasswordPool::new(PoolSettings { m_kib: 128, ..cheap() });
    let users = UserStore::new(house.db.clone(), Arc::clone(&house.clock) as SharedClock, dearer);
    users.verify_password("alice", secret("wrong password")).await.unwrap();
    assert_eq!(house.phc(&user.id).await.unwrap(), old);
    users.verify_password("alice", secret(PASSWORD)).await.unwrap();
    let renewed = house.phc(&user.id).await.unwrap();
    assert!(renewed.contains("m=128"), "{renewed}");
    users.verify_password("alice", secret(PASSWORD)).await.unwrap();
    assert_eq!(house.phc(&user.id).await.unwrap(), renewed);
    // Signed in elsewhere, the person stays so.
    assert_eq!(house.standing(&user.id).await.unwrap().epoch, 0);
}

#[tokio::test]
async fn changed_password_raises_the_epoch_and_ends_the_old_one() {
    let house = house().await;
    let user = house.users.register(alice()).await.unwrap();
    assert_eq!(house.users.set_password(&user.id, secret("crimson heron 7")).await.unwrap(), 1);
    assert!(house.check("alice", PASSWORD).await.is_none());
    assert_eq!(house.check("alice", "crimson heron 7").await.unwrap().epoch, 1);
    let weak = house.users.set_password(&user.id, secret("alice alice alice")).await.unwrap_err();
    assert!(matches!(weak, SetPasswordError::WeakPassword(PasswordWeakness::ContainsIdentifier)));
    let unknown = house.users.set_password("nobody", secret("crimson heron 7")).await.unwrap_err();
    assert!(matches!(unknown, SetPasswordError::UnknownUser));
}

#[tokio::test]
async fn every_login_and_every_password_waits_for_the_same_hash() {
    let house = house().await;
    house.users.register(alice()).await.unwrap();
    let nameless = NewUser { identifiers: vec![(username("bob"), true)], ..NewUser::default() };
    house.users.register(nameless).await.unwrap();
    let pool = PasswordPool::new(PoolSettings { queue: 1, ..cheap() });
    let _busy = fill_up(&pool);
    let users = UserStore::new(house.db.clone(), Arc::clone(&house.clock) as SharedClock, pool);
    let too_long = "v".repeat(5_000_000);
    for login in ["alice", "bob", "nobody", "", "not a login \0"] {
        for password in [PASSWORD, "wrong password", "", &too_long] {
            // An answer without a hash would not have noticed that the queue is full.
            let error = users.verify_password(login, secret(password)).await.unwrap_err();
            assert!(matches!(error, VerifyError::Busy { .. }), "{login:?}: {error:?}");
        }
    }
}
