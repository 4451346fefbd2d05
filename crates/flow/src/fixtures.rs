//! Records for the tests of the rules.

use std::time::Duration;

use protocol::{Alg, AuthorizationRequest, Params, RedirectUri, ScopeSet, Timestamp};

use crate::authorize::Facts;
use crate::records::{
    ApiScope, ClientAuthMethod, ClientKind, ClientRecord, CodeRecord, ConsentRecord, FamilyRecord, FamilyState,
    GrantName, PkceRule, RefreshRecord, RefreshState, ResourceServer, SessionRecord,
};

pub(crate) const CALLBACK: &str = "https://shop.example/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636 appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

pub(crate) fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

pub(crate) fn client() -> ClientRecord {
    ClientRecord {
        id: "shop".to_owned(),
        name: "Shop".to_owned(),
        kind: ClientKind::Confidential,
        is_first_party: false,
        is_enabled: true,
        auth_method: ClientAuthMethod::BasicOrPost,
        redirect_uris: vec![RedirectUri::new(CALLBACK).unwrap()],
        post_logout_redirect_uris: Vec::new(),
        grant_types: vec![GrantName::AuthorizationCode, GrantName::RefreshToken],
        scopes: scopes("openid profile email offline_access"),
        pkce: PkceRule::Required,
        rotation: true,
        id_token_alg: Alg::Rs256,
        access_token_alg: Alg::Es256,
        cors_origins: Vec::new(),
        terms: crate::ClientTerms::default(),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub(crate) fn session() -> SessionRecord {
    SessionRecord {
        id: "s1".to_owned(),
        user_id: "u1".to_owned(),
        epoch: 1,
        auth_time: NOW.minus(Duration::from_mins(10)),
        acr: "1".to_owned(),
        amr: vec!["pwd".to_owned()],
        address: String::new(),
        user_agent: String::new(),
        created_at: NOW.minus(Duration::from_mins(10)),
        last_seen_at: NOW,
        idle_expires_at: NOW.plus(Duration::from_hours(1)),
        expires_at: NOW.plus(Duration::from_hours(2)),
        ended_at: None,
    }
}

pub(crate) fn consent(text: &str) -> ConsentRecord {
    ConsentRecord {
        user_id: "u1".to_owned(),
        client_id: "shop".to_owned(),
        scopes: scopes(text),
        detail: crate::ConsentDetail::default(),
        granted_at: NOW,
    }
}

/// An API with one scope.
pub(crate) fn api(audience: &str, scope: &str) -> ResourceServer {
    let scope = ApiScope { name: scope.to_owned(), en: String::new(), zh_cn: String::new(), max_ttl: None };
    ResourceServer { audience: audience.to_owned(), name: String::new(), scopes: vec![scope] }
}

/// A client, a session and a consent that cover [`request`].
pub(crate) fn facts() -> Facts {
    Facts {
        client: Some(client()),
        session: Some(session()),
        consent: Some(consent("openid profile")),
        ..Facts::default()
    }
}

/// A request that [`facts`] answers with a code, with `change` applied to its query.
pub(crate) fn request_with(extra: &str) -> AuthorizationRequest {
    let base = [
        ("client_id", "shop"),
        ("redirect_uri", "https%3A%2F%2Fshop.example%2Fcb"),
        ("response_type", "code"),
        ("scope", "openid+profile"),
        ("state", "st"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let is_replaced = |name: &str| extra.split('&').any(|pair| pair.split('=').next() == Some(name));
    let kept = base.iter().filter(|(name, _)| !is_replaced(name)).map(|(name, value)| format!("{name}={value}"));
    let query = kept.chain([extra.to_owned()]).collect::<Vec<_>>().join("&");
    AuthorizationRequest::parse(&Params::parse(query.as_bytes(), &protocol::ParamLimits::default()).unwrap()).unwrap()
}

pub(crate) fn request() -> AuthorizationRequest {
    request_with("")
}

pub(crate) fn code() -> CodeRecord {
    CodeRecord {
        id: "c1".to_owned(),
        family_id: None,
        client_id: "shop".to_owned(),
        user_id: "u1".to_owned(),
        session_id: "s1".to_owned(),
        redirect_uri: Some(CALLBACK.to_owned()),
        code_challenge: Some(CHALLENGE.to_owned()),
        nonce: Some("n".to_owned()),
        scopes: scopes("openid profile"),
        audience: Vec::new(),
        auth_time: NOW,
        acr: "1".to_owned(),
        amr: vec!["pwd".to_owned()],
        epoch: 1,
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(1)),
        spent_at: None,
        detail: crate::GrantDetail::default(),
    }
}

pub(crate) fn family() -> FamilyRecord {
    FamilyRecord {
        id: "f1".to_owned(),
        client_id: "shop".to_owned(),
        user_id: "u1".to_owned(),
        session_id: "s1".to_owned(),
        epoch: 1,
        is_offline: false,
        scopes: scopes("openid profile"),
        audience: Vec::new(),
        generation: 3,
        state: FamilyState::Live,
        auth_time: NOW,
        acr: "1".to_owned(),
        amr: Vec::new(),
        idle_expires_at: NOW.plus(Duration::from_mins(10)),
        expires_at: NOW.plus(Duration::from_mins(100)),
        detail: crate::GrantDetail::default(),
    }
}

pub(crate) fn refresh_token() -> RefreshRecord {
    RefreshRecord {
        id: "r1".to_owned(),
        family_id: "f1".to_owned(),
        client_id: "shop".to_owned(),
        generation: 3,
        state: RefreshState::Live,
        expires_at: NOW.plus(Duration::from_mins(10)),
        spent: None,
    }
}
