//! Spans of time as people write them: `60s`, `10m`, `8h`, `14d`, `1h30m`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A span of time in a setting.
///
/// Shape: whole numbers, each with its unit `s`, `m`, `h` or `d`, largest first or in any order; `1h30m` is their sum.
/// Units: seconds inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(Duration);

impl Period {
    /// A period of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// A period of whole minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes * MINUTE)
    }

    /// A period of whole hours.
    pub const fn hours(hours: u64) -> Self {
        Self::seconds(hours * HOUR)
    }

    /// A period of whole days.
    pub const fn days(days: u64) -> Self {
        Self::seconds(days * DAY)
    }

    /// The same span as the standard library's type.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl From<Duration> for Period {
    fn from(duration: Duration) -> Self {
        Self::seconds(duration.as_secs())
    }
}

/// The text is not a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a span of time such as \"90s\", \"10m\", \"8h\" or \"14d\"")]
pub struct NotAPeriod;

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let (mut total, mut number) = (0_u64, None::<u64>);
        for letter in text.chars() {
            if let Some(digit) = letter.to_digit(10) {
                let longer = number.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(u64::from(digit)));
                number = Some(longer.ok_or(NotAPeriod)?);
                continue;
            }
            let unit = match letter {
                's' => 1,
                'm' => MINUTE,
                'h' => HOUR,
                'd' => DAY,
                _ => return Err(NotAPeriod),
            };
            let part = number.take().and_then(|n| n.checked_mul(unit)).ok_or(NotAPeriod)?;
            total = total.checked_add(part).ok_or(NotAPeriod)?;
        }
        // A number without its unit, or no number at all.
        if number.is_some() || text.is_empty() { Err(NotAPeriod) } else { Ok(Self::seconds(total)) }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        // As people say it: 60s, 90s, 2m, 1h, 24h, 2d.
        for (unit, letter, least) in [(DAY, 'd', 2), (HOUR, 'h', 1), (MINUTE, 'm', 2)] {
            if seconds >= least * unit && seconds.is_multiple_of(unit) {
                return write!(f, "{}{letter}", seconds / unit);
            }
        }
        write!(f, "{seconds}s")
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([0-9]+[smhd])+$", "x-lingpai": "period" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_and_sums_are_read() {
        assert_eq!("60s".parse(), Ok(Period::seconds(60)));
        assert_eq!("10m".parse(), Ok(Period::minutes(10)));
        assert_eq!("1h30m".parse(), Ok(Period::minutes(90)));
        assert_eq!("14d".parse(), Ok(Period::days(14)));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "10",
            "m",
            "10 m",
            "-1m",
            "1.5h",
            "10min",
            "1w",
            "99999999999999999999d",
            "9999999999999999999d",
            "１0m",
        ] {
            assert_eq!(text.parse::<Period>(), Err(NotAPeriod), "{text:?}");
        }
    }

    #[test]
    fn shown_in_the_unit_that_people_use() {
        assert_eq!(Period::seconds(60).to_string(), "60s");
        assert_eq!(Period::seconds(90).to_string(), "90s");
        assert_eq!(Period::minutes(10).to_string(), "10m");
        assert_eq!(Period::minutes(60).to_string(), "1h");
        assert_eq!(Period::hours(24).to_string(), "24h");
        assert_eq!(Period::hours(48).to_string(), "2d");
        assert_eq!(Period::seconds(0).to_string(), "0s");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(seconds in 0_u64..=10_000_000) {
            let period = Period::seconds(seconds);
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Period>();
        }
    }
}
