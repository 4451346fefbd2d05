//! Row locks that hold what a transaction relies on.

use sea_orm::sea_query::LockType;
use sea_orm::{EntityTrait, QuerySelect, Select};

use super::{Dialect, Tx};

/// Locks the selected rows against change until the transaction ends; others may lock them in the same way.
///
/// Shape: `FOR SHARE` on PostgreSQL, `LOCK IN SHARE MODE` on MariaDB (which does not know the other form), nothing on
/// SQLite, where the write transaction itself is the lock.
pub fn lock_shared<E: EntityTrait>(select: Select<E>, tx: &Tx) -> Select<E> {
    lock(select, tx.dialect(), LockType::Share)
}

/// Locks the selected rows against change and against other locks until the transaction ends.
///
/// Prefer a conditional `UPDATE`, which needs no lock before it.
pub fn lock_exclusive<E: EntityTrait>(select: Select<E>, tx: &Tx) -> Select<E> {
    lock(select, tx.dialect(), LockType::Update)
}

fn lock<E: EntityTrait>(select: Select<E>, dialect: Dialect, kind: LockType) -> Select<E> {
    match dialect {
        Dialect::MySql | Dialect::Postgres => select.lock(kind),
        Dialect::Sqlite => select,
    }
}
