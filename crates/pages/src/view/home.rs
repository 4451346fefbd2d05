//! The start page: who is signed in, or the way to sign in.

use minijinja::{Value, context};

use crate::render::{RenderError, Speech};

/// The start page in one state.
#[derive(Clone, Debug, Default)]
pub struct HomeView {
    /// Who is signed in.
    pub account: Option<AccountView>,
    /// The demo app of a development server.
    pub demo_href: Option<String>,
}

/// The account that is signed in.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// The name to greet with.
    pub name: String,
    /// What it signs in with.
    pub identifiers: Vec<(IdentifierLabel, String)>,
}

/// What an identifier is called.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum IdentifierLabel {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A name of the person's choice.
    Username,
}

impl IdentifierLabel {
    const fn key(self) -> &'static str {
        match self {
            IdentifierLabel::Email => "home-email",
            IdentifierLabel::Phone => "home-phone",
            IdentifierLabel::Username => "home-username",
        }
    }
}

impl HomeView {
    pub(super) fn title(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        speech.say(if self.account.is_some() { "home-title" } else { "welcome-title" }, &[])
    }

    pub(super) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let account = self.account.as_ref().map(|account| account.context(speech)).transpose()?;
        Ok(context! { account, demo_href => self.demo_href.as_deref() })
    }
}

impl AccountView {
    fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let mut identifiers = Vec::new();
        for (label, display) in &self.identifiers {
            identifiers.push(context! { label => speech.say(label.key(), &[])?, display });
        }
        Ok(context! { name => &self.name, identifiers })
    }
}
