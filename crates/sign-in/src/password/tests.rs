use std::sync::Arc;
use std::time::Duration;

use flow::Policy;
use grant_store::GrantStore;
use platform::clock::{ManualClock, SharedClock};
use platform::sql::{DatabaseConfig, Db};
use protocol::Timestamp;
use user_store::{Identifier, IdentifierKind, NewUser, PasswordPool, PoolSettings, User, UserStore};

use super::*;

const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const PASSWORD: &str = "violet otter 42";

struct House {
    sign_in: SignIn,
    users: UserStore,
    grants: GrantStore,
    clock: Arc<ManualClock>,
    alice: User,
}

async fn house() -> House {
    let db = Db::open(&DatabaseConfig::in_memory()).await.unwrap();
    migrations::run(&db).await.unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let shared: SharedClock = clock.clone();
    let settings = PoolSettings { threads: 1, queue: 64, m_kib: 64, t: 1, p: 1, idle: Duration::from_secs(1) };
    let users = UserStore::new(db.clone(), Arc::clone(&shared), PasswordPool::new(settings));
    let grants = GrantStore::new(db, shared, Policy::default());
    let name = Identifier::parse(IdentifierKind::Username, "alice").unwrap();
    let new = NewUser {
        identifiers: vec![(name, true)],
        password: Some(Secret::new(PASSWORD.to_owned())),
        ..NewUser::default()
    };
    let alice = users.register(new).await.unwrap();
    House { sign_in: SignIn::new(users.clone(), grants.clone()), users, grants, clock, alice }
}

fn attempt(login: &str, password: &str) -> PasswordAttempt {
    PasswordAttempt {
        login: login.to_owned(),
        password: Secret::new(password.to_owned()),
        address: "192.0.2.7".to_owned(),
        user_agent: "Mozilla/5.0".to_owned(),
        replaces: None,
    }
}

fn replacing(cookie: &Secret) -> PasswordAttempt {
    PasswordAttempt { replaces: Some(cookie.expose().to_owned()), ..attempt("alice", PASSWORD) }
}

impl House {
    async fn is_live(&self, cookie: &Secret) -> bool {
        self.grants.find_session(cookie.expose()).await.unwrap().is_some()
    }

    async fn sessions(&self) -> usize {
        self.grants.list_sessions(&self.alice.id).await.unwrap().len()
    }
}

#[tokio::test]
async fn right_password_opens_a_session_that_says_how() {
    let house = house().await;
    let signed_in = house.sign_in.with_password(attempt(" ALICE ", PASSWORD)).await.unwrap();
    assert_eq!(signed_in.user.id, house.alice.id);
    let session = house.grants.find_session(signed_in.cookie.expose()).await.unwrap().unwrap();
    assert_eq!(session, signed_in.session);
    assert_eq!((session.user_id.as_str(), session.epoch), (house.alice.id.as_str(), 0));
    assert_eq!((session.acr.as_str(), session.amr), ("1", vec!["pwd".to_owned()]));
    assert_eq!(session.auth_time, START);
    assert_eq!((session.address.as_str(), session.user_agent.as_str()), ("192.0.2.7", "Mozilla/5.0"));
}

#[tokio::test]
async fn wrong_password_and_unknown_login_are_the_same_and_open_nothing() {
    let house = house().await;
    let before = house.sign_in.with_password(attempt("alice", PASSWORD)).await.unwrap();
    for (login, password) in
        [("alice", "wrong password"), ("nobody", PASSWORD), ("", ""), ("alice", ""), ("\0", PASSWORD)]
    {
        let replacing =
            PasswordAttempt { replaces: Some(before.cookie.expose().to_owned()), ..attempt(login, password) };
        let error = house.sign_in.with_password(replacing).await.unwrap_err();
        assert!(matches!(error, SignInError::Mismatch), "{login:?}: {error:?}");
    }
    assert_eq!(house.sessions().await, 1);
    assert!(house.is_live(&before.cookie).await, "a wrong password signs nobody out");
}

#[tokio::test]
async fn sign_in_ends_the_session_it_replaces() {
    let house = house().await;
    let first = house.sign_in.with_password(attempt("alice", PASSWORD)).await.unwrap();
    let second = house.sign_in.with_password(replacing(&first.cookie)).await.unwrap();
    assert_ne!(first.session.id, second.session.id);
    assert!(!house.is_live(&first.cookie).await);
    assert!(house.is_live(&second.cookie).await);
    // A cookie that opens nothing replaces nothing and stops nobody.
    for cookie in ["", "planted", "ses_00000000000000000000000000.AAAA"] {
        let attempt = PasswordAttempt { replaces: Some(cookie.to_owned()), ..attempt("alice", PASSWORD) };
        house.sign_in.with_password(attempt).await.unwrap();
    }
    assert!(house.is_live(&second.cookie).await);
}

#[tokio::test]
async fn locked_and_disabled_users_learn_it_after_the_right_password_only() {
    let house = house().await;
    let until = START.plus(Duration::from_mins(5));
    assert!(house.users.lock(&house.alice.id, until).await.unwrap());
    let wrong = house.sign_in.with_password(attempt("alice", "wrong password")).await.unwrap_err();
    assert!(matches!(wrong, SignInError::Mismatch));
    let right = house.sign_in.with_password(attempt("alice", PASSWORD)).await.unwrap_err();
    assert!(matches!(right, SignInError::Locked));
    house.clock.advance(Duration::from_mins(5));
    assert!(house.sign_in.with_password(attempt("alice", PASSWORD)).await.is_ok());
    assert_eq!(house.sessions().await, 1, "the refused attempts opened none");
    assert!(house.users.disable(&house.alice.id).await.unwrap());
    let disabled = house.sign_in.with_password(attempt("alice", PASSWORD)).await.unwrap_err();
    assert!(matches!(disabled, SignInError::Locked));
    assert_eq!(house.sessions().await, 0, "the one from between has ended with the account");
}

#[tokio::test]
async fn changed_password_and_disabling_end_open_sessions() {
    let house = house().await;
    let signed_in = house.sign_in.with_password(attempt("alice", PASSWORD)).await.unwrap();
    house.users.set_password(&house.alice.id, Secret::new("crimson heron 7".to_owned())).await.unwrap();
    assert!(!house.is_live(&signed_in.cookie).await);
    let again = house.sign_in.with_password(attempt("alice", "crimson heron 7")).await.unwrap();
    assert!(house.is_live(&again.cookie).await);
    house.users.disable(&house.alice.id).await.unwrap();
    assert!(!house.is_live(&again.cookie).await);
    house.users.enable(&house.alice.id).await.unwrap();
    assert!(!house.is_live(&again.cookie).await, "what ended stays ended");
}

#[tokio::test]
async fn closed_database_is_a_store_error_and_never_a_mismatch() {
    let house = house().await;
    house.grants.db().clone().close().await;
    let error = house.sign_in.with_password(attempt("alice", PASSWORD)).await.unwrap_err();
    assert!(matches!(error, SignInError::Store(_)), "{error:?}");
}

#[tokio::test]
async fn nothing_secret_stands_in_debug() {
    let house = house().await;
    let attempt = attempt("alice", PASSWORD);
    assert!(!format!("{attempt:?}").contains(PASSWORD));
    let signed_in = house.sign_in.with_password(attempt).await.unwrap();
    assert!(!format!("{signed_in:?}").contains(signed_in.cookie.expose()));
}
