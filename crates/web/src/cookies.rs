//! The cookies of this server, their names, their attributes, and the rule that a repeated name counts as none.
//!
//! On https every name has the `__Host-` prefix, so that neither a sibling domain nor plain http can plant one
//! (RFC 6265bis §4.1.3.2). On plain http, which is for loopback only, the prefix would make browsers drop the cookie;
//! there the name carries the suffix of the settings, because cookies ignore ports.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderValue, header};
use platform::{random, secret::Secret};
use protocol::Locale;

use crate::settings::WebSettings;

const SESSION: &str = "lingpai_session";
const BROWSER: &str = "lingpai_browser";
const LOCALE: &str = "lingpai_locale";
const THEME: &str = "lingpai_theme";
/// One year, in seconds: language and theme outlive the browser's window.
const PREFERENCE_SECONDS: u32 = 31_536_000;
/// Bytes of randomness in a browser id.
const BROWSER_BYTES: usize = 32;

/// Light, dark, or as the system says.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the person's system is set.
    #[default]
    Auto,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

impl Theme {
    /// The name in the cookie, the form and the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Dark => "dark",
            Theme::Light => "light",
        }
    }

    /// The theme of that name.
    pub fn parse(name: &str) -> Option<Theme> {
        [Theme::Auto, Theme::Dark, Theme::Light].into_iter().find(|theme| theme.as_str() == name)
    }
}

/// The session cookie as presented. A repeated name is an attack or a fault (cookie tossing) and counts as none.
pub fn session_cookie(settings: &WebSettings, headers: &HeaderMap) -> Option<String> {
    find(headers, &name(settings, SESSION)).map(str::to_owned)
}

/// Gives the browser its session. It ends with the browser's window or by the server's own record, whichever is first.
pub fn set_session(settings: &WebSettings, cookie: &Secret) -> HeaderValue {
    set(settings, SESSION, cookie.expose(), Lifetime::Window)
}

/// Takes the session cookie away.
pub fn clear_session(settings: &WebSettings) -> HeaderValue {
    set(settings, SESSION, "", Lifetime::Gone)
}

/// The id of the browser, which binds interactions and form tokens to it; `None` when it has none or a malformed one.
pub fn browser_cookie(settings: &WebSettings, headers: &HeaderMap) -> Option<String> {
    let value = find(headers, &name(settings, BROWSER))?;
    let is_ours = value.len() == BROWSER_BYTES * 2 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_ours.then(|| value.to_owned())
}

/// The browser that a request came from, known before or met now.
pub struct Browser {
    /// 256 random bits in hexadecimal digits; a bearer value, to be hashed before it is stored.
    pub id: String,
    /// The header that gives the id to the browser, when it had none.
    pub set_cookie: Option<HeaderValue>,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("is_new", &self.set_cookie.is_some()).finish_non_exhaustive()
    }
}

/// Recognises the browser by its cookie, or gives it a fresh id.
pub fn browser(settings: &WebSettings, headers: &HeaderMap) -> Browser {
    if let Some(id) = browser_cookie(settings, headers) {
        return Browser { id, set_cookie: None };
    }
    let id = hex(&random::bytes::<BROWSER_BYTES>());
    let set_cookie = Some(set(settings, BROWSER, &id, Lifetime::Window));
    Browser { id, set_cookie }
}

/// The language that the person chose here, as a tag, if any.
pub fn locale_cookie(settings: &WebSettings, headers: &HeaderMap) -> Option<String> {
    find(headers, &name(settings, LOCALE)).map(str::to_owned)
}

/// Remembers the chosen language.
pub fn set_locale(settings: &WebSettings, locale: Locale) -> HeaderValue {
    set(settings, LOCALE, locale.tag(), Lifetime::Year)
}

/// The theme that the person chose here; as the system says, if none.
pub fn theme_cookie(settings: &WebSettings, headers: &HeaderMap) -> Theme {
    find(headers, &name(settings, THEME)).and_then(Theme::parse).unwrap_or_default()
}

/// Remembers the chosen theme.
pub fn set_theme(settings: &WebSettings, theme: Theme) -> HeaderValue {
    set(settings, THEME, theme.as_str(), Lifetime::Year)
}

