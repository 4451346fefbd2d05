//! Form tokens and the origin of a request: a form is accepted only from a page that we gave to this very browser
//! for this very purpose.
//!
//! The token is an HMAC of the browser's id and the purpose; there is nothing to store and nothing to expire. A
//! purpose that names its transaction (`consent:<id>`) binds the token to it, so that a token of one page is of no
//! use on another. Source: RFC 6749 §10.12, RFC 9700 §4.7; Fetch Metadata and `Origin` are the second wall.

use http::{HeaderMap, header};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::{cookies::hex, settings::WebSettings};

/// Why a form was not accepted.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
pub enum CsrfError {
    /// The browser says that another site sent the request.
    #[error("the request was sent by another site")]
    CrossSite,
    /// `Origin` names another origin.
    #[error("the request has a foreign origin")]
    ForeignOrigin,
    /// The browser sent no id of ours; cookies may be off.
    #[error("the browser has no id")]
    NoBrowser,
    /// The token is missing or belongs to another browser or purpose.
    #[error("the form token is missing or wrong")]
    WrongToken,
}

/// The token for a form that this browser is given for `purpose`.
pub fn token(settings: &WebSettings, browser: &str, purpose: &str) -> String {
    // The length before the browser keeps two different pairs from having one text.
    let text = format!("csrf\0{}\0{browser}\0{purpose}", browser.len());
    hex(&settings.csrf_key.sign(text.as_bytes()))
}

/// Accepts a form only if this browser was given it for `purpose` and sent it from a page of ours.
pub fn check(
    settings: &WebSettings,
    browser: Option<&str>,
    purpose: &str,
    presented: Option<&str>,
    headers: &HeaderMap,
) -> Result<(), CsrfError> {
    check_sender(settings, headers)?;
    let browser = browser.ok_or(CsrfError::NoBrowser)?;
    let expected = token(settings, browser, purpose);
    let presented = presented.unwrap_or_default();
    if bool::from(expected.as_bytes().ct_eq(presented.as_bytes())) { Ok(()) } else { Err(CsrfError::WrongToken) }
}

/// The second wall: what the browser itself says about who sent a request.
///
/// `Sec-Fetch-Site` decides where it is sent (every browser since 2023). `Origin` must then not contradict; where it
/// is `null`, which is what our own `Referrer-Policy: no-referrer` makes of it, or absent, the token decides alone.
pub fn check_sender(settings: &WebSettings, headers: &HeaderMap) -> Result<(), CsrfError> {
    match headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => {}
        Some(_) => return Err(CsrfError::CrossSite),
    }
    match headers.get(header::ORIGIN).map(http::HeaderValue::as_bytes) {
        None | Some(b"null") => Ok(()),
        Some(origin) if is_own_origin(settings, origin) => Ok(()),
        Some(_) => Err(CsrfError::ForeignOrigin),
    }
}

fn is_own_origin(settings: &WebSettings, origin: &[u8]) -> bool {
    std::str::from_utf8(origin)
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .is_some_and(|(scheme, host)| scheme == settings.scheme() && settings.allows_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::settings;

    const BROWSER: Option<&str> = Some("b1");

    fn sent(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn our_own_form_is_accepted() {
        let settings = settings(true);
        let token = token(&settings, "b1", "login");
        for headers in [
            sent(&[]),
            sent(&[("origin", "https://id.example.com"), ("sec-fetch-site", "same-origin")]),
            sent(&[("origin", "null"), ("sec-fetch-site", "same-origin")]),
            sent(&[("origin", "null")]),
        ] {
            assert_eq!(check(&settings, BROWSER, "login", Some(&token), &headers), Ok(()), "{headers:?}");
        }
    }

    #[test]
    fn a_token_is_bound_to_browser_and_purpose_and_key() {
        let ours = settings(true);
        let none = HeaderMap::new();
        let other = token(&ours, "b2", "login");
        assert_eq!(check(&ours, BROWSER, "login", Some(&other), &none), Err(CsrfError::WrongToken));
        let other = token(&ours, "b1", "logout");
        assert_eq!(check(&ours, BROWSER, "login", Some(&other), &none), Err(CsrfError::WrongToken));
        let other = token(&settings(true), "b1", "login");
        assert_eq!(check(&ours, BROWSER, "login", Some(&other), &none), Err(CsrfError::WrongToken));
        assert_ne!(token(&ours, "a", "b\0c"), token(&ours, "a\0b", "c"));
    }

    #[test]
    fn a_missing_token_or_browser_is_refused() {
        let ours = settings(true);
        let good = token(&ours, "b1", "login");
        let none = HeaderMap::new();
        assert_eq!(check(&ours, BROWSER, "login", None, &none), Err(CsrfError::WrongToken));
        assert_eq!(check(&ours, BROWSER, "login", Some(""), &none), Err(CsrfError::WrongToken));
        assert_eq!(check(&ours, BROWSER, "login", Some(&good[..63]), &none), Err(CsrfError::WrongToken));
        assert_eq!(check(&ours, None, "login", Some(&good), &none), Err(CsrfError::NoBrowser));
    }

    #[test]
    fn another_site_is_refused_even_with_the_token() {
        let ours = settings(true);
        let good = token(&ours, "b1", "login");
        for (name, value, expected) in [
            ("sec-fetch-site", "cross-site", CsrfError::CrossSite),
            ("sec-fetch-site", "same-site", CsrfError::CrossSite),
            ("origin", "https://evil.example", CsrfError::ForeignOrigin),
            ("origin", "http://id.example.com", CsrfError::ForeignOrigin),
            ("origin", "https://id.example.com.evil.example", CsrfError::ForeignOrigin),
            ("origin", "https://id.example.com:8443", CsrfError::ForeignOrigin),
        ] {
            let headers = sent(&[(name, value)]);
            assert_eq!(check(&ours, BROWSER, "login", Some(&good), &headers), Err(expected), "{name}: {value}");
        }
    }
}
