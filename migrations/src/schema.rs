//! The words in which migrations describe tables: a column kind per meaning, the same on three dialects.

use platform::sql::Dialect;
use sea_orm::sea_query::{
    Alias, ColumnDef, Index, MysqlQueryBuilder, PostgresQueryBuilder, SqliteQueryBuilder, Table as SeaTable,
};
use sea_orm::{ConnectionTrait, DbErr, Statement};

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    /// Text of at most so many characters.
    Text(u32),
    /// Text or JSON without a limit that anybody meets.
    Payload,
    /// A whole number, among them milliseconds since 1970.
    Number,
    /// The number of an only row.
    Small,
    /// Yes or no.
    Flag,
}

/// A column of a table.
pub(crate) struct Column {
    name: &'static str,
    kind: Kind,
    is_optional: bool,
}

impl Column {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, is_optional: false }
    }

    /// The column may hold nothing.
    pub(crate) const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    fn definition(&self, dialect: Dialect) -> ColumnDef {
        let mut column = ColumnDef::new(Alias::new(self.name));
        match (self.kind, dialect) {
            (Kind::Text(length), _) => column.string_len(length),
            // MariaDB's TEXT ends at 64 KiB, which an escaped authorization request can pass.
            (Kind::Payload, Dialect::MySql) => column.custom(Alias::new("mediumtext")),
            (Kind::Payload, Dialect::Postgres | Dialect::Sqlite) => column.text(),
            (Kind::Number, _) => column.big_integer(),
            (Kind::Small, _) => column.integer(),
            (Kind::Flag, _) => column.boolean(),
        };
        if self.is_optional {
            column.null();
        } else {
            column.not_null();
        }
        column
    }
}

/// An identifier, a key, a digest or a short code word: at most 64 characters.
pub(crate) const fn id(name: &'static str) -> Column {
    Column::new(name, Kind::Text(64))
}

/// Text of at most `length` characters.
pub(crate) const fn text(name: &'static str, length: u32) -> Column {
    Column::new(name, Kind::Text(length))
}

/// Text or JSON of any length.
pub(crate) const fn payload(name: &'static str) -> Column {
    Column::new(name, Kind::Payload)
}

/// A moment in milliseconds since 1970, UTC; the name ends in `_ms`.
pub(crate) const fn millis(name: &'static str) -> Column {
    Column::new(name, Kind::Number)
}

/// A whole number.
pub(crate) const fn number(name: &'static str) -> Column {
    Column::new(name, Kind::Number)
}

/// The key of a table with only one row.
pub(crate) const fn only(name: &'static str) -> Column {
    Column::new(name, Kind::Small)
}

/// Yes or no.
pub(crate) const fn flag(name: &'static str) -> Column {
    Column::new(name, Kind::Flag)
}

/// A table with its indexes.
pub(crate) struct Table {
    name: &'static str,
    columns: Vec<Column>,
    primary_key: &'static [&'static str],
    indexes: Vec<&'static [&'static str]>,
}

impl Table {
    pub(crate) const fn new(name: &'static str, columns: Vec<Column>) -> Self {
        Self { name, columns, primary_key: &[], indexes: Vec::new() }
    }

    pub(crate) const fn primary_key(mut self, columns: &'static [&'static str]) -> Self {
        self.primary_key = columns;
        self
    }

    pub(crate) fn index(mut self, columns: &'static [&'static str]) -> Self {
        self.indexes.push(columns);
        self
    }

    /// The statements that make the table; each can run again over its own result.
    pub(crate) fn statements(&self, dialect: Dialect) -> Vec<String> {
        let mut out = vec![self.create_table(dialect)];
        out.extend(self.indexes.iter().map(|columns| self.create_index(columns, dialect)));
        out
    }

    /// The statements that add the columns and indexes to a table of an earlier migration; each can run again.
    ///
    /// The columns must be optional: rows stand there already. SQLite knows no `IF NOT EXISTS` here; the runner looks.
    pub(crate) fn additions(&self, dialect: Dialect) -> Vec<String> {
        let mut out: Vec<String> = self.columns.iter().map(|column| self.add_column(column, dialect)).collect();
        out.extend(self.indexes.iter().map(|columns| self.create_index(columns, dialect)));
        out
    }

    fn add_column(&self, column: &Column, dialect: Dialect) -> String {
        let mut table = SeaTable::alter();
        table.table(Alias::new(self.name)).add_column(column.definition(dialect));
        match dialect {
            Dialect::MySql => if_new(&table.to_string(MysqlQueryBuilder)),
            Dialect::Postgres => if_new(&table.to_string(PostgresQueryBuilder)),
            Dialect::Sqlite => table.to_string(SqliteQueryBuilder),
        }
    }

    fn create_table(&self, dialect: Dialect) -> String {
        let mut key = Index::create();
        for column in self.primary_key {
            key.col(Alias::new(*column));
        }
        let mut table = SeaTable::create();
        table.table(Alias::new(self.name)).if_not_exists().primary_key(&mut key);
        for column in &self.columns {
            table.col(column.definition(dialect));
        }
        // Binary, so that ABC is not abc; NO PAD, so that "a " is not "a".
        let text = "DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
        match dialect {
            Dialect::MySql => format!("{} ENGINE=InnoDB {text}", table.to_string(MysqlQueryBuilder)),
            Dialect::Postgres => table.to_string(PostgresQueryBuilder),
            // Not WITHOUT ROWID: rows that grow when they are spent split its pages (measured: twice the file, a third
            // more CPU per rotation).
            Dialect::Sqlite => table.to_string(SqliteQueryBuilder),
        }
    }

    fn create_index(&self, columns: &[&str], dialect: Dialect) -> String {
        let mut index = Index::create();
        // PostgreSQL keeps index names per schema, not per table, so the table is part of the name.
        index.name(format!("{}_by_{}", self.name, columns.join("_"))).table(Alias::new(self.name)).if_not_exists();
        for column in columns {
            index.col(Alias::new(*column));
        }
        match dialect {
            // MariaDB knows the clause (unlike MySQL, for which sea-query leaves it out).
            Dialect::MySql => {
                index.to_string(MysqlQueryBuilder).replacen("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ", 1)
            }
            Dialect::Postgres => index.to_string(PostgresQueryBuilder),
            Dialect::Sqlite => index.to_string(SqliteQueryBuilder),
        }
    }
}

fn if_new(statement: &str) -> String {
    statement.replacen(" ADD COLUMN ", " ADD COLUMN IF NOT EXISTS ", 1)
}

/// Whether a statement adds a column that stands already. SQLite cannot say `IF NOT EXISTS` of a column.
pub(crate) async fn adds_what_stands(
    connection: &impl ConnectionTrait,
    dialect: Dialect,
    statement: &str,
) -> Result<bool, DbErr> {
    let words: Vec<&str> = statement.split_ascii_whitespace().map(|word| word.trim_matches('"')).collect();
    let (Dialect::Sqlite, ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..]) = (dialect, words.as_slice()) else {
        return Ok(false);
    };
    let sql = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?";
    let values = [(*table).into(), (*column).into()];
    let question = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.query_one_raw(question).await?.is_some())
}
