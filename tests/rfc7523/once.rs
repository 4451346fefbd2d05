//! An assertion is good once, on every node and every database: RFC 7523 §3 (7).

use std::time::Duration;

use platform::sql::Outcome;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use testkit::{Database, M2M, WEB};

use super::{Signer, claims, register};

#[tokio::test]
async fn a_spent_assertion_is_refused() {
    let signer = Signer::start().await;
    let assertion = signer.assertion();
    signer.ask(&assertion).await.tokens();
    signer.assert_refused(&assertion, "a replay").await;
    // Another assertion under the same name is a replay as well.
    let name = signer.claims()["jti"].clone();
    signer.ask(&signer.claiming(|claims| claims["jti"] = name.clone())).await.tokens();
    let again =
        signer.claiming(|claims| (claims["jti"], claims["exp"]) = (name, json!(signer.app.now().as_secs() + 90)));
    signer.assert_refused(&again, "the same jti").await;
}

#[tokio::test]
async fn a_replay_is_known_as_long_as_the_assertion_could_be_good() {
    let signer = Signer::start().await;
    let assertion = signer.assertion();
    signer.ask(&assertion).await.tokens();
    // `exp` and the leeway are over in 70 seconds, and the row goes with the next sweep.
    signer.app.advance(Duration::from_secs(69));
    signer.app.grants().sweep().await.unwrap();
    signer.assert_refused(&assertion, "a replay in its last second").await;
    assert_eq!(signer.app.snapshot().await.rows("client_assertion").len(), 1);
    signer.app.advance(Duration::from_secs(1));
    signer.app.grants().sweep().await.unwrap();
    assert_eq!(signer.app.snapshot().await.rows("client_assertion").len(), 0);
    signer.assert_refused(&assertion, "expired").await;
}

#[tokio::test]
async fn two_clients_may_use_the_same_name() {
    let signer = Signer::start().await;
    register(&signer.app, WEB, &[signer.key.jwk("k1")]).await;
    let code = signer.app.browser().signed_in().authorize(signer.app.rp()).await.code();
    signer.ask(&signer.claiming(|claims| claims["jti"] = json!("same"))).await.tokens();
    let mut other = claims(&signer.app, WEB);
    other["jti"] = json!("same");
    signer.app.rp().exchange(code).by_assertion(&signer.key.sign(&signer.header(), &other)).await.tokens();
}

/// Nobody but the client can use up its names: the signature is judged first.
#[tokio::test]
async fn a_forged_assertion_spends_no_name() {
    let signer = Signer::start().await;
    let claims = signer.claims();
    let forged = testkit::ClientKey::generate("ES256").sign(&signer.header(), &claims);
    signer.assert_refused(&forged, "forged").await;
    let expired = {
        let mut claims = claims.clone();
        claims["exp"] = json!(1);
        signer.key.sign(&signer.header(), &claims)
    };
    signer.assert_refused(&expired, "expired").await;
    signer.ask(&signer.key.sign(&signer.header(), &claims)).await.tokens();
}

/// A store that does not answer is 503 and no verdict: clients throw their keys away on `invalid_client`.
#[tokio::test]
async fn a_store_in_trouble_is_no_failed_authentication() {
    let signer = Signer::start().await;
    let rename = |from: &'static str, to: &'static str| {
        signer.app.db().write(move |tx| {
            Box::pin(async move {
                tx.conn().execute_unprepared(&format!("ALTER TABLE {from} RENAME TO {to}")).await?;
                Ok(Outcome::Commit(()))
            })
        })
    };
    let assertion = signer.assertion();
    rename("client_assertion", "away").await.unwrap();
    let reply = signer.ask(&assertion).await;
    reply.assert_status(503);
    assert!(reply.header("retry-after").is_some() && reply.header("www-authenticate").is_none());
    rename("away", "client_assertion").await.unwrap();
    signer.ask(&assertion).await.tokens();
}

async fn one_of_many_wins(database: Database) {
    if !database.is_available() {
        assert!(std::env::var_os("CI").is_none(), "{database:?} is missing");
        eprintln!("skipped: {database:?} is not here");
        return;
    }
    let signer = Signer::on(database).await;
    let second = signer.app.second_node().await;
    let assertion = signer.assertion();
    let calls: Vec<_> = (0..8)
        .map(|at| {
            let app = if at % 2 == 0 { &signer.app } else { &second };
            tokio::spawn(IntoFuture::into_future(app.m2m().client_credentials().by_assertion(&assertion)))
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap().status.as_u16());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401, 401, 401, 401]);
    assert!(signer.app.grants().find_client(M2M).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_presentations_one_wins_sqlite() {
    one_of_many_wins(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_presentations_one_wins_postgres() {
    one_of_many_wins(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_presentations_one_wins_mariadb() {
    one_of_many_wins(Database::MariaDb).await;
}
