//! `/preferences`: language and theme, from the form in the footer of every page.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, header};
use protocol::Locale;
use web::{Fault, FaultKind, Form, Theme, cookies};

use crate::{
    Pages,
    visit::{Visit, one},
};

/// The purpose of the form's token.
pub(crate) const PURPOSE: &str = "preferences";

/// The pages that can be opened again as they are.
const PAGES: [&str; 7] = ["/", "/consent", "/device", "/device/confirm", "/device/done", "/login", "/logout"];

/// `POST /preferences`.
pub(crate) async fn change(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let return_to = one(&form, "return_to")?.and_then(return_target).unwrap_or("/");
    visit.check_token(&form, PURPOSE).map_err(|fault| fault.with_start_again(return_to))?;
    let web = &pages.parts.web;
    let mut chosen = Vec::new();
    if let Some(tag) = one(&form, "locale")? {
        let locale: Locale = tag.parse().map_err(|_| Fault::new(FaultKind::BadRequest))?;
        chosen.push(cookies::set_locale(web, locale));
    }
    if let Some(name) = one(&form, "theme")? {
        let theme = Theme::parse(name).ok_or_else(|| Fault::new(FaultKind::BadRequest))?;
        chosen.push(cookies::set_theme(web, theme));
    }
    let mut response = visit.redirect(return_to)?;
    for cookie in chosen {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The path to return to, if it is one of our pages: never an address of another host (RFC 9700 §4.11).
pub(crate) fn return_target(path: &str) -> Option<&str> {
    let page = path.split('?').next().unwrap_or_default();
    let is_clean =
        path.len() <= 4096 && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
    (PAGES.contains(&page) && is_clean).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::return_target;

    #[test]
    fn our_pages_are_returned_to() {
        for path in
            ["/", "/login", "/login?interaction=0193", "/consent?interaction=0193", "/logout?client_id=a&state=b%20c"]
        {
            assert_eq!(return_target(path), Some(path));
        }
    }

    #[test]
    fn nothing_else_is() {
        for path in [
            "",
            "//evil.example",
            "//evil.example/login",
            "/\\evil.example",
            "https://evil.example/login",
            "/login/../x",
            "/authorize?client_id=a",
            "/login\r\nSet-Cookie: a=b",
            "/login?a b",
            "/token",
            "?interaction=1",
        ] {
            assert_eq!(return_target(path), None, "{path}");
        }
    }
}
