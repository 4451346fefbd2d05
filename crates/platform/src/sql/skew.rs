//! How far the database's clock is from ours.

use protocol::time::Timestamp;
use sea_orm::{ConnectionTrait, Statement};

use super::{Db, Dialect, StoreError};

impl Db {
    /// The database server's time; none for SQLite, which has no clock of its own.
    ///
    /// Units: milliseconds, as the server read them while it answered.
    pub async fn server_time(&self) -> Result<Option<Timestamp>, StoreError> {
        let question = match self.dialect() {
            Dialect::Sqlite => return Ok(None),
            Dialect::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
            Dialect::MySql => "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
        };
        self.read(move |conn| {
            Box::pin(async move {
                let statement = Statement::from_string(conn.conn().get_database_backend(), question.to_owned());
                let row = conn.conn().query_one_raw(statement).await?;
                let millis = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
                Ok(millis.map(Timestamp::from_millis))
            })
        })
        .await
    }
}
