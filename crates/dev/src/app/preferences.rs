//! Language and theme, from the form in the footer. The choice holds for the server's own pages, too.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use protocol::Locale;
use web::{Form, Theme, cookies};

use super::visitor::Visitor;
use super::{AppError, DemoApp};
use crate::catalog::APP_PATH;

/// `POST /dev/app/preferences`.
pub(super) async fn change(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    if let Err(error) = visitor.check(&app.web, form.one("csrf").unwrap_or_default(), &headers) {
        return app.answer(&visitor, Err(AppError::CrossSite(error)));
    }
    let chosen = |name| form.one(name).ok().flatten();
    let locale = chosen("locale").and_then(|tag| tag.parse::<Locale>().ok());
    let theme = chosen("theme").and_then(Theme::parse);
    let mut response = Redirect::to(APP_PATH).into_response();
    let cookies =
        [locale.map(|one| cookies::set_locale(&app.web, one)), theme.map(|one| cookies::set_theme(&app.web, one))];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
