//! The real router in this process, on a database and a clock of the test's own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use flow::Policy;
use grant_store::{ClientChange, GrantStore, NewClient};
use http::{Request, header};
use http_body_util::BodyExt as _;
use jwks::Keys;
use platform::clock::{Clock as _, ManualClock};
use platform::secret::Secret;
use platform::sql::Db;
use protocol::Timestamp;
use serde_json::Value;
use server::config::{Issuer, MasterKeySource};
use server::{Config, Setup};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;
use user_store::{PoolSettings, User, UserStore};

use crate::browser::Browser;
use crate::database::{Database, Fresh};
use crate::fixture::{self, CLI, ISSUER, M2M, SPA, USER, WEB};
use crate::jwt::Jwt;
use crate::relying_party::RelyingParty;
use crate::reply::Reply;
use crate::signing_keys;
use crate::snapshot::Snapshot;

/// The address that requests come from where a test names none.
const ADDRESS: ([u8; 4], u16) = ([203, 0, 113, 7], 40_000);

/// A server without sockets. Cheap to clone; the database goes with the last clone.
#[derive(Clone)]
pub struct App {
    server: server::App,
    clock: Arc<ManualClock>,
    config: Arc<Config>,
    _database: Arc<Fresh>,
}

type Change = Box<dyn FnOnce(&mut Config) + Send>;

/// How a server of the tests shall be.
pub struct AppBuilder {
    database: Database,
    now: Timestamp,
    changes: Vec<Change>,
}

impl AppBuilder {
    /// Another database.
    #[must_use]
    pub fn on(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    /// Another time.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Other lifetimes.
    #[must_use]
    pub fn policy(self, change: impl FnOnce(&mut Policy) + Send + 'static) -> Self {
        self.config(|config| change(&mut config.lifetimes))
    }

    /// Another configuration.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut Config) + Send + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Starts the server on a fresh database with the fixture in it.
    pub async fn start(self) -> App {
        jwks::install_jwt_provider();
        let clock = Arc::new(ManualClock::new(self.now));
        let fresh = prepared(self.database, &clock).await;
        let mut config = config(&fresh);
        for change in self.changes {
            change(&mut config);
        }
        let server = assemble(config.clone(), clock.clone()).await;
        App { server, clock, config: Arc::new(config), _database: Arc::new(fresh) }
    }
}

impl App {
    /// The time at which every test begins that names no other: 2026-01-15T12:00:00Z.
    pub const NOW: Timestamp = Timestamp::from_secs(1_768_478_400);

    /// Starts on SQLite at [`App::NOW`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts on a database.
    pub async fn on(database: Database) -> Self {
        Self::builder().on(database).start().await
    }

    /// Starts at a time.
    pub async fn at(now: Timestamp) -> Self {
        Self::builder().at(now).start().await
    }

    /// Starts as described.
    pub fn builder() -> AppBuilder {
        AppBuilder { database: Database::default(), now: Self::NOW, changes: Vec::new() }
    }

    /// A second node on the same database, under the same clock; also what comes after a restart.
    pub async fn second_node(&self) -> Self {
        Self { server: assemble((*self.config).clone(), self.clock.clone()).await, ..self.clone() }
    }

    /// The issuer.
    #[allow(clippy::unused_self, reason = "reads like the other properties of the server")]
    pub fn issuer(&self) -> &'static str {
        ISSUER
    }

