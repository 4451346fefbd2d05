//! A client as it shall be, and every rule that it must keep to be stored.

use flow::{ClientAuthMethod, ClientKind, ClientRecord, ClientTerms, GrantName, PkceRule};
use platform::sql::StoreError;
use protocol::client_assertion::HS256;
use protocol::{Alg, PublicJwk, RedirectUri, ScopeSet, Timestamp};
use sea_orm::ActiveValue::Set;

use crate::columns;
use crate::entity::client;

/// RFC 6749 leaves the syntax of client ids open; ours survive every encoding.
const ID_CHARACTERS: &str = "letters, digits and - . _ ~";
const MAX_ID: usize = 64;
const MAX_NAME: usize = 200;
const MAX_REDIRECT_URIS: usize = 50;
const MAX_KEYS: usize = 20;

/// A client to register.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Unreserved characters (RFC 3986 §2.3), at most 64, not a UUID (those are users).
    pub id: String,
    /// What people see.
    pub name: String,
    /// Confidential or public.
    pub kind: ClientKind,
    /// No consent page.
    pub is_first_party: bool,
    /// How it authenticates; must fit the kind.
    pub auth_method: ClientAuthMethod,
    /// Validated URIs.
    pub redirect_uris: Vec<RedirectUri>,
    /// Validated URIs.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// At least one.
    pub grant_types: Vec<GrantName>,
    /// What it may ask for.
    pub scopes: ScopeSet,
    /// `Optional` for confidential clients only.
    pub pkce: PkceRule,
    /// Whether refresh tokens rotate; `false` for confidential clients only.
    pub rotation: bool,
    /// Signs ID tokens.
    pub id_token_alg: Alg,
    /// Signs access tokens.
    pub access_token_alg: Alg,
    /// Browser origins for CORS.
    pub cors_origins: Vec<String>,
    /// What else is agreed with it.
    pub terms: ClientTerms,
}

impl From<&ClientRecord> for NewClient {
    /// The settings of a stored client, to be changed and given back.
    fn from(record: &ClientRecord) -> Self {
        let record = record.clone();
        Self {
            id: record.id,
            name: record.name,
            kind: record.kind,
            is_first_party: record.is_first_party,
            auth_method: record.auth_method,
            redirect_uris: record.redirect_uris,
            post_logout_redirect_uris: record.post_logout_redirect_uris,
            grant_types: record.grant_types,
            scopes: record.scopes,
            pkce: record.pkce,
            rotation: record.rotation,
            id_token_alg: record.id_token_alg,
            access_token_alg: record.access_token_alg,
            cors_origins: record.cors_origins,
            terms: record.terms,
        }
    }
}

impl NewClient {
    /// A confidential client with the defaults of the house: code and refresh, PKCE, RS256 ID tokens, ES256 access tokens.
    pub fn confidential(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: ClientKind::Confidential,
            is_first_party: false,
            auth_method: ClientAuthMethod::BasicOrPost,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantName::AuthorizationCode, GrantName::RefreshToken],
            scopes: ["openid", "profile", "email", "address", "phone", "offline_access"].into_iter().collect(),
            pkce: PkceRule::Required,
            rotation: true,
            id_token_alg: Alg::Rs256,
            access_token_alg: Alg::Es256,
            cors_origins: Vec::new(),
            terms: ClientTerms::default(),
        }
    }

    /// A public client with the same defaults.
    pub fn public(id: &str) -> Self {
        Self { kind: ClientKind::Public, auth_method: ClientAuthMethod::None, ..Self::confidential(id) }
    }
}

/// A change to a client: the whole client as it shall be, judged as a whole. Its id cannot change.
#[derive(Clone, Debug)]
pub struct ClientChange {
    /// The client as it shall be.
    pub client: NewClient,
    /// Whether it may be used.
    pub is_enabled: bool,
    /// The version that the change was made from.
    pub from_version: i64,
}

