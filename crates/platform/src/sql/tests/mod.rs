//! Tests of the SQL layer, on SQLite always and on PostgreSQL and MariaDB where a server is named.
//!
//! `LINGPAI_TEST_POSTGRES` and `LINGPAI_TEST_MARIADB` hold the URL of an account that may create databases.

mod fixture;
mod opening;
mod queue;
mod transactions;
