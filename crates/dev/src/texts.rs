//! The sentences of the demo app and of `lingpai try`, in two languages that are equals.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use protocol::Locale;
use thiserror::Error;
use unic_langid::LanguageIdentifier;

const EN: &str = include_str!("../texts/en.ftl");
const ZH_CN: &str = include_str!("../texts/zh-CN.ftl");

/// The embedded texts cannot be read. A test reads them.
#[derive(Debug, Error)]
#[error("the texts of {locale} cannot be read")]
pub struct TextsError {
    locale: &'static str,
}

/// The texts of both languages.
pub(crate) struct Texts {
    en: FluentBundle<FluentResource>,
    zh_cn: FluentBundle<FluentResource>,
}

impl Texts {
    pub(crate) fn load() -> Result<Self, TextsError> {
        Ok(Self { en: bundle(Locale::En, EN)?, zh_cn: bundle(Locale::ZhCn, ZH_CN)? })
    }

    /// The sentence; its key where there is none, which tests keep from happening.
    pub(crate) fn say(&self, locale: Locale, key: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        self.find(locale, key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The sentence, where there is one.
    pub(crate) fn find(&self, locale: Locale, key: &str, args: &[(&str, FluentValue<'_>)]) -> Option<String> {
        let bundle = match locale {
            Locale::En => &self.en,
            Locale::ZhCn => &self.zh_cn,
        };
        let pattern = bundle.get_message(key)?.value()?;
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        errors.is_empty().then_some(text)
    }
}

fn bundle(locale: Locale, source: &str) -> Result<FluentBundle<FluentResource>, TextsError> {
    let broken = || TextsError { locale: locale.tag() };
    let resource = FluentResource::try_new(source.to_owned()).map_err(|_| broken())?;
    let language: LanguageIdentifier = locale.tag().parse().map_err(|_| broken())?;
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|_| broken())?;
    Ok(bundle)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every key of the English file.
    pub(crate) fn keys() -> BTreeSet<&'static str> {
        keys_of(EN)
    }

    fn keys_of(source: &'static str) -> BTreeSet<&'static str> {
        let lines = source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
        lines.filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect()
    }

    fn placeables(source: &'static str, key: &str) -> BTreeSet<&'static str> {
        let start = source.find(&format!("\n{key} = ")).unwrap();
        let line = source[start + 1..].lines().next().unwrap();
        line.match_indices("{ $").map(|(at, _)| line[at + 3..].split([' ', '}']).next().unwrap()).collect()
    }

    #[test]
    fn both_languages_have_the_same_texts_and_arguments() {
        assert_eq!(keys_of(EN), keys_of(ZH_CN));
        for key in keys() {
            assert_eq!(placeables(EN, key), placeables(ZH_CN, key), "{key}");
        }
    }

    #[test]
    fn every_text_can_be_said() {
        let texts = Texts::load().unwrap();
        let names = ["username", "password", "count", "ms", "client", "user", "lifetime", "first", "second", "app"];
        let args: Vec<(&str, FluentValue<'_>)> = names.iter().map(|name| (*name, FluentValue::from(2_u64))).collect();
        for key in keys() {
            for locale in Locale::ALL {
                assert!(texts.find(locale, key, &args).is_some_and(|text| !text.is_empty()), "{key}");
            }
        }
        assert_eq!(texts.say(Locale::En, "try-failed", &[("count", FluentValue::from(1_u64))]), "One step failed.");
        assert_eq!(texts.find(Locale::En, "no-such-text", &[]), None);
    }

    #[test]
    fn chinese_texts_use_the_fixed_terms() {
        for wrong in ["帐号", "账户", "您", "！", "登陆"] {
            assert!(!ZH_CN.contains(wrong), "{wrong}");
        }
    }
}
