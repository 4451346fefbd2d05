//! A token, decoded or judged, as a card.

use jwks::Unverified;
use protocol::Timestamp;
use serde_json::{Map, Value, json};

use super::judge::{Check, Fault, Judged, TokenKind};
use super::words;
use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::output::{Card, put};
use crate::paint::tame;
use crate::stores::Stores;
use crate::timing::relative;

/// Times among the claims.
const MOMENTS: &[&str] = &["auth_time", "exp", "iat", "nbf", "updated_at"];

/// Shows what a token says of itself.
pub fn decoded(found: &Unverified, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let mut lines = members(&found.header, None);
    lines.push((String::new(), String::new()));
    lines.extend(members(&found.claims, None));
    let id = found.claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    let json = json!({ "verified": false, "header": found.header, "claims": found.claims });
    context.output().card(&card(tr!(language, "Token, not verified", "令牌（未校验）"), id, json, lines))
}

/// Shows every check, and ends with 8 where one failed.
pub fn verified(judged: &Judged, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let kind = words::kind(judged.kind, language);
    let title = if judged.is_good() {
        tr!(language, "{kind}: good", "{kind}：有效")
    } else {
        tr!(language, "{kind}: refused", "{kind}：无效")
    };
    let mut lines: Vec<_> = judged
        .checks
        .iter()
        .map(|check| (words::question(check.question, language), words::answer(check, language)))
        .collect();
    if judged.is_good() {
        lines.extend(members(&judged.claims, Some((stores.now(), language))));
    }
    let json = json!({
        "valid": judged.is_good(),
        "kind": judged.kind.as_str(),
        "id": judged.id,
        "checks": judged.checks.iter().map(checked).collect::<Vec<_>>(),
        "claims": judged.claims,
    });
    context.output().card(&card(title, &judged.id, json, lines))?;
    if judged.is_good() { Ok(()) } else { Err(Failure::silent(Exit::Findings)) }
}

/// Shows whether a token is active, in the words of RFC 7662 §2.2.
pub fn introspected(judged: &Judged, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let kind = words::kind(judged.kind, language);
    if !judged.is_good() {
        let failing = judged.checks.iter().find(|check| check.fault.is_some());
        let json = json!({ "active": false, "kind": judged.kind.as_str(), "reason": failing.map(name) });
        let why = words::failing(judged, language).unwrap_or_default();
        let lines = vec![(tr!(language, "reason", "原因"), why)];
        let title = tr!(language, "{kind}: not active", "{kind}：无效");
        return context.output().card(&card(title, &judged.id, json, lines));
    }
    let mut json = json!({ "active": true, "kind": judged.kind.as_str() });
    for (name, value) in &judged.claims {
        put(&mut json, name, value.clone());
    }
    if matches!(judged.kind, TokenKind::AccessJwt | TokenKind::AccessOpaque) {
        put(&mut json, "token_type", "Bearer");
    }
    let lines = members(&judged.claims, Some((stores.now(), language)));
    let title = tr!(language, "{kind}: active", "{kind}：有效");
    context.output().card(&card(title, &judged.id, json, lines))
}

/// A card without a next step; what a token says of itself may be anything.
pub fn card(title: String, id: &str, json: Value, lines: Vec<(String, String)>) -> Card {
    Card { title, id: tame(id), json, lines, env: Vec::new(), paste: Vec::new(), next: Vec::new() }
}

/// The members of an object by name; times are said as people read them where it is known what time it is.
fn members(object: &Map<String, Value>, now: Option<(Timestamp, Language)>) -> Vec<(String, String)> {
    let line = |(name, value): (&String, &Value)| {
        let seconds = value.as_i64().filter(|_| MOMENTS.contains(&name.as_str()));
        let text = match (value, seconds.map(Timestamp::from_secs), now) {
            (_, Some(at), Some((now, language))) => format!("{} ({})", at.to_rfc3339(), relative(at, now, language)),
            (_, Some(at), None) => format!("{value} ({})", at.to_rfc3339()),
            (Value::String(text), None, _) => text.clone(),
            (other, None, _) => other.to_string(),
        };
        (name.clone(), text)
    };
    object.iter().map(line).collect()
}

fn checked(check: &Check) -> Value {
    json!({
        "check": check.question.as_str(),
        "passed": check.fault.is_none(),
        "expected": check.expected,
        "found": check.found,
        "reason": check.fault.as_ref().map(|_| name(check)),
    })
}

/// The reason for programs.
fn name(check: &Check) -> String {
    match &check.fault {
        Some(Fault::Refused(refused)) => refused.refusal.name().to_owned(),
        Some(Fault::Revoked) => "Revoked".to_owned(),
        Some(Fault::Spent) => "Spent".to_owned(),
        Some(Fault::Other) | None => check.question.as_str().to_owned(),
    }
}
