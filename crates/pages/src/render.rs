//! Turns a view into a page: templates, texts and the frame that every page has.

use std::{
    hash::{DefaultHasher, Hasher},
    sync::Arc,
};

use minijinja::{
    Environment, ErrorKind, UndefinedBehavior, Value, context,
    value::{Kwargs, ValueKind},
};
use protocol::Locale;
use thiserror::Error;
use web::Theme;

use crate::{
    texts::{Arg, TextError, Texts},
    view::View,
};

const TEMPLATES: [(&str, &str); 11] = [
    ("consent.html", include_str!("../templates/consent.html")),
    ("device-ask.html", include_str!("../templates/device-ask.html")),
    ("device-done.html", include_str!("../templates/device-done.html")),
    ("device.html", include_str!("../templates/device.html")),
    ("fault.html", include_str!("../templates/fault.html")),
    ("home.html", include_str!("../templates/home.html")),
    ("layout.html", include_str!("../templates/layout.html")),
    ("login.html", include_str!("../templates/login.html")),
    ("logout.html", include_str!("../templates/logout.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("signed-out.html", include_str!("../templates/signed-out.html")),
];

/// The style sheet.
const STYLE: &str = include_str!("../assets/lingpai.css");
/// The icon.
const ICON: &str = include_str!("../assets/mark.svg");

/// Why a page could not be made. Never happens with the embedded files: tests make each page in each state.
#[derive(Debug, Error)]
pub enum RenderError {
    /// A template is broken or was given too little.
    #[error("a template failed: {0}")]
    Template(#[from] minijinja::Error),
    /// A text is missing or was given too little.
    #[error("a text failed: {0}")]
    Text(#[from] TextError),
}

/// What this server calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The name in English sentences.
    pub name_en: String,
    /// The name in Chinese sentences.
    pub name_zh: String,
}

impl Default for Brand {
    fn default() -> Brand {
        Brand { name_en: "Lingpai".to_owned(), name_zh: "令牌".to_owned() }
    }
}

impl Brand {
    /// The name in sentences of that language.
    pub fn name(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.name_en,
            Locale::ZhCn => &self.name_zh,
        }
    }

    /// The name beside the mark: ours is always written both ways, another one in the language of the page.
    fn wordmark(&self, locale: Locale) -> Vec<Value> {
        let part = |lang: &str, text: &str| context! { lang, text };
        if *self == Brand::default() {
            vec![part("zh-CN", &self.name_zh), part("en", &self.name_en)]
        } else {
            vec![part(locale.tag(), self.name(locale))]
        }
    }
}

/// What surrounds a view: language, theme, and the form that changes both.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub locale: Locale,
    /// The theme of the page.
    pub theme: Theme,
    /// The form in the footer; `None` where there is no page to return to.
    pub preferences: Option<Preferences>,
}

/// What the form in the footer needs.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The form token.
    pub token: String,
    /// The page to return to: a path of ours.
    pub return_to: String,
}

/// Says texts in one language.
#[derive(Clone, Copy)]
pub(crate) struct Speech<'r> {
    texts: &'r Texts,
    brand: &'r Brand,
    /// The language.
    pub(crate) locale: Locale,
}

impl Speech<'_> {
    /// The text as plain text.
    pub(crate) fn say(&self, key: &str, args: &[(&str, Arg)]) -> Result<String, RenderError> {
        Ok(self.texts.plain(self.locale, key, args)?)
    }

    /// The server's name.
    pub(crate) fn brand(&self) -> &str {
        self.brand.name(self.locale)
    }
}

/// Makes pages.
pub struct Renderer {
    environment: Environment<'static>,
    texts: Arc<Texts>,
    brand: Brand,
    style_href: String,
    icon_href: String,
}

impl Renderer {
    /// Reads the embedded templates and texts.
    pub fn new(brand: Brand) -> Result<Renderer, RenderError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        Ok(Renderer {
            environment,
            texts: Arc::new(Texts::load()?),
            brand,
            style_href: format!("/assets/lingpai-{}.css", fingerprint(STYLE)),
            icon_href: format!("/assets/mark-{}.svg", fingerprint(ICON)),
        })
    }

    /// The files that pages refer to, by path. A path changes with its content, so that it can be cached for ever.
    pub fn assets(&self) -> [(&str, &'static str); 2] {
        [(&self.style_href, STYLE), (&self.icon_href, ICON)]
    }

    /// The page for a view.
    pub fn render(&self, frame: &Frame, view: &View) -> Result<String, RenderError> {
        let speech = Speech { texts: &self.texts, brand: &self.brand, locale: frame.locale };
        let outside = context! {
            t => self.speaker(frame.locale, false),
            rich => self.speaker(frame.locale, true),
            lang => frame.locale.tag(),
            theme => frame.theme.as_str(),
            color_scheme => color_scheme(frame.theme),
            brand => speech.brand(),
            wordmark => self.brand.wordmark(frame.locale),
            style_href => &self.style_href,
            icon_href => &self.icon_href,
            page_title => view.title(&speech)?,
            preferences => preferences(frame, &speech)?,
        };
        let inside = view.context(&speech)?;
        let template = self.environment.get_template(view.template())?;
        Ok(template.render(context! { ..inside, ..outside })?)
    }

    /// The function that templates call as `t(key, name=value)` or `rich(key, name=value)`.
    fn speaker(&self, locale: Locale, is_rich: bool) -> Value {
        let texts = Arc::clone(&self.texts);
        Value::from_function(move |key: &str, given: Kwargs| -> Result<Value, minijinja::Error> {
            let names: Vec<String> = given.args().map(str::to_owned).collect();
            let mut args = Vec::with_capacity(names.len());
            for name in &names {
                args.push((name.as_str(), argument(&given.get::<Value>(name)?)));
            }
            let failed = |error: TextError| minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string());
            if is_rich {
                texts.rich(locale, key, &args).map(Value::from_safe_string).map_err(failed)
            } else {
                texts.plain(locale, key, &args).map(Value::from).map_err(failed)
            }
        })
    }
}

