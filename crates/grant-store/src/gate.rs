//! The only way to a token.
//!
//! A [`Permit`] is the proof that user, client, consent, session and family were read under lock in the transaction that
//! recorded the grant, and that `flow::gate` let them pass. Its fields are private and nothing outside this module
//! makes one, so a token maker that asks for a permit cannot be reached by another way.

mod exchange;

use std::time::Duration;

use flow::authorize::target;
use flow::gate::{Claim, Standing};
use flow::{ClientRecord, CodeRecord, FamilyRecord, GrantName, Policy, Refused, ResourceServer};
use platform::secret::Secret;
use platform::sql::{Conn, StoreError, Tx};
use protocol::{Alg, ScopeSet, Timestamp};
use sea_orm::EntityTrait;

use crate::entity::family;
use crate::{GrantError, GrantStore, clients, columns, consents, facts, families, sessions};

pub(crate) use exchange::for_exchange;

/// Leave to issue tokens, once, for one grant.
#[derive(Debug)]
pub struct Permit {
    subject: String,
    client_id: String,
    scopes: ScopeSet,
    audience: Vec<String>,
    access_token_ttl: Duration,
    access_token_alg: Alg,
    opaque_token: Option<Secret>,
    person: Option<Person>,
    has_id_token: bool,
}

/// What a permit knows of the person behind it; absent where a client speaks for itself.
#[derive(Clone, Debug)]
pub struct Person {
    /// The unit of revocation.
    pub family_id: String,
    /// `sid`.
    pub session_id: String,
    /// `auth_time`.
    pub auth_time: Timestamp,
    /// `acr`.
    pub acr: String,
    /// `amr`.
    pub amr: Vec<String>,
    /// Signs the ID token.
    pub id_token_alg: Alg,
}

impl Permit {
    /// `sub`: the user, or the client where it speaks for itself.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `client_id`.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The scopes of the access token.
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// The audiences of the access token; the maker adds the issuer for userinfo.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// Whether an ID token goes with the access token.
    pub fn has_id_token(&self) -> bool {
        self.has_id_token
    }

    /// The same permit for an access token that these resource servers take and nobody else, this server included.
    ///
    /// Shape: the named ones lie within the audience (`flow::authorize::target::within`); none named changes nothing.
    /// What the token may do elsewhere falls away, whether an ID token goes with it stays as it was.
    /// Source: RFC 8707 §2.2.
    #[must_use]
    pub fn narrowed_to(mut self, resources: &[String], apis: &[ResourceServer]) -> Self {
        if !resources.is_empty() {
            self.audience.retain(|audience| resources.contains(audience));
            self.scopes = target::scopes_only_at(&self.scopes, resources, apis);
        }
        self
    }

    /// How long the access token lives.
    pub fn access_token_ttl(&self) -> Duration {
        self.access_token_ttl
    }

    /// Signs the access token.
    pub fn access_token_alg(&self) -> Alg {
        self.access_token_alg
    }

    /// The access token, where it is a random reference that was stored with the grant.
    pub fn opaque_token(&self) -> Option<&Secret> {
        self.opaque_token.as_ref()
    }

    /// The same permit with a token that was stored for it; `access_tokens` alone stores them.
    pub(crate) fn with_opaque_token(self, token: Secret) -> Self {
        Self { opaque_token: Some(token), ..self }
    }

    /// The person, where there is one.
    pub fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }
}

impl GrantStore {
    /// Lets a client speak for itself. Source: RFC 6749 §4.4.
    ///
    /// No round trip: `client` comes from the cache, at most five seconds old. The subject is the client's own id, which
    /// can never be a user's (RFC 9700 §4.15).
    /// Errors: every refusal of `flow::client_credentials`.
    pub async fn permit_client(&self, client: &ClientRecord, scope: Option<&str>) -> Result<Permit, GrantError> {
        let scopes = flow::client_credentials::judge(scope, client)?;
        let apis = self.list_apis().await?;
        Ok(Permit {
            subject: client.id.clone(),
            client_id: client.id.clone(),
            audience: flow::authorize::audience(&scopes, &apis),
            access_token_ttl: ttl(&scopes, &apis, &self.inner.policy),
            access_token_alg: client.access_token_alg,
            opaque_token: None,
            scopes,
            person: None,
            has_id_token: false,
        })
    }

