//! The record of refusals: written in batches, found by reference, bounded by age and by number.

use std::time::Duration;

use platform::refusals::{self, MOST_ROWS, Recorder, Refused};

use super::house::{House, START};
use super::on_every_engine;

on_every_engine!(what_is_recorded_is_found_again, the_record_is_bounded_by_age_and_number);

fn refused(reference: &str, client_id: Option<&str>, age: Duration) -> Refused {
    Refused {
        reference: reference.to_owned(),
        at: START.minus(age),
        endpoint: "token".to_owned(),
        refusal: "CodeUnknown".to_owned(),
        error: "invalid_grant".to_owned(),
        client_id: client_id.map(str::to_owned),
        expected: String::new(),
        received: "令牌".to_owned(),
    }
}

async fn what_is_recorded_is_found_again(house: &House) {
    let recorder = Recorder::default();
    let hostile = Refused { received: "\0\u{1b}[2J".to_owned(), ..refused("AAAAA2", Some("shop"), Duration::ZERO) };
    recorder.record(hostile);
    recorder.record(refused("AAAAA3", None, Duration::from_secs(1)));
    recorder.record(refused("AAAAA3", Some("shop"), Duration::from_secs(2)));
    refusals::write(&house.db, &recorder.take()).await.unwrap();
    refusals::write(&house.db, &[]).await.unwrap();
    let found = refusals::find(&house.db, "AAAAA2").await.unwrap();
    assert_eq!(found[0].received, "\u{fffd}\u{fffd}[2J");
    let twice = refusals::find(&house.db, "AAAAA3").await.unwrap();
    assert_eq!(
        twice,
        [refused("AAAAA3", None, Duration::from_secs(1)), refused("AAAAA3", Some("shop"), Duration::from_secs(2))]
    );
    assert!(refusals::find(&house.db, "AAAAA4").await.unwrap().is_empty());
    assert_eq!(refusals::list(&house.db, None, 2).await.unwrap().len(), 2);
    assert_eq!(refusals::list(&house.db, Some("shop"), 10).await.unwrap().len(), 2);
    assert_eq!(refusals::list(&house.db, Some("other"), 10).await.unwrap(), []);
}

async fn the_record_is_bounded_by_age_and_number(house: &House) {
    let week = Duration::from_hours(7 * 24);
    let rows: Vec<_> = (0..10).map(|number| refused("AAAAA2", None, Duration::from_secs(number))).collect();
    refusals::write(&house.db, &rows).await.unwrap();
    let old = [refused("AAAAA3", None, week), refused("AAAAA4", None, week.saturating_sub(Duration::from_secs(1)))];
    refusals::write(&house.db, &old).await.unwrap();
    assert!(!refusals::sweep(&house.db, START, MOST_ROWS).await.unwrap());
    assert!(refusals::find(&house.db, "AAAAA3").await.unwrap().is_empty());
    assert_eq!(refusals::find(&house.db, "AAAAA4").await.unwrap().len(), 1);
    refusals::sweep(&house.db, START, 4).await.unwrap();
    let kept = refusals::list(&house.db, None, 100).await.unwrap();
    assert_eq!(kept, rows[..4], "the newest stay");
}
