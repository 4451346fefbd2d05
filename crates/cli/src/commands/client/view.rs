//! A client as a row, as a card and as JSON.

use flow::{ClientAuthMethod, ClientKind, ClientRecord, GrantName};
use protocol::RedirectUri;
use serde_json::{Value, json};

use super::terms_view;
use crate::language::{Language, tr};
use crate::output::{Card, Row, put};

/// The columns of a list.
pub fn head(language: Language) -> Vec<String> {
    vec![
        "ID".to_owned(),
        tr!(language, "NAME", "名称"),
        tr!(language, "TYPE", "类型"),
        tr!(language, "AUTH", "认证"),
        tr!(language, "GRANTS", "授权方式"),
        tr!(language, "SECRET", "密钥"),
    ]
}

/// A line of a list.
pub fn row(client: &ClientRecord, secret_age: Option<String>, language: Language) -> Row {
    let name = if client.name == client.id { "–".to_owned() } else { client.name.clone() };
    let mut kind = kind(client.kind, language);
    if !client.is_enabled {
        kind = tr!(language, "{kind}, disabled", "{kind}，已停用");
    }
    let grants: Vec<_> = client.grant_types.iter().map(|grant| short(*grant)).collect();
    Row {
        id: client.id.clone(),
        json: json(client),
        cells: vec![
            client.id.clone(),
            name,
            kind,
            if client.auth_method == ClientAuthMethod::BasicOrPost { "basic|post" } else { auth(client.auth_method) }
                .to_owned(),
            grants.join(" "),
            secret_age.unwrap_or_else(|| "–".to_owned()),
        ],
    }
}

/// What is said around a client.
pub struct Said {
    /// What happened to it.
    pub title: String,
    /// What there is to say of its secret.
    pub secret: Option<String>,
    /// The next commands.
    pub next: Vec<String>,
}

/// A whole client.
pub fn card(said: Said, client: &ClientRecord, issuer: &str, language: Language) -> Card {
    let mut lines = vec![("id".to_owned(), client.id.clone())];
    if let Some(secret) = said.secret {
        lines.push((tr!(language, "secret", "密钥"), secret));
    }
    lines.extend(settings(client, language));
    Card {
        title: said.title,
        id: client.id.clone(),
        json: json(client),
        lines,
        env: env(issuer, &client.id, client.redirect_uris.first()),
        paste: Vec::new(),
        next: said.next,
    }
}

fn settings(client: &ClientRecord, language: Language) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    if client.name != client.id {
        lines.push((tr!(language, "name", "名称"), client.name.clone()));
    }
    let mut kind = kind(client.kind, language);
    if client.is_first_party {
        kind = tr!(language, "{kind}, first-party: no consent page", "{kind}，自有应用：不显示授权页");
    }
    lines.push((tr!(language, "type", "类型"), kind));
    if !client.is_enabled {
        lines.push((tr!(language, "state", "状态"), tr!(language, "disabled", "已停用")));
    }
    lines.push((tr!(language, "auth", "认证"), spoken_auth(client.auth_method, language)));
    lines.push((tr!(language, "flow", "流程"), flow(client, language)));
    for (label, uris) in [
        (tr!(language, "redirect", "回调地址"), &client.redirect_uris),
        (tr!(language, "post-logout", "退出后地址"), &client.post_logout_redirect_uris),
    ] {
        if !uris.is_empty() {
            lines.push((label, uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join("\n")));
        }
    }
    if !client.scopes.is_empty() {
        lines.push((tr!(language, "scopes", "权限范围"), client.scopes.to_string()));
    }
    if !client.cors_origins.is_empty() {
        lines.push(("cors".to_owned(), client.cors_origins.join("\n")));
    }
    lines.extend(terms_view::lines(client, language));
    lines
}