    /// The clock, which stands still until it is moved.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The time on that clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.server.db
    }

    /// Clients, codes, families, sessions.
    pub fn grants(&self) -> &GrantStore {
        &self.server.grants
    }

    /// Users.
    pub fn users(&self) -> &UserStore {
        &self.server.users
    }

    /// Signing keys.
    pub fn keys(&self) -> &Keys {
        &self.server.keys
    }

    /// The router, for tests that send requests of their own making.
    pub fn router(&self) -> Router {
        self.server.router.clone()
    }

    /// The server, for tests that give it a socket.
    pub fn server(&self) -> &server::App {
        &self.server
    }

    /// Everything in the database.
    pub async fn snapshot(&self) -> Snapshot {
        Snapshot::take(self.db()).await
    }

    /// The person called [`USER`].
    pub async fn user(&self) -> User {
        self.user_named(USER).await
    }

    /// Somebody of the fixture.
    pub async fn user_named(&self, username: &str) -> User {
        self.users().find_by_login(username).await.expect("the store failed").expect("no such user")
    }

    /// Registers somebody with the password of everybody.
    pub async fn add_user(&self, username: &str) -> User {
        fixture::register(self.users(), username).await
    }

    /// Registers a client; a confidential one gets the secret of [`fixture::secret_of`].
    pub async fn add_client(&self, client: NewClient) -> RelyingParty {
        let (id, uri) = (client.id.clone(), client.redirect_uris.first().cloned());
        let is_confidential = client.kind == flow::ClientKind::Confidential;
        self.grants().add_client(client).await.expect("the client was not stored");
        if is_confidential {
            let secret = Secret::new(fixture::secret_of(&id));
            self.grants().set_secret(&id, &secret).await.expect("the secret was not stored");
        }
        let rp = RelyingParty::new(self, &id, is_confidential);
        match uri {
            Some(uri) => rp.with("redirect_uri", uri.as_str()),
            None => rp,
        }
    }

    /// Changes a client that is registered.
    pub async fn set_client(&self, id: &str, change: impl FnOnce(&mut ClientChange)) {
        let found = self.grants().find_client(id).await.expect("the store failed").expect("no such client");
        let mut changed = ClientChange {
            client: NewClient::from(&*found),
            is_enabled: found.is_enabled,
            from_version: found.version,
        };
        change(&mut changed);
        self.grants().set_client(changed).await.expect("the client was not changed");
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// The confidential client [`WEB`].
    pub fn rp(&self) -> RelyingParty {
        RelyingParty::new(self, WEB, true)
    }

    /// The public client [`SPA`].
    pub fn spa(&self) -> RelyingParty {
        RelyingParty::new(self, SPA, false)
    }

    /// The public client [`CLI`], on a loopback port.
    pub fn cli(&self) -> RelyingParty {
        RelyingParty::new(self, CLI, false).with("redirect_uri", "http://127.0.0.1:51004/cb")
    }

    /// The confidential client [`M2M`], which knows no people.
    pub fn m2m(&self) -> RelyingParty {
        RelyingParty::new(self, M2M, true)
    }

    /// Asks for a path without cookies.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).expect("not a request")).await
    }

    /// Sends a request of the test's own making. A missing `Host` becomes the issuer's.
    pub async fn send(&self, mut request: Request<Body>) -> Reply {
        if !request.headers().contains_key(header::HOST) {
            let host = ISSUER.trim_start_matches("https://");
            request.headers_mut().insert(header::HOST, host.parse().expect("the issuer's host is header text"));
        }
        if request.extensions().get::<ConnectInfo<std::net::SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(ADDRESS)));
        }
        let Ok(response) = self.router().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the body broke off").to_bytes();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// The published keys.
    pub async fn jwks(&self) -> Value {
        let reply = self.get("/jwks").await;
        reply.assert_status(200).json()
    }

    /// Reads a token after checking its signature by the published keys.
    pub async fn verify(&self, token: &str) -> Jwt {
        Jwt::verified(token, &self.jwks().await)
    }
}

async fn assemble(config: Config, clock: Arc<ManualClock>) -> server::App {
    let setup = Setup { config, clock, dev: None };
    server::App::assemble(setup, Router::new()).await.expect("the server did not start")
}

fn config(fresh: &Fresh) -> Config {
    let issuer = Issuer::new(ISSUER).expect("the issuer of the tests is malformed");
    let master = MasterKeySource::Text(Secret::new(signing_keys::MASTER_KEY.to_owned()));
    let mut config = Config::with_defaults(issuer, &fresh.config.url, master);
    config.database = fresh.config.clone();
    // The cheapest hash there is: its price is tested where it is made.
    config.passwords = PoolSettings { threads: 1, m_kib: 8, t: 1, p: 1, ..PoolSettings::default() };
    config
}

/// A database with schema, keys and fixture. On SQLite a copy of one that is made once, since most tests begin alike.
async fn prepared(database: Database, clock: &Arc<ManualClock>) -> Fresh {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    if database == Database::Sqlite && clock.now() == App::NOW {
        let make = || async { fill(Database::Sqlite, Arc::new(ManualClock::new(App::NOW))).await.bytes() };
        return Fresh::from_file(Some(TEMPLATE.get_or_init(make).await));
    }
    fill(database, clock.clone()).await
}

async fn fill(database: Database, clock: Arc<ManualClock>) -> Fresh {
    let fresh = Fresh::create(database).await;
    let db = Db::open(&fresh.config).await.expect("the database was not opened");
    migrations::run(&db).await.expect("the migrations failed");
    signing_keys::install(&db, clock.now()).await;
    db.close().await;
    let server = assemble(config(&fresh), clock).await;
    fixture::seed(&server.grants, &server.users).await;
    server.db.clone().close().await;
    fresh
}
