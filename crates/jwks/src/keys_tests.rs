//! The life of keys over time, on a database.

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

#[tokio::test]
async fn the_first_start_makes_an_active_key_for_each_algorithm() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Rs256, Alg::Es256, Alg::EdDsa]).await.unwrap();

    assert_eq!(keys.active_algs(), [Alg::Rs256, Alg::Es256, Alg::EdDsa]);
    assert_eq!(published(&keys).len(), 3);
    for alg in keys.active_algs() {
        let claims = json!({ "iss": "iss", "aud": "aud", "iat": START, "exp": START + 60 });
        let token = keys.sign(alg, "at+jwt", &claims).unwrap();
        assert_eq!(house.verify(&keys, &token), Ok(claims));
    }
    assert!(matches!(keys.sign(Alg::Ps256, "at+jwt", &json!({})), Err(KeyError::NoKey { alg: Alg::Ps256 })));
}

#[tokio::test]
async fn the_header_names_type_algorithm_and_key() {
    let house = House::new().await;
    let keys = house.node().await;
    let token = house.sign(&keys);

    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();

    assert_eq!(header, json!({ "alg": "ES256", "typ": "at+jwt", "kid": published(&keys)[0] }));
}

#[tokio::test]
async fn a_restart_keeps_the_keys() {
    let house = House::new().await;
    let keys = house.node().await;
    let (token, document) = (house.sign(&keys), keys.document());
    drop(keys);

    let keys = house.node().await;

    assert_eq!(keys.document(), document);
    assert!(house.verify(&keys, &token).is_ok());
    assert_eq!(standing(&keys).await.len(), 1);
}

#[tokio::test]
async fn an_algorithm_added_later_gets_its_key() {
    let house = House::new().await;
    let old = house.node().await;
    let keys = house.open(&[Alg::Es256, Alg::Es384]).await.unwrap();

    assert_eq!(keys.active_algs(), [Alg::Es256, Alg::Es384]);
    assert!(old.reload().await.unwrap());
    assert_eq!(old.document(), keys.document());
    assert_eq!(old.active_algs(), [Alg::Es256]);
}

#[tokio::test]
async fn a_key_walks_from_announced_to_gone() {
    let house = House::new().await;
    let keys = house.node().await;
    let old = house.sign(&keys);
    let next = keys.rotate(Alg::Es256, false).await.unwrap();
    assert_eq!(next.state, KeyState::Announced);
    assert_eq!(next.activates_at, Timestamp::from_secs(START + 24 * 3600));

    // Announced: published behind the active key, does not sign.
    assert_eq!(published(&keys), [kid_of(&old), next.kid.clone()]);
    house.clock.advance((24 * HOUR).saturating_sub(MILLI));
    keys.advance().await.unwrap();
    assert_eq!(kid_of(&house.sign(&keys)), kid_of(&old));

    // Active: signs; the old one is retired, verifies still and has lost its private half.
    house.clock.advance(MILLI);
    keys.advance().await.unwrap();
    let new = house.sign(&keys);
    assert_eq!(kid_of(&new), next.kid);
    assert!(house.verify(&keys, &old).is_ok());
    assert_eq!(published(&keys), [next.kid.clone(), kid_of(&old)]);
    let retired = house.rows().await.into_iter().find(|row| row.state == "retired").unwrap();
    assert_eq!((retired.kid, retired.sealed_private.as_str()), (kid_of(&old), ""));

    // Gone: neither published nor accepted, though its token has not expired.
    house.clock.advance((2 * HOUR).saturating_sub(MILLI));
    keys.advance().await.unwrap();
    assert!(house.verify(&keys, &old).is_ok());
    house.clock.advance(MILLI);
    keys.advance().await.unwrap();
    assert_eq!(published(&keys), std::slice::from_ref(&next.kid));
    assert_eq!(house.verify(&keys, &old), Err(VerifyError::UnknownKey));
    assert!(house.verify(&keys, &new).is_ok());
    let now = house.clock.now();
    let list = keys.list().await.unwrap();
    assert_eq!((list[0].state, list[0].gone_at), (KeyState::Gone, Some(now)));
}