    /// Asks the gate again for an access token that is being used at one of our own endpoints.
    ///
    /// Errors: the refusals of `flow::gate`; unknown families count as revoked.
    pub async fn check_family(&self, family_id: &str) -> Result<FamilyRecord, GrantError> {
        if !columns::is_id(family_id) {
            return Err(Refused::from(flow::Refusal::FamilyRevoked).into());
        }
        let (id, now) = (family_id.to_owned(), self.now());
        let judged = self
            .inner
            .db
            .read(move |conn| {
                let id = id.clone();
                Box::pin(async move { check(conn, &id, now).await })
            })
            .await?;
        Ok(judged?)
    }
}

async fn check(conn: &Conn, id: &str, now: Timestamp) -> Result<Result<FamilyRecord, Refused>, StoreError> {
    let Some(row) = family::Entity::find_by_id(id).one(conn.conn()).await? else {
        return Ok(Err(flow::Refusal::FamilyRevoked.into()));
    };
    let family = families::record(row)?;
    let standing = facts::standing(conn, &family, now).await?;
    let claim = Claim { scopes: &family.scopes, epoch: family.epoch, is_offline: family.is_offline };
    let judged = flow::gate::family(&family, now).and_then(|()| flow::gate::pass(&standing, &claim, now));
    Ok(judged.map(|()| family))
}

/// Reads everything that a grant rests on, each row under a shared lock, always in the same order.
///
/// PostgreSQL and MariaDB: a revocation that runs at the same time waits for these locks or makes us wait for it, so it
/// either precedes the tokens and refuses them or follows and ends them. SQLite has one writer at a time.
pub(crate) async fn lock(
    tx: &Tx,
    grant: &GrantKey<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    let user = user_store::standing(tx, grant.user_id, now).await?.map(facts::user);
    let client = clients::locked(tx, grant.client_id).await?;
    let consent = consents::locked(tx, grant.user_id, grant.client_id).await?;
    // The slide comes before the read, so that no shared lock has to grow into an exclusive one.
    if grant.slides_session {
        sessions::slide(tx, grant.session_id, policy, now).await?;
    }
    let session = sessions::locked(tx, grant.session_id).await?;
    Ok(Standing { user, client, consent, session })
}

/// The rows that a grant rests on.
pub(crate) struct GrantKey<'a> {
    pub(crate) user_id: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) session_id: &'a str,
    pub(crate) slides_session: bool,
}

/// A permit for a code that was just spent.
pub(crate) fn for_code(code: &CodeRecord, family_id: &str, client: &ClientRecord, ttl: Duration) -> Permit {
    Permit {
        subject: code.user_id.clone(),
        client_id: client.id.clone(),
        scopes: code.scopes.clone(),
        has_id_token: code.scopes.contains("openid"),
        audience: code.audience.clone(),
        access_token_ttl: ttl,
        access_token_alg: client.access_token_alg,
        opaque_token: None,
        person: Some(Person {
            family_id: family_id.to_owned(),
            session_id: code.session_id.clone(),
            auth_time: code.auth_time,
            acr: code.acr.clone(),
            amr: code.amr.clone(),
            id_token_alg: client.id_token_alg,
        }),
    }
}

/// A permit for a family that was just refreshed, for the scopes asked for.
pub(crate) fn for_refresh(
    family: &FamilyRecord,
    scopes: ScopeSet,
    apis: &[ResourceServer],
    client: &ClientRecord,
    policy: &Policy,
) -> Permit {
    // A narrower token speaks to fewer servers, and never to one that was not granted.
    let audience = target::remaining(&scopes, &family.scopes, &family.audience, apis);
    Permit {
        subject: family.user_id.clone(),
        client_id: client.id.clone(),
        audience,
        access_token_ttl: ttl(&scopes, apis, policy),
        access_token_alg: client.access_token_alg,
        has_id_token: scopes.contains("openid"),
        opaque_token: None,
        scopes,
        person: Some(Person {
            family_id: family.id.clone(),
            session_id: family.session_id.clone(),
            auth_time: family.auth_time,
            acr: family.acr.clone(),
            amr: family.amr.clone(),
            id_token_alg: client.id_token_alg,
        }),
    }
}

/// The shortest life that any of the scopes allows.
pub(crate) fn ttl(scopes: &ScopeSet, apis: &[ResourceServer], policy: &Policy) -> Duration {
    apis.iter()
        .flat_map(|api| &api.scopes)
        .filter(|scope| scopes.contains(&scope.name))
        .filter_map(|scope| scope.max_ttl)
        .fold(policy.access_token_ttl, Duration::min)
}

/// Whether a client gets a refresh token with its code.
pub(crate) fn gets_refresh_token(client: &ClientRecord) -> bool {
    client.may_use(GrantName::RefreshToken)
}
