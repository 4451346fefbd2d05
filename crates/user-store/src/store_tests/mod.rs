//! The store on a database in memory.

mod accounts;
mod passwords;
mod registration;

use std::sync::Arc;
use std::time::Duration;

use platform::clock::{ManualClock, SharedClock};
use platform::secret::Secret;
use platform::sql::{DatabaseConfig, Db, Outcome};
use protocol::{StandardClaims, Timestamp};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::entity::{user_account, user_identifier};
use crate::{
    Identifier, IdentifierKind, NewUser, PasswordCheck, PasswordPool, PoolSettings, User, UserStanding, UserStore,
    standing,
};

const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const PASSWORD: &str = "violet otter 42";

struct House {
    users: UserStore,
    clock: Arc<ManualClock>,
    db: Db,
}

async fn house() -> House {
    let db = Db::open(&DatabaseConfig::in_memory()).await.unwrap();
    migrations::run(&db).await.unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let users = UserStore::new(db.clone(), Arc::clone(&clock) as SharedClock, PasswordPool::new(cheap()));
    House { users, clock, db }
}

fn cheap() -> PoolSettings {
    PoolSettings { threads: 1, queue: 64, m_kib: 64, t: 1, p: 1, idle: Duration::from_secs(1) }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn email(text: &str) -> Identifier {
    Identifier::parse(IdentifierKind::Email, text).unwrap()
}

fn username(text: &str) -> Identifier {
    Identifier::parse(IdentifierKind::Username, text).unwrap()
}

fn alice() -> NewUser {
    NewUser {
        identifiers: vec![(username("Alice"), true), (email("alice@example.com"), false)],
        password: Some(secret(PASSWORD)),
        claims: StandardClaims { name: Some("Alice Liddell".into()), ..StandardClaims::default() },
        bypass_password_policy: false,
    }
}

impl House {
    async fn check(&self, login: &str, password: &str) -> Option<User> {
        match self.users.verify_password(login, secret(password)).await.unwrap() {
            PasswordCheck::Match(user) => Some(*user),
            PasswordCheck::Mismatch => None,
        }
    }

    async fn standing(&self, id: &str) -> Option<UserStanding> {
        let (id, now) = (id.to_owned(), platform::clock::Clock::now(self.clock.as_ref()));
        let read = self.db.write(move |tx| {
            let id = id.clone();
            Box::pin(async move { Ok(Outcome::Rollback(standing(tx, &id, now).await?)) })
        });
        read.await.unwrap()
    }

    async fn rows(&self) -> (u64, u64) {
        let accounts = user_account::Entity::find().count(self.db.raw()).await.unwrap();
        let names = user_identifier::Entity::find().count(self.db.raw()).await.unwrap();
        (accounts, names)
    }

    async fn phc(&self, id: &str) -> Option<String> {
        user_account::Entity::find_by_id(id).one(self.db.raw()).await.unwrap().unwrap().password_phc
    }
}
