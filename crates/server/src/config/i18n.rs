//! `[i18n]`: languages.

use protocol::Locale;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[i18n]`, as written.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct I18nSection {
    /// The language of a page when neither the app's request (`ui_locales`), nor the person's choice, nor the browser
    /// asks for one we have: `en` or `zh-CN`.
    #[schemars(example = "zh-CN")]
    pub default: DefaultLanguage,
}

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
pub enum DefaultLanguage {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Chinese.
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl From<DefaultLanguage> for Locale {
    fn from(language: DefaultLanguage) -> Self {
        match language {
            DefaultLanguage::En => Self::En,
            DefaultLanguage::ZhCn => Self::ZhCn,
        }
    }
}
