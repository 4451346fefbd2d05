//! The app's own calls: to the token endpoint, to userinfo, to the API. Each becomes a message of the flow.
//! Source: RFC 6749 §4.1.3, §6; OpenID Connect Core §3.1.3, §5.3; RFC 6750 §2.1.

use http::header;
use serde_json::Value;

use super::flows::{SpentCode, Tokens};
use super::message::{Message, MessageKind, Outcome, TokenView};
use super::visitor::Visitor;
use super::{AppError, CLIENT_ID, DemoApp, Server};
use crate::catalog::API_PATH;
use crate::relying_party::{
    Answer, CallError, Check, Expected, KeysError, basic, decode_part, post, send, verify_access_token, verify_id_token,
};

/// Key of the sentence for a call without an answer.
const UNREACHABLE: &str = "verdict-unreachable";

/// Exchanges the code of a callback; whether tokens came that can be trusted.
pub(super) async fn redeem(app: &DemoApp, visitor: &Visitor, spent: &SpentCode, nonce: &str) -> Result<bool, AppError> {
    let server = app.server().await?;
    let (message, answer) = call_token(app, server, MessageKind::Token, &code_fields(&app.redirect_uri(), spent)).await;
    let Ok(answer) = answer else { return Ok(conclude_unreachable(app, visitor, message)) };
    let message = message.with_answer(&answer, "reply");
    let Some(tokens) = tokens_of(&answer) else {
        record(app, visitor, message.concluded(Outcome::Bad, "verdict-refused"));
        return Ok(false);
    };
    let (views, is_trusted) = inspect(app, server, &tokens, Some(nonce)).await?;
    let mut message = message;
    message.tokens = views;
    let (outcome, verdict) =
        if is_trusted { (Outcome::Good, "verdict-token-good") } else { (Outcome::Bad, "verdict-token-unverified") };
    let message = message.concluded(outcome, verdict);
    app.flows.change(&visitor.id, |flow| {
        flow.push(message);
        flow.tokens = is_trusted.then_some(tokens);
    });
    Ok(is_trusted)
}

/// Exchanges a code that was exchanged before.
pub(super) async fn replay(app: &DemoApp, visitor: &Visitor, spent: &SpentCode) -> Result<usize, AppError> {
    let server = app.server().await?;
    let (message, answer) =
        call_token(app, server, MessageKind::Replay, &code_fields(&app.redirect_uri(), spent)).await;
    let Ok(answer) = answer else {
        return recorded(record_action(app, visitor, message.concluded(Outcome::Bad, UNREACHABLE)));
    };
    let message = message.with_answer(&answer, "reply");
    let is_refused = !answer.is_success();
    let message = if is_refused {
        message.concluded(Outcome::Refused, "verdict-replay-refused")
    } else {
        message.concluded(Outcome::Bad, "verdict-replay-accepted")
    };
    recorded(app.flows.change(&visitor.id, |flow| {
        flow.is_revoked |= is_refused;
        flow.push_action(message)
    }))
}

/// Trades the refresh token for new tokens.
pub(super) async fn refresh(app: &DemoApp, visitor: &Visitor, refresh_token: &str) -> Result<usize, AppError> {
    let server = app.server().await?;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let (message, answer) = call_token(app, server, MessageKind::Refresh, &fields).await;
    let Ok(answer) = answer else {
        return recorded(record_action(app, visitor, message.concluded(Outcome::Bad, UNREACHABLE)));
    };
    let mut message = message.with_answer(&answer, "reply");
    let Some(mut tokens) = tokens_of(&answer) else {
        let message = message.concluded(Outcome::Refused, "verdict-refresh-refused");
        return recorded(app.flows.change(&visitor.id, |flow| {
            flow.is_revoked = true;
            flow.push_action(message)
        }));
    };
    // RFC 6749 §6: without a new refresh token the old one stays good.
    tokens.refresh = tokens.refresh.or_else(|| Some(refresh_token.to_owned()));
    let (views, is_trusted) = inspect(app, server, &tokens, None).await?;
    message.tokens = views;
    let message = if is_trusted {
        message.concluded(Outcome::Good, "verdict-refresh-good")
    } else {
        message.concluded(Outcome::Bad, "verdict-token-unverified")
    };
    recorded(app.flows.change(&visitor.id, |flow| {
        if is_trusted {
            let id = tokens.id.or_else(|| flow.tokens.take().and_then(|old| old.id));
            flow.tokens = Some(Tokens { id, ..tokens });
        }
        flow.push_action(message)
    }))
}

