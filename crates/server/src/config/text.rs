//! A sentence in both languages, and the choice between them.

use protocol::Locale;

/// The same words in English and in Chinese, both written by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Text {
    /// Takes both wordings.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The wording for `locale`.
    pub fn pick(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::ZhCn => &self.zh,
        }
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }
}

/// Builds a [`Text`] from two format strings over the variables in sight.
macro_rules! text {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::config::Text::new(format!($en), format!($zh))
    };
}
pub(crate) use text;
