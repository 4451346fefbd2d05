//! The page of the demo app. It wears the dress of the server's own pages: their style sheet, and one of its own over it.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use fluent_bundle::FluentValue;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use pages::{Brand, Renderer};
use protocol::Locale;
use thiserror::Error;
use web::Theme;

use super::ASSETS_PATH;
use super::flows::Flow;
use super::message::{Message, Row, TokenView};
use super::start::{CHOSEN, SCOPES};
use super::visitor::Visitor;
use crate::catalog::{APP_PATH, PEOPLE};
use crate::relying_party::Check;
use crate::texts::{Texts, TextsError};

/// The style sheet over that of the pages.
pub(super) const STYLE: &str = include_str!("../../assets/demo.css");
const TEMPLATE: &str = "app.html";
const TEMPLATES: [(&str, &str); 3] = [
    (TEMPLATE, include_str!("../../templates/app.html")),
    ("message.html", include_str!("../../templates/message.html")),
    ("panel.html", include_str!("../../templates/panel.html")),
];

/// Why a page could not be made. Never happens with the embedded files: tests make each page in each state.
#[derive(Debug, Error)]
pub enum PageError {
    /// The dress of the pages.
    #[error("the pages have no style: {0}")]
    Pages(#[from] pages::RenderError),
    /// A template is broken or was given too little.
    #[error("a template failed: {0}")]
    Template(#[from] minijinja::Error),
    /// A file of texts.
    #[error(transparent)]
    Texts(#[from] TextsError),
}

/// What the page shows.
pub(super) enum Page {
    /// A flow, as far as it has come.
    Flow {
        /// The flow.
        flow: Box<Flow>,
        /// Unfold every message.
        open_all: bool,
    },
    /// Nothing has happened yet.
    Start,
    /// Something went wrong; the key of its sentence.
    Trouble(&'static str),
}

/// Makes the pages of the demo app.
pub(super) struct Pages {
    environment: Environment<'static>,
    texts: Arc<Texts>,
    issuer: String,
    house_style_href: String,
    icon_href: String,
    style_href: String,
}

impl Pages {
    pub(super) fn new(issuer: &str) -> Result<Self, PageError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        let house = Renderer::new(Brand::default())?;
        let href = |ending: &str| {
            let found = house.assets().into_iter().find(|(path, _)| path.ends_with(ending));
            found.map(|(path, _)| path.to_owned()).unwrap_or_default()
        };
        let mut hasher = DefaultHasher::new();
        hasher.write(STYLE.as_bytes());
        Ok(Self {
            environment,
            texts: Arc::new(Texts::load()?),
            issuer: issuer.to_owned(),
            house_style_href: href(".css"),
            icon_href: href(".svg"),
            style_href: format!("{ASSETS_PATH}/demo-{:016x}.css", hasher.finish()),
        })
    }

    /// Where the style sheet of this crate stands; changes with its content.
    pub(super) fn style_href(&self) -> &str {
        &self.style_href
    }

    pub(super) fn render(&self, visitor: &Visitor, page: &Page) -> Result<String, PageError> {
        let outside = context! {
            t => self.speaker(visitor.locale),
            note => self.notes(visitor.locale),
            lang => visitor.locale.tag(),
            theme => visitor.theme.as_str(),
            color_scheme => match visitor.theme { Theme::Auto => "light dark", Theme::Dark => "dark", Theme::Light => "light" },
            house_style_href => &self.house_style_href,
            icon_href => &self.icon_href,
            style_href => &self.style_href,
            app_path => APP_PATH,
            issuer => &self.issuer,
            token => &visitor.token,
            locales => locales(visitor.locale),
            themes => themes(visitor.theme),
            scopes => SCOPES.map(scope).to_vec(),
            person => context! { username => PEOPLE[0].username, password => PEOPLE[0].password },
        };
        let template = self.environment.get_template(TEMPLATE)?;
        Ok(template.render(context! { ..inside(page), ..outside })?)
    }

    /// The function that templates call as `t(key, name=value)`.
    fn speaker(&self, locale: Locale) -> Value {
        let texts = Arc::clone(&self.texts);
        Value::from_function(move |key: &str, given: Kwargs| -> Result<String, minijinja::Error> {
            let names: Vec<String> = given.args().map(str::to_owned).collect();
            let mut args = Vec::with_capacity(names.len());
            for name in &names {
                let value = given.get::<Value>(name)?;
                let value = match (value.kind(), value.as_usize()) {
                    (ValueKind::Number, Some(count)) => FluentValue::from(count),
                    _ => FluentValue::from(value.to_string()),
                };
                args.push((name.as_str(), value));
            }
            Ok(texts.say(locale, key, &args))
        })
    }

    /// The function that templates call as `note(key)`: the text, or nothing.
    fn notes(&self, locale: Locale) -> Value {
        let texts = Arc::clone(&self.texts);
        Value::from_function(move |key: &str| texts.find(locale, key, &[]).unwrap_or_default())
    }
}

fn inside(page: &Page) -> Value {
    let nothing = context! {
        messages => Vec::<Value>::new(), dropped => 0, waiting_href => (), signed_in => (), has_tokens => false,
        has_refresh => false, has_spent => false, is_revoked => false, has_flow => false, trouble => (), fresh_from => 0,
        open_all => false,
    };
    match page {
        Page::Start => nothing,
        Page::Trouble(text) => context! { trouble => *text, ..nothing },
        Page::Flow { flow, open_all } => context! {
            fresh_from => flow.fresh_from,
            open_all => *open_all,
            messages => flow.messages.iter().map(message).collect::<Vec<_>>(),
            dropped => flow.dropped,
            waiting_href => flow.pending.as_ref().map(|pending| &pending.url),
            signed_in => flow.person.clone(),
            has_tokens => flow.tokens.is_some(),
            has_refresh => flow.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some()),
            has_spent => flow.spent.is_some(),
            is_revoked => flow.is_revoked,
            has_flow => true,
            ..nothing
        },
    }
}

fn message(message: &Message) -> Value {
    context! {
        kind => message.kind.as_str(),
        number => message.number,
        way => message.kind.way().to_vec(),
        method => message.method,
        address => &message.address,
        headers => rows(&message.headers),
        parameters => rows(&message.parameters),
        status => message.status,
        took_ms => message.took_ms,
        answer => rows(&message.answer),
        tokens => message.tokens.iter().map(token).collect::<Vec<_>>(),
        outcome => message.outcome.as_str(),
        verdict => message.verdict,
    }
}

fn token(token: &TokenView) -> Value {
    let check = |check: &Check| context! { name => check.name, is_good => check.is_good };
    context! {
        name => token.name,
        parts => &token.parts,
        header => rows(&token.header),
        claims => rows(&token.claims),
        checks => token.checks.iter().map(check).collect::<Vec<_>>(),
    }
}

fn rows(rows: &[Row]) -> Vec<Value> {
    let row = |row: &Row| {
        context! { name => &row.name, value => &row.value, also => &row.also, note => &row.note, is_good => row.is_good }
    };
    rows.iter().map(row).collect()
}

/// A scope as the form offers it; its text's key holds no colon.
fn scope(name: &str) -> Value {
    context! {
        name,
        note => format!("scope-{}", name.replace(':', "_")),
        is_chosen => CHOSEN.contains(&name),
        is_fixed => name == "openid",
    }
}

fn locales(chosen: Locale) -> Vec<Value> {
    [(Locale::En, "English"), (Locale::ZhCn, "中文")]
        .into_iter()
        .map(|(locale, label)| context! { value => locale.tag(), label, is_chosen => locale == chosen })
        .collect()
}

fn themes(chosen: Theme) -> Vec<Value> {
    [Theme::Auto, Theme::Light, Theme::Dark]
        .into_iter()
        .map(|theme| {
            let key = match theme {
                Theme::Auto => "theme-auto",
                Theme::Dark => "theme-dark",
                Theme::Light => "theme-light",
            };
            context! { value => theme.as_str(), key, is_chosen => theme == chosen }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::app::flows::{Pending, SpentCode, Tokens};
    use crate::app::message::{MessageKind, Outcome};
    use crate::texts::tests::keys;

    fn visitors() -> Vec<Visitor> {
        let web = crate::app::visitor::tests::settings();
        let header = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::COOKIE, line.parse().unwrap());
            Visitor::of(&web, &headers)
        };
        vec![
            header("lingpai_locale_abc=en; lingpai_theme_abc=light"),
            header("lingpai_locale_abc=zh-CN; lingpai_theme_abc=dark"),
        ]
    }

    fn flow() -> Flow {
        let mut flow = Flow::default();
        for kind in MessageKind::ALL {
            let mut message = Message::new(kind, "GET", "http://localhost:8080/x")
                .with_parameters(&[("state", "<script>alert(1)</script>"), ("unknown", "x")])
                .with_authorization("basic", "Basic abc");
            message.status = Some(400);
            message.took_ms = Some(3);
            message.answer.push(Row::new("reply", "error", "invalid_grant").checked(false));
            let checks = vec![Check { name: "signature", is_good: true }, Check { name: "aud", is_good: false }];
            message.tokens.push(TokenView::of("id_token", "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.AA", checks));
            flow.push(message.concluded(Outcome::Refused, "verdict-replay-refused"));
        }
        flow
    }

    fn states() -> Vec<Page> {
        let pending = Pending {
            state: "s".to_owned(),
            nonce: "n".to_owned(),
            verifier: "v".to_owned(),
            url: "http://localhost:8080/authorize?a=b&c=d".to_owned(),
        };
        let tokens = Tokens { access: "a".to_owned(), refresh: Some("r".to_owned()), id: None };
        let spent = SpentCode { code: "c".to_owned(), verifier: "v".to_owned() };
        let done = Flow { tokens: Some(tokens), spent: Some(spent), person: Some("Alice".to_owned()), ..flow() };
        vec![
            Page::Start,
            Page::Trouble("trouble-no-flow"),
            Page::Flow { flow: Box::new(Flow { pending: Some(pending), ..Flow::default() }), open_all: false },
            Page::Flow { flow: Box::new(Flow { is_revoked: true, dropped: 3, ..done.clone() }), open_all: false },
            Page::Flow { flow: Box::new(done), open_all: false },
        ]
    }

    #[test]
    fn every_page_can_be_made_in_both_languages() {
        let pages = Pages::new("http://localhost:8080").unwrap();
        for page in states() {
            for visitor in visitors() {
                let html = pages.render(&visitor, &page).unwrap();
                assert!(html.contains(&format!("<html lang=\"{}\" data-theme=", visitor.locale.tag())));
                assert_eq!(html.matches("<h1").count(), 1);
                assert!(!html.contains("<script"), "markup from outside");
                for forbidden in ["style=", "<style", "javascript:", "src=\"http", "onclick"] {
                    assert!(!html.contains(forbidden), "{forbidden}");
                }
            }
        }
    }

    #[test]
    fn no_key_shows_through() {
        let pages = Pages::new("http://localhost:8080").unwrap();
        for page in states() {
            for visitor in visitors() {
                let html = pages.render(&visitor, &page).unwrap();
                for key in keys().into_iter().filter(|key| key.contains('-') && !key.starts_with("message-")) {
                    assert!(!html.contains(&format!(">{key}<")), "{key}");
                }
            }
        }
    }

    #[test]
    fn the_style_sheet_is_small_and_of_this_house() {
        assert!(STYLE.len() <= 14 * 1024, "{}", STYLE.len());
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains("http"));
    }
}
