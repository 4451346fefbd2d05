//! What the stores hold, as the rules see it: plain data, no rows.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use protocol::{Alg, RedirectUri, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};

use crate::terms::{ClientTerms, ConsentDetail, GrantDetail};

/// Whether a client can keep a secret. Source: RFC 6749 §2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// Runs on a server and holds a secret.
    Confidential,
    /// Runs in a browser or on a device and holds none.
    Public,
}

/// How a client proves itself at the token endpoint; pinned per client. Source: RFC 6749 §2.3, OpenID Core §9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// `client_secret_basic` alone.
    Basic,
    /// `client_secret_basic` or `client_secret_post`, one at a time.
    BasicOrPost,
    /// A public client: its id and nothing else.
    None,
    /// `client_secret_jwt`: a MAC under the secret. Source: RFC 7523 §2.2.
    ClientSecretJwt,
    /// `client_secret_post` alone.
    Post,
    /// `private_key_jwt`: a signature of its own key. Source: RFC 7523 §2.2.
    PrivateKeyJwt,
}

/// A grant type that a client may be registered for. Source: RFC 6749 §1.3, §1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantName {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628 §3.4.
    DeviceCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 8693 §2.1.
    TokenExchange,
}

/// Whether a client must send a PKCE challenge. Source: RFC 7636, RFC 9700 §2.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PkceRule {
    /// A request without a challenge passes; confidential clients only.
    Optional,
    /// Every request carries an S256 challenge.
    Required,
}

/// Names that are stored and shown as text, and read back from it.
macro_rules! named {
    ($type:ty, $what:literal, { $($variant:path => $name:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$($variant),+];

            /// The registered or stored name.
            pub const fn as_str(self) -> &'static str {
                match self { $($variant => $name),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text { $($name => Ok($variant),)+ _ => Err(UnknownName { what: $what }) }
            }
        }
    };
}

/// A stored or typed name that stands for nothing we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what}")]
pub struct UnknownName {
    /// The kind of name that was expected.
    pub what: &'static str,
}

named!(ClientKind, "client type", { ClientKind::Confidential => "confidential", ClientKind::Public => "public" });
named!(ClientAuthMethod, "client authentication method", {
    ClientAuthMethod::Basic => "client_secret_basic",
    ClientAuthMethod::BasicOrPost => "basic_or_post",
    ClientAuthMethod::None => "none",
    ClientAuthMethod::ClientSecretJwt => "client_secret_jwt",
    ClientAuthMethod::Post => "client_secret_post",
    ClientAuthMethod::PrivateKeyJwt => "private_key_jwt",
});
named!(GrantName, "grant type", {
    GrantName::AuthorizationCode => "authorization_code",
    GrantName::ClientCredentials => "client_credentials",
    GrantName::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
    GrantName::RefreshToken => "refresh_token",
    GrantName::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
});
named!(PkceRule, "PKCE rule", { PkceRule::Optional => "optional", PkceRule::Required => "required" });
named!(FamilyState, "family state", { FamilyState::Dead => "dead", FamilyState::Live => "live" });
named!(RefreshState, "refresh token state", {
    RefreshState::Dead => "dead",
    RefreshState::Live => "live",
    RefreshState::Rotated => "rotated",
});

/// A registered client. Source: RFC 7591 §2 for the meaning of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRecord {
    /// `client_id`: unreserved characters, at most 64.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// Confidential or public.
    pub kind: ClientKind,
    /// Ours: no consent page.
    pub is_first_party: bool,
    /// A disabled client gets nothing.
    pub is_enabled: bool,
    /// How it proves itself.
    pub auth_method: ClientAuthMethod,
    /// Where answers may go, compared byte for byte.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a person may be sent after signing out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// What it may ask for at the token endpoint.
    pub grant_types: Vec<GrantName>,
    /// The scopes it may ask for.
    pub scopes: ScopeSet,
    /// Whether a challenge is demanded.
    pub pkce: PkceRule,
    /// Whether refresh tokens rotate.
    pub rotation: bool,
    /// Signs its ID tokens.
    pub id_token_alg: Alg,
    /// Signs its access tokens.
    pub access_token_alg: Alg,
    /// Browser origins that may call the token endpoint.
    pub cors_origins: Vec<String>,
    /// What else was agreed with it.
    pub terms: ClientTerms,
    /// Counts changes.
    pub version: i64,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl ClientRecord {
    /// Whether the client is registered for `grant`.
    pub fn may_use(&self, grant: GrantName) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether requests of this client must carry a challenge.
    ///
    /// RFC 9700 §2.1.1: public clients must use PKCE, whatever their setting says.
    pub fn needs_pkce(&self) -> bool {
        self.kind == ClientKind::Public || self.pkce == PkceRule::Required
    }

    /// Whether refresh tokens of this client are replaced at each use.
    ///
    /// RFC 9700 §2.2.2: refresh tokens of public clients must be sender-constrained or rotate.
    pub fn rotates(&self) -> bool {
        self.kind == ClientKind::Public || self.rotation
    }
}

