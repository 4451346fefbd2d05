//! The consent page.

use minijinja::{Value, context};

use super::{AppView, Place, initial};
use crate::render::{RenderError, Speech};

/// The consent page in one state.
#[derive(Clone, Debug)]
pub struct ConsentView {
    /// The form token, bound to the interaction and the account.
    pub token: String,
    /// The interaction that waits for the decision.
    pub interaction: String,
    /// The path that begins the app's request anew, should the interaction expire meanwhile.
    pub start_again: String,
    /// The app that asks.
    pub app: AppView,
    /// Who is asked.
    pub account: String,
    /// What is asked for, in the order of the request.
    pub asked: Vec<ScopeView>,
    /// What the app has been allowed before.
    pub known: Vec<ScopeView>,
}

/// A scope in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeView {
    /// What it allows.
    pub meaning: Meaning,
    /// The API that it belongs to.
    pub api: Option<String>,
}

/// Where the words for a scope come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// An API, by its name, of which no scope is asked for.
    Api(String),
    /// The owner of the API wrote them, in the language of the page.
    Owner(String),
    /// One of the standard scopes (OpenID Connect Core §5.4, §11); the texts of this crate say it.
    Standard(&'static str),
    /// Nobody wrote any: the token itself is shown.
    Token(String),
}

/// The scopes that this crate has words for, with their texts.
const STANDARD: [(&str, &str); 6] = [
    ("openid", "scope-openid"),
    ("profile", "scope-profile"),
    ("email", "scope-email"),
    ("phone", "scope-phone"),
    ("address", "scope-address"),
    ("offline_access", "scope-offline_access"),
];

/// The words for claims that are asked for one by one (OpenID Connect Core §5.1); some have those of a scope.
const CLAIMS: [(&str, &str); 19] = [
    ("name", "claim-name"),
    ("given_name", "claim-given_name"),
    ("family_name", "claim-family_name"),
    ("middle_name", "claim-middle_name"),
    ("nickname", "claim-nickname"),
    ("preferred_username", "claim-preferred_username"),
    ("profile", "claim-profile"),
    ("picture", "claim-picture"),
    ("website", "claim-website"),
    ("gender", "claim-gender"),
    ("birthdate", "claim-birthdate"),
    ("zoneinfo", "claim-zoneinfo"),
    ("locale", "claim-locale"),
    ("updated_at", "claim-updated_at"),
    ("email", "scope-email"),
    ("email_verified", "claim-email_verified"),
    ("address", "scope-address"),
    ("phone_number", "scope-phone"),
    ("phone_number_verified", "claim-phone_number_verified"),
];

impl ScopeView {
    /// A scope of OpenID Connect, if `token` is one.
    pub fn standard(token: &str) -> Option<ScopeView> {
        let (_, key) = STANDARD.into_iter().find(|(name, _)| *name == token)?;
        Some(ScopeView { meaning: Meaning::Standard(key), api: None })
    }

    /// A claim that is asked for by name, if it is a standard one.
    pub fn claim(name: &str) -> Option<ScopeView> {
        let (_, key) = CLAIMS.into_iter().find(|(known, _)| *known == name)?;
        Some(ScopeView { meaning: Meaning::Standard(key), api: None })
    }

    /// An API that is named without any of its scopes.
    pub fn whole_api(name: &str) -> ScopeView {
        ScopeView { meaning: Meaning::Api(name.to_owned()), api: None }
    }

    /// A scope of an API, in the words of its owner; the token where there are none.
    pub fn of_api(api: &str, token: &str, words: &str) -> ScopeView {
        let meaning =
            if words.trim().is_empty() { Meaning::Token(token.to_owned()) } else { Meaning::Owner(words.to_owned()) };
        ScopeView { meaning, api: Some(api.to_owned()) }
    }

    /// A scope that nobody explains.
    pub fn unexplained(token: &str) -> ScopeView {
        ScopeView { meaning: Meaning::Token(token.to_owned()), api: None }
    }

    pub(super) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let text = match &self.meaning {
            Meaning::Api(name) => speech.say("consent-api", &[("api", name.as_str().into())])?,
            Meaning::Owner(words) => words.clone(),
            Meaning::Standard(key) => speech.say(key, &[])?,
            Meaning::Token(token) => speech.say("scope-other", &[("scope", token.into())])?,
        };
        Ok(context! { text, api => self.api.as_deref() })
    }
}

impl ConsentView {
    pub(super) fn title(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        speech.say("consent-title", &[("client", self.app.name().into())])
    }

    pub(super) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let list =
            |scopes: &[ScopeView]| scopes.iter().map(|scope| scope.context(speech)).collect::<Result<Vec<_>, _>>();
        let notice = match self.app.place() {
            Place::Web(_) => None,
            Place::Loopback(_) => Some(speech.say("consent-loopback", &[])?),
            Place::Native => Some(speech.say("consent-native", &[])?),
        };
        Ok(context! {
            token => &self.token,
            interaction => &self.interaction,
            start_again => &self.start_again,
            client => self.app.context(),
            asked => list(&self.asked)?,
            known => list(&self.known)?,
            notice,
            account => &self.account,
            initial => initial(&self.account),
            switch_href => format!("/login?interaction={}", self.interaction),
        })
    }
}
