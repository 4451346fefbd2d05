//! What the development mode adds: seed data, a demo app, a demo API, and the client behind `lingpai try`.
//!
//! | module | concern |
//! |---|---|
//! | `run`, `listen`, `folder` | `lingpai dev`: loopback sockets, the marked data folder, start and end |
//! | `catalog`, `seed` | who and what exists; putting it into the stores |
//! | `banner`, `ready` | what a person and what a test suite reads when the server is ready |
//! | `api`, `app` | a resource server and a client, both real |
//! | `relying_party` | the client side of the protocol over HTTP, which `api`, `app` and `trial` share |
//! | `trial` | `lingpai try` |
//!
//! Everything here answers on loopback addresses alone: the logins and secrets are the same everywhere.

mod api;
mod app;
mod banner;
pub mod catalog;
pub mod folder;
pub mod listen;
mod ready;
mod relying_party;
mod run;
mod seed;
mod texts;
pub mod trial;

pub use app::PageError;
pub use relying_party::CallError;
pub use run::{DevError, DevOptions, run};
pub use seed::SeedError;
pub use texts::TextsError;
pub use trial::{TrialError, TrialOptions, TrialReport};
