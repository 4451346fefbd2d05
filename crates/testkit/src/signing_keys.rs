//! Signing keys that every test of a process shares: making an RSA key takes longer than most tests.

use std::sync::Arc;

use jwks::{KeySettings, Keys};
use platform::clock::ManualClock;
use platform::seal::MasterKey;
use platform::sql::{DatabaseConfig, Db, Outcome};
use protocol::Timestamp;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel as _, Set};
use tokio::sync::OnceCell;

/// The master key of every test: 32 zero bytes.
pub(crate) const MASTER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static ROWS: OnceCell<Vec<signing_key::Model>> = OnceCell::const_new();

/// Puts the shared keys into a database as if they had been made and become active at `now`.
pub(crate) async fn install(db: &Db, now: Timestamp) {
    let rows = ROWS.get_or_init(generate).await;
    let now = now.as_millis();
    let fresh: Vec<signing_key::ActiveModel> = rows
        .iter()
        .map(|row| {
            let mut row = row.clone().into_active_model().reset_all();
            row.created_at_ms = Set(now);
            row.announced_at_ms = Set(now);
            row.activates_at_ms = Set(now);
            row.active_at_ms = Set(Some(now));
            row
        })
        .collect();
    let installed = db
        .write(move |tx| {
            let rows = fresh.clone();
            Box::pin(async move {
                signing_key::Entity::insert_many(rows).exec_without_returning(tx.conn()).await?;
                Ok(Outcome::Commit(()))
            })
        })
        .await;
    installed.expect("the signing keys were not stored");
}

async fn generate() -> Vec<signing_key::Model> {
    let db = Db::open(&DatabaseConfig::in_memory()).await.expect("no database in memory");
    migrations::run(&db).await.expect("the migrations failed");
    let clock = Arc::new(ManualClock::new(Timestamp::from_secs(0)));
    let master = MasterKey::from_text(MASTER_KEY).expect("the master key of the tests is malformed");
    Keys::open(db.clone(), Arc::new(master), clock, KeySettings::default()).await.expect("no keys were made");
    let rows = signing_key::Entity::find().all(db.raw()).await.expect("the keys cannot be read");
    db.close().await;
    rows
}

/// The table of the keys, as far as copying rows needs it.
mod signing_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kid: String,
        pub alg: String,
        pub state: String,
        pub public_jwk: String,
        pub sealed_private: String,
        pub created_at_ms: i64,
        pub announced_at_ms: i64,
        pub activates_at_ms: i64,
        pub active_at_ms: Option<i64>,
        pub retired_at_ms: Option<i64>,
        pub gone_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
