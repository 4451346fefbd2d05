//! Who is looking: the browser's cookie at the demo app, the language and theme it chose, and the form tokens for it.

use http::{HeaderMap, HeaderValue, header};
use protocol::Locale;
use web::{CsrfError, Theme, WebSettings, cookies, csrf};

use crate::catalog::APP_PATH;
use crate::relying_party::random_text;

/// What the app's form tokens are for.
const PURPOSE: &str = "dev-app";
/// 256 bits in base64url.
const ID_CHARS: usize = 43;

/// One browser, recognised or met now.
pub(crate) struct Visitor {
    /// The value of the app's cookie: finds the flow.
    pub(crate) id: String,
    pub(crate) locale: Locale,
    pub(crate) theme: Theme,
    /// The token of the app's forms.
    pub(crate) token: String,
    new_cookie: Option<HeaderValue>,
}

impl Visitor {
    /// Recognises a browser by its cookies, or gives it new ones.
    pub(crate) fn of(web: &WebSettings, headers: &HeaderMap) -> Self {
        let (mut new_cookie, name) = (None, cookie_name(web));
        let id = known(headers, &name).unwrap_or_else(|| {
            let id = random_text();
            let line = format!("{name}={id}; Path={APP_PATH}; HttpOnly; SameSite=Lax");
            new_cookie = HeaderValue::try_from(line).ok();
            id
        });
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let chosen = cookies::locale_cookie(web, headers);
        Self {
            locale: Locale::negotiate(None, chosen.as_deref(), accepted, Locale::En),
            theme: cookies::theme_cookie(web, headers),
            token: csrf::token(web, &id, PURPOSE),
            id,
            new_cookie,
        }
    }

    /// Whether a form was sent by this browser from a page of ours.
    pub(crate) fn check(&self, web: &WebSettings, token: Option<&str>, headers: &HeaderMap) -> Result<(), CsrfError> {
        csrf::check(web, Some(&self.id), PURPOSE, token, headers)
    }

    /// Gives the browser the cookie that it lacks.
    pub(crate) fn remember(&self, headers: &mut HeaderMap) {
        if let Some(cookie) = &self.new_cookie {
            headers.append(header::SET_COOKIE, cookie.clone());
        }
    }
}

fn cookie_name(web: &WebSettings) -> String {
    format!("lingpai_demo{}", web.cookie_suffix)
}

/// The cookie, if it is there exactly once and well-formed.
fn known(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let is_ours =
        value.len() == ID_CHARS && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_ours.then(|| value.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use platform::seal::MasterKey;

    use super::*;

    pub(in crate::app) fn settings() -> WebSettings {
        WebSettings {
            is_secure: false,
            cookie_suffix: "_abc".to_owned(),
            allowed_hosts: vec!["localhost:8080".to_owned()],
            hsts: false,
            trusted_proxies: Vec::new(),
            csrf_key: MasterKey::generate().derive("csrf"),
        }
    }

    #[test]
    fn a_browser_is_met_once_and_then_recognised() {
        let web = settings();
        let met = Visitor::of(&web, &HeaderMap::new());
        let mut answer = HeaderMap::new();
        met.remember(&mut answer);
        let lines: Vec<&str> = answer.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0], format!("lingpai_demo_abc={}; Path=/dev/app; HttpOnly; SameSite=Lax", met.id));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, lines[0].split(';').next().unwrap().parse().unwrap());
        let again = Visitor::of(&web, &headers);
        assert_eq!(again.id, met.id);
        assert!(again.check(&web, Some(&met.token), &HeaderMap::new()).is_ok());
    }

    #[test]
    fn a_repeated_or_foreign_cookie_counts_as_none() {
        let good = "A".repeat(ID_CHARS);
        let twice = format!("lingpai_demo_abc={good}; lingpai_demo_abc={good}");
        for line in [twice.as_str(), "lingpai_demo_abc=short", "lingpai_demo_abc=\"<script>\""] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, line.parse().unwrap());
            assert_eq!(known(&headers, "lingpai_demo_abc"), None, "{line}");
        }
    }

    #[test]
    fn anothers_form_token_is_refused() {
        let web = settings();
        let (one, other) = (Visitor::of(&web, &HeaderMap::new()), Visitor::of(&web, &HeaderMap::new()));
        assert_eq!(one.check(&web, Some(&other.token), &HeaderMap::new()), Err(CsrfError::WrongToken));
        assert_eq!(one.check(&web, None, &HeaderMap::new()), Err(CsrfError::WrongToken));
    }
}
