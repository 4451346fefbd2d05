//! The life of keys over time, on a database.

mod nodes;
mod rotation;
mod sealing;

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::clock::{Clock, ManualClock};
use platform::sql::{DatabaseConfig, Outcome};
use protocol::jwk::JwkSet;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::*;
use crate::signing_key::{Column, Entity};

const START: i64 = 1_700_000_000;
const HOUR: Duration = Duration::from_hours(1);
const MILLI: Duration = Duration::from_millis(1);

/// One database, one clock, one master key; any number of nodes.
struct House {
    db: Db,
    clock: Arc<ManualClock>,
    master: Arc<MasterKey>,
}

impl House {
    async fn new() -> Self {
        let db = Db::open(&DatabaseConfig::in_memory()).await.unwrap();
        migrations::run(&db).await.unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(START)));
        Self { db, clock, master: Arc::new(MasterKey::generate()) }
    }

    fn settings(algorithms: &[Alg]) -> KeySettings {
        KeySettings {
            algorithms: algorithms.to_vec(),
            announce_for: 24 * HOUR,
            keep_retired_for: 2 * HOUR,
            ..KeySettings::default()
        }
    }

    async fn open(&self, algorithms: &[Alg]) -> Result<Keys, KeyError> {
        let (db, master, clock) = (self.db.clone(), Arc::clone(&self.master), Arc::clone(&self.clock));
        Keys::open(db, master, clock, Self::settings(algorithms)).await
    }

    async fn node(&self) -> Keys {
        self.open(&[Alg::Es256]).await.unwrap()
    }

    async fn rows(&self) -> Vec<Model> {
        self.db.read(|conn| Box::pin(rows::all(conn))).await.unwrap()
    }

    /// Writes a column of every row that stands at `state`, behind the back of the nodes.
    async fn overwrite(&self, state: &'static str, column: Column, value: &str) {
        let value = value.to_owned();
        let write = self.db.write(move |tx| {
            let update = Entity::update_many().col_expr(column, Expr::value(value.clone()));
            Box::pin(async move {
                update.filter(Column::State.eq(state)).exec(tx.conn()).await?;
                Ok(Outcome::Commit(()))
            })
        });
        write.await.unwrap();
    }

    fn policy(&self) -> JwtPolicy {
        JwtPolicy { algs: Alg::ALL.to_vec(), ..JwtPolicy::new("at+jwt", &[], "iss", "aud", self.clock.now()) }
    }

    fn sign(&self, keys: &Keys) -> String {
        let now = self.clock.now().as_secs();
        let claims = json!({ "iss": "iss", "aud": "aud", "iat": now, "exp": now + 360_000 });
        keys.sign(Alg::Es256, "at+jwt", &claims).unwrap()
    }

    fn verify(&self, keys: &Keys, token: &str) -> Result<Value, VerifyError> {
        keys.verify(&self.policy(), token)
    }
}

fn kid_of(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

fn published(keys: &Keys) -> Vec<String> {
    let set: JwkSet = serde_json::from_slice(&keys.document().bytes).unwrap();
    set.keys.into_iter().map(|key| key.kid.unwrap()).collect()
}

async fn standing(keys: &Keys) -> Vec<(String, KeyState)> {
    keys.list().await.unwrap().into_iter().map(|key| (key.kid, key.state)).collect()
}
