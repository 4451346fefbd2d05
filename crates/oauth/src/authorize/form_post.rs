//! The page that hands an answer to the client by a form. Source: OAuth 2.0 Form Post Response Mode §2, §4.
//!
//! One fixed template, complete without script: the button is there, and the one script that presses it is allowed by
//! its hash. Nothing of the request reaches the page but as the escaped value of a hidden field.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use protocol::Locale;
use web::{FormAction, InlineScript};

const SCRIPT: &str = "document.forms[0].submit()";
/// SHA-256 of [`SCRIPT`] in base64.
const SCRIPT_HASH: &str = "ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=";

/// What the page says.
struct Texts {
    heading: &'static str,
    explanation: &'static str,
    button: &'static str,
}

const fn texts(locale: Locale) -> Texts {
    match locale {
        Locale::En => Texts {
            heading: "Back to the app",
            explanation: "You go on by yourself in a moment. If nothing happens, press the button.",
            button: "Continue",
        },
        Locale::ZhCn => {
            Texts {
                heading: "返回应用", explanation: "即将自动继续。如果没有反应，请点击下面的按钮。", button: "继续"
            }
        }
    }
}

/// The page that posts `pairs` to `redirect_uri`, which was proven to be the client's.
pub(super) fn page(redirect_uri: &str, pairs: &[(&str, &str)], locale: Locale) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag())),
        // The page holds a code: neither a cache nor the history may keep it.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = (StatusCode::OK, headers, html(redirect_uri, pairs, locale)).into_response();
    response.extensions_mut().insert(FormAction::for_redirect(redirect_uri));
    response.extensions_mut().insert(InlineScript(SCRIPT_HASH));
    response
}

fn html(redirect_uri: &str, pairs: &[(&str, &str)], locale: Locale) -> String {
    let Texts { heading, explanation, button } = texts(locale);
    let fields = pairs.iter().fold(String::new(), |fields, (name, value)| {
        fields + "<input type=\"hidden\" name=\"" + &escaped(name) + "\" value=\"" + &escaped(value) + "\">\n"
    });
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{heading}</title>\n</head>\n<body>\n<main>\n<h1>{heading}</h1>\n<p>{explanation}</p>\n\
         <form id=\"form-post\" method=\"post\" action=\"{action}\" accept-charset=\"utf-8\">\n{fields}\
         <button id=\"form-post-submit\">{button}</button>\n</form>\n</main>\n<script>{SCRIPT}</script>\n\
         </body>\n</html>\n",
        lang = locale.tag(),
        action = escaped(redirect_uri),
    )
}

/// Text for an attribute in double quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn the_hash_is_that_of_the_script() {
        let hash = URL_SAFE_NO_PAD.decode(platform::digest::fingerprint(SCRIPT.as_bytes())).unwrap();
        assert_eq!(SCRIPT_HASH, STANDARD.encode(hash));
    }

    #[test]
    fn values_stay_values() {
        let hostile = "\"><script>alert(1)</script>'&amp;";
        let page = html("https://app.example/cb?a=1&b=\"", &[("state", hostile)], Locale::ZhCn);
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(page.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;amp;\""));
        assert!(page.contains("action=\"https://app.example/cb?a=1&amp;b=&quot;\""));
        assert!(page.contains("lang=\"zh-CN\"") && page.contains("返回应用"));
    }
}
