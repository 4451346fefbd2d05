//! What a client and the server have agreed beside the registered columns, and what one grant asked for beside scopes.
//!
//! Both are stored as one JSON object: nothing is searched by them, and a new term needs no migration.

use protocol::{Alg, JwkSet};
use serde::{Deserialize, Serialize};

/// The terms of a client.
///
/// Shape: absent members take their defaults, so rows that were written before a term existed stay readable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientTerms {
    /// The form of its access tokens.
    #[serde(skip_serializing_if = "is_default")]
    pub access_token_format: TokenFormat,
    /// Signs its userinfo answers; plain JSON where absent. Source: OpenID Core §5.3.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_alg: Option<Alg>,
    /// Its public keys, by value. Source: RFC 7591 §2, `jwks`.
    #[serde(skip_serializing_if = "is_default")]
    pub jwks: JwkSet,
    /// The algorithm of its client assertions; any that fits its keys where absent. Source: RFC 7591 §2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertion_alg: Option<String>,
    /// The `aud` that its client assertions must carry. Source: OpenID Core §9, RFC 7523 §3.
    #[serde(skip_serializing_if = "is_default")]
    pub assertion_audience: AssertionAudience,
    /// The audiences that it answers for, as a resource server: it may introspect their tokens. Source: RFC 7662 §4.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspects: Vec<String>,
    /// The audiences that it may exchange a token for; empty means that it may not exchange. Source: RFC 8693 §2.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchange_targets: Vec<String>,
    /// The response modes that it may ask for; empty means all. Source: RFC 9700 §2.1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modes: Vec<String>,
}

/// The form of an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// A JWT of RFC 9068.
    #[default]
    Jwt,
    /// A random reference; whoever holds it must ask here.
    Opaque,
}

/// Which `aud` a client assertion must carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer or the URL of the token endpoint, alone or in a list.
    Any,
    /// The issuer, as a single string. Source: draft-ietf-oauth-rfc7523bis, FAPI 2.0.
    #[default]
    Issuer,
    /// The URL of the token endpoint. Source: OpenID Core §9.
    TokenEndpoint,
}

/// What one authorization asked for beside scopes; travels with the code and the family.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GrantDetail {
    /// Claims asked for one by one, to be released by userinfo. Source: OpenID Core §5.5.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_claims: Vec<String>,
}

/// What a person allowed a client beside scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsentDetail {
    /// Claims that none of the allowed scopes releases. Source: OpenID Core §5.5.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// Audiences of APIs that were named without a scope. Source: RFC 8707 §2.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
