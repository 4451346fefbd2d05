//! What each page shows: plain data, ready to be turned into HTML. Handlers make views, nothing else does.

pub mod consent;
pub mod device;
pub mod fault;
pub mod home;
pub mod login;
pub mod logout;

use minijinja::Value;
use url::{Host, Url};

use crate::{
    render::{RenderError, Speech},
    texts::displayable,
};

pub use consent::{ConsentView, ScopeView};
pub use device::{DeviceAskView, DeviceCodeView, DeviceDoneView, DeviceProblem};
pub use fault::FaultView;
pub use home::{AccountView, HomeView, IdentifierLabel};
pub use login::{DevPerson, LoginView, Problem};
pub use logout::{BackLink, LogoutView, SignedOutView};

/// One page in one state.
#[derive(Clone, Debug)]
pub enum View {
    /// Asks for consent.
    Consent(ConsentView),
    /// Asks whether to let a device in.
    DeviceAsk(DeviceAskView),
    /// Asks for the code that a device shows.
    DeviceCode(DeviceCodeView),
    /// Says what was decided about a device.
    DeviceDone(DeviceDoneView),
    /// Something went wrong.
    Fault(FaultView),
    /// The start page.
    Home(HomeView),
    /// Asks for name and password.
    Login(LoginView),
    /// Asks whether to sign out.
    Logout(LogoutView),
    /// Nobody is signed in any more.
    SignedOut(SignedOutView),
}

impl View {
    pub(crate) fn template(&self) -> &'static str {
        match self {
            View::Consent(_) => "consent.html",
            View::DeviceAsk(_) => "device-ask.html",
            View::DeviceCode(_) => "device.html",
            View::DeviceDone(_) => "device-done.html",
            View::Fault(_) => "fault.html",
            View::Home(_) => "home.html",
            View::Login(_) => "login.html",
            View::Logout(_) => "logout.html",
            View::SignedOut(_) => "signed-out.html",
        }
    }

    pub(crate) fn title(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        match self {
            View::Consent(view) => view.title(speech),
            View::DeviceAsk(view) => view.title(speech),
            View::DeviceCode(view) => view.title(speech),
            View::DeviceDone(view) => view.title(speech),
            View::Fault(view) => view.title(speech),
            View::Home(view) => view.title(speech),
            View::Login(view) => view.title(speech),
            View::Logout(_) => speech.say("logout-title", &[]),
            View::SignedOut(_) => speech.say("signed-out-title", &[]),
        }
    }

    pub(crate) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        match self {
            View::Consent(view) => view.context(speech),
            View::DeviceAsk(view) => view.context(speech),
            View::DeviceCode(view) => view.context(speech),
            View::DeviceDone(view) => Ok(view.context()),
            View::Fault(view) => view.context(speech),
            View::Home(view) => view.context(speech),
            View::Login(view) => view.context(speech),
            View::Logout(view) => Ok(view.context()),
            View::SignedOut(view) => Ok(view.context()),
        }
    }
}

/// The app that a person is on the way to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppView {
    name: String,
    place: Place,
}

/// Where an app gets its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A program on a computer, behind a loopback address (RFC 8252 §7.3).
    Loopback(String),
    /// An app on a device, behind a scheme of its own (RFC 8252 §7.1).
    Native,
    /// A site on the web.
    Web(String),
}

impl AppView {
    /// The app called `name` that gets its answer at `redirect_uri`.
    pub fn new(name: &str, redirect_uri: &str) -> AppView {
        AppView { name: displayable(name), place: Place::of(redirect_uri) }
    }

    /// The name as it may be shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the app gets its answer.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn context(&self) -> Value {
        minijinja::context! { name => &self.name, host => self.place.host() }
    }
}

impl Place {
    fn of(redirect_uri: &str) -> Place {
        let Ok(url) = Url::parse(redirect_uri) else { return Place::Native };
        // url keeps a host of a private-use scheme as opaque text; only web addresses name a host that means something.
        let ("http" | "https", Some(host)) = (url.scheme(), url.host()) else { return Place::Native };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let is_loopback = match &host {
            Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let shown = format!("{host}{port}");
        if is_loopback { Place::Loopback(shown) } else { Place::Web(shown) }
    }

    fn host(&self) -> Option<&str> {
        match self {
            Place::Loopback(host) | Place::Web(host) => Some(host),
            Place::Native => None,
        }
    }
}

/// The letter in the circle beside an account's name.
fn initial(name: &str) -> String {
    name.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default()
}
