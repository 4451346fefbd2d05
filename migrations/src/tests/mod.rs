//! Tests of the runner, the schema, and the rows that `platform` keeps in it: on SQLite always, on PostgreSQL and
//! MariaDB where `LINGPAI_TEST_POSTGRES` and `LINGPAI_TEST_MARIADB` name an account that may create databases.

mod fixture;
mod installation;
mod runner;
mod schema;