fn argument(value: &Value) -> Arg {
    match (value.kind(), value.as_usize()) {
        (ValueKind::Number, Some(count)) => Arg::Count(count as u64),
        _ => Arg::Name(value.to_string()),
    }
}

fn preferences(frame: &Frame, speech: &Speech<'_>) -> Result<Value, RenderError> {
    let Some(form) = &frame.preferences else { return Ok(Value::from(())) };
    let choice = |value: &str, label: String, is_chosen: bool| context! { value, label, is_chosen };
    let locales: Vec<Value> = [(Locale::En, "English"), (Locale::ZhCn, "中文")]
        .into_iter()
        .map(|(locale, label)| choice(locale.tag(), label.to_owned(), locale == frame.locale))
        .collect();
    let mut themes = Vec::new();
    for (theme, key) in [(Theme::Auto, "theme-auto"), (Theme::Light, "theme-light"), (Theme::Dark, "theme-dark")] {
        themes.push(choice(theme.as_str(), speech.say(key, &[])?, theme == frame.theme));
    }
    Ok(context! { token => &form.token, return_to => &form.return_to, locales, themes })
}

const fn color_scheme(theme: Theme) -> &'static str {
    match theme {
        Theme::Auto => "light dark",
        Theme::Dark => "dark",
        Theme::Light => "light",
    }
}

/// Sixteen hexadecimal digits that change with the content. It names a version, it protects nothing.
fn fingerprint(content: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content.as_bytes());
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn frames() -> Vec<Frame> {
        let preferences = Preferences { token: "token".to_owned(), return_to: "/login".to_owned() };
        let mut frames = Vec::new();
        for locale in [Locale::En, Locale::ZhCn] {
            for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
                for preferences in [None, Some(preferences.clone())] {
                    frames.push(Frame { locale, theme, preferences });
                }
            }
        }
        frames
    }

    fn page(view: &View) -> String {
        let frame = Frame { locale: Locale::En, theme: Theme::Auto, preferences: None };
        Renderer::new(Brand::default()).unwrap().render(&frame, view).unwrap()
    }

    fn sample(name: &str) -> View {
        samples::all().into_iter().find(|(found, _)| found == name).unwrap().1
    }

    #[test]
    fn every_page_can_be_made_in_every_state_language_and_theme() {
        let renderer = Renderer::new(Brand::default()).unwrap();
        for (name, view) in samples::all() {
            for frame in frames() {
                let page = renderer.render(&frame, &view).unwrap_or_else(|error| panic!("{name}: {error:?}"));
                assert!(page.contains(&format!(
                    "<html lang=\"{}\" data-theme=\"{}\">",
                    frame.locale.tag(),
                    frame.theme.as_str()
                )));
                assert_eq!(page.matches("<h1>").count(), 1, "{name}");
                assert_eq!(page.matches("<main ").count(), 1, "{name}");
                assert!(page.len() < 16_000, "{name} has {} bytes", page.len());
            }
        }
    }

    #[test]
    fn no_page_needs_script_inline_style_or_another_host() {
        let renderer = Renderer::new(Brand::default()).unwrap();
        for (name, view) in samples::all() {
            for frame in frames() {
                let page = renderer.render(&frame, &view).unwrap();
                for forbidden in ["<script", "style=", "<style", "javascript:", " onclick", "src=\"http", "@import"] {
                    assert!(!page.contains(forbidden), "{name} has {forbidden}");
                }
                let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
                for link in links.filter(|link| !link.starts_with("https:&#x2f;&#x2f;shop.example.cn&#x2f;bye")) {
                    assert!(
                        link.starts_with("&#x2f;") || link.starts_with('/') || link.starts_with('#'),
                        "{name}: {link}"
                    );
                }
            }
        }
    }

    #[test]
    fn titles_differ_between_states() {
        let title = |name: &str| {
            let page = page(&sample(name));
            page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned()
        };
        assert_eq!(title("login-plain"), "Sign in · Lingpai");
        assert_eq!(title("login-app"), "Sign in to continue to Shop · Lingpai");
        assert_eq!(title("login-mismatch"), "Not signed in: Sign in to continue to Shop · Lingpai");
        assert_eq!(title("logout-done"), "Signed out · Lingpai");
        assert_eq!(title("fault-expired"), "Page expired · Lingpai");
    }

    #[test]
    fn a_hostile_app_name_stays_text() {
        for name in ["login-hostile", "consent-hostile", "device-ask-hostile"] {
            let page = page(&sample(name));
            assert!(!page.contains("<script"), "{name}");
            assert!(!page.contains('\u{202E}'), "{name}");
            assert!(page.contains("&lt;script&gt;"), "{name}");
        }
    }

    #[test]
    fn problems_are_linked_to_their_fields() {
        let empty = page(&sample("login-empty"));
        assert!(empty.contains("role=\"alert\" tabindex=\"-1\" autofocus"));
        assert!(empty.contains("aria-invalid=\"true\" aria-describedby=\"problem-username\""));
        assert!(empty.contains("<p id=\"problem-username\"><a href=\"#username\">"));
        let mismatch = page(&sample("login-mismatch"));
        assert_eq!(mismatch.matches("aria-describedby=\"problem-match\"").count(), 2);
        assert_eq!(mismatch.matches("autofocus").count(), 1);
    }

    #[test]
    fn the_style_sheet_is_small_and_of_this_house() {
        assert!(STYLE.len() <= 14 * 1024, "{}", STYLE.len());
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains("http"));
    }
}
