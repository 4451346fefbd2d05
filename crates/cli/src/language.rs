//! The language of human texts. Flags, names and JSON are never translated.

use protocol::Locale;

/// The language that the environment asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language(pub Locale);

impl Language {
    /// `LINGPAI_LANG`, else `LC_ALL`, `LC_MESSAGES`, `LANG`; English where none of them is Chinese.
    pub fn of_environment() -> Self {
        let first = ["LINGPAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        Self::of_tag(first.as_deref().unwrap_or_default())
    }

    /// The language of a tag such as `zh_CN.UTF-8`.
    pub fn of_tag(tag: &str) -> Self {
        let tag = tag.split(['.', '@']).next().unwrap_or_default();
        Self(Locale::from_tag(tag).unwrap_or(Locale::En))
    }
}

/// One sentence in both languages over the variables in sight; `$language` chooses.
macro_rules! tr {
    ($language:expr, $en:literal, $zh:literal $(,)?) => {
        match $language.0 {
            protocol::Locale::En => format!($en),
            protocol::Locale::ZhCn => format!($zh),
        }
    };
}
pub(crate) use tr;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_locales_are_recognised() {
        for tag in ["zh_CN.UTF-8", "zh-CN", "zh", "zh_TW.Big5@radical"] {
            assert_eq!(Language::of_tag(tag), Language(Locale::ZhCn), "{tag}");
        }
        for tag in ["", "C", "POSIX", "en_US.UTF-8", "de_DE", "zhuang"] {
            assert_eq!(Language::of_tag(tag), Language(Locale::En), "{tag}");
        }
    }
}
