//! Configuration, assembly, listeners, background work, health.
//!
//! [`App::assemble`] builds the whole server from a checked configuration; [`run`] is the way of `lingpai serve` from a
//! configuration to a listening process. Nothing else knows how the parts fit together.

pub mod app;
mod background;
pub mod config;
mod health;
pub mod listen;
pub mod run;
mod skew;

pub use app::{App, Setup, StartError};
pub use config::Config;
pub use listen::serve;
pub use run::run;
