//! The stores on a fresh database, and what a test puts into them.

use std::sync::Arc;
use std::time::Duration;

use flow::authorize::{Progress, Verdict};
use flow::redeem::RedeemRequest;
use flow::refresh::RefreshRequest;
use flow::{ClientRecord, GrantName, Policy, SessionRecord};
use grant_store::{GrantError, GrantStore, NewClient, NewSession, Redeemed, Refreshed};
use platform::clock::{Clock as _, ManualClock, SharedClock};
use platform::random;
use platform::secret::Secret;
use platform::sql::Db;
use protocol::{AuthorizationRequest, RedirectUri, ScopeSet, Timestamp};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query};
use user_store::{Identifier, IdentifierKind, NewUser, PasswordPool, PoolSettings, UserStore};

use super::engine::{self, Engine, Fresh};

/// When every test happens, in every process.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);
/// Source: RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const REDIRECT_URI: &str = "https://app.example/cb";
/// Bound to its session.
pub(crate) const ONLINE: &str = "openid profile";
/// Outlives its session.
pub(crate) const OFFLINE: &str = "openid profile offline_access";

/// One process' view of a database.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) url: String,
    pub(crate) db: Db,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) grants: GrantStore,
    pub(crate) users: UserStore,
}

/// Runs a contract on a fresh, migrated database of an engine, or says that it is skipped.
pub(crate) async fn on<F: AsyncFnOnce(&House)>(engine: Engine, contract: F) {
    let Some(fresh) = engine.fresh().await else { return };
    let house = migrated(engine, &fresh).await;
    contract(&house).await;
    house.db.clone().close().await;
}

/// The stores on a database that has its tables.
pub(crate) async fn migrated(engine: Engine, fresh: &Fresh) -> House {
    let db = Db::open(&fresh.config()).await.unwrap();
    migrations::run(&db).await.unwrap();
    House::over(engine, &fresh.url, db)
}

impl House {
    /// Opens a database that has its tables already.
    pub(crate) async fn open(engine: Engine, url: &str) -> Self {
        let db = Db::open(&engine::config(url)).await.unwrap();
        Self::over(engine, url, db)
    }

    fn over(engine: Engine, url: &str, db: Db) -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let shared: SharedClock = clock.clone();
        let cheap = PoolSettings { threads: 1, queue: 64, m_kib: 64, t: 1, p: 1, idle: Duration::from_secs(1) };
        let users = UserStore::new(db.clone(), Arc::clone(&shared), PasswordPool::new(cheap));
        let grants = GrantStore::new(db.clone(), shared, Policy::default());
        Self { engine, url: url.to_owned(), db, clock, grants, users }
    }

    /// The time on the clock.
    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The same house under other lifetimes.
    pub(crate) fn with_policy(&self, policy: Policy) -> Self {
        let clock: SharedClock = self.clock.clone();
        Self { grants: GrantStore::new(self.db.clone(), clock, policy), ..self.clone() }
    }

    /// Registers a confidential client under a fresh id.
    pub(crate) async fn client(&self) -> Arc<ClientRecord> {
        let id = format!("app-{}", random::reference());
        self.grants.add_client(new_client(&id)).await.unwrap();
        self.grants.find_client(&id).await.unwrap().unwrap()
    }

    /// Registers a user without a password under a fresh name, and answers the id.
    pub(crate) async fn user(&self) -> String {
        let name = format!("user-{}", random::new_id(START));
        let name = Identifier::parse(IdentifierKind::Username, &name).unwrap();
        let new = NewUser { identifiers: vec![(name, true)], ..NewUser::default() };
        self.users.register(new).await.unwrap().id
    }

    /// Signs a user in, without asking for a password.
    pub(crate) async fn session(&self, user_id: &str) -> (SessionRecord, Secret) {
        let epoch = self.users.find(user_id).await.unwrap().unwrap().epoch;
        self.grants.open_session(new_session(user_id, epoch), None).await.unwrap()
    }

    /// A user who is signed in and has allowed `client` what `scopes` says.
    pub(crate) async fn person(&self, client: &ClientRecord, scopes: &str) -> Person {
        let user_id = self.user().await;
        let (session, cookie) = self.session(&user_id).await;
        let scopes = ScopeSet::parse(scopes).unwrap();
        self.grants.grant_consent(&user_id, &client.id, &scopes).await.unwrap();
        Person { user_id, session, cookie, scopes }
    }

    /// Walks a person through an authorization request, to the code.
    pub(crate) async fn code(&self, client: &ClientRecord, person: &Person) -> Secret {
        let request = request(&client.id, &person.scopes);
        let facts = self.grants.facts(&client.id, Some(person.cookie.expose()), Progress::default()).await.unwrap();
        match flow::authorize::verdict(&request, &facts, START) {
            Verdict::Answer(approved) => self.grants.issue_code(*approved, None).await.unwrap().unwrap(),
            other => panic!("no code: {other:?}"),
        }
    }

    /// Redeems a code as its client would.
    pub(crate) async fn redeem(&self, client: &ClientRecord, code: &str) -> Result<Redeemed, GrantError> {
        self.grants.redeem(code, redemption(), client).await
    }

    /// Redeems a code and answers the family and its first refresh token.
    pub(crate) async fn family(&self, client: &ClientRecord, person: &Person) -> (String, Secret) {
        let code = self.code(client, person).await;
        let redeemed = self.redeem(client, code.expose()).await.unwrap();
        let family_id = redeemed.permit.person().unwrap().family_id.clone();
        (family_id, redeemed.refresh_token.unwrap())
    }

    /// Refreshes as the client would.
    pub(crate) async fn refresh(&self, client: &ClientRecord, token: &str) -> Result<Refreshed, GrantError> {
        self.grants.refresh(token, RefreshRequest { scope: None, resources: Vec::new() }, client).await
    }

    /// How many rows of a table have all of these values; read past every cache.
    pub(crate) async fn count(&self, table: &str, having: &[(&str, &str)]) -> i64 {
        let mut query = Query::select();
        query.expr_as(Func::count(Expr::col(Asterisk)), Alias::new("n")).from(Alias::new(table));
        for (column, value) in having {
            query.and_where(Expr::col(Alias::new(*column)).eq(*value));
        }
        let row = self.db.raw().query_one(&query).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    }

    /// One column of the row with this key.
    pub(crate) async fn text(&self, table: &str, column: &str, key: (&str, &str)) -> Option<String> {
        let mut query = Query::select();
        query.column(Alias::new(column)).from(Alias::new(table));
        query.and_where(Expr::col(Alias::new(key.0)).eq(key.1));
        let row = self.db.raw().query_one(&query).await.unwrap()?;
        row.try_get("", column).unwrap()
    }

    /// One number of the row with this key.
    pub(crate) async fn number(&self, table: &str, column: &str, key: (&str, &str)) -> Option<i64> {
        let mut query = Query::select();
        query.column(Alias::new(column)).from(Alias::new(table));
        query.and_where(Expr::col(Alias::new(key.0)).eq(key.1));
        let row = self.db.raw().query_one(&query).await.unwrap()?;
        row.try_get("", column).unwrap()
    }

    /// The ids of every family of a session, live or dead.
    pub(crate) async fn families(&self, session_id: &str) -> Vec<String> {
        let mut query = Query::select();
        query.column(Alias::new("id")).from(Alias::new("family"));
        query.and_where(Expr::col(Alias::new("session_id")).eq(session_id));
        let rows = self.db.raw().query_all(&query).await.unwrap();
        rows.iter().map(|row| row.try_get("", "id").unwrap()).collect()
    }

    /// How many families of a session are live, and how many live refresh tokens they have.
    pub(crate) async fn living(&self, session_id: &str) -> (i64, i64) {
        let families = self.count("family", &[("session_id", session_id), ("state", "live")]).await;
        let mut query = Query::select();
        let mut of_session = Query::select();
        of_session.column(Alias::new("id")).from(Alias::new("family"));
        of_session.and_where(Expr::col(Alias::new("session_id")).eq(session_id));
        query.expr_as(Func::count(Expr::col(Asterisk)), Alias::new("n")).from(Alias::new("refresh_token"));
        query.and_where(Expr::col(Alias::new("state")).eq("live"));
        query.and_where(Expr::col(Alias::new("family_id")).in_subquery(of_session));
        let row = self.db.raw().query_one(&query).await.unwrap().unwrap();
        (families, row.try_get("", "n").unwrap())
    }
}

