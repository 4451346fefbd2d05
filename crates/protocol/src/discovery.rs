//! Server metadata. RFC 8414 §2; RFC 8628 §4; OpenID Connect Discovery §3; RFC 9207 §3; `end_session_endpoint`: RP-Initiated Logout §2.1.

use serde::Serialize;

use crate::alg::Alg;

/// What a client learns about this server before it talks to it.
///
/// Shape: lists are filled from the registries that the endpoints use, so that the document cannot promise more than the
/// server does. An endpoint that does not exist is absent.
#[allow(clippy::struct_excessive_bools, reason = "each is a member of the registered document")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderMetadata {
    /// The issuer, byte for byte as in `iss`.
    pub issuer: String,
    /// RFC 6749 §3.1.
    pub authorization_endpoint: String,
    /// RFC 6749 §3.2.
    pub token_endpoint: String,
    /// OpenID Connect Core §5.3.
    pub userinfo_endpoint: String,
    /// RFC 7517 §5.
    pub jwks_uri: String,
    /// RFC 7591 §3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// RFC 7009 §2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// Client authentication at the revocation endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// RFC 7662 §2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// Client authentication at the introspection endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// RFC 8628 §4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// Where a client sends the person to sign out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// Documentation for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_documentation: Option<String>,
    /// Scopes that a client may ask for.
    pub scopes_supported: Vec<String>,
    /// Response types.
    pub response_types_supported: Vec<&'static str>,
    /// Response modes.
    pub response_modes_supported: Vec<&'static str>,
    /// Grant types.
    pub grant_types_supported: Vec<&'static str>,
    /// PKCE methods. RFC 7636.
    pub code_challenge_methods_supported: Vec<&'static str>,
    /// Client authentication at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// Algorithms of client assertions.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// Kinds of subject identifier.
    pub subject_types_supported: Vec<&'static str>,
    /// Algorithms of ID tokens.
    pub id_token_signing_alg_values_supported: Vec<Alg>,
    /// Algorithms of userinfo answers, for clients that asked for signed ones.
    pub userinfo_signing_alg_values_supported: Vec<Alg>,
    /// Kinds of claim.
    pub claim_types_supported: Vec<&'static str>,
    /// Claims that this server may release.
    pub claims_supported: Vec<&'static str>,
    /// Values of `prompt`.
    pub prompt_values_supported: Vec<&'static str>,
    /// Languages of the pages.
    pub ui_locales_supported: Vec<&'static str>,
    /// Authentication classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acr_values_supported: Vec<&'static str>,
    /// Whether the parameter `claims` works.
    pub claims_parameter_supported: bool,
    /// Whether the parameter `request` works.
    pub request_parameter_supported: bool,
    /// Whether the parameter `request_uri` works. Absent would mean yes.
    pub request_uri_parameter_supported: bool,
    /// Whether every authorization response has `iss`. RFC 9207 §3.
    pub authorization_response_iss_parameter_supported: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> ProviderMetadata {
        ProviderMetadata {
            issuer: "https://as.example".into(),
            authorization_endpoint: "https://as.example/authorize".into(),
            token_endpoint: "https://as.example/token".into(),
            userinfo_endpoint: "https://as.example/userinfo".into(),
            jwks_uri: "https://as.example/jwks".into(),
            registration_endpoint: None,
            revocation_endpoint: None,
            revocation_endpoint_auth_methods_supported: Vec::new(),
            introspection_endpoint: None,
            introspection_endpoint_auth_methods_supported: Vec::new(),
            device_authorization_endpoint: None,
            end_session_endpoint: None,
            service_documentation: None,
            scopes_supported: vec!["openid".into()],
            response_types_supported: vec!["code"],
            response_modes_supported: vec!["query"],
            grant_types_supported: vec!["authorization_code"],
            code_challenge_methods_supported: vec!["S256"],
            token_endpoint_auth_methods_supported: vec!["client_secret_basic"],
            token_endpoint_auth_signing_alg_values_supported: vec!["ES256"],
            subject_types_supported: vec!["public"],
            id_token_signing_alg_values_supported: vec![Alg::Rs256],
            userinfo_signing_alg_values_supported: vec![Alg::Rs256],
            claim_types_supported: vec!["normal"],
            claims_supported: vec!["sub"],
            prompt_values_supported: vec!["none", "login"],
            ui_locales_supported: vec!["en", "zh-CN"],
            acr_values_supported: Vec::new(),
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
        }
    }

    #[test]
    fn members_that_both_specifications_require_are_there() {
        let json = serde_json::to_value(metadata()).unwrap();
        for member in [
            "issuer",
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
            "request_uri_parameter_supported",
        ] {
            assert!(json.get(member).is_some(), "{member}");
        }
        assert_eq!(json["id_token_signing_alg_values_supported"][0], "RS256");
    }

    #[test]
    fn endpoints_that_do_not_exist_are_absent() {
        let json = serde_json::to_value(metadata()).unwrap();
        assert!(json.as_object().unwrap().values().all(|value| !value.is_null()));
        assert!(json.get("registration_endpoint").is_none());
        assert!(json.get("acr_values_supported").is_none());
    }
}