/// Asks userinfo who signed in.
pub(super) async fn userinfo(app: &DemoApp, visitor: &Visitor) -> Result<(), AppError> {
    let server = app.server().await?;
    let Some(Tokens { access: token, id, .. }) = app.flows.find(&visitor.id).and_then(|flow| flow.tokens) else {
        return Ok(());
    };
    let claims = id.and_then(|id| decode_part(&id, 1));
    let subject = claims.and_then(|claims| claims.get("sub").and_then(Value::as_str).map(str::to_owned));
    let address = &server.provider.userinfo_endpoint;
    let message =
        Message::new(MessageKind::UserInfo, "GET", address).with_authorization("bearer", &format!("Bearer {token}"));
    let answer = send(app.http.get(address).bearer_auth(&token)).await;
    let Ok(answer) = answer else {
        record(app, visitor, message.concluded(Outcome::Bad, UNREACHABLE));
        return Ok(());
    };
    let message = message.with_answer(&answer, "claim");
    // OpenID Connect Core §5.3.2: claims about anybody else than the ID token speaks of must not be used.
    let is_about_them = is_about(&answer, subject.as_deref());
    let message = if is_about_them { message } else { message.concluded(Outcome::Bad, "verdict-refused") };
    let names = ["name", "preferred_username", "sub"];
    let person = names.iter().find_map(|name| answer.text(name)).filter(|_| is_about_them).map(str::to_owned);
    app.flows.change(&visitor.id, |flow| {
        flow.person = person;
        flow.push(message)
    });
    Ok(())
}

/// Whether the claims of an answer are those of the person whom the ID token names.
fn is_about(answer: &Answer, subject: Option<&str>) -> bool {
    answer.is_success() && subject.is_some() && answer.text("sub") == subject
}

/// Calls the API: reads, or leaves a note.
pub(super) async fn call_api(app: &DemoApp, visitor: &Visitor, kind: MessageKind) -> Result<usize, AppError> {
    let token = access_token(app, visitor).ok_or(AppError::NoFlow)?;
    let is_write = kind == MessageKind::Write;
    let (method, path) = if is_write { ("POST", "notes") } else { ("GET", "whoami") };
    let address = format!("{}{API_PATH}/{path}", app.issuer);
    let mut message = Message::new(kind, method, &address).with_authorization("bearer", &format!("Bearer {token}"));
    let request = if is_write {
        let note = "令牌 · hello";
        message = message.with_parameters(&[("note", note)]);
        let body = serde_json::json!({ "note": note }).to_string();
        app.http.post(&address).header(header::CONTENT_TYPE, "application/json").body(body)
    } else {
        app.http.get(&address)
    };
    match send(request.bearer_auth(&token)).await {
        Ok(answer) => {
            let (outcome, verdict) = judge_api(&answer, is_write);
            recorded(record_action(app, visitor, message.with_answer(&answer, "claim").concluded(outcome, verdict)))
        }
        Err(_) => recorded(record_action(app, visitor, message.concluded(Outcome::Bad, UNREACHABLE))),
    }
}

fn judge_api(answer: &Answer, is_write: bool) -> (Outcome, &'static str) {
    let description = answer.text("error_description").unwrap_or_default();
    match answer.status {
        200..300 if is_write => (Outcome::Good, "verdict-write-good"),
        200..300 => (Outcome::Good, "verdict-read-good"),
        403 => (Outcome::Refused, "verdict-api-scope"),
        401 if description.contains("expired") => (Outcome::Refused, "verdict-api-expired"),
        401 => (Outcome::Refused, "verdict-api-refused"),
        _ => (Outcome::Bad, "verdict-refused"),
    }
}

fn code_fields<'a>(redirect_uri: &'a str, spent: &'a SpentCode) -> [(&'static str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", &spent.code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", &spent.verifier),
    ]
}

/// A call to the token endpoint with the app's own credentials. Source: RFC 6749 §2.3.1.
async fn call_token(
    app: &DemoApp,
    server: &Server,
    kind: MessageKind,
    fields: &[(&str, &str)],
) -> (Message, Result<Answer, CallError>) {
    let (address, credentials) = (&server.provider.token_endpoint, basic(CLIENT_ID, app.secret));
    let message = Message::new(kind, "POST", address).with_authorization("basic", &credentials).with_parameters(fields);
    let request = post(&app.http, address, fields).header(header::AUTHORIZATION, credentials);
    (message, send(request).await)
}

