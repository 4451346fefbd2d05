//! Points in time as the wire and the database hold them. Text form: RFC 3339.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Nothing here reads a clock: whoever needs the present gets it as an argument.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Builds from milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Builds from seconds since the epoch, saturating at the ends of the range.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded towards the past, as JWT claims want them.
    ///
    /// Source: RFC 7519 §2 (NumericDate).
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time moved into the future, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// This time moved into the past, saturating.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// How long ago `earlier` was, zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        let elapsed = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(elapsed).unwrap_or(0))
    }

    /// Text for people, to the second: `2026-08-07T09:10:11Z`.
    ///
    /// Times outside the years 0000 to 9999, which RFC 3339 cannot write, become its first or last second.
    pub fn to_rfc3339(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.as_secs().clamp(FIRST_WRITABLE_SECOND, LAST_WRITABLE_SECOND);
        let (year, month, day) = civil_date(secs.div_euclid(SECONDS_PER_DAY));
        let of_day = secs.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

const SECONDS_PER_DAY: i64 = 86_400;
/// 0000-01-01T00:00:00Z.
const FIRST_WRITABLE_SECOND: i64 = -62_167_219_200;
/// 9999-12-31T23:59:59Z.
const LAST_WRITABLE_SECOND: i64 = 253_402_300_799;

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Year, month and day of the proleptic Gregorian calendar for a count of days since 1970-01-01.
///
/// Counts in eras of 400 years that begin on the first of March, so that the leap day is the last day of a year.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_instants_read_as_people_write_them() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_000_000_000, "2001-09-09T01:46:40Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
            (FIRST_WRITABLE_SECOND, "0000-01-01T00:00:00Z"),
            (LAST_WRITABLE_SECOND, "9999-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
            (i64::MIN, "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::from_secs(secs).to_rfc3339(), text);
        }
    }

    #[test]
    fn seconds_round_towards_the_past() {
        assert_eq!(Timestamp::from_millis(1999).as_secs(), 1);
        assert_eq!(Timestamp::from_millis(-1).as_secs(), -1);
    }

    #[test]
    fn since_a_later_time_is_zero() {
        let now = Timestamp::from_secs(10);
        assert_eq!(now.since(now.plus(Duration::from_secs(1))), Duration::ZERO);
        assert_eq!(now.since(now.minus(Duration::from_secs(1))), Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn arithmetic_never_panics(a in any::<i64>(), b in any::<i64>(), d in any::<u64>()) {
            let (a, b) = (Timestamp::from_millis(a), Timestamp::from_millis(b));
            let d = Duration::from_secs(d);
            prop_assert!(a.plus(d) >= a);
            prop_assert!(a.minus(d) <= a);
            let _ = (a.since(b), a.to_rfc3339(), Timestamp::from_secs(a.as_millis()));
        }

        #[test]
        fn dates_grow_with_time(a in FIRST_WRITABLE_SECOND..LAST_WRITABLE_SECOND, b in FIRST_WRITABLE_SECOND..LAST_WRITABLE_SECOND) {
            let text = |secs| Timestamp::from_secs(secs).to_rfc3339();
            prop_assert_eq!(a.cmp(&b), text(a).cmp(&text(b)));
            prop_assert_eq!(text(a).len(), 20);
        }

        #[test]
        fn serde_is_a_bare_number(ms in any::<i64>()) {
            let json = serde_json::to_string(&Timestamp::from_millis(ms)).unwrap();
            prop_assert_eq!(&json, &ms.to_string());
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap().as_millis(), ms);
        }
    }
}
