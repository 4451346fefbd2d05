//! Back from the server: the callback, the exchange of the code, userinfo.
//! Source: RFC 6749 §4.1.2, RFC 9207 §2.4, OpenID Connect Core §3.1.2.7.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use protocol::Params;
use web::Query;

use super::flows::{Pending, SpentCode};
use super::message::{Message, MessageKind, Outcome, Row};
use super::visitor::Visitor;
use super::{AppError, DemoApp, exchange};

/// `GET /dev/app/callback`: takes the server's answer, and the code to the token endpoint.
pub(super) async fn callback(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Query(query): Query) -> Response {
    let visitor = Visitor::of(&app.web, &headers);
    let done = receive(&app, &visitor, &query).await;
    app.answer(&visitor, done)
}

async fn receive(app: &DemoApp, visitor: &Visitor, query: &Params) -> Result<usize, AppError> {
    let flow = app.flows.find(&visitor.id).ok_or(AppError::NoFlow)?;
    // The answer was taken before (a reload, the back button): there is nothing to take twice.
    let Some(pending) = flow.pending else { return Ok(flow.dropped + flow.messages.len()) };
    let reply = Reply::of(query);
    let is_ours = reply.state.as_deref() == Some(&pending.state) && reply.issuer.as_deref() == Some(&app.issuer);
    let message = describe(app, &reply, &pending, is_ours);
    // A foreign answer leaves the pending request alone: whoever sent it must not end what this browser began.
    let number = app.flows.change(&visitor.id, |flow| {
        if is_ours {
            flow.pending = None;
        }
        flow.push(message)
    });
    let number = number.ok_or(AppError::NoFlow)?;
    let (true, Some(code)) = (is_ours, reply.code) else { return Ok(number) };
    let spent = SpentCode { code, verifier: pending.verifier };
    app.flows.change(&visitor.id, |flow| flow.spent = Some(spent.clone()));
    if exchange::redeem(app, visitor, &spent, &pending.nonce).await? {
        exchange::userinfo(app, visitor).await?;
    }
    Ok(number)
}

/// What came back, each part at most once; a repeated part counts as absent and fails its check.
struct Reply {
    code: Option<String>,
    state: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Reply {
    fn of(query: &Params) -> Self {
        let part = |name| query.one(name).ok().flatten().map(str::to_owned);
        Self {
            code: part("code"),
            state: part("state"),
            issuer: part("iss"),
            error: part("error"),
            error_description: part("error_description"),
        }
    }
}

fn describe(app: &DemoApp, reply: &Reply, pending: &Pending, is_ours: bool) -> Message {
    let mut message = Message::new(MessageKind::Callback, "GET", &app.redirect_uri());
    let row = |name: &str, value: &Option<String>| value.as_deref().map(|value| Row::new("callback", name, value));
    message.parameters.extend(row("code", &reply.code));
    message.parameters.extend(row("error", &reply.error));
    message.parameters.extend(row("error_description", &reply.error_description));
    let state_fits = reply.state.as_deref() == Some(&pending.state);
    message.parameters.extend(row("state", &reply.state).map(|row| row.checked(state_fits)));
    let issuer_fits = reply.issuer.as_deref() == Some(&app.issuer);
    message.parameters.extend(row("iss", &reply.issuer).map(|row| row.checked(issuer_fits)));
    if !is_ours {
        message.concluded(Outcome::Bad, "verdict-callback-foreign")
    } else if reply.code.is_none() {
        message.concluded(Outcome::Refused, "verdict-callback-denied")
    } else {
        message.concluded(Outcome::Good, "verdict-callback-good")
    }
}