#[derive(Copy, Clone)]
enum Lifetime {
    Gone,
    Window,
    Year,
}

fn name(settings: &WebSettings, base: &str) -> String {
    if settings.is_secure { format!("__Host-{base}") } else { format!("{base}{}", settings.cookie_suffix) }
}

/// The value of the cookie called `name`, if it is there exactly once.
fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value),
        (None | Some(_), _) => None,
    }
}

/// `SameSite=Lax`, not `Strict`: a client's redirect to `/authorize` is a cross-site navigation and must find the
/// session and the browser. Requests that change something are guarded by [`crate::csrf`].
fn set(settings: &WebSettings, base: &str, value: &str, lifetime: Lifetime) -> HeaderValue {
    let max_age = match lifetime {
        Lifetime::Gone => "; Max-Age=0".to_owned(),
        Lifetime::Window => String::new(),
        Lifetime::Year => format!("; Max-Age={PREFERENCE_SECONDS}"),
    };
    let secure = if settings.is_secure { "; Secure" } else { "" };
    let line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}", name(settings, base));
    // Names and values are ours: identifier characters only. A value that is not goes out empty, never split.
    HeaderValue::try_from(line).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Lowercase hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::settings;

    fn cookies(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_secure_session_cookie_has_every_attribute() {
        let line = set_session(&settings(true), &Secret::new("ses_a.b".to_owned()));
        assert_eq!(line, "__Host-lingpai_session=ses_a.b; Path=/; HttpOnly; SameSite=Lax; Secure");
        let gone = clear_session(&settings(true));
        assert_eq!(gone, "__Host-lingpai_session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    }

    #[test]
    fn on_loopback_the_name_carries_the_folder_and_no_prefix() {
        let line = set_session(&settings(false), &Secret::new("ses_a.b".to_owned()));
        assert_eq!(line, "lingpai_session_4f2a=ses_a.b; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn the_session_is_read_back() {
        let headers = cookies(&["a=b; __Host-lingpai_session=ses_a.b; c=d"]);
        assert_eq!(session_cookie(&settings(true), &headers).as_deref(), Some("ses_a.b"));
    }

    #[test]
    fn a_tossed_cookie_counts_as_none() {
        let twice = cookies(&["__Host-lingpai_session=evil; __Host-lingpai_session=good"]);
        assert_eq!(session_cookie(&settings(true), &twice), None);
        let lines = cookies(&["__Host-lingpai_session=evil", "__Host-lingpai_session=good"]);
        assert_eq!(session_cookie(&settings(true), &lines), None);
        let unprefixed = cookies(&["lingpai_session=evil"]);
        assert_eq!(session_cookie(&settings(true), &unprefixed), None);
        let empty = cookies(&["__Host-lingpai_session="]);
        assert_eq!(session_cookie(&settings(true), &empty), None);
    }

    #[test]
    fn a_browser_is_recognised_or_met() {
        let met = browser(&settings(true), &HeaderMap::new());
        assert_eq!(met.id.len(), 64);
        let line = met.set_cookie.unwrap();
        let pair = line.to_str().unwrap().split(';').next().unwrap();
        let known = browser(&settings(true), &cookies(&[pair]));
        assert_eq!(known.id, met.id);
        assert!(known.set_cookie.is_none());
    }

    #[test]
    fn a_malformed_browser_id_is_replaced() {
        let headers = cookies(&["__Host-lingpai_browser=../../etc"]);
        assert_eq!(browser_cookie(&settings(true), &headers), None);
        assert!(browser(&settings(true), &headers).set_cookie.is_some());
    }

    #[test]
    fn theme_is_what_was_chosen_or_auto() {
        assert_eq!(theme_cookie(&settings(true), &cookies(&["__Host-lingpai_theme=dark"])), Theme::Dark);
        assert_eq!(theme_cookie(&settings(true), &cookies(&["__Host-lingpai_theme=pink"])), Theme::Auto);
        assert_eq!(theme_cookie(&settings(true), &HeaderMap::new()), Theme::Auto);
    }
}
