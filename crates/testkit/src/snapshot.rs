//! Everything that the database holds, to prove that a refused request changed nothing.

use std::collections::BTreeMap;

use platform::sql::{Db, Dialect};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

/// Every row of every table as text.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, Vec<String>>);

impl Snapshot {
    /// Reads the whole database.
    pub async fn take(db: &Db) -> Self {
        let mut tables = BTreeMap::new();
        for table in names(db, tables_sql(db.dialect())).await {
            let rows = match db.dialect() {
                Dialect::Postgres => format!("SELECT t::text FROM \"{table}\" t"),
                Dialect::Sqlite => {
                    let columns = names(db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
                    let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                    format!("SELECT {} FROM \"{table}\"", quoted.join("||'|'||"))
                }
                Dialect::MySql => {
                    let columns = names(
                        db,
                        &format!(
                            "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
                             WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY ordinal_position"
                        ),
                    )
                    .await;
                    let quoted: Vec<String> = columns.iter().map(|column| format!("QUOTE(`{column}`)")).collect();
                    format!("SELECT CONCAT_WS('|', {}) FROM `{table}`", quoted.join(", "))
                }
            };
            let mut rows = names(db, &rows).await;
            rows.sort();
            tables.insert(table, rows);
        }
        Self(tables)
    }

    /// The rows of one table.
    #[track_caller]
    pub fn rows(&self, table: &str) -> &[String] {
        self.0.get(table).unwrap_or_else(|| panic!("there is no table {table}"))
    }

    /// The snapshot without some tables, for what a refusal may change: counters and revocations.
    #[must_use]
    pub fn without(mut self, tables: &[&str]) -> Self {
        self.0.retain(|table, _| !tables.contains(&table.as_str()));
        self
    }

    /// All of it in one text, to look for what must not be there.
    pub fn to_text(&self) -> String {
        self.0.values().flatten().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Demands that nothing changed since `before`.
    #[track_caller]
    pub fn assert_same_as(&self, before: &Self) {
        let (own, before) = (&self.0, &before.0);
        let changed = own.iter().filter(|(table, rows)| before.get(*table) != Some(rows));
        let changed: Vec<_> = changed.map(|(table, rows)| (table, before.get(table), rows)).collect();
        assert!(changed.is_empty(), "the database changed: {changed:#?}");
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(table, rows)| (table, rows.len()))).finish()
    }
}

const fn tables_sql(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
        Dialect::MySql => {
            "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
        Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    }
}

/// The first column of every row.
async fn names(db: &Db, sql: &str) -> Vec<String> {
    let connection: &DatabaseConnection = db.raw();
    let backend = match db.dialect() {
        Dialect::MySql => DbBackend::MySql,
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::Sqlite => DbBackend::Sqlite,
    };
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.expect("the snapshot query failed");
    rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("a column is not text")).collect()
}
