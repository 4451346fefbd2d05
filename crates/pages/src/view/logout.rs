//! The question before signing out, and the page after.

use minijinja::{Value, context};

use super::initial;

/// Asks whether to sign out.
#[derive(Clone, Debug)]
pub struct LogoutView {
    /// The form token.
    pub token: String,
    /// Who is signed in.
    pub account: String,
    /// The app that asks for it, by name.
    pub client: Option<String>,
    /// Parameters of the request that the form carries on.
    pub carried: Vec<(String, String)>,
}

impl LogoutView {
    pub(super) fn context(&self) -> Value {
        let carried = self.carried.iter();
        context! {
            token => &self.token,
            account => &self.account,
            initial => initial(&self.account),
            client => self.client.as_deref(),
            carried => carried.map(|(name, value)| context! { name, value }).collect::<Vec<_>>(),
        }
    }
}

/// Nobody is signed in any more.
#[derive(Clone, Debug, Default)]
pub struct SignedOutView {
    /// The way back to the app that asked for it.
    pub back: Option<BackLink>,
}

/// A link to an app, to an address that the app registered.
#[derive(Clone, Debug)]
pub struct BackLink {
    /// The app's name.
    pub client: String,
    /// A registered post-logout redirect URI, with `state`.
    pub href: String,
}

impl SignedOutView {
    pub(super) fn context(&self) -> Value {
        let back = self.back.as_ref().map(|back| context! { client => &back.client, href => &back.href });
        context! { back }
    }
}
