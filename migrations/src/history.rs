//! The table that remembers which migrations ran.

use platform::sql::Dialect;
use protocol::time::Timestamp;
use sea_orm::sea_query::{Alias, Expr, Order, Query};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement};

use crate::schema::{self, Table};

const TABLE: &str = "migration";

/// Creates the table if it is not there.
pub(crate) async fn create(connection: &impl ConnectionTrait, dialect: Dialect) -> Result<(), DbErr> {
    let table = Table::new(TABLE, vec![schema::id("name"), schema::millis("applied_at_ms")]).primary_key(&["name"]);
    for statement in table.statements(dialect) {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// The names that ran, oldest first; none when the table is not there.
pub(crate) async fn list(connection: &impl ConnectionTrait, dialect: Dialect) -> Result<Vec<String>, DbErr> {
    if !exists(connection, dialect).await? {
        return Ok(Vec::new());
    }
    let query = Query::select()
        .column(Alias::new("name"))
        .from(Alias::new(TABLE))
        .order_by(Alias::new("name"), Order::Asc)
        .to_owned();
    let rows = connection.query_all(&query).await?;
    rows.iter().map(|row| Ok(Name::from_query_result(row, "")?.name)).collect()
}

/// Remembers that `name` ran.
pub(crate) async fn add(connection: &impl ConnectionTrait, name: &str, now: Timestamp) -> Result<(), DbErr> {
    let insert = Query::insert()
        .into_table(Alias::new(TABLE))
        .columns([Alias::new("name"), Alias::new("applied_at_ms")])
        .values_from_panic([[Expr::value(name), Expr::value(now.as_millis())]])
        .to_owned();
    connection.execute(&insert).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

async fn exists(connection: &impl ConnectionTrait, dialect: Dialect) -> Result<bool, DbErr> {
    let sql = match dialect {
        Dialect::MySql => {
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'migration'"
        }
        Dialect::Postgres => {
            "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'migration'"
        }
        Dialect::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'",
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql.to_owned());
    Ok(connection.query_one_raw(statement).await?.is_some())
}
