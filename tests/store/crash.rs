//! `kill -9`: what was acknowledged before is there after a restart, and nothing stands half.

use std::collections::HashSet;
use std::sync::Arc;

use flow::ClientRecord;
use sea_orm::ConnectionTrait;

use super::child::{Child, say};
use super::engine::Engine;
use super::house::{self, House, ONLINE, rounds, selector};

/// Tasks that work at the same time, so that transactions share commits.
const TASKS: usize = 6;
/// Acknowledgements that the first process waits for before it kills.
const ACKNOWLEDGED: usize = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_loses_nothing_acknowledged() {
    loses_nothing_acknowledged(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_loses_nothing_acknowledged() {
    loses_nothing_acknowledged(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mariadb_loses_nothing_acknowledged() {
    loses_nothing_acknowledged(Engine::MariaDb).await;
}

async fn loses_nothing_acknowledged(engine: Engine) {
    let Some(fresh) = engine.fresh().await else { return };
    let mut house = house::migrated(engine, &fresh).await;
    let client = house.client().await;
    for round in 0..rounds(2) {
        let mut child = Child::start(&house);
        // SQLite: the dying process is the only one that has the file open.
        house.db.clone().close().await;
        child.send(&format!("work {}", client.id));
        let mut heard = Vec::new();
        while heard.len() < ACKNOWLEDGED + 7 * usize::try_from(round).unwrap() {
            heard.push(child.next_line().expect("the second process ended by itself"));
        }
        child.kill();
        // What stood in the pipe was said before the end.
        heard.extend(std::iter::from_fn(|| child.next_line()));

        house = House::open(engine, &fresh.url).await;
        for line in &heard {
            assert_stands(&house, line).await;
        }
        assert_whole(&house).await;
        // And the house goes on working.
        let person = house.person(&client, ONLINE).await;
        house.family(&client, &person).await;
    }
    house.db.clone().close().await;
}

/// The second process' work: signs people in and out, redeems and refreshes, and says each thing once it is done.
pub(crate) async fn work(house: &House, client_id: &str) -> String {
    let client = house.grants.find_client(client_id).await.unwrap().unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (house, client) = (house.clone(), Arc::clone(&client));
            tokio::spawn(async move {
                // More than it will ever come to.
                for _ in 0..100_000 {
                    live_a_day(&house, &client).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    "done".to_owned()
}

async fn live_a_day(house: &House, client: &ClientRecord) {
    let user_id = house.user().await;
    say(&format!("user {user_id}"));
    let person = house.person(client, ONLINE).await;
    say(&format!("session {}", person.session.id));
    let code = house.code(client, &person).await;
    say(&format!("code {}", selector(code.expose())));
    let redeemed = house.redeem(client, code.expose()).await.unwrap();
    let family_id = &redeemed.permit.person().unwrap().family_id;
    let first = redeemed.refresh_token.unwrap();
    say(&format!("redeemed {} {family_id}", selector(code.expose())));
    let second = house.refresh(client, first.expose()).await.unwrap().refresh_token.unwrap();
    say(&format!("rotated {} {}", selector(first.expose()), selector(second.expose())));
    house.grants.end_session(&person.session.id).await.unwrap();
    say(&format!("ended {}", person.session.id));
}

/// What a line of the second process promised is in the database.
async fn assert_stands(house: &House, line: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["user", id] => assert_eq!(house.count("user_account", &[("id", id)]).await, 1, "{line}"),
        ["session", id] => assert_eq!(house.count("session", &[("id", id)]).await, 1, "{line}"),
        ["code", id] => assert_eq!(house.count("authorization_code", &[("id", id)]).await, 1, "{line}"),
        ["redeemed", code, family_id] => {
            assert!(house.number("authorization_code", "spent_at_ms", ("id", code)).await.is_some(), "{line}");
            let family = house.text("authorization_code", "family_id", ("id", code)).await;
            assert_eq!(family.as_deref(), Some(*family_id), "{line}");
            assert_eq!(house.count("family", &[("id", family_id)]).await, 1, "{line}");
        }
        ["rotated", spent, successor] => {
            let state = house.text("refresh_token", "state", ("id", spent)).await;
            assert_eq!(state.as_deref(), Some("rotated"), "{line}");
            assert_eq!(house.count("refresh_token", &[("id", successor)]).await, 1, "{line}");
        }
        ["ended", id] => {
            assert!(house.number("session", "ended_at_ms", ("id", id)).await.is_some(), "{line}");
            assert_eq!(house.living(id).await, (0, 0), "{line}");
        }
        _ => panic!("not understood: {line}"),
    }
}

/// No transaction stands half, acknowledged or not.
async fn assert_whole(house: &House) {
    let texts = async |query: &str| -> Vec<String> {
        let backend = house.db.raw().get_database_backend();
        let query = sea_orm::Statement::from_string(backend, query.to_owned());
        let rows = house.db.raw().query_all_raw(query).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    };
    if house.engine == Engine::Sqlite {
        assert_eq!(texts("PRAGMA quick_check").await, ["ok"]);
    }
    for (what, query) in [
        ("users without a name", "SELECT id FROM user_account WHERE id NOT IN (SELECT user_id FROM user_identifier)"),
        (
            "names without a user",
            "SELECT normalized FROM user_identifier WHERE user_id NOT IN (SELECT id FROM user_account)",
        ),
        (
            "spent codes without a family",
            "SELECT id FROM authorization_code WHERE spent_at_ms IS NOT NULL AND family_id NOT IN (SELECT id FROM family)",
        ),
        (
            "families that no code gave",
            "SELECT id FROM family WHERE id NOT IN (SELECT family_id FROM authorization_code WHERE family_id IS NOT NULL)",
        ),
        ("families without a token", "SELECT id FROM family WHERE id NOT IN (SELECT family_id FROM refresh_token)"),
        (
            "rotated tokens without a successor",
            "SELECT id FROM refresh_token WHERE state = 'rotated' AND successor_id NOT IN (SELECT id FROM refresh_token)",
        ),
        (
            "live tokens of dead families",
            "SELECT id FROM refresh_token WHERE state = 'live' AND family_id IN (SELECT id FROM family WHERE state <> 'live')",
        ),
        (
            "live families of ended sessions",
            "SELECT id FROM family WHERE state = 'live' AND session_id IN (SELECT id FROM session WHERE ended_at_ms IS NOT NULL)",
        ),
    ] {
        assert_eq!(texts(query).await, Vec::<String>::new(), "{what}");
    }
    let live = texts("SELECT family_id FROM refresh_token WHERE state = 'live'").await;
    let families: HashSet<&String> = live.iter().collect();
    assert_eq!(families.len(), live.len(), "a family has one live token at most");
}
