//! The database schema, one source for three dialects.
//!
//! A migration is a list of steps written in sea-query and rendered for SQLite, PostgreSQL and MariaDB. It is never
//! edited after a release. MariaDB commits every DDL statement by itself, so a migration may stop half way there: every
//! step can run again over its own result, and a lock keeps two processes from running them together.

mod error;
mod history;
mod lock;
mod runner;
mod schema;
#[cfg(test)]
mod tests;
mod versions;

pub use error::MigrateError;
pub use runner::{MigrationStatus, Report, run, status};
