//! The rows that `platform` keeps in the schema.

use std::time::Duration;

use futures_util::future::join_all;
use platform::audit::{self, AuditEvent};
use platform::sql::{Outcome, StoreError};
use platform::{lease, revision, setting};
use protocol::time::Timestamp;
use serde_json::json;

use super::fixture::Fixture;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const TTL: Duration = Duration::from_mins(1);

fn event() -> AuditEvent {
    AuditEvent {
        at: NOW,
        kind: "family_revoked",
        client_id: Some("app".to_owned()),
        user_id: None,
        family_id: Some("f1".to_owned()),
        detail: json!({ "reason": "令牌 replayed" }),
    }
}

#[tokio::test]
async fn audit_event_stands_with_its_transaction_and_falls_with_it() {
    for fixture in Fixture::each_migrated().await {
        for keep in [true, false] {
            let written = fixture.db.write(move |tx| {
                Box::pin(async move {
                    audit::record(tx, event()).await?;
                    Ok(if keep { Outcome::Commit(()) } else { Outcome::Rollback(()) })
                })
            });
            written.await.unwrap();
        }
        let details = fixture.texts("SELECT detail FROM audit_event WHERE kind = 'family_revoked'").await;
        assert_eq!(details, [r#"{"reason":"令牌 replayed"}"#]);
        let at = format!("SELECT family_id FROM audit_event WHERE at_ms = {}", NOW.as_millis());
        assert_eq!(fixture.texts(&at).await, ["f1"]);
        fixture.remove().await;
    }
}

#[tokio::test]
async fn revision_rises_by_one_with_every_commit() {
    for fixture in Fixture::each_migrated().await {
        assert_eq!(revision::current(&fixture.db).await.unwrap(), 0);
        for keep in [true, false, true] {
            let bumped = fixture.db.write(move |tx| {
                Box::pin(async move {
                    revision::bump(tx).await?;
                    Ok(if keep { Outcome::Commit(()) } else { Outcome::Rollback(()) })
                })
            });
            bumped.await.unwrap();
        }
        assert_eq!(revision::current(&fixture.db).await.unwrap(), 2);
        fixture.remove().await;
    }
}

#[tokio::test]
async fn missing_revision_is_corruption_and_not_zero() {
    for fixture in Fixture::each_migrated().await {
        fixture.execute("DELETE FROM revision").await;
        assert!(matches!(revision::current(&fixture.db).await, Err(StoreError::Corrupt { .. })));
        let bumped = fixture.db.write(|tx| Box::pin(async { Ok(Outcome::Commit(revision::bump(tx).await?)) })).await;
        assert!(matches!(bumped, Err(StoreError::Corrupt { .. })));
        fixture.remove().await;
    }
}

#[tokio::test]
async fn lease_has_one_holder_until_it_runs_out() {
    for fixture in Fixture::each_migrated().await {
        let db = &fixture.db;
        assert!(lease::acquire(db, "sweep", "a", TTL, NOW).await.unwrap());
        assert!(!lease::acquire(db, "sweep", "b", TTL, NOW).await.unwrap());
        assert!(lease::acquire(db, "other", "b", TTL, NOW).await.unwrap());
        // The holder prolongs it, also twice in the same moment.
        let later = NOW.plus(Duration::from_secs(30));
        assert!(lease::acquire(db, "sweep", "a", TTL, later).await.unwrap());
        assert!(lease::acquire(db, "sweep", "a", TTL, later).await.unwrap());
        assert!(!lease::acquire(db, "sweep", "b", TTL, NOW.plus(TTL)).await.unwrap());
        // At its end it is free.
        assert!(lease::acquire(db, "sweep", "b", TTL, later.plus(TTL)).await.unwrap());
        assert!(!lease::acquire(db, "sweep", "a", TTL, later.plus(TTL)).await.unwrap());
        fixture.remove().await;
    }
}

#[tokio::test]
async fn lease_is_given_back_by_its_holder_only() {
    for fixture in Fixture::each_migrated().await {
        let db = &fixture.db;
        assert!(lease::acquire(db, "sweep", "a", TTL, NOW).await.unwrap());
        assert!(!lease::release(db, "sweep", "b").await.unwrap());
        assert!(!lease::acquire(db, "sweep", "b", TTL, NOW).await.unwrap());
        assert!(lease::release(db, "sweep", "a").await.unwrap());
        assert!(lease::acquire(db, "sweep", "b", TTL, NOW).await.unwrap());
        fixture.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_a_lease_exactly_one_gets_it() {
    for fixture in Fixture::each_migrated().await {
        for (round, now) in [NOW, NOW.plus(TTL)].into_iter().enumerate() {
            // The first round races to insert, the second to take over what has run out.
            let holders: Vec<String> = (0..16).map(|number| format!("{round} {number}")).collect();
            let tries = holders.iter().map(|holder| lease::acquire(&fixture.db, "sweep", holder, TTL, now));
            let won = join_all(tries).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
            assert_eq!(won, 1, "{:?}", fixture.db.dialect());
        }
        fixture.remove().await;
    }
}

#[tokio::test]
async fn setting_is_read_as_written_and_replaced() {
    for fixture in Fixture::each_migrated().await {
        let db = &fixture.db;
        assert_eq!(setting::read(db, "issuer").await.unwrap(), None);
        setting::write(db, "issuer", "https://one.example").await.unwrap();
        setting::write(db, "issuer", "https://two.example").await.unwrap();
        setting::write(db, "issuer", "https://two.example").await.unwrap();
        assert_eq!(setting::read(db, "issuer").await.unwrap().unwrap(), "https://two.example");
        fixture.remove().await;
    }
}

#[tokio::test]
async fn claimed_setting_keeps_its_first_value() {
    for fixture in Fixture::each_migrated().await {
        let claims = ["one", "two", "three"].map(|value| setting::claim(&fixture.db, "folder", value));
        let answers: Vec<String> = join_all(claims).await.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(setting::claim(&fixture.db, "folder", "late").await.unwrap(), answers[0]);
        assert_eq!(setting::read(&fixture.db, "folder").await.unwrap().unwrap(), answers[0]);
        fixture.remove().await;
    }
}
