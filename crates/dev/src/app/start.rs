//! Out to the server: the authorization request. Source: RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use protocol::Params;
use web::Form;

use super::flows::{Flow, Pending};
use super::message::{Message, MessageKind};
use super::visitor::Visitor;
use super::{AppError, CLIENT_ID, DemoApp, Server};
use crate::relying_party::{PkcePair, random_text, with_query};

/// The scopes that a person can choose, in the order of the page; `openid` is always asked for.
pub(super) const SCOPES: [&str; 7] =
    ["openid", "profile", "email", "offline_access", "api:read", "api:write", "api:brief"];
/// What is chosen beforehand: enough to see everything work, and one thing left to see refused.
pub(super) const CHOSEN: [&str; 4] = ["openid", "profile", "email", "api:read"];

/// `POST /dev/app/start`: begins a flow and sends the browser to the server.
pub(super) async fn start(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    match begin(&app, &visitor, &headers, &form).await {
        Ok(url) => {
            let mut response = Redirect::to(&url).into_response();
            visitor.remember(response.headers_mut());
            response
        }
        Err(error) => app.answer(&visitor, Err(error)),
    }
}

async fn begin(app: &DemoApp, visitor: &Visitor, headers: &HeaderMap, form: &Params) -> Result<String, AppError> {
    visitor.check(&app.web, form.one("csrf").unwrap_or_default(), headers)?;
    let server = app.server().await?;
    let chosen: Vec<&str> = form.all("scope").collect();
    let scope: Vec<&str> = SCOPES.into_iter().filter(|scope| *scope == "openid" || chosen.contains(scope)).collect();
    // OpenID Connect Core §11: offline_access counts only where consent was asked for.
    let asks_again = scope.contains(&"offline_access") || form.one("consent").ok().flatten().is_some();
    let flow = request(app, server, &scope.join(" "), asks_again);
    let url = flow.pending.as_ref().map(|pending| pending.url.clone()).unwrap_or_default();
    app.flows.begin(&visitor.id, flow);
    Ok(url)
}

fn request(app: &DemoApp, server: &Server, scope: &str, asks_again: bool) -> Flow {
    let (state, nonce, pkce, redirect_uri) = (random_text(), random_text(), PkcePair::generate(), app.redirect_uri());
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", redirect_uri.as_str()),
        ("scope", scope),
        ("state", state.as_str()),
        ("nonce", nonce.as_str()),
        ("code_challenge", pkce.challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    if asks_again {
        fields.push(("prompt", "consent"));
    }
    let address = &server.provider.authorization_endpoint;
    let message = Message::new(MessageKind::Authorization, "GET", address).with_parameters(&fields);
    let url = with_query(address, &fields);
    let mut flow = Flow { pending: Some(Pending { state, nonce, verifier: pkce.verifier, url }), ..Flow::default() };
    flow.push(message);
    flow
}
