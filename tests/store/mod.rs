//! The contract of the stores, the same on SQLite, PostgreSQL and MariaDB.
//!
//! | file | what holds |
//! |---|---|
//! | `codes` | a code is redeemed once, a replay ends its family, junk changes nothing |
//! | `refresh` | one successor, a lost answer is repeated, a spent token ends its family |
//! | `revocation` | what is revoked by another process gives no token from then on |
//! | `devices` | a device code is decided once and redeemed once, and a hurry is counted once |
//! | `crash` | what was acknowledged survives `kill -9` |
//! | `outage` | a database that is gone is "unavailable", never a refusal |
//! | `outage_http` | and through the router 503 with `Retry-After`, never a protocol error |
//! | `schema` | the tables are the same on every engine |
//! | `records` | what is written is read again; identifiers differ by case and by trailing spaces |
//! | `restored` | what a restored backup revived ends |
//! | `administration` | what is listed as live is live; what an administrator ended gives nothing more |
//! | `refusals` | what a reference leads to, within bounds |
//! | `tokens` | what clients give up, opaque tokens, and what a process remembers of both |
//! | `users` | an identifier belongs to one user |
//!
//! Every test has a database of its own. `LINGPAI_TEST_POSTGRES` and `LINGPAI_TEST_MARIADB` hold the URL of an account
//! that may create databases; where one is missing its tests say "skipped", and under `CI=true` they fail.

mod administration;
mod child;
mod codes;
mod crash;
mod devices;
pub(crate) mod engine;
pub(crate) mod house;
mod outage;
mod outage_http;
mod proxy;
mod records;
mod refresh;
mod refusals;
mod restored;
mod revocation;
mod schema;
mod tokens;
mod users;

/// Makes three tests of each contract, one for every engine.
macro_rules! on_every_engine {
    ($($contract:ident),+ $(,)?) => {
        on_every_engine!(@ sqlite Sqlite $($contract)+);
        on_every_engine!(@ postgres Postgres $($contract)+);
        on_every_engine!(@ mariadb MariaDb $($contract)+);
    };
    (@ $module:ident $engine:ident $($contract:ident)+) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $contract() {
                    crate::store::house::on(crate::store::engine::Engine::$engine, super::$contract).await;
                }
            )+
        }
    };
}
use on_every_engine;