fn flow(client: &ClientRecord, language: Language) -> String {
    let grants = client.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>().join(" + ");
    if !client.may_use(GrantName::AuthorizationCode) {
        return grants;
    }
    match (client.needs_pkce(), client.rotates()) {
        (true, true) => tr!(language, "{grants}, PKCE required", "{grants}，必须使用 PKCE"),
        (false, true) => tr!(language, "{grants}, PKCE optional", "{grants}，PKCE 可选"),
        (true, false) => tr!(language, "{grants}, PKCE required, no rotation", "{grants}，必须使用 PKCE，不轮换"),
        (false, false) => tr!(language, "{grants}, PKCE optional, no rotation", "{grants}，PKCE 可选，不轮换"),
    }
}

/// What a library of OpenID Connect wants to know.
pub fn env(issuer: &str, id: &str, redirect: Option<&RedirectUri>) -> Vec<(&'static str, String)> {
    let mut lines = vec![("OIDC_ISSUER", issuer.to_owned()), ("OIDC_CLIENT_ID", id.to_owned())];
    if let Some(redirect) = redirect {
        lines.push(("OIDC_REDIRECT_URI", redirect.as_str().to_owned()));
    }
    lines
}

/// The stable form for programs.
pub fn json(client: &ClientRecord) -> Value {
    let uris = |uris: &[RedirectUri]| uris.iter().map(RedirectUri::as_str).map(str::to_owned).collect::<Vec<_>>();
    let mut json = json!({
        "id": client.id,
        "name": client.name,
        "type": client.kind.as_str(),
        "enabled": client.is_enabled,
        "first_party": client.is_first_party,
        "auth": auth(client.auth_method),
        "grants": client.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>(),
        "redirect_uris": uris(&client.redirect_uris),
        "post_logout_redirect_uris": uris(&client.post_logout_redirect_uris),
        "scopes": client.scopes.iter().collect::<Vec<_>>(),
        "pkce": client.pkce.as_str(),
        "rotation": client.rotation,
        "cors_origins": client.cors_origins,
        "id_token_alg": client.id_token_alg.as_str(),
        "access_token_alg": client.access_token_alg.as_str(),
        "version": client.version,
        "created_at": client.created_at.to_rfc3339(),
        "updated_at": client.updated_at.to_rfc3339(),
    });
    for (name, value) in terms_view::json(client) {
        put(&mut json, &name, value);
    }
    json
}

fn kind(kind: ClientKind, language: Language) -> String {
    match kind {
        ClientKind::Confidential => tr!(language, "confidential", "机密"),
        ClientKind::Public => tr!(language, "public", "公开"),
    }
}

/// As `--auth` takes it.
fn auth(method: ClientAuthMethod) -> &'static str {
    match method {
        ClientAuthMethod::Basic => "basic",
        ClientAuthMethod::BasicOrPost => "any",
        ClientAuthMethod::None => "none",
        ClientAuthMethod::ClientSecretJwt => "client_secret_jwt",
        ClientAuthMethod::Post => "post",
        ClientAuthMethod::PrivateKeyJwt => "private_key_jwt",
    }
}

fn spoken_auth(method: ClientAuthMethod, language: Language) -> String {
    match method {
        ClientAuthMethod::Basic
        | ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::Post
        | ClientAuthMethod::PrivateKeyJwt => method.as_str().to_owned(),
        ClientAuthMethod::BasicOrPost => {
            tr!(language, "client_secret_basic or client_secret_post", "client_secret_basic 或 client_secret_post",)
        }
        ClientAuthMethod::None => tr!(language, "none: it has no secret", "无：它没有密钥"),
    }
}

fn short(grant: GrantName) -> &'static str {
    match grant {
        GrantName::AuthorizationCode => "code",
        GrantName::ClientCredentials => "client_credentials",
        GrantName::DeviceCode => "device",
        GrantName::RefreshToken => "refresh",
        GrantName::TokenExchange => "exchange",
    }
}

/// Whether a client of this method has a secret to print.
pub const fn has_secret(method: ClientAuthMethod) -> bool {
    match method {
        ClientAuthMethod::Basic
        | ClientAuthMethod::BasicOrPost
        | ClientAuthMethod::ClientSecretJwt
        | ClientAuthMethod::Post => true,
        ClientAuthMethod::None | ClientAuthMethod::PrivateKeyJwt => false,
    }
}
