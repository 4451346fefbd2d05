//! A session as a row, as a card and as JSON.

use flow::{FamilyRecord, SessionRecord};
use grant_store::SessionOverview;
use protocol::Timestamp;
use serde_json::{Value, json};

use super::device::device;
use crate::language::{Language, tr};
use crate::output::{Card, Row};
use crate::stores::Names;
use crate::timing::relative;

/// The columns of a list.
pub fn head(language: Language) -> Vec<String> {
    vec![
        "ID".to_owned(),
        tr!(language, "USER", "用户"),
        tr!(language, "STATE", "状态"),
        tr!(language, "DEVICE", "设备"),
        tr!(language, "ADDRESS", "地址"),
        tr!(language, "SINCE", "登录"),
        tr!(language, "LAST SEEN", "最近活动"),
        tr!(language, "ENDS", "到期"),
        tr!(language, "APPS", "应用"),
    ]
}

/// A line of a list.
pub fn row(one: &SessionOverview, names: &Names, now: Timestamp, language: Language) -> Row {
    let session = &one.session;
    Row {
        id: session.id.clone(),
        json: json(one, names, now),
        cells: vec![
            session.id.clone(),
            names.of(&session.user_id),
            said(state(one, now), language),
            device(&session.user_agent),
            session.address.clone(),
            relative(session.created_at, now, language),
            relative(session.last_seen_at, now, language),
            if one.is_live { relative(end(session), now, language) } else { "–".to_owned() },
            apps(one),
        ],
    }
}

/// A whole session.
pub fn card(title: String, one: &SessionOverview, names: &Names, (now, language): (Timestamp, Language)) -> Card {
    let session = &one.session;
    let grants: Vec<_> = one.grants.iter().map(|grant| app(grant, now, language)).collect();
    let mut lines = vec![
        ("id".to_owned(), session.id.clone()),
        (tr!(language, "user", "用户"), names.of(&session.user_id)),
        (tr!(language, "state", "状态"), said(state(one, now), language)),
        (tr!(language, "proof", "验证方式"), format!("{} (acr {})", session.amr.join(", "), session.acr)),
        (tr!(language, "device", "设备"), device(&session.user_agent)),
        (tr!(language, "browser", "浏览器标识"), session.user_agent.clone()),
        (tr!(language, "address", "地址"), session.address.clone()),
        (tr!(language, "since", "登录"), relative(session.created_at, now, language)),
        (tr!(language, "last seen", "最近活动"), relative(session.last_seen_at, now, language)),
    ];
    match session.ended_at {
        Some(at) => lines.push((tr!(language, "ended", "结束"), relative(at, now, language))),
        None => lines.push((tr!(language, "ends", "到期"), relative(end(session), now, language))),
    }
    lines.push((tr!(language, "apps", "应用"), grants.join("\n")));
    let next = if one.is_live { vec![format!("lingpai session revoke {}", session.id)] } else { Vec::new() };
    Card { title, id: session.id.clone(), json: json(one, names, now), lines, env: Vec::new(), paste: Vec::new(), next }
}

/// When a session ends if nobody uses it.
fn end(session: &SessionRecord) -> Timestamp {
    session.idle_expires_at.min(session.expires_at)
}

fn apps(one: &SessionOverview) -> String {
    let mut ids: Vec<_> = one.grants.iter().map(|grant| grant.client_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() { "–".to_owned() } else { ids.join(" ") }
}

fn app(grant: &FamilyRecord, now: Timestamp, language: Language) -> String {
    let (client, scopes) = (&grant.client_id, &grant.scopes);
    let end = relative(grant.idle_expires_at.min(grant.expires_at), now, language);
    if grant.is_offline {
        tr!(
            language,
            "{client}: {scopes} (outlives the session, ends {end})",
            "{client}：{scopes}（不随会话结束，{end}到期）"
        )
    } else {
        tr!(language, "{client}: {scopes}", "{client}：{scopes}")
    }
}

/// The word for programs: `live`, `ended`, `expired`, or `void` where the account was locked or its password changed.
pub fn state(one: &SessionOverview, now: Timestamp) -> &'static str {
    if one.is_live {
        "live"
    } else if one.session.ended_at.is_some() {
        "ended"
    } else if one.session.is_live(now) {
        "void"
    } else {
        "expired"
    }
}

fn said(state: &str, language: Language) -> String {
    match state {
        "live" => tr!(language, "live", "有效"),
        "ended" => tr!(language, "ended", "已结束"),
        "void" => tr!(language, "void", "已失效"),
        _ => tr!(language, "expired", "已过期"),
    }
}

/// The stable form for programs.
pub fn json(one: &SessionOverview, names: &Names, now: Timestamp) -> Value {
    let session = &one.session;
    json!({
        "id": session.id,
        "user_id": session.user_id,
        "user": names.of(&session.user_id),
        "state": state(one, now),
        "acr": session.acr,
        "amr": session.amr,
        "address": session.address,
        "user_agent": session.user_agent,
        "auth_time": session.auth_time.to_rfc3339(),
        "since": session.created_at.to_rfc3339(),
        "last_seen_at": session.last_seen_at.to_rfc3339(),
        "idle_expires_at": session.idle_expires_at.to_rfc3339(),
        "expires_at": session.expires_at.to_rfc3339(),
        "ended_at": session.ended_at.map(Timestamp::to_rfc3339),
        "apps": one.grants.iter().map(grant).collect::<Vec<_>>(),
    })
}

/// A grant for programs.
pub fn grant(grant: &FamilyRecord) -> Value {
    json!({
        "grant_id": grant.id,
        "client_id": grant.client_id,
        "scope": grant.scopes.to_string(),
        "offline": grant.is_offline,
        "idle_expires_at": grant.idle_expires_at.to_rfc3339(),
        "expires_at": grant.expires_at.to_rfc3339(),
    })
}