fn tokens_of(answer: &Answer) -> Option<Tokens> {
    let text = |name| answer.text(name).map(str::to_owned);
    let access = text("access_token").filter(|_| answer.is_success())?;
    Some(Tokens { access, refresh: text("refresh_token"), id: text("id_token") })
}

/// Takes the tokens apart and verifies them; whether every check passed.
async fn inspect(
    app: &DemoApp,
    server: &Server,
    tokens: &Tokens,
    nonce: Option<&str>,
) -> Result<(Vec<TokenView>, bool), AppError> {
    let (now, mut views) = (app.clock.now(), Vec::new());
    let mut view = |name, token: &str, checks: Result<Vec<Check>, KeysError>| {
        let checks = checks.unwrap_or_else(|error| {
            tracing::warn!(%error, "the demo app cannot verify a token");
            vec![Check { name: "signature", is_good: false }]
        });
        let is_good = checks.iter().all(|check| check.is_good);
        views.push(TokenView::of(name, token, checks));
        is_good
    };
    let mut is_trusted = true;
    if let Some(id_token) = &tokens.id {
        let expected = Expected { issuer: &app.issuer, client_id: CLIENT_ID, nonce, access_token: &tokens.access };
        is_trusted &= view("id_token", id_token, verify_id_token(&server.keys, expected, id_token, now).await);
    }
    let api = format!("{}{API_PATH}", app.issuer);
    let checked = verify_access_token(&server.keys, &app.issuer, &[&api, &app.issuer], &tokens.access, now).await;
    is_trusted &= view("access_token", &tokens.access, checked);
    if let Some(refresh) = &tokens.refresh {
        is_trusted &= view("refresh_token", refresh, Ok(Vec::new()));
    }
    Ok((views, is_trusted))
}

fn access_token(app: &DemoApp, visitor: &Visitor) -> Option<String> {
    app.flows.change(&visitor.id, |flow| flow.tokens.as_ref().map(|tokens| tokens.access.clone())).flatten()
}

fn record(app: &DemoApp, visitor: &Visitor, message: Message) -> Option<usize> {
    app.flows.change(&visitor.id, |flow| flow.push(message))
}

fn record_action(app: &DemoApp, visitor: &Visitor, message: Message) -> Option<usize> {
    app.flows.change(&visitor.id, |flow| flow.push_action(message))
}

fn conclude_unreachable(app: &DemoApp, visitor: &Visitor, message: Message) -> bool {
    record(app, visitor, message.concluded(Outcome::Bad, UNREACHABLE));
    false
}

/// A flow that was forgotten in between has no message to go to.
fn recorded(number: Option<usize>) -> Result<usize, AppError> {
    number.ok_or(AppError::NoFlow)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, json: Value) -> Answer {
        Answer { status, challenge: None, json, took: Duration::ZERO }
    }

    #[test]
    fn claims_about_somebody_else_are_not_used() {
        let about = |sub: &str| answer(200, serde_json::json!({ "sub": sub }));
        assert!(is_about(&about("alice"), Some("alice")));
        assert!(!is_about(&about("mallory"), Some("alice")));
        assert!(!is_about(&about("alice"), None));
        assert!(!is_about(&answer(200, serde_json::json!({})), None));
        assert!(!is_about(&answer(401, serde_json::json!({ "sub": "alice" })), Some("alice")));
    }

    #[test]
    fn the_verdict_on_an_api_call_says_why() {
        let refused = |description: &str| answer(401, serde_json::json!({ "error_description": description }));
        assert_eq!(judge_api(&answer(200, Value::Null), false), (Outcome::Good, "verdict-read-good"));
        assert_eq!(judge_api(&answer(201, Value::Null), true), (Outcome::Good, "verdict-write-good"));
        assert_eq!(judge_api(&answer(403, Value::Null), true), (Outcome::Refused, "verdict-api-scope"));
        assert_eq!(judge_api(&refused("has expired"), false), (Outcome::Refused, "verdict-api-expired"));
        assert_eq!(judge_api(&refused("another audience"), false), (Outcome::Refused, "verdict-api-refused"));
        assert_eq!(judge_api(&answer(503, Value::Null), false), (Outcome::Bad, "verdict-refused"));
    }
}