#[tokio::test]
async fn the_times_of_a_key_are_kept() {
    let house = House::new().await;
    let keys = house.node().await;
    keys.rotate(Alg::Es256, false).await.unwrap();
    house.clock.advance(30 * HOUR);
    keys.advance().await.unwrap();

    let list = keys.list().await.unwrap();

    let (start, due, late) = (START, START + 24 * 3600, START + 30 * 3600);
    let times = |key: &KeySummary| {
        let secs = |at: Option<Timestamp>| at.map(Timestamp::as_secs);
        (key.created_at.as_secs(), key.activates_at.as_secs(), secs(key.active_at), secs(key.retired_at))
    };
    assert_eq!(times(&list[0]), (start, start, Some(start), Some(late)));
    assert_eq!(times(&list[1]), (start, due, Some(late), None));
}

#[tokio::test]
async fn rotating_twice_announces_one_key() {
    let house = House::new().await;
    let keys = house.node().await;

    let first = keys.rotate(Alg::Es256, false).await.unwrap();
    let second = keys.rotate(Alg::Es256, false).await.unwrap();

    assert_eq!(first, second);
    assert_eq!(published(&keys).len(), 2);
}

#[tokio::test]
async fn rotating_now_retires_the_active_key_and_drops_the_announced_one() {
    let house = House::new().await;
    let keys = house.node().await;
    let old = house.sign(&keys);
    let announced = keys.rotate(Alg::Es256, false).await.unwrap();

    let new = keys.rotate(Alg::Es256, true).await.unwrap();

    assert_eq!(new.state, KeyState::Active);
    assert_eq!(kid_of(&house.sign(&keys)), new.kid);
    assert_eq!(published(&keys), [new.kid.clone(), kid_of(&old)]);
    let states = standing(&keys).await;
    assert!(states.contains(&(announced.kid, KeyState::Gone)));
    assert!(house.rows().await.iter().all(|row| row.sealed_private.is_empty() == (row.state != "active")));
}

#[tokio::test]
async fn an_algorithm_outside_the_settings_is_not_rotated() {
    let house = House::new().await;
    let keys = house.node().await;

    let refused = keys.rotate(Alg::Es384, true).await;

    assert!(matches!(refused, Err(KeyError::AlgNotEnabled { alg: Alg::Es384 })));
    assert_eq!(standing(&keys).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_agree_on_the_first_keys() {
    let house = Arc::new(House::new().await);
    let starts = (0..8).map(|_| {
        let house = Arc::clone(&house);
        tokio::spawn(async move { house.open(&[Alg::Es256, Alg::EdDsa]).await.unwrap() })
    });
    let mut nodes = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        nodes.push(start.await.unwrap());
    }

    assert_eq!(standing(&nodes[0]).await.len(), 2);
    assert!(nodes.iter().all(|node| node.document() == nodes[0].document()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_advance_together_agree_on_the_next_key() {
    let house = House::new().await;
    let nodes = [house.node().await, house.node().await, house.node().await];
    let next = nodes[0].rotate(Alg::Es256, false).await.unwrap();
    house.clock.advance(24 * HOUR);

    let advances = nodes.clone().map(|node| tokio::spawn(async move { node.advance().await }));
    for advance in advances {
        advance.await.unwrap().unwrap();
    }

    for node in &nodes {
        node.reload().await.unwrap();
        assert_eq!(kid_of(&house.sign(node)), next.kid);
        assert_eq!(node.document(), nodes[0].document());
    }
    let active = standing(&nodes[0]).await.into_iter().filter(|(_, state)| *state == KeyState::Active);
    assert_eq!(active.count(), 1);
}

#[tokio::test]
async fn another_node_takes_a_change_over_when_it_reloads() {
    let house = House::new().await;
    let (here, there) = (house.node().await, house.node().await);
    here.rotate(Alg::Es256, true).await.unwrap();
    let token = house.sign(&here);

    assert_eq!(house.verify(&there, &token), Err(VerifyError::UnknownKey));
    assert!(there.reload().await.unwrap());
    assert!(house.verify(&there, &token).is_ok());
    assert!(!there.reload().await.unwrap());
}

#[tokio::test]
async fn a_change_raises_the_revision_and_leaves_a_record() {
    let house = House::new().await;
    let keys = house.node().await;
    let before = revision::current(&house.db).await.unwrap();
    keys.advance().await.unwrap();
    assert_eq!(revision::current(&house.db).await.unwrap(), before);

    keys.rotate(Alg::Es256, true).await.unwrap();

    assert!(revision::current(&house.db).await.unwrap() > before);
    let count = "SELECT COUNT(*) AS n FROM audit_event WHERE kind = 'signing_key'";
    let count = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, count);
    let row = sea_orm::ConnectionTrait::query_one_raw(house.db.raw(), count).await.unwrap().unwrap();
    // The first key active, retired; the second active.
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 3);
}

#[tokio::test]
async fn the_rows_do_not_hold_key_material() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Rs256, Alg::Es256, Alg::EdDsa]).await.unwrap();
    keys.rotate(Alg::Es256, false).await.unwrap();

    for row in house.rows().await {
        let private = house.master.open(&Model::seal_identity(&row.kid), &row.sealed_private).unwrap();
        let sealed = URL_SAFE_NO_PAD.decode(row.sealed_private.strip_prefix("v1.").unwrap()).unwrap();
        let public: Value = serde_json::from_str(&row.public_jwk).unwrap();
        assert!(private.windows(8).all(|piece| !sealed.windows(8).any(|other| other == piece)), "{}", row.alg);
        assert!(["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|member| public.get(member).is_none()));
    }
}

#[tokio::test]
async fn a_sealed_key_opens_in_its_own_row_only() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Es256, Alg::Es384]).await.unwrap();
    drop(keys);
    let foreign = house.rows().await.into_iter().find(|row| row.alg == "ES384").unwrap().sealed_private;
    house.overwrite("active", Column::SealedPrivate, &foreign).await;

    assert!(matches!(house.open(&[Alg::Es256]).await, Err(KeyError::Unopenable { .. })));
}

