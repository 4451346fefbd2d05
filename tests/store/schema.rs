//! The tables, their columns, keys and indexes are the same on every engine.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::engine::Engine;
use super::house::{self, House};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_the_same_on_postgres() {
    same_as_on_sqlite(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_the_same_on_mariadb() {
    same_as_on_sqlite(Engine::MariaDb).await;
}

async fn same_as_on_sqlite(engine: Engine) {
    let Some(there) = engine.fresh().await else { return };
    let here = Engine::Sqlite.fresh().await.unwrap();
    let (here, there) = (house::migrated(Engine::Sqlite, &here).await, house::migrated(engine, &there).await);
    let (ours, theirs) = (columns(&here).await, columns(&there).await);
    assert!(ours.len() > 100, "{} columns", ours.len());
    // SQLite has one kind of whole number; elsewhere a moment in milliseconds needs 64 bits.
    let narrow: Vec<_> = theirs.iter().filter(|column| column.contains(" 32 bits")).collect();
    assert_eq!(narrow, ["revision.id integer of 32 bits"]);
    let theirs = theirs.iter().map(|column| column.replace(" of 32 bits", "").replace(" of 64 bits", "")).collect();
    assert_same("columns", &ours, &theirs);
    let (ours, theirs) = (indexes(&here).await, indexes(&there).await);
    assert!(ours.len() > 20, "{} indexes", ours.len());
    assert_same("indexes", &ours, &theirs);
    there.db.clone().close().await;
}

fn assert_same(what: &str, ours: &BTreeSet<String>, theirs: &BTreeSet<String>) {
    let missing: Vec<_> = ours.difference(theirs).collect();
    let surplus: Vec<_> = theirs.difference(ours).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{what}: missing {missing:#?}, surplus {surplus:#?}");
}

async fn rows(house: &House, query: &str) -> Vec<QueryResult> {
    let backend = house.db.raw().get_database_backend();
    house.db.raw().query_all_raw(Statement::from_string(backend, query.to_owned())).await.unwrap()
}

fn text(row: &QueryResult, index: usize) -> String {
    row.try_get_by_index(index).unwrap()
}

/// `table.column kind null?`, in words that all engines share.
async fn columns(house: &House) -> BTreeSet<String> {
    let query = match house.engine {
        Engine::Sqlite => {
            "SELECT m.name, c.name, lower(c.type), CASE c.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END \
             FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Engine::Postgres => {
            "SELECT table_name::text, column_name::text, \
             CASE WHEN data_type = 'integer' THEN 'int' WHEN character_maximum_length IS NULL THEN data_type::text \
             ELSE 'varchar(' || character_maximum_length || ')' END, is_nullable::text \
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
        Engine::MariaDb => {
            "SELECT CONVERT(table_name USING utf8mb4), CONVERT(column_name USING utf8mb4), \
             CONVERT(column_type USING utf8mb4), CONVERT(is_nullable USING utf8mb4) \
             FROM information_schema.columns WHERE table_schema = DATABASE()"
        }
    };
    let describe = |row: &QueryResult| {
        let nullable = if text(row, 3) == "YES" { " null" } else { "" };
        format!("{}.{} {}{nullable}", text(row, 0), text(row, 1), kind(&text(row, 2)))
    };
    rows(house, query).await.iter().map(describe).filter(|column| is_ours(column)).collect()
}

/// One word for what the engines call differently.
fn kind(column_type: &str) -> String {
    let kind = match column_type.strip_suffix(" unsigned").unwrap_or(column_type) {
        "bigint" | "bigint(20)" => "integer of 64 bits",
        "int" | "int(11)" => "integer of 32 bits",
        "bool" | "boolean" | "tinyint(1)" => "flag",
        "mediumtext" | "text" => "text",
        other => other,
    };
    kind.to_owned()
}

/// `table (columns) unique?`, the primary keys among them.
async fn indexes(house: &House) -> BTreeSet<String> {
    let query = match house.engine {
        Engine::Sqlite => {
            "SELECT m.name, group_concat(c.name, ','), CASE i.\"unique\" WHEN 1 THEN 'unique' ELSE '' END \
             FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c \
             WHERE m.type = 'table' GROUP BY m.name, i.name \
             UNION SELECT m.name, c.name, 'unique' FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.pk = 1 AND lower(c.type) = 'integer'"
        }
        Engine::Postgres => {
            "SELECT t.relname::text, string_agg(a.attname::text, ',' ORDER BY array_position(i.indkey::int[], a.attnum::int)), \
             CASE WHEN i.indisunique THEN 'unique' ELSE '' END \
             FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey) \
             WHERE n.nspname = 'public' GROUP BY t.relname, i.indexrelid, i.indisunique"
        }
        Engine::MariaDb => {
            "SELECT CONVERT(table_name USING utf8mb4), \
             CONVERT(GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ',') USING utf8mb4), \
             CASE non_unique WHEN 0 THEN 'unique' ELSE '' END \
             FROM information_schema.statistics WHERE table_schema = DATABASE() \
             GROUP BY table_name, index_name, non_unique"
        }
    };
    let describe = |row: &QueryResult| format!("{} ({}) {}", text(row, 0), text(row, 1), text(row, 2));
    rows(house, query).await.iter().map(describe).filter(|index| is_ours(index)).collect()
}

fn is_ours(described: &str) -> bool {
    !described.starts_with("sqlite_")
}
