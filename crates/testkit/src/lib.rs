//! What the tests stand on: the real router in this process, a browser, relying parties, a clock that waits.
//!
//! ```text
//! let app = App::start().await;
//! let code = app.browser().signed_in().authorize(app.rp()).await.code();
//! let tokens = app.rp().exchange(code).await.tokens();
//! let claims = app.verify(tokens.id_token()).await.claims;
//! ```
//!
//! Every [`App`] has a fresh database with the [`fixture`]: people, clients and an API. A helper that cannot go on panics
//! with the answer that it got.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on panics"
)]

mod app;
mod browser;
mod client_key;
mod database;
mod fields;
pub mod fixture;
pub mod html;
mod jar;
mod jwt;
mod relying_party;
mod reply;
mod signing_keys;
mod snapshot;

pub use app::{App, AppBuilder};
pub use browser::{Browser, Landing};
pub use client_key::{ClientKey, mac};
pub use database::{Database, MARIADB_URL, POSTGRES_URL};
pub use fixture::{API, CLI, ISSUER, M2M, NONCE, OTHER_USER, PASSWORD, SPA, STATE, USER, VERIFIER, WEB};
pub use jar::Jar;
pub use jwt::{Jwt, at_hash, challenge, is_signed_by};
pub use relying_party::{RelyingParty, TokenCall};
pub use reply::{Reply, Tokens};
pub use snapshot::Snapshot;
