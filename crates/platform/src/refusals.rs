//! The record of refusals: what a reference on a page or in a header leads to.
//!
//! A request only puts its refusal into a short queue in memory and goes on; one writer takes from it, so that no request
//! waits for the record or fails with it. Anonymous traffic fills this table, so everything about it is bounded: the
//! queue, the rows a second, the age and the number of rows, the length of a value.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use protocol::time::Timestamp;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::random;
use crate::sql::{Db, Outcome, StoreError};

/// Refusals that may wait; what comes while so many wait is in the log alone.
const WAITING: usize = 200;
/// Rows of one transaction; the writer runs once a second, so this is the rate, too.
const BATCH: usize = 50;
/// How long a refusal is kept.
const KEEP: Duration = Duration::from_hours(7 * 24);
/// How many refusals are kept.
pub const MOST_ROWS: u64 = 200_000;
/// Rows removed in one transaction.
const SWEEP_BATCH: u64 = 200;
/// The longest value, in characters.
const VALUE: usize = 200;
/// The longest name, in characters: the width of its column.
const NAME: usize = 64;

/// A refused request, as an administrator sees it later.
///
/// Shape: never a token, code, secret or password; whoever makes one sees to that. Texts are cut and tamed on their way
/// into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the person or the developer was shown.
    pub reference: String,
    /// When it happened.
    pub at: Timestamp,
    /// Where: the first part of the path.
    pub endpoint: String,
    /// The rule that said no.
    pub refusal: String,
    /// The error code that was answered.
    pub error: String,
    /// The client, if it is known who asked.
    pub client_id: Option<String>,
    /// What would have passed.
    pub expected: String,
    /// What came.
    pub received: String,
}

/// Takes refusals from requests. Cheap to clone; all clones share one queue.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Refused>,
    missed: u64,
}

impl Recorder {
    /// Queues a refusal; in a flood it is counted and left out.
    pub fn record(&self, refused: Refused) {
        let mut queue = self.queue.lock();
        if queue.waiting.len() < WAITING {
            queue.waiting.push_back(refused.tamed());
        } else {
            queue.missed += 1;
        }
    }

    /// Takes the oldest refusals that wait, at most fifty.
    pub fn take(&self) -> Vec<Refused> {
        let mut queue = self.queue.lock();
        let missed = std::mem::take(&mut queue.missed);
        let count = queue.waiting.len().min(BATCH);
        let taken = queue.waiting.drain(..count).collect();
        drop(queue);
        if missed > 0 {
            tracing::warn!(missed, "more requests are refused than are recorded; the log has all of them");
        }
        taken
    }

    /// Puts back what could not be written, as far as there is room.
    pub fn put_back(&self, refused: Vec<Refused>) {
        let mut queue = self.queue.lock();
        for one in refused.into_iter().rev() {
            if queue.waiting.len() < WAITING {
                queue.waiting.push_front(one);
            } else {
                queue.missed += 1;
            }
        }
    }
}

impl Refused {
    fn tamed(self) -> Self {
        Self {
            reference: self.reference,
            at: self.at,
            endpoint: tame(&self.endpoint, NAME),
            refusal: tame(&self.refusal, NAME),
            error: tame(&self.error, NAME),
            client_id: self.client_id.map(|id| tame(&id, NAME)),
            expected: tame(&self.expected, VALUE),
            received: tame(&self.received, VALUE),
        }
    }
}

