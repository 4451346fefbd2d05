//! A database that is gone, hangs or is held by somebody else: every verb says "unavailable", none says "no".

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use flow::ClientRecord;
use flow::authorize::Progress;
use grant_store::{ClientError, GrantError, NewInteraction, ParkError};
use platform::secret::Secret;
use platform::sql::{DatabaseConfig, Db, StoreError};
use sea_orm::ConnectionTrait;
use user_store::{NewUser, RegisterError, VerifyError};

use super::engine::{Engine, Fresh};
use super::house::{self, House, ONLINE, Person, new_client, new_session, request};
use super::on_every_engine;
use super::proxy::Proxy;

on_every_engine!(closed_database_is_unavailable_to_every_verb);

/// Longer than any verb may take: its own five seconds, and time for a busy machine.
const AT_MOST: Duration = Duration::from_secs(12);

/// A verb's name and what it answered: the trouble below it, or nothing where it did its work.
type Answers = Vec<(&'static str, Result<(), StoreError>)>;

/// What the verbs are asked about; made while the database was there.
struct Stock {
    client: ClientRecord,
    person: Person,
    code: Secret,
    token: Secret,
    family_id: String,
}

impl Stock {
    async fn new(house: &House) -> Self {
        let client = house.client().await.as_ref().clone();
        let person = house.person(&client, ONLINE).await;
        let (family_id, token) = house.family(&client, &person).await;
        let code = house.code(&client, &person).await;
        house.grants.forget_cached();
        Self { client, person, code, token, family_id }
    }
}

async fn closed_database_is_unavailable_to_every_verb(house: &House) {
    let stock = Stock::new(house).await;
    house.db.clone().close().await;
    assert_all_unavailable(house, &stock).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_that_is_stopped_and_started_again_loses_nothing() {
    outage_of_a_server(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_that_is_stopped_and_started_again_loses_nothing() {
    outage_of_a_server(Engine::MariaDb).await;
}

async fn outage_of_a_server(engine: Engine) {
    let Some(fresh) = engine.fresh().await else { return };
    let (mut proxy, url) = Proxy::before(&fresh.url);
    let through = house::migrated(engine, &fresh).await;
    let house = House::open(engine, &url).await;
    let stock = Stock::new(&house).await;

    proxy.cut().await;
    assert_all_unavailable(&house, &stock).await;
    proxy.mend().await;
    assert_recovers(&house).await;

    proxy.freeze().await;
    assert_all_unavailable(&house, &stock).await;
    proxy.thaw().await;
    assert_recovers(&house).await;

    // Nothing was spent, ended or counted as theft by the requests that failed.
    assert_unchanged(&through, &stock).await;
    house.redeem(&stock.client, stock.code.expose()).await.unwrap();
    house.refresh(&stock.client, stock.token.expose()).await.unwrap();
    house.db.clone().close().await;
    through.db.clone().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_that_another_process_holds_is_unavailable_to_writers_and_open_to_readers() {
    let Some(fresh) = Engine::Sqlite.fresh().await else { return };
    let house = house::migrated(Engine::Sqlite, &fresh).await;
    let stock = Stock::new(&house).await;
    let other = hold(&fresh).await;

    for (verb, answer) in answers(&house, &stock).await {
        match verb {
            "check_family" | "facts" | "find_client" | "find_session" | "find_user" | "list_sessions"
            | "verify_password" => {
                assert!(answer.is_ok(), "{verb}: {answer:?}");
            }
            _ => assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{verb}: {answer:?}"),
        }
    }
    // The writer gives up waiting for the lock a moment after its callers did.
    assert!(house.db.ping().await.is_err());
    other.raw().execute_unprepared("ROLLBACK").await.unwrap();
    assert_recovers(&house).await;
    assert_unchanged(&house, &stock).await;
    house.redeem(&stock.client, stock.code.expose()).await.unwrap();
    house.refresh(&stock.client, stock.token.expose()).await.unwrap();
}

/// Takes the write lock of an SQLite file, as another process would.
async fn hold(fresh: &Fresh) -> Db {
    let other = Db::open(&DatabaseConfig { max_connections: 1, ..fresh.config() }).await.unwrap();
    other.raw().execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    other
}

async fn assert_all_unavailable(house: &House, stock: &Stock) {
    let began = Instant::now();
    for (verb, answer) in answers(house, stock).await {
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{verb}: {answer:?}");
    }
    assert!(began.elapsed() < AT_MOST, "{:?}", began.elapsed());
}

/// The next requests are served, within the time that a pool needs to notice.
async fn assert_recovers(house: &House) {
    let began = Instant::now();
    while house.db.ping().await.is_err() {
        assert!(began.elapsed() < AT_MOST, "no recovery");
    }
}

async fn assert_unchanged(house: &House, stock: &Stock) {
    assert_eq!(house.living(&stock.person.session.id).await, (1, 1));
    assert_eq!(house.count("session", &[]).await, 1);
    assert_eq!(house.count("user_account", &[]).await, 1);
    assert_eq!(house.count("client", &[]).await, 1);
    assert_eq!(house.count("interaction", &[]).await, 0);
    assert_eq!(house.count("consent", &[("user_id", &stock.person.user_id)]).await, 1);
}

/// Asks every verb that a request can reach, all at once.
async fn answers(house: &House, stock: &Stock) -> Answers {
    let mut tasks = tokio::task::JoinSet::new();
    for (verb, ask) in VERBS {
        let asked = ask(house.clone(), stock);
        tasks.spawn(async move { (*verb, asked.await) });
    }
    tasks.join_all().await
}

/// How a verb is asked, and its answer.
type Ask = fn(House, &Stock) -> Asked;
type Asked = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// Each verb: from its error the trouble below is taken; a refusal is a failed test.
const VERBS: &[(&str, Ask)] = &[
    ("add_client", |house, _| {
        Box::pin(async move {
            match house.grants.add_client(new_client("another")).await {
                Ok(()) => Ok(()),
                Err(ClientError::Store(error)) => Err(error),
                Err(error) => panic!("{error}"),
            }
        })
    }),
    ("check_family", |house, stock| {
        let id = stock.family_id.clone();
        Box::pin(async move { below(house.grants.check_family(&id).await) })
    }),
    ("end_session", |house, stock| {
        let id = stock.person.session.id.clone();
        Box::pin(async move { house.grants.end_session(&id).await.map(drop) })
    }),
    ("facts", |house, stock| {
        let (client_id, cookie) = (stock.client.id.clone(), stock.person.cookie.clone());
        Box::pin(async move {
            let facts = house.grants.facts(&client_id, Some(cookie.expose()), Progress::default()).await?;
            assert!(facts.session.is_some(), "a session that cannot be read is not a missing one");
            Ok(())
        })
    }),
    ("find_client", |house, stock| {
        let id = stock.client.id.clone();
        Box::pin(async move { house.grants.find_client(&id).await.map(|found| assert!(found.is_some())) })
    }),
    ("find_session", |house, stock| {
        let cookie = stock.person.cookie.clone();
        Box::pin(async move { house.grants.find_session(cookie.expose()).await.map(|found| assert!(found.is_some())) })
    }),
    ("find_user", |house, stock| {
        let id = stock.person.user_id.clone();
        Box::pin(async move { house.users.find(&id).await.map(|found| assert!(found.is_some())) })
    }),
    ("grant_consent", |house, stock| {
        let (user_id, client_id, scopes) =
            (stock.person.user_id.clone(), stock.client.id.clone(), stock.person.scopes.clone());
        Box::pin(async move { house.grants.grant_consent(&user_id, &client_id, &scopes).await })
    }),
    ("list_sessions", |house, stock| {
        let id = stock.person.user_id.clone();
        Box::pin(async move { house.grants.list_sessions(&id).await.map(|found| assert_eq!(found.len(), 1)) })
    }),
    ("open_session", |house, stock| {
        let new = new_session(&stock.person.user_id, 0);
        Box::pin(async move { house.grants.open_session(new, None).await.map(drop) })
    }),
    ("park", |house, stock| {
        let new = NewInteraction {
            request: request(&stock.client.id, &stock.person.scopes),
            browser: "browser".to_owned(),
            address: "192.0.2.7".to_owned(),
            reference: "7K3MQ2".to_owned(),
            hinted_user_id: None,
        };
        Box::pin(async move {
            match house.grants.park(new).await {
                Ok(_) => Ok(()),
                Err(ParkError::Store(error)) => Err(error),
                Err(ParkError::TooMany) => panic!("too many"),
            }
        })
    }),
    ("redeem", |house, stock| {
        let (client, code) = (stock.client.clone(), stock.code.clone());
        Box::pin(async move { below(house.redeem(&client, code.expose()).await) })
    }),
    ("refresh", |house, stock| {
        let (client, token) = (stock.client.clone(), stock.token.clone());
        Box::pin(async move { below(house.refresh(&client, token.expose()).await) })
    }),
    ("register", |house, _| {
        let name = user_store::Identifier::parse(user_store::IdentifierKind::Username, "somebody").unwrap();
        let new = NewUser { identifiers: vec![(name, true)], ..NewUser::default() };
        Box::pin(async move {
            match house.users.register(new).await {
                Ok(_) => Ok(()),
                Err(RegisterError::Store(error)) => Err(error),
                Err(error) => panic!("{error}"),
            }
        })
    }),
    ("revoke_consent", |house, stock| {
        let (user_id, client_id) = (stock.person.user_id.clone(), stock.client.id.clone());
        Box::pin(async move { house.grants.revoke_consent(&user_id, &client_id).await.map(drop) })
    }),
    ("verify_password", |house, _| {
        Box::pin(async move {
            match house.users.verify_password("nobody", Secret::new("violet otter".to_owned())).await {
                Ok(_) => Ok(()),
                Err(VerifyError::Store(error)) => Err(error),
                Err(error @ VerifyError::Busy { .. }) => panic!("{error}"),
            }
        })
    }),
];

fn below<T>(answer: Result<T, GrantError>) -> Result<(), StoreError> {
    match answer {
        Ok(_) => Ok(()),
        Err(GrantError::Store(error)) => Err(error),
        Err(GrantError::Refused(refused)) => panic!("a refusal where nothing can be known: {:?}", refused.refusal),
    }
}