#[tokio::test]
async fn another_master_key_is_told_so() {
    let mut house = House::new().await;
    drop(house.node().await);
    house.master = Arc::new(MasterKey::generate());

    assert!(matches!(house.open(&[Alg::Es256]).await, Err(KeyError::Unopenable { .. })));
}

#[tokio::test]
async fn a_corrupt_row_leaves_the_keys_before_in_use() {
    for (column, value) in [(Column::PublicJwk, "{}"), (Column::State, "asleep"), (Column::Alg, "HS256")] {
        let house = House::new().await;
        let keys = house.node().await;
        let token = house.sign(&keys);
        house.overwrite("active", column, value).await;

        assert!(matches!(keys.reload().await, Err(KeyError::Corrupt { .. })), "{value}");
        assert!(house.verify(&keys, &token).is_ok());
        assert!(house.verify(&keys, &house.sign(&keys)).is_ok());
    }
}

#[tokio::test]
async fn a_public_key_that_is_not_its_rows_own_is_corrupt() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Es256]).await.unwrap();
    let stranger = serde_json::to_string(&NewKey::generate(Alg::Es256, 2048).unwrap().public_jwk).unwrap();
    house.overwrite("active", Column::PublicJwk, &stranger).await;

    assert!(matches!(keys.reload().await, Err(KeyError::Corrupt { column: "public_jwk", .. })));
}

#[tokio::test]
async fn the_document_has_a_strong_tag_that_changes_with_it() {
    let house = House::new().await;
    let keys = house.node().await;
    let before = keys.document();
    assert!(before.etag.starts_with('"') && before.etag.ends_with('"') && before.etag.len() == 45);
    keys.reload().await.unwrap();
    assert_eq!(keys.document(), before);

    keys.rotate(Alg::Es256, false).await.unwrap();

    assert_ne!(keys.document().etag, before.etag);
    let document: Value = serde_json::from_slice(&keys.document().bytes).unwrap();
    for key in document["keys"].as_array().unwrap() {
        let mut names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
}

#[tokio::test]
async fn keys_work_under_any_clock() {
    for start in [-5_000_000_000_i64, 978_307_200, 4_070_908_800] {
        let house = House::new().await;
        house.clock.set(Timestamp::from_secs(start));
        let keys = house.node().await;
        keys.rotate(Alg::Es256, false).await.unwrap();
        house.clock.advance(24 * HOUR);
        keys.advance().await.unwrap();
        assert!(house.verify(&keys, &house.sign(&keys)).is_ok(), "{start}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_goes_on_while_keys_rotate() {
    let house = Arc::new(House::new().await);
    let keys = house.node().await;
    let signers = (0..4).map(|_| {
        let (house, keys) = (Arc::clone(&house), keys.clone());
        tokio::spawn(async move {
            for _ in 0..200 {
                let token = house.sign(&keys);
                assert!(house.verify(&keys, &token).is_ok());
                tokio::task::yield_now().await;
            }
        })
    });
    let signers: Vec<_> = signers.collect();
    for _ in 0..5 {
        keys.rotate(Alg::Es256, true).await.unwrap();
    }
    for signer in signers {
        signer.await.unwrap();
    }
}