/// One scope of a resource server, with the sentence that the consent page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiScope {
    /// The scope token.
    pub name: String,
    /// What it allows, in English.
    pub en: String,
    /// What it allows, in Chinese.
    pub zh_cn: String,
    /// Tokens that carry it live no longer than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ttl: Option<Duration>,
}

/// An API that takes our access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceServer {
    /// The value of `aud`, an absolute URI. Source: RFC 9068 §2.2.
    pub audience: String,
    /// The name that people see.
    pub name: String,
    /// Its scopes; a scope token belongs to one resource server.
    pub scopes: Vec<ApiScope>,
}

/// What a person has allowed a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Whose consent.
    pub user_id: String,
    /// For which client.
    pub client_id: String,
    /// The scopes allowed so far.
    pub scopes: ScopeSet,
    /// What else was allowed.
    pub detail: ConsentDetail,
    /// When it was last given.
    pub granted_at: Timestamp,
}

/// A browser or a first-party app that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The selector; the secret is not here. Also `sid` in ID tokens.
    pub id: String,
    /// Who is signed in.
    pub user_id: String,
    /// The user's credential epoch at sign-in.
    pub epoch: i64,
    /// When the person last proved themselves. Source: OpenID Core §2, `auth_time`.
    pub auth_time: Timestamp,
    /// Source: OpenID Core §2, `acr`.
    pub acr: String,
    /// Source: RFC 8176.
    pub amr: Vec<String>,
    /// Where the sign-in came from.
    pub address: String,
    /// What the browser said it was.
    pub user_agent: String,
    /// When the session began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Ends then unless it is used.
    pub idle_expires_at: Timestamp,
    /// Ends then in any case.
    pub expires_at: Timestamp,
    /// Ended by sign-out or by an admin.
    pub ended_at: Option<Timestamp>,
}

impl SessionRecord {
    /// Whether the session holds at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.idle_expires_at && now < self.expires_at
    }
}

/// An authorization code as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRecord {
    /// The selector.
    pub id: String,
    /// The family that its redemption created.
    pub family_id: Option<String>,
    /// Who may redeem it.
    pub client_id: String,
    /// Who signed in.
    pub user_id: String,
    /// In which session.
    pub session_id: String,
    /// The redirect URI as sent; absent where the request named none.
    pub redirect_uri: Option<String>,
    /// The S256 challenge.
    pub code_challenge: Option<String>,
    /// Source: OpenID Core §3.1.2.1.
    pub nonce: Option<String>,
    /// What was allowed.
    pub scopes: ScopeSet,
    /// The audiences of the access token.
    pub audience: Vec<String>,
    /// When the person proved themselves.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By what.
    pub amr: Vec<String>,
    /// The user's epoch.
    pub epoch: i64,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub spent_at: Option<Timestamp>,
    /// What was asked for beside scopes.
    pub detail: GrantDetail,
}

/// Whether tokens of a family are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyState {
    /// Revoked, for ever.
    Dead,
    /// Good until its limits.
    Live,
}

/// Every token that came from one authorization: the unit of revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyRecord {
    /// A UUIDv7.
    pub id: String,
    /// The client that holds the tokens.
    pub client_id: String,
    /// The person they speak for.
    pub user_id: String,
    /// The session it began in.
    pub session_id: String,
    /// The user's epoch when it began.
    pub epoch: i64,
    /// `offline_access` was granted: outlives the session. Source: OpenID Core §11.
    pub is_offline: bool,
    /// What was granted; narrowing a refresh does not shrink it.
    pub scopes: ScopeSet,
    /// The audiences granted.
    pub audience: Vec<String>,
    /// Counts rotations.
    pub generation: i64,
    /// Live or dead.
    pub state: FamilyState,
    /// As in the first ID token.
    pub auth_time: Timestamp,
    /// As in the first ID token.
    pub acr: String,
    /// As in the first ID token.
    pub amr: Vec<String>,
    /// Ends then unless it is used.
    pub idle_expires_at: Timestamp,
    /// Ends then in any case.
    pub expires_at: Timestamp,
    /// What was asked for beside scopes.
    pub detail: GrantDetail,
}

/// What became of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshState {
    /// Died with its family.
    Dead,
    /// The one leaf of its family.
    Live,
    /// Spent: a successor stands in its place.
    Rotated,
}

/// A refresh token as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRecord {
    /// The selector.
    pub id: String,
    /// Its family.
    pub family_id: String,
    /// The client it was issued to.
    pub client_id: String,
    /// Its place in the chain.
    pub generation: i64,
    /// Live, rotated or dead.
    pub state: RefreshState,
    /// Ends then.
    pub expires_at: Timestamp,
    /// How it was spent; absent while it is not, and where no repetition is to be answered.
    pub spent: Option<Spent>,
}

/// How a refresh token was spent, as far as the request that is being judged may be its repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// When.
    pub at: Timestamp,
    /// How long a repetition is answered; counted from the first use and never extended.
    pub retry_for: Duration,
    /// The request that is being judged says what the one said that spent the token.
    pub is_same_request: bool,
    /// The successor that was given then is live.
    pub is_successor_live: bool,
}
