//! How often a short code may be tried: so many times in a while, then the caller waits.
//!
//! A try is counted before it is judged, so that requests that run at the same time cannot all pass under one count; a
//! try that turns out right is given back. The counts stand in the memory of one process: a restart forgets them, and
//! several nodes count apart, which multiplies the limit by their number and no more.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use protocol::Timestamp;

/// Counts are kept for so many callers; beyond that the windows that have ended make room, then everybody starts anew.
const MOST_CALLERS: usize = 50_000;

/// A limit on tries, by caller.
#[derive(Debug)]
pub struct Tries {
    most: u32,
    window: Duration,
    tallies: Mutex<HashMap<String, Tally>>,
}

#[derive(Clone, Copy, Debug)]
struct Tally {
    began_at: Timestamp,
    count: u32,
}

impl Tries {
    /// At most `most` tries in a window that begins with the first of them.
    pub fn new(most: u32, window: Duration) -> Self {
        Self { most, window, tallies: Mutex::new(HashMap::new()) }
    }

    /// Takes one try.
    ///
    /// Errors: the time to wait where none is left; nothing was counted then.
    pub fn take(&self, caller: &str, now: Timestamp) -> Result<(), Duration> {
        let mut tallies = self.tallies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if tallies.len() >= MOST_CALLERS && !tallies.contains_key(caller) {
            tallies.retain(|_, tally| now < tally.began_at.plus(self.window));
            if tallies.len() >= MOST_CALLERS {
                tallies.clear();
            }
        }
        let tally = tallies.entry(caller.to_owned()).or_insert(Tally { began_at: now, count: 0 });
        let end = tally.began_at.plus(self.window);
        if now >= end {
            *tally = Tally { began_at: now, count: 0 };
        } else if tally.count >= self.most {
            return Err(end.since(now));
        }
        tally.count += 1;
        Ok(())
    }

    /// Gives a try back that turned out right.
    pub fn give_back(&self, caller: &str) {
        let mut tallies = self.tallies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(tally) = tallies.get_mut(caller) {
            tally.count = tally.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    #[test]
    fn tries_end_and_return_with_the_next_window() {
        let tries = Tries::new(3, Duration::from_mins(1));
        for second in 0..3 {
            assert_eq!(tries.take("a", NOW.plus(Duration::from_secs(second))), Ok(()));
        }
        assert_eq!(tries.take("a", NOW.plus(Duration::from_secs(18))), Err(Duration::from_secs(42)));
        assert_eq!(tries.take("b", NOW), Ok(()));
        assert_eq!(tries.take("a", NOW.plus(Duration::from_mins(1))), Ok(()));
    }

    #[test]
    fn a_right_try_costs_nothing() {
        let tries = Tries::new(1, Duration::from_mins(1));
        for _ in 0..10 {
            assert_eq!(tries.take("a", NOW), Ok(()));
            tries.give_back("a");
        }
        tries.give_back("nobody");
        assert_eq!(tries.take("a", NOW), Ok(()));
        assert_eq!(tries.take("a", NOW), Err(Duration::from_mins(1)));
    }

    #[test]
    fn many_callers_take_no_more_room() {
        let tries = Tries::new(1, Duration::from_mins(1));
        for caller in 0..MOST_CALLERS + 10 {
            assert_eq!(tries.take(&caller.to_string(), NOW), Ok(()));
        }
        assert!(tries.tallies.lock().unwrap().len() <= MOST_CALLERS);
    }
}