/// A user who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user_id: String,
    pub(crate) session: SessionRecord,
    pub(crate) cookie: Secret,
    pub(crate) scopes: ScopeSet,
}

/// The client that [`House::client`] registers.
pub(crate) fn new_client(id: &str) -> NewClient {
    NewClient {
        redirect_uris: vec![RedirectUri::new(REDIRECT_URI).unwrap()],
        grant_types: vec![GrantName::AuthorizationCode, GrantName::RefreshToken],
        ..NewClient::confidential(id)
    }
}

/// A sign-in from nowhere in particular.
pub(crate) fn new_session(user_id: &str, epoch: i64) -> NewSession {
    NewSession {
        user_id: user_id.to_owned(),
        epoch,
        acr: "1".to_owned(),
        amr: vec!["pwd".to_owned()],
        address: "192.0.2.7".to_owned(),
        user_agent: "Mozilla/5.0".to_owned(),
    }
}

/// The token request that fits [`request`].
pub(crate) fn redemption() -> RedeemRequest {
    RedeemRequest {
        redirect_uri: Some(REDIRECT_URI.to_owned()),
        code_verifier: Some(VERIFIER.to_owned()),
        resources: Vec::new(),
    }
}

/// An authorization request as a client sends it.
pub(crate) fn request(client_id: &str, scopes: &ScopeSet) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: client_id.to_owned(),
        redirect_uri: Some(REDIRECT_URI.to_owned()),
        response_type: Some("code".to_owned()),
        scope: Some(scopes.to_string()),
        state: Some("st".to_owned()),
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        code_challenge: Some(CHALLENGE.to_owned()),
        code_challenge_method: Some("S256".to_owned()),
        ..AuthorizationRequest::default()
    }
}

/// The key of the row that holds a secret, and a name that may be written down.
pub(crate) fn selector(presented: &str) -> &str {
    presented.split_once('_').and_then(|(_, rest)| rest.split_once('.')).unwrap().0
}

/// How many rounds a race runs: some in every run, many under `LINGPAI_SOAK=1`.
pub(crate) fn rounds(usual: u32) -> u32 {
    if std::env::var("LINGPAI_SOAK").is_ok_and(|value| value == "1") { usual * 20 } else { usual }
}
