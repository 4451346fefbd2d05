//! The language of the pages. BCP 47; `Accept-Language`: RFC 9110 §12.5.4; `ui_locales`: OpenID Connect Core §3.1.2.1.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A language in which the pages are written.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Locale {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Chinese as written on the mainland.
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Locale {
    /// Every language, in alphabetical order.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language that serves a tag best, by its primary subtag: `zh-Hans`, `zh-TW` and `zh` are all Chinese.
    ///
    /// Source: RFC 4647 §3.4 (lookup), shortened to the first subtag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|locale| locale.primary().eq_ignore_ascii_case(primary))
    }

    /// Chooses the language of a page: what the request asks for, else what the person chose, else what the browser
    /// prefers, else `default`.
    ///
    /// Shape: `ui_locales` is the parameter, tags in order with spaces between; `cookie` the value of our own cookie;
    /// `accept_language` the header. What is malformed or unknown counts as absent.
    pub fn negotiate(
        ui_locales: Option<&str>,
        cookie: Option<&str>,
        accept_language: Option<&str>,
        default: Self,
    ) -> Self {
        ui_locales
            .and_then(first_known)
            .or_else(|| cookie.and_then(|tag| tag.parse().ok()))
            .or_else(|| accept_language.and_then(most_preferred))
            .unwrap_or(default)
    }

    const fn primary(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh",
        }
    }
}

/// Nobody prefers more languages than this; the rest of a list is not read.
const MOST_TAGS: usize = 32;

fn first_known(ui_locales: &str) -> Option<Locale> {
    ui_locales.split(' ').take(MOST_TAGS).find_map(Locale::from_tag)
}

fn most_preferred(accept_language: &str) -> Option<Locale> {
    let mut best = None;
    for range in accept_language.split(',').take(MOST_TAGS) {
        let mut parts = range.split(';').map(str::trim);
        let locale = parts.next().and_then(Locale::from_tag);
        let Some(weight) = parts.next().map_or(Some(1000), weight) else {
            continue;
        };
        // Weight 0 means "not acceptable". Of equal weights the first wins.
        if weight > best.map_or(0, |(_, heaviest)| heaviest) {
            best = locale.map(|locale| (locale, weight)).or(best);
        }
    }
    best.map(|(locale, _)| locale)
}

/// A weight in thousandths: `q=0`, `q=0.5`, `q=1.000`. RFC 9110 §12.4.2.
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// The text is not the tag of a [`Locale`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown language tag")]
pub struct UnknownLocale;

impl FromStr for Locale {
    type Err = UnknownLocale;

    /// Reads an exact tag, as our own cookie and configuration hold it.
    fn from_str(tag: &str) -> Result<Self, UnknownLocale> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag).ok_or(UnknownLocale)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepts(header: &str) -> Locale {
        Locale::negotiate(None, None, Some(header), Locale::En)
    }

    #[test]
    fn request_beats_cookie_beats_browser_beats_default() {
        let zh = Some("zh-CN");
        let en = Some("en");
        assert_eq!(Locale::negotiate(zh, en, en, Locale::En), Locale::ZhCn);
        assert_eq!(Locale::negotiate(None, zh, en, Locale::En), Locale::ZhCn);
        assert_eq!(Locale::negotiate(None, None, zh, Locale::En), Locale::ZhCn);
        assert_eq!(Locale::negotiate(None, None, None, Locale::ZhCn), Locale::ZhCn);
    }

    #[test]
    fn what_is_unknown_counts_as_absent() {
        assert_eq!(Locale::negotiate(Some("se fr"), Some("de"), Some("*, ja"), Locale::ZhCn), Locale::ZhCn);
        assert_eq!(Locale::negotiate(Some("fr zh-TW en"), None, None, Locale::En), Locale::ZhCn);
        assert_eq!(Locale::negotiate(Some(""), Some("zh-cn"), None, Locale::En), Locale::En);
    }

    #[test]
    fn tags_are_matched_by_language() {
        for tag in ["zh", "ZH", "zh-Hans-CN", "zh-TW", "zh_CN"] {
            assert_eq!(Locale::from_tag(tag), Some(Locale::ZhCn), "{tag}");
        }
        assert_eq!(Locale::from_tag("en-GB"), Some(Locale::En));
        for tag in ["", "z", "zhx", "*", "fr-en", "-en"] {
            assert_eq!(Locale::from_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn weights_decide_and_ties_go_to_the_first() {
        assert_eq!(accepts("en;q=0.8, zh-CN;q=0.9"), Locale::ZhCn);
        assert_eq!(accepts("zh-CN,zh;q=0.9,en;q=0.8"), Locale::ZhCn);
        assert_eq!(accepts("en, zh"), Locale::En);
        assert_eq!(accepts("zh, en"), Locale::ZhCn);
        assert_eq!(accepts("fr, zh;q=0.1"), Locale::ZhCn);
    }

    #[test]
    fn weight_zero_and_broken_weights_count_for_nothing() {
        for header in
            ["zh;q=0", "zh;q=0.000", "zh;q=2", "zh;q=1.5", "zh;q=", "zh;q=0.1234", "zh;x=1", "zh;q=-1", ";;", ""]
        {
            assert_eq!(accepts(header), Locale::En, "{header}");
        }
    }

    #[test]
    fn tags_round_trip() {
        for locale in Locale::ALL {
            assert_eq!(locale.tag().parse(), Ok(locale));
            assert_eq!(serde_json::to_value(locale).unwrap(), locale.tag());
        }
        assert_eq!("zh".parse::<Locale>(), Err(UnknownLocale));
    }

    proptest! {
        #[test]
        fn negotiation_never_panics(a in any::<String>(), b in any::<String>(), c in "[a-z,;=q.0-9 *-]{0,64}") {
            let _ = Locale::negotiate(Some(&a), Some(&b), Some(&c), Locale::En);
            let _ = Locale::negotiate(Some(&c), Some(&a), Some(&b), Locale::En);
        }
    }
}
