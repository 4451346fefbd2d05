//! The sentences of the pages: Fluent files, one per language, written by hand as equals.
//!
//! Arguments never take part in formatting: Fluent sees a placeholder, and the argument is put in afterwards, escaped
//! and set apart where the caller asks for HTML. So no name, however odd, can become syntax, markup or direction.

use std::fmt::Write as _;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use protocol::Locale;
use thiserror::Error;
use unic_langid::LanguageIdentifier;

const EN: &str = include_str!("../texts/en.ftl");
const ZH_CN: &str = include_str!("../texts/zh-CN.ftl");

/// Marks the place of an argument: this, a digit, and [`CLOSE`]. Both are private-use characters of ours.
const OPEN: char = '\u{E000}';
/// Ends the mark of an argument.
const CLOSE: char = '\u{E001}';

/// Why a sentence could not be said. Never happens with the embedded texts: tests say each of them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// An argument that the sentence needs was not given.
    #[error("the text {key} lacks an argument")]
    Argument {
        /// The text's key.
        key: String,
    },
    /// A file of texts cannot be parsed.
    #[error("the texts of {locale} cannot be read")]
    File {
        /// The language's tag.
        locale: &'static str,
    },
    /// There is no such text.
    #[error("there is no text {key}")]
    Missing {
        /// The text's key.
        key: String,
    },
}

/// A value inside a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A number, which may choose a plural form.
    Count(u64),
    /// A name or any other text from outside.
    Name(String),
}

impl From<&str> for Arg {
    fn from(name: &str) -> Arg {
        Arg::Name(name.to_owned())
    }
}

impl From<&String> for Arg {
    fn from(name: &String) -> Arg {
        Arg::Name(name.clone())
    }
}

impl From<u64> for Arg {
    fn from(count: u64) -> Arg {
        Arg::Count(count)
    }
}

/// The texts of every language.
pub struct Texts {
    en: FluentBundle<FluentResource>,
    zh_cn: FluentBundle<FluentResource>,
}

impl Texts {
    /// Reads the embedded texts.
    pub fn load() -> Result<Texts, TextError> {
        Ok(Texts { en: bundle(Locale::En, EN)?, zh_cn: bundle(Locale::ZhCn, ZH_CN)? })
    }

    /// The sentence as plain text, for titles, attributes and whatever is escaped later.
    pub fn plain(&self, locale: Locale, key: &str, args: &[(&str, Arg)]) -> Result<String, TextError> {
        let pattern = self.format(locale, key, args)?;
        Ok(fill(&pattern, args, locale, String::push_str))
    }

    /// The sentence as HTML: everything escaped, names set apart in bold and in their own direction.
    pub fn rich(&self, locale: Locale, key: &str, args: &[(&str, Arg)]) -> Result<String, TextError> {
        let pattern = escape(&self.format(locale, key, args)?);
        Ok(fill(&pattern, args, locale, |text, name| {
            // Writing to a String cannot fail.
            let _ = write!(text, "<b><bdi>{}</bdi></b>", escape(name));
        }))
    }

    fn format(&self, locale: Locale, key: &str, args: &[(&str, Arg)]) -> Result<String, TextError> {
        let bundle = match locale {
            Locale::En => &self.en,
            Locale::ZhCn => &self.zh_cn,
        };
        let message = bundle.get_message(key).and_then(|message| message.value());
        let pattern = message.ok_or_else(|| TextError::Missing { key: key.to_owned() })?;
        let mut given = FluentArgs::new();
        for (index, (name, arg)) in args.iter().enumerate() {
            let value = match arg {
                Arg::Count(count) => FluentValue::from(*count),
                Arg::Name(_) => FluentValue::from(format!("{OPEN}{index}{CLOSE}")),
            };
            given.set(*name, value);
        }
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&given), &mut errors).into_owned();
        if errors.is_empty() { Ok(text) } else { Err(TextError::Argument { key: key.to_owned() }) }
    }
}

fn bundle(locale: Locale, source: &str) -> Result<FluentBundle<FluentResource>, TextError> {
    let broken = || TextError::File { locale: locale.tag() };
    let resource = FluentResource::try_new(source.to_owned()).map_err(|_| broken())?;
    let language: LanguageIdentifier = locale.tag().parse().map_err(|_| broken())?;
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Names are set apart with <bdi>, not with invisible characters that people would copy.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).map_err(|_| broken())?;
    Ok(bundle)
}

/// Puts the arguments into their places, once; in Chinese with a space between Chinese and Latin letters.
fn fill(pattern: &str, args: &[(&str, Arg)], locale: Locale, put: impl Fn(&mut String, &str)) -> String {
    let mut text = String::with_capacity(pattern.len() + 32);
    let mut before: Option<char> = None;
    let mut rest = pattern;
    while let Some((head, tail)) = rest.split_once(OPEN) {
        text.push_str(head);
        before = head.chars().next_back().or(before);
        let (mark, after) = tail.split_once(CLOSE).unwrap_or(("", tail));
        let index: Option<usize> = mark.parse().ok();
        if let Some((_, Arg::Name(name))) = index.and_then(|index| args.get(index)) {
            let apart = |left: Option<char>, right: Option<char>| locale == Locale::ZhCn && needs_space(left, right);
            if apart(before, name.chars().next()) {
                text.push(' ');
            }
            put(&mut text, name);
            if apart(name.chars().next_back(), after.chars().next()) {
                text.push(' ');
            }
            before = name.chars().next_back();
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn needs_space(left: Option<char>, right: Option<char>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return false };
    (is_han(left) && right.is_ascii_alphanumeric()) || (left.is_ascii_alphanumeric() && is_han(right))
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text from outside as it may be shown: without control characters and without characters that turn the direction
/// of what follows, at most 100 characters.
pub fn displayable(text: &str) -> String {
    let is_shown = |character: &char| {
        !character.is_control()
            && !matches!(character, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
            && !matches!(*character, OPEN | CLOSE)
    };
    let shown: String = text.trim().chars().filter(is_shown).take(100).collect();
    if shown.is_empty() { "?".to_owned() } else { shown }
}

#[cfg(test)]
mod tests;
