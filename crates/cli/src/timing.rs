//! Times as people read them.

use std::time::Duration;

use protocol::{Locale, Timestamp};

use crate::language::Language;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long ago, or how far ahead: `2 min ago`, `in 3 d`, `2 分钟前`.
pub fn relative(at: Timestamp, now: Timestamp, language: Language) -> String {
    if at > now { ahead(at.since(now), language) } else { ago(now.since(at), language) }
}

fn ago(age: Duration, Language(locale): Language) -> String {
    match (span(age, locale), locale) {
        (None, Locale::En) => "just now".to_owned(),
        (None, Locale::ZhCn) => "刚刚".to_owned(),
        (Some(span), Locale::En) => format!("{span} ago"),
        (Some(span), Locale::ZhCn) => format!("{span}前"),
    }
}

fn ahead(wait: Duration, Language(locale): Language) -> String {
    // The moment since the command began does not make 24 hours 23.
    let wait = wait.saturating_add(Duration::from_secs(MINUTE - 1));
    match (span(wait, locale), locale) {
        (None, Locale::En) => "now".to_owned(),
        (None, Locale::ZhCn) => "现在".to_owned(),
        (Some(span), Locale::En) => format!("in {span}"),
        (Some(span), Locale::ZhCn) => format!("{span}后"),
    }
}

/// The largest unit that fits, days from two on; nothing below a minute.
fn span(duration: Duration, locale: Locale) -> Option<String> {
    let seconds = duration.as_secs();
    let units = [(DAY, 2, "d", "天"), (HOUR, 1, "h", "小时"), (MINUTE, 1, "min", "分钟")];
    let (unit, _, en, zh) = units.into_iter().find(|(unit, least, ..)| seconds >= unit * least)?;
    let count = seconds / unit;
    Some(match locale {
        Locale::En => format!("{count} {en}"),
        Locale::ZhCn => format!("{count} {zh}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_that_fits_is_used() {
        let now = Timestamp::from_secs(1_000_000);
        let said = |seconds: i64, locale| relative(Timestamp::from_secs(1_000_000 + seconds), now, Language(locale));
        assert_eq!(said(-5, Locale::En), "just now");
        assert_eq!(said(-150, Locale::En), "2 min ago");
        assert_eq!(said(-7300, Locale::ZhCn), "2 小时前");
        assert_eq!(said(86_399, Locale::En), "in 24 h");
        assert_eq!(said(3 * 86_400, Locale::En), "in 3 d");
        assert_eq!(said(3 * 86_400, Locale::ZhCn), "3 天后");
    }
}
