//! The register of clients, cached for at most five seconds.

use std::sync::Arc;
use std::time::Duration;

use flow::{ClientAuthMethod, ClientKind, ClientRecord, ClientTerms, GrantName, PkceRule};
use moka::sync::Cache as MokaCache;
use platform::revision;
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{Alg, RedirectUri, ScopeSet, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{client, client_secret, consent};
use crate::{GrantStore, columns, families};

/// RFC 6749 leaves the syntax of client ids open; ours survive every encoding.
const ID_CHARACTERS: &str = "letters, digits and - . _ ~";
const MAX_ID: usize = 64;
const MAX_NAME: usize = 200;
const MAX_REDIRECT_URIS: usize = 50;

/// A client with the digests of its live secrets.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) record: Arc<ClientRecord>,
    pub(crate) secrets: Vec<client_secret::Model>,
}

pub(crate) type Cache = MokaCache<String, Snapshot>;

// DESIGN: with several nodes nothing positive is cached longer than five seconds.
pub(crate) fn new_cache() -> Cache {
    MokaCache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(5)).build()
}

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
    /// The name is empty, too long, or holds what cannot be seen.
    #[error("a client name is 1 to {MAX_NAME} characters, none of them a control character")]
    NameInvalid,
    /// No such client.
    #[error("no client has this id")]
    NotFound,
    /// A public client asked to go without PKCE.
    #[error("only a confidential client may make PKCE optional (RFC 9700 section 2.1.1)")]
    PkceUnfit,
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
        Ok(())
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

    fn into_row(self, is_enabled: bool, version: i64, created_at: Timestamp, now: Timestamp) -> client::ActiveModel {
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
fn is_client_id(id: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(is_unreserved) && !is_uuid
}

pub(crate) fn record(row: client::Model) -> Result<ClientRecord, StoreError> {
    let uris = |text: &str| -> Result<Vec<RedirectUri>, StoreError> {
        columns::read::<Vec<String>>(text, "client redirect URIs")?
            .iter()
            .map(|uri| RedirectUri::new(uri).map_err(|_| StoreError::Corrupt { what: "client redirect URI" }))
            .collect()
    };
    let grants = columns::read::<Vec<String>>(&row.grant_types, "client grant types")?;
    Ok(ClientRecord {
        redirect_uris: uris(&row.redirect_uris)?,
        post_logout_redirect_uris: uris(&row.post_logout_redirect_uris)?,
        grant_types: grants.iter().map(|grant| columns::name(grant, "grant type")).collect::<Result<_, _>>()?,
        scopes: columns::scopes(&row.scopes)?,
        kind: columns::name(&row.kind, "client kind")?,
        auth_method: columns::name(&row.auth_method, "client authentication method")?,
        pkce: columns::name(&row.pkce, "PKCE rule")?,
        id_token_alg: columns::name(&row.id_token_alg, "algorithm")?,
        access_token_alg: columns::name(&row.access_token_alg, "algorithm")?,
        cors_origins: columns::read(&row.cors_origins, "client origins")?,
        terms: columns::optional(row.terms.as_deref(), "client terms")?,
        id: row.id,
        name: row.name,
        is_first_party: row.is_first_party,
        is_enabled: row.is_enabled,
        rotation: row.rotation,
        version: row.version,
        created_at: Timestamp::from_millis(row.created_at_ms),
        updated_at: Timestamp::from_millis(row.updated_at_ms),
    })
}

impl GrantStore {
    /// Finds a client; the answer is at most five seconds old.
    pub async fn find_client(&self, id: &str) -> Result<Option<Arc<ClientRecord>>, StoreError> {
        Ok(self.client_snapshot(id).await?.map(|snapshot| snapshot.record))
    }

    pub(crate) async fn client_snapshot(&self, id: &str) -> Result<Option<Snapshot>, StoreError> {
        if !is_client_id(id) {
            return Ok(None);
        }
        if let Some(snapshot) = self.inner.clients.get(id) {
            return Ok(Some(snapshot));
        }
        let key = id.to_owned();
        let found = self
            .inner
            .db
            .read(move |conn| {
                let key = key.clone();
                Box::pin(async move {
                    let Some(row) = client::Entity::find_by_id(&key).one(conn.conn()).await? else { return Ok(None) };
                    let secrets = client_secret::Entity::find()
                        .filter(client_secret::Column::ClientId.eq(&key))
                        .all(conn.conn())
                        .await?;
                    Ok(Some(Snapshot { record: Arc::new(record(row)?), secrets }))
                })
            })
            .await?;
        if let Some(snapshot) = &found {
            self.inner.clients.insert(id.to_owned(), snapshot.clone());
        }
        Ok(found)
    }

    /// Lists every client, by id.
    pub async fn list_clients(&self) -> Result<Vec<ClientRecord>, StoreError> {
        self.inner
            .db
            .read(|conn| {
                Box::pin(async move {
                    let rows = client::Entity::find().order_by_asc(client::Column::Id).all(conn.conn()).await?;
                    rows.into_iter().map(record).collect()
                })
            })
            .await
    }

    /// Registers a client.
    ///
    /// Errors: [`ClientError::Exists`] and every rule of the enum.
    pub async fn add_client(&self, new: NewClient) -> Result<(), ClientError> {
        new.check()?;
        let now = self.now();
        let row = new.into_row(true, 1, now, now);
        let added = self
            .inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    client::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(()))
                })
            })
            .await;
        self.inner.clients.invalidate_all();
        match added {
            Err(StoreError::Conflict) => Err(ClientError::Exists),
            other => Ok(other?),
        }
    }

    /// Replaces a client's settings.
    ///
    /// Effects: disabling a client ends nothing by itself: the gate refuses its grants from this commit on.
    /// Errors: [`ClientError::Changed`] where `from_version` is no longer current.
    pub async fn set_client(&self, change: ClientChange) -> Result<(), ClientError> {
        change.client.check()?;
        let id = change.client.id.clone();
        let found =
            self.list_clients().await?.into_iter().find(|client| client.id == id).ok_or(ClientError::NotFound)?;
        let row = change.client.into_row(change.is_enabled, change.from_version + 1, found.created_at, self.now());
        let changed = self
            .inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    let result = client::Entity::update_many()
                        .set(row.clone())
                        .filter(client::Column::Id.eq(row.id.clone().unwrap()))
                        .filter(client::Column::Version.eq(change.from_version))
                        .exec(tx.conn())
                        .await?;
                    revision::bump(tx).await?;
                    Ok(Outcome::Commit(result.rows_affected == 1))
                })
            })
            .await?;
        self.inner.clients.invalidate_all();
        if changed { Ok(()) } else { Err(ClientError::Changed) }
    }

    /// Removes a client with its secrets and consents, and ends its families.
    pub async fn remove_client(&self, id: &str) -> Result<bool, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        let removed = self
            .inner
            .db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move { remove(tx, &id, now).await.map(Outcome::Commit) })
            })
            .await?;
        self.inner.clients.invalidate_all();
        Ok(removed)
    }
}

async fn remove(tx: &Tx, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let removed = client::Entity::delete_by_id(id).exec(tx.conn()).await?.rows_affected == 1;
    client_secret::Entity::delete_many().filter(client_secret::Column::ClientId.eq(id)).exec(tx.conn()).await?;
    consent::Entity::delete_many().filter(consent::Column::ClientId.eq(id)).exec(tx.conn()).await?;
    families::end_where(tx, crate::entity::family::Column::ClientId.eq(id), "client_removed", now).await?;
    revision::bump(tx).await?;
    Ok(removed)
}

/// Reads a client inside a transaction, under a shared lock.
pub(crate) async fn locked(tx: &Tx, id: &str) -> Result<Option<ClientRecord>, StoreError> {
    let select = platform::sql::lock_shared(client::Entity::find_by_id(id), tx);
    select.one(tx.conn()).await?.map(record).transpose()
}