/// Cut, and harmless for a terminal, a log and a text column: PostgreSQL takes no NUL.
fn tame(text: &str, longest: usize) -> String {
    text.chars().take(longest).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Writes refusals in one transaction.
pub async fn write(db: &Db, refused: &[Refused]) -> Result<(), StoreError> {
    let rows: Vec<row::ActiveModel> = refused.iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    db.write(move |tx| {
        let rows = rows.clone();
        Box::pin(async move {
            row::Entity::insert_many(rows).exec_without_returning(tx.conn()).await?;
            Ok(Outcome::Commit(()))
        })
    })
    .await
}

/// Finds what a reference leads to, the newest first: references are short, and two may meet.
pub async fn find(db: &Db, reference: &str) -> Result<Vec<Refused>, StoreError> {
    select(db, Condition::all().add(row::Column::Reference.eq(reference)), 10).await
}

/// Lists the newest refusals, those of one client where one is named.
pub async fn list(db: &Db, client_id: Option<&str>, limit: u64) -> Result<Vec<Refused>, StoreError> {
    let of_client = client_id.map(|id| row::Column::ClientId.eq(id));
    select(db, of_client.map_or_else(Condition::all, |only| Condition::all().add(only)), limit).await
}

async fn select(db: &Db, which: Condition, limit: u64) -> Result<Vec<Refused>, StoreError> {
    let query =
        row::Entity::find().filter(which).order_by_desc(row::Column::AtMs).order_by_desc(row::Column::Id).limit(limit);
    db.read(move |conn| {
        let query = query.clone();
        Box::pin(async move { Ok(query.all(conn.conn()).await?.into_iter().map(refused).collect()) })
    })
    .await
}

/// Removes one batch of what is older than a week, or beyond the newest `most`; answers whether more may be waiting.
pub async fn sweep(db: &Db, now: Timestamp, most: u64) -> Result<bool, StoreError> {
    db.write(move |tx| {
        Box::pin(async move {
            // The newest row that is one too many; all that are as old go with it.
            let surplus: Option<i64> = row::Entity::find()
                .select_only()
                .column(row::Column::AtMs)
                .order_by_desc(row::Column::AtMs)
                .offset(most)
                .limit(1)
                .into_tuple()
                .one(tx.conn())
                .await?;
            let end = now.minus(KEEP).as_millis().max(surplus.unwrap_or(i64::MIN));
            let ids: Vec<String> = row::Entity::find()
                .select_only()
                .column(row::Column::Id)
                .filter(row::Column::AtMs.lte(end))
                .limit(SWEEP_BATCH)
                .into_tuple()
                .all(tx.conn())
                .await?;
            let is_more = ids.len() as u64 == SWEEP_BATCH;
            if !ids.is_empty() {
                row::Entity::delete_many().filter(row::Column::Id.is_in(ids)).exec(tx.conn()).await?;
            }
            Ok(Outcome::Commit(is_more))
        })
    })
    .await
}

fn row(refused: &Refused) -> row::ActiveModel {
    row::ActiveModel {
        id: Set(random::new_id(refused.at)),
        reference: Set(refused.reference.clone()),
        at_ms: Set(refused.at.as_millis()),
        endpoint: Set(refused.endpoint.clone()),
        refusal: Set(refused.refusal.clone()),
        error: Set(refused.error.clone()),
        client_id: Set(refused.client_id.clone()),
        expected: Set(refused.expected.clone()),
        received: Set(refused.received.clone()),
    }
}

fn refused(row: row::Model) -> Refused {
    Refused {
        reference: row.reference,
        at: Timestamp::from_millis(row.at_ms),
        endpoint: row.endpoint,
        refusal: row.refusal,
        error: row.error,
        client_id: row.client_id,
        expected: row.expected,
        received: row.received,
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "refusal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub reference: String,
        pub at_ms: i64,
        pub endpoint: String,
        pub refusal: String,
        pub error: String,
        pub client_id: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub expected: String,
        #[sea_orm(column_type = "Text")]
        pub received: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(received: &str) -> Refused {
        Refused {
            reference: "7K3MQ2".to_owned(),
            at: Timestamp::from_secs(1),
            endpoint: "token".to_owned(),
            refusal: "CodeUnknown".to_owned(),
            error: "invalid_grant".to_owned(),
            client_id: None,
            expected: String::new(),
            received: received.to_owned(),
        }
    }

    #[test]
    fn a_flood_is_counted_and_left_out() {
        let recorder = Recorder::default();
        (0..WAITING + 7).for_each(|number| recorder.record(refused(&number.to_string())));
        assert_eq!(recorder.queue.lock().missed, 7);
        let first = recorder.take();
        assert_eq!((first.len(), first[0].received.as_str()), (BATCH, "0"));
        let rest: usize = (0..WAITING / BATCH).map(|_| recorder.take().len()).sum();
        assert_eq!(rest, WAITING - BATCH);
        assert!(recorder.take().is_empty());
    }

    #[test]
    fn what_could_not_be_written_comes_first_again() {
        let recorder = Recorder::default();
        for text in ["a", "b"] {
            recorder.record(refused(text));
        }
        let taken = recorder.take();
        recorder.record(refused("c"));
        recorder.put_back(taken);
        let order: Vec<_> = recorder.take().into_iter().map(|one| one.received).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }

    #[test]
    fn values_are_cut_and_tamed() {
        let recorder = Recorder::default();
        let long = "\u{0}\u{1b}[31m".to_owned() + &"令".repeat(500);
        recorder.record(Refused { client_id: Some(long.clone()), ..refused(&long) });
        let taken = recorder.take();
        assert_eq!(taken[0].received.chars().count(), VALUE);
        assert_eq!(taken[0].client_id.as_ref().map(|id| id.chars().count()), Some(NAME));
        assert!(taken[0].received.starts_with("\u{fffd}\u{fffd}[31m令"));
    }
}
