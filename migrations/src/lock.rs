//! One process migrates at a time.

use platform::sql::Dialect;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use crate::error::MigrateError;

/// The lock's number on PostgreSQL: "lingpai" in ASCII, so that nobody else's is the same.
const POSTGRES_KEY: i64 = 0x6c_69_6e_67_70_61_69;

/// Waits for the lock. PostgreSQL frees it with the transaction; SQLite's write transaction is the lock itself.
pub(crate) async fn acquire(transaction: &DatabaseTransaction, dialect: Dialect) -> Result<(), MigrateError> {
    match dialect {
        Dialect::MySql => {
            // A migration may take longer than a request's statement, and so may the wait for another process's.
            transaction
                .execute_unprepared("SET @lingpai_limit = @@SESSION.max_statement_time, SESSION max_statement_time = 0")
                .await?;
            // The name is the server's, so it carries the database; 64 characters at most.
            let sql = "SELECT CAST(GET_LOCK(CONCAT('lingpai ', MD5(DATABASE())), 60) AS SIGNED) AS taken";
            match number(transaction, sql).await? {
                Some(1) => Ok(()),
                Some(_) | None => Err(MigrateError::Locked),
            }
        }
        Dialect::Postgres => {
            // A migration may take longer than a request's statement, and so may the wait for another process's.
            transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            transaction.execute_unprepared("SET LOCAL lock_timeout = '60s'").await?;
            transaction.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
            let sql = format!("SELECT pg_advisory_xact_lock({POSTGRES_KEY})");
            transaction.execute_unprepared(&sql).await.map_err(|_| MigrateError::Locked)?;
            Ok(())
        }
        Dialect::Sqlite => Ok(()),
    }
}

/// Frees the lock where the end of the transaction does not.
pub(crate) async fn release(transaction: &DatabaseTransaction, dialect: Dialect) -> Result<(), MigrateError> {
    match dialect {
        Dialect::MySql => {
            let sql = "SELECT CAST(RELEASE_LOCK(CONCAT('lingpai ', MD5(DATABASE()))) AS SIGNED) AS freed";
            number(transaction, sql).await?;
            transaction.execute_unprepared("SET SESSION max_statement_time = @lingpai_limit").await?;
            Ok(())
        }
        Dialect::Postgres | Dialect::Sqlite => Ok(()),
    }
}

async fn number(transaction: &DatabaseTransaction, sql: &str) -> Result<Option<i64>, DbErr> {
    let statement = Statement::from_string(transaction.get_database_backend(), sql.to_owned());
    let row = transaction.query_one_raw(statement).await?;
    row.map_or(Ok(None), |row| row.try_get_by_index::<Option<i64>>(0))
}
