//! What a person can do with the tokens: call the API, refresh, replay the code, sign out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use protocol::Params;
use web::Form;

use super::flows::Flow;
use super::message::MessageKind;
use super::visitor::Visitor;
use super::{AppError, CLIENT_ID, DemoApp, exchange};
use crate::catalog::APP_PATH;
use crate::relying_party::with_query;

/// `POST /dev/app/read`: calls the API where it answers who called.
pub(super) async fn read(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    let done = match admit(&app, &visitor, &headers, &form) {
        Ok(_) => exchange::call_api(&app, &visitor, MessageKind::Read).await,
        Err(error) => Err(error),
    };
    app.answer(&visitor, done)
}

/// `POST /dev/app/write`: calls the API where it takes notes.
pub(super) async fn write(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    let done = match admit(&app, &visitor, &headers, &form) {
        Ok(_) => exchange::call_api(&app, &visitor, MessageKind::Write).await,
        Err(error) => Err(error),
    };
    app.answer(&visitor, done)
}

/// `POST /dev/app/refresh`: trades the refresh token.
pub(super) async fn refresh(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    let token = admit(&app, &visitor, &headers, &form)
        .and_then(|flow| flow.tokens.and_then(|tokens| tokens.refresh).ok_or(AppError::NoFlow));
    let done = match token {
        Ok(token) => exchange::refresh(&app, &visitor, &token).await,
        Err(error) => Err(error),
    };
    app.answer(&visitor, done)
}

/// `POST /dev/app/replay`: redeems the code once more.
pub(super) async fn replay(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    let spent = admit(&app, &visitor, &headers, &form).and_then(|flow| flow.spent.ok_or(AppError::NoFlow));
    let done = match spent {
        Ok(spent) => exchange::replay(&app, &visitor, &spent).await,
        Err(error) => Err(error),
    };
    app.answer(&visitor, done)
}

/// `POST /dev/app/logout`: forgets the tokens, then lets the server end its session.
///
/// Source: OpenID Connect RP-Initiated Logout §2.
pub(super) async fn logout(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    match leave(&app, &visitor, &headers, &form).await {
        Ok(url) => Redirect::to(&url).into_response(),
        Err(error) => app.answer(&visitor, Err(error)),
    }
}

async fn leave(app: &DemoApp, visitor: &Visitor, headers: &HeaderMap, form: &Params) -> Result<String, AppError> {
    visitor.check(&app.web, form.one("csrf").unwrap_or_default(), headers)?;
    let server = app.server().await?;
    app.flows.end(&visitor.id);
    let back = format!("{}{APP_PATH}", app.issuer);
    let url = server.provider.end_session_endpoint.clone().unwrap_or_else(|| format!("{}/logout", app.issuer));
    Ok(with_query(&url, &[("client_id", CLIENT_ID), ("post_logout_redirect_uri", &back)]))
}

/// The flow of the browser that sent a good form.
fn admit(app: &DemoApp, visitor: &Visitor, headers: &HeaderMap, form: &Params) -> Result<Flow, AppError> {
    visitor.check(&app.web, form.one("csrf").unwrap_or_default(), headers)?;
    app.flows.find(&visitor.id).ok_or(AppError::NoFlow)
}
