//! The pages that people see: signing in, consent, signing out, the start page, and what is shown when something went
//! wrong. Templates, texts and the style sheet are embedded.
//!
//! # Rules of a page
//!
//! - It is complete without script: plain forms, answered with 303. There is no script at all.
//! - It asks no other host for anything: system fonts, one style sheet, one icon, both from `/assets`.
//! - English and Chinese are equals, written by hand in `texts/`; the language is the person's choice, then the app's
//!   wish (`ui_locales`), then the browser's.
//! - Its title says its state, its `lang` its language. Problems stand in one summary that is focused and that the
//!   fields point to (`aria-describedby`). Everything that can be pressed is 44 pixels high.
//! - It is readable at 320 pixels without scrolling sideways, light and dark (by system or by choice, without
//!   script), in forced colours, and holds still for who asked for that. The style sheet stays below 14 KiB.
//! - What an app or a person called themselves is escaped, cut, and rid of control and direction characters.
//! - A form is accepted only with a token bound to browser and purpose; a consent's token also to the interaction
//!   and the account that was shown.
//! - It never redirects to an address out of a request: after a form comes a path of ours, and only `/authorize`
//!   or a registered post-logout address leads away.
//!
//! The field names `username` and `password` and the button names `login-submit`, `consent-allow`, `consent-deny`,
//! `device-continue`, `device-allow`, `device-deny` and `logout-confirm` are a promise to test suites and password managers.

mod assets;
mod consent;
mod device;
mod faults;
mod home;
mod login;
mod logout;
mod preferences;
mod render;
#[doc(hidden)]
pub mod samples;
mod texts;
mod view;
mod visit;

use std::sync::Arc;

use axum::{Router, routing};
use grant_store::{GrantStore, UserCodeKey};
use jwks::Keys;
use platform::clock::SharedClock;
use platform::refusals::Recorder;
use protocol::Locale;
use sign_in::SignIn;
use user_store::UserStore;
use web::WebSettings;

pub use faults::render_faults;
pub use render::{Brand, Frame, Preferences, RenderError, Renderer};
pub use texts::{Arg, TextError, Texts, displayable};
pub use view::{
    AccountView, AppView, BackLink, ConsentView, DevPerson, DeviceAskView, DeviceCodeView, DeviceDoneView,
    DeviceProblem, FaultView, HomeView, IdentifierLabel, LoginView, LogoutView, Place, Problem, ScopeView,
    SignedOutView, View,
};

/// What the pages are made from.
pub struct PagesParts {
    /// Clients, consents, interactions, sessions.
    pub grants: GrantStore,
    /// Names to show.
    pub users: UserStore,
    /// Verifies the hints of apps that ask to sign somebody out.
    pub keys: Keys,
    /// The exact value of `iss`.
    pub issuer: String,
    /// The only way from a password to a session.
    pub sign_in: SignIn,
    /// Digests the codes that people type for their devices.
    pub user_codes: UserCodeKey,
    /// Cookies and form tokens.
    pub web: Arc<WebSettings>,
    /// The time.
    pub clock: SharedClock,
    /// Keeps what was refused.
    pub refusals: Recorder,
    /// What this server calls itself.
    pub brand: Brand,
    /// The language for browsers that prefer neither of ours.
    pub default_locale: Locale,
    /// What a development server shows beside the sign-in form; `None` everywhere else.
    pub dev_hint: Option<DevHint>,
}

/// What a development server shows: logins that everybody may know, and where to try them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DevHint {
    /// Who can sign in.
    pub people: Vec<DevPerson>,
    /// The path of the demo app.
    pub demo_href: Option<String>,
}

/// The state of the page handlers.
pub struct Pages {
    parts: PagesParts,
    device_tries: device::DeviceTries,
    renderer: Renderer,
}

impl Pages {
    /// Reads the embedded templates and texts.
    ///
    /// Errors: [`RenderError`] if they are broken, which the tests of this crate rule out.
    pub fn new(parts: PagesParts) -> Result<Pages, RenderError> {
        let renderer = Renderer::new(parts.brand.clone())?;
        Ok(Pages { parts, device_tries: device::DeviceTries::new(), renderer })
    }
}

/// The routes of the pages.
pub fn router(pages: Arc<Pages>) -> Router {
    Router::new()
        .route("/", routing::get(home::show))
        .route("/login", routing::get(login::show).post(login::attempt))
        .route("/consent", routing::get(consent::show).post(consent::decide))
        .route("/device", routing::get(device::show).post(device::enter))
        .route("/device/confirm", routing::get(device::ask).post(device::decide))
        .route("/device/done", routing::get(device::done))
        .route("/logout", routing::get(logout::ask).post(logout::confirm))
        .route("/preferences", routing::post(preferences::change))
        .route("/assets/{file}", routing::get(assets::send))
        .with_state(pages)
}
