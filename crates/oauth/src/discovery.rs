//! What this server can do, computed from the registries. Source: RFC 8414, OpenID Discovery §3.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use protocol::{Locale, ProviderMetadata, ResponseMode};

use crate::{OAuth, client_auth, device, jwks, token, userinfo};

/// Source: OpenID Discovery §4.
pub(crate) const OPENID_PATH: &str = "/.well-known/openid-configuration";
/// Source: RFC 8414 §3.
pub(crate) const OAUTH_PATH: &str = "/.well-known/oauth-authorization-server";

/// `GET` on either path: the same document.
pub(crate) async fn discovery(State(oauth): State<Arc<OAuth>>, headers: HeaderMap) -> Response {
    let body = Bytes::from(serde_json::to_vec(&metadata(&oauth)).unwrap_or_default());
    let etag = format!("\"{}\"", platform::digest::fingerprint(&body));
    jwks::cached(&headers, body, &etag, "application/json")
}

/// The document, stating only what works.
pub fn metadata(oauth: &OAuth) -> ProviderMetadata {
    ProviderMetadata {
        issuer: oauth.issuer.clone(),
        authorization_endpoint: oauth.url("/authorize"),
        token_endpoint: oauth.url("/token"),
        userinfo_endpoint: oauth.url("/userinfo"),
        jwks_uri: oauth.url("/jwks"),
        registration_endpoint: None,
        revocation_endpoint: Some(oauth.url("/revoke")),
        revocation_endpoint_auth_methods_supported: client_auth::METHODS.to_vec(),
        introspection_endpoint: Some(oauth.url("/introspect")),
        introspection_endpoint_auth_methods_supported: confidential_methods(),
        device_authorization_endpoint: Some(oauth.url(device::PATH)),
        end_session_endpoint: Some(oauth.url("/logout")),
        service_documentation: None,
        scopes_supported: userinfo::SCOPES.iter().map(|&scope| scope.to_owned()).collect(),
        response_types_supported: vec!["code"],
        response_modes_supported: ResponseMode::ALL.map(ResponseMode::as_str).to_vec(),
        grant_types_supported: token::registry().iter().map(|grant| grant.name().as_str()).collect(),
        code_challenge_methods_supported: vec!["S256"],
        token_endpoint_auth_methods_supported: client_auth::METHODS.to_vec(),
        token_endpoint_auth_signing_alg_values_supported: protocol::client_assertion::algorithms(),
        subject_types_supported: vec!["public"],
        id_token_signing_alg_values_supported: oauth.keys.active_algs(),
        userinfo_signing_alg_values_supported: oauth.keys.active_algs(),
        claim_types_supported: vec!["normal"],
        claims_supported: userinfo::CLAIMS.to_vec(),
        prompt_values_supported: vec!["none", "login", "consent", "select_account"],
        ui_locales_supported: Locale::ALL.iter().map(|locale| locale.tag()).collect(),
        acr_values_supported: flow::authorize::ACR_VALUES.to_vec(),
        claims_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        authorization_response_iss_parameter_supported: true,
    }
}

/// A public client may not introspect (RFC 7662 §2.1).
fn confidential_methods() -> Vec<&'static str> {
    client_auth::METHODS.iter().copied().filter(|method| *method != "none").collect()
}
