//! The terms of a client, as people and as programs read them.

use flow::{AssertionAudience, ClientAuthMethod, ClientRecord, TokenFormat};
use protocol::PublicJwk;
use serde_json::{Map, Value, json};

use crate::language::{Language, tr};

/// The lines of a card: what differs from the usual.
pub fn lines(client: &ClientRecord, language: Language) -> Vec<(String, String)> {
    let terms = &client.terms;
    let mut lines = Vec::new();
    if !terms.jwks.keys.is_empty() {
        let keys: Vec<_> = terms.jwks.keys.iter().map(|key| described(key, language)).collect();
        lines.push((tr!(language, "keys", "公钥"), keys.join("\n")));
    }
    if is_asserting(client.auth_method) {
        let audience = audience(terms.assertion_audience);
        let alg = terms.assertion_alg.as_deref().unwrap_or("any");
        lines.push((
            tr!(language, "assertions", "断言"),
            tr!(language, "audience {audience}, algorithm {alg}", "受众 {audience}，算法 {alg}"),
        ));
    }
    lines.push((tr!(language, "tokens", "令牌"), tokens(client, language)));
    if let Some(alg) = terms.userinfo_alg {
        lines.push(("userinfo".to_owned(), tr!(language, "signed with {alg}", "用 {alg} 签名")));
    }
    for (label, list) in [
        (tr!(language, "introspects", "可内省受众"), &terms.introspects),
        (tr!(language, "exchange targets", "可交换受众"), &terms.exchange_targets),
        (tr!(language, "response modes", "响应模式"), &terms.response_modes),
    ] {
        if !list.is_empty() {
            lines.push((label, list.join("\n")));
        }
    }
    lines
}

/// The members of the stable form.
pub fn json(client: &ClientRecord) -> Map<String, Value> {
    let terms = &client.terms;
    let members = [
        ("jwks", json!(terms.jwks)),
        ("assertion_alg", json!(terms.assertion_alg)),
        ("assertion_audience", json!(audience(terms.assertion_audience))),
        ("userinfo_alg", json!(terms.userinfo_alg)),
        ("access_token_format", json!(format(terms.access_token_format))),
        ("introspects", json!(terms.introspects)),
        ("exchange_targets", json!(terms.exchange_targets)),
        ("response_modes", json!(terms.response_modes)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

const fn is_asserting(method: ClientAuthMethod) -> bool {
    matches!(method, ClientAuthMethod::ClientSecretJwt | ClientAuthMethod::PrivateKeyJwt)
}

fn tokens(client: &ClientRecord, language: Language) -> String {
    let (id_alg, access_alg) = (client.id_token_alg, client.access_token_alg);
    match client.terms.access_token_format {
        TokenFormat::Jwt => {
            tr!(language, "ID token {id_alg}, access token {access_alg}", "ID 令牌 {id_alg}，访问令牌 {access_alg}")
        }
        TokenFormat::Opaque => {
            tr!(language, "ID token {id_alg}, access token opaque", "ID 令牌 {id_alg}，访问令牌不透明")
        }
    }
}

/// `ES256, kid 2026-01`: what a person compares with what the app shows.
fn described(key: &PublicJwk, language: Language) -> String {
    let algs: Vec<_> =
        protocol::Alg::ALL.into_iter().filter(|alg| key.accepts(*alg)).map(protocol::Alg::as_str).collect();
    let algs = algs.join("|");
    match &key.kid {
        Some(kid) => format!("{algs}, kid {kid}"),
        None => tr!(language, "{algs}, without kid", "{algs}，无 kid"),
    }
}

/// As `--assertion-audience` takes it.
const fn audience(audience: AssertionAudience) -> &'static str {
    match audience {
        AssertionAudience::Any => "any",
        AssertionAudience::Issuer => "issuer",
        AssertionAudience::TokenEndpoint => "token-endpoint",
    }
}

/// As `--access-token-format` takes it.
const fn format(format: TokenFormat) -> &'static str {
    match format {
        TokenFormat::Jwt => "jwt",
        TokenFormat::Opaque => "opaque",
    }
}