/// Why a client was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The algorithm of client assertions does not fit the method or the keys.
    #[error("the algorithm of client assertions fits neither the method nor the keys of the client")]
    AssertionAlgUnfit,
    /// The authentication method does not fit the kind.
    #[error("a public client authenticates with none, a confidential client with its secret")]
    AuthMethodUnfit,
    /// Somebody else changed the client in between.
    #[error("the client was changed by somebody else in between")]
    Changed,
    /// The id is taken.
    #[error("a client with this id exists")]
    Exists,
    /// A public client asked for client_credentials or token exchange.
    #[error("client_credentials and token-exchange are for confidential clients only (RFC 6749 section 4.4)")]
    GrantUnfit,
    /// The id breaks the rules.
    #[error("a client id is 1 to {MAX_ID} {ID_CHARACTERS}, and not a UUID")]
    IdInvalid,
    /// `private_key_jwt` without keys.
    #[error("a client of private_key_jwt needs at least one public key")]
    KeysMissing,
    /// Too many keys, weak ones, or two of one name.
    #[error("a client has at most {MAX_KEYS} keys, each strong, no two of one kid")]
    KeysUnfit,
    /// The name is empty, too long, or holds what cannot be seen.
    #[error("a client name is 1 to {MAX_NAME} characters, none of them a control character")]
    NameInvalid,
    /// No such client.
    #[error("no client has this id")]
    NotFound,
    /// A public client asked to go without PKCE.
    #[error("only a confidential client may make PKCE optional (RFC 9700 section 2.1.1)")]
    PkceUnfit,
    /// A public client asked for what only somebody who proves himself may do.
    #[error("a public client proves nothing, so it may not introspect or exchange tokens")]
    ProofMissing,
    /// The code grant needs somewhere to go.
    #[error("a client of the authorization_code grant needs at least one redirect URI")]
    RedirectUriMissing,
    /// Too many redirect URIs.
    #[error("at most {MAX_REDIRECT_URIS} redirect URIs")]
    RedirectUrisTooMany,
    /// A public client asked to keep its refresh tokens.
    #[error("refresh tokens of a public client must rotate (RFC 9700 section 2.2.2)")]
    RotationUnfit,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NewClient {
    /// Judges the whole client; every writer comes through here.
    pub fn check(&self) -> Result<(), ClientError> {
        let is_public = self.kind == ClientKind::Public;
        if !is_client_id(&self.id) {
            return Err(ClientError::IdInvalid);
        }
        if !(1..=MAX_NAME).contains(&self.name.chars().count()) || self.name.chars().any(char::is_control) {
            return Err(ClientError::NameInvalid);
        }
        if is_public != (self.auth_method == ClientAuthMethod::None) {
            return Err(ClientError::AuthMethodUnfit);
        }
        if is_public && self.pkce == PkceRule::Optional {
            return Err(ClientError::PkceUnfit);
        }
        if is_public && !self.rotation {
            return Err(ClientError::RotationUnfit);
        }
        let needs_secret = |grant: &GrantName| matches!(grant, GrantName::ClientCredentials | GrantName::TokenExchange);
        if is_public && self.grant_types.iter().any(needs_secret) {
            return Err(ClientError::GrantUnfit);
        }
        if self.grant_types.contains(&GrantName::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err(ClientError::RedirectUriMissing);
        }
        if self.redirect_uris.len() > MAX_REDIRECT_URIS || self.post_logout_redirect_uris.len() > MAX_REDIRECT_URIS {
            return Err(ClientError::RedirectUrisTooMany);
        }
        // RFC 7662 §2.1: who introspects is authorized; RFC 8693 §5: so is who exchanges.
        if is_public && !(self.terms.introspects.is_empty() && self.terms.exchange_targets.is_empty()) {
            return Err(ClientError::ProofMissing);
        }
        self.check_keys()?;
        self.check_assertions()
    }

    /// Source: RFC 8725 §3.5.
    fn check_keys(&self) -> Result<(), ClientError> {
        let keys = &self.terms.jwks.keys;
        let is_name_shared = |kid: &String| keys.iter().filter(|key| key.kid.as_ref() == Some(kid)).count() > 1;
        let is_unfit = |key: &PublicJwk| !key.key.is_strong() || key.kid.as_ref().is_some_and(is_name_shared);
        if keys.len() > MAX_KEYS || keys.iter().any(is_unfit) {
            return Err(ClientError::KeysUnfit);
        }
        Ok(())
    }

    /// Whether its assertions could ever be good. Source: OpenID Core §9, RFC 7591 §2.
    fn check_assertions(&self) -> Result<(), ClientError> {
        let (keys, alg) = (&self.terms.jwks.keys, self.terms.assertion_alg.as_deref());
        let is_fit = match self.auth_method {
            ClientAuthMethod::PrivateKeyJwt if keys.is_empty() => return Err(ClientError::KeysMissing),
            ClientAuthMethod::PrivateKeyJwt => {
                let fits = |alg: &str| alg.parse().is_ok_and(|alg| keys.iter().any(|key| key.accepts(alg)));
                alg.is_none_or(fits)
            }
            ClientAuthMethod::ClientSecretJwt => alg.is_none_or(|alg| alg == HS256),
            ClientAuthMethod::Basic
            | ClientAuthMethod::BasicOrPost
            | ClientAuthMethod::None
            | ClientAuthMethod::Post => alg.is_none(),
        };
        if is_fit { Ok(()) } else { Err(ClientError::AssertionAlgUnfit) }
    }

    /// The client as it would be stored: for a look before the change, and for tests.
    pub fn into_record(self, is_enabled: bool, now: Timestamp) -> ClientRecord {
        ClientRecord {
            id: self.id,
            name: self.name,
            kind: self.kind,
            is_first_party: self.is_first_party,
            is_enabled,
            auth_method: self.auth_method,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grant_types: self.grant_types,
            scopes: self.scopes,
            pkce: self.pkce,
            rotation: self.rotation,
            id_token_alg: self.id_token_alg,
            access_token_alg: self.access_token_alg,
            cors_origins: self.cors_origins,
            terms: self.terms,
            version: 0,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) fn into_row(
        self,
        is_enabled: bool,
        version: i64,
        created_at: Timestamp,
        now: Timestamp,
    ) -> client::ActiveModel {
        let uris = |uris: &[RedirectUri]| columns::write(&uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>());
        client::ActiveModel {
            id: Set(self.id),
            name: Set(self.name),
            kind: Set(self.kind.to_string()),
            is_first_party: Set(self.is_first_party),
            is_enabled: Set(is_enabled),
            auth_method: Set(self.auth_method.to_string()),
            redirect_uris: Set(uris(&self.redirect_uris)),
            post_logout_redirect_uris: Set(uris(&self.post_logout_redirect_uris)),
            grant_types: Set(columns::write(&self.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>())),
            scopes: Set(self.scopes.to_string()),
            pkce: Set(self.pkce.to_string()),
            rotation: Set(self.rotation),
            id_token_alg: Set(self.id_token_alg.as_str().to_owned()),
            access_token_alg: Set(self.access_token_alg.as_str().to_owned()),
            cors_origins: Set(columns::write(&self.cors_origins)),
            terms: Set(Some(columns::write(&self.terms))),
            version: Set(version),
            created_at_ms: Set(created_at.as_millis()),
            updated_at_ms: Set(now.as_millis()),
        }
    }
}

// RFC 9700 §4.15: a client must not be able to pass for a user, so an id never looks like a user's.
pub(crate) fn is_client_id(id: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(is_unreserved) && !is_uuid
}
