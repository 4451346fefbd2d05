//! A person as a row, as a card and as JSON.

use protocol::Timestamp;
use serde_json::{Value, json};
use user_store::{IdentifierKind, User, UserIdentifier, UserStatus};

use crate::language::{Language, tr};
use crate::output::{Card, Row};
use crate::timing::relative;

/// The columns of a list.
pub fn head(language: Language) -> Vec<String> {
    vec![
        tr!(language, "LOGIN", "登录名"),
        tr!(language, "NAME", "姓名"),
        tr!(language, "EMAIL", "邮箱"),
        tr!(language, "STATUS", "状态"),
        tr!(language, "CREATED", "注册"),
        "ID".to_owned(),
    ]
}

/// A line of a list.
pub fn row(user: &User, now: Timestamp, language: Language) -> Row {
    let none = || "–".to_owned();
    let email = user.identifiers.iter().find(|identifier| identifier.kind == IdentifierKind::Email);
    Row {
        id: user.id.clone(),
        json: json(user),
        cells: vec![
            user.preferred_name().to_owned(),
            user.claims.name.clone().unwrap_or_else(none),
            email.map_or_else(none, |email| email.display.clone()),
            status(user.status, now, language),
            relative(user.created_at, now, language),
            user.id.clone(),
        ],
    }
}

/// A whole person.
pub fn card(title: String, user: &User, now: Timestamp, language: Language) -> Card {
    let mut lines = vec![("id".to_owned(), user.id.clone())];
    let logins: Vec<_> = user.identifiers.iter().map(|identifier| login(identifier, language)).collect();
    lines.push((tr!(language, "logins", "登录名"), logins.join("\n")));
    if let Some(name) = &user.claims.name {
        lines.push((tr!(language, "name", "姓名"), name.clone()));
    }
    lines.push((tr!(language, "status", "状态"), status(user.status, now, language)));
    let password =
        if user.has_password { tr!(language, "set", "已设置") } else { tr!(language, "none", "未设置") };
    lines.push((tr!(language, "password", "密码"), password));
    lines.push((tr!(language, "created", "注册"), relative(user.created_at, now, language)));
    Card { title, id: user.id.clone(), json: json(user), lines, env: Vec::new(), paste: Vec::new(), next: Vec::new() }
}

fn login(identifier: &UserIdentifier, language: Language) -> String {
    let text = &identifier.display;
    match (identifier.kind, identifier.verified_at) {
        // Nobody proves a user name.
        (IdentifierKind::Username, _) => text.clone(),
        (IdentifierKind::Email | IdentifierKind::Phone, Some(_)) => {
            tr!(language, "{text} (verified)", "{text}（已验证）")
        }
        (IdentifierKind::Email | IdentifierKind::Phone, None) => {
            tr!(language, "{text} (not verified)", "{text}（未验证）")
        }
    }
}

fn status(status: UserStatus, now: Timestamp, language: Language) -> String {
    match status {
        UserStatus::Disabled => tr!(language, "locked", "已锁定"),
        UserStatus::Enabled => tr!(language, "enabled", "正常"),
        UserStatus::Locked { until } => {
            let when = relative(until, now, language);
            tr!(language, "locked, ends {when}", "已锁定，{when}解除")
        }
    }
}

/// The stable form for programs.
pub fn json(user: &User) -> Value {
    let identifier = |identifier: &UserIdentifier| json!({ "kind": identifier.kind.as_str(), "value": identifier.display, "verified": identifier.verified_at.is_some() });
    let until = match user.status {
        UserStatus::Locked { until } => Some(until.to_rfc3339()),
        UserStatus::Disabled | UserStatus::Enabled => None,
    };
    json!({
        "id": user.id,
        "status": user.status.as_str(),
        "locked_until": until,
        "identifiers": user.identifiers.iter().map(identifier).collect::<Vec<_>>(),
        "claims": user.claims,
        "has_password": user.has_password,
        "version": user.version,
        "created_at": user.created_at.to_rfc3339(),
        "updated_at": user.updated_at.to_rfc3339(),
    })
}
