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
//! The field names `username` and `password` and the button names `login-submit`, `consent-allow`, `consent-deny` and
//! `logout-confirm` are a promise to test suites and password managers.

mod render;
#[doc(hidden)]
pub mod samples;
mod texts;
mod view;

pub use render::{Brand, Frame, Preferences, RenderError, Renderer};
pub use texts::{Arg, TextError, Texts, displayable};
pub use view::{
    AccountView, AppView, BackLink, ConsentView, DevPerson, FaultView, HomeView, IdentifierLabel, LoginView, LogoutView,
    Place, Problem, ScopeView, SignedOutView, View,
};
