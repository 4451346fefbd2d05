//! A database that is gone, seen through the router: 503 with `Retry-After`, and nothing on which a client would log
//! its people out. Source: RFC 9110 §15.6.4.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use testkit::html::Form;
use testkit::{App, Browser, Database, Landing, PASSWORD, RelyingParty, Reply, Tokens, USER};

use super::engine::Engine;
use super::proxy::Proxy;

/// On these a client drops its tokens, or a browser its session.
const VERDICTS: [&str; 8] = [
    "access_denied",
    "insufficient_scope",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_token",
    "login_required",
    "unauthorized_client",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_sqlite_is_503_everywhere() {
    closed_is_503_everywhere(Engine::Sqlite, Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_postgres_is_503_everywhere() {
    closed_is_503_everywhere(Engine::Postgres, Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_mariadb_is_503_everywhere() {
    closed_is_503_everywhere(Engine::MariaDb, Database::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_signed_out_by_an_outage_of_postgres() {
    outage_signs_nobody_out(Engine::Postgres, Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_signed_out_by_an_outage_of_mariadb() {
    outage_signs_nobody_out(Engine::MariaDb, Database::MariaDb).await;
}

async fn closed_is_503_everywhere(engine: Engine, database: Database) {
    if !engine.is_here() {
        return;
    }
    let app = App::on(database).await;
    let mut stock = Stock::new(&app).await;
    app.db().clone().close().await;
    stock.assert_all_unavailable().await;
}

async fn outage_signs_nobody_out(engine: Engine, database: Database) {
    if !engine.is_here() {
        return;
    }
    let slot: Arc<Mutex<Option<Proxy>>> = Arc::default();
    let ours = Arc::clone(&slot);
    let builder = App::builder().on(database).config(move |config| {
        let (proxy, url) = Proxy::before(&config.database.url);
        config.database.url = url;
        *ours.lock().unwrap() = Some(proxy);
    });
    let app = builder.start().await;
    let mut proxy = slot.lock().unwrap().take().unwrap();
    let mut stock = Stock::new(&app).await;

    proxy.cut().await;
    stock.assert_all_unavailable().await;
    proxy.mend().await;
    while app.db().ping().await.is_err() {
        tokio::task::yield_now().await;
    }

    // The code is unspent, the refresh token live, the session open, the parked request waiting.
    let rp = app.rp();
    rp.exchange(&stock.code).await.tokens();
    rp.refresh(stock.tokens.refresh_token()).await.tokens();
    rp.userinfo(&stock.tokens.access_token).await.assert_status(200);
    stock.signed_in.authorize(&rp).await.code();
    let form = stock.login.form_with("login-submit").fill("username", USER).fill("password", PASSWORD);
    let signed_in = stock.visitor.submit(&stock.login, &form, "login-submit").await;
    assert!(stock.visitor.has_session(), "{}", signed_in.reply.summary());
}

/// What was begun while the database was there.
struct Stock {
    app: App,
    rp: RelyingParty,
    /// Not redeemed yet.
    code: String,
    /// Of another family.
    tokens: Tokens,
    signed_in: Browser,
    /// Stands at the sign-in page of a parked request.
    visitor: Browser,
    login: Landing,
}

impl Stock {
    async fn new(app: &App) -> Self {
        let rp = app.rp();
        let mut signed_in = app.browser().signed_in();
        let first = signed_in.authorize(&rp).await.code();
        let tokens = rp.exchange(first).await.tokens();
        let code = signed_in.authorize(&rp).await.code();
        let mut visitor = app.browser();
        let login = visitor.visit(&rp.authorize_path()).await;
        login.assert_page(200, "/login");
        app.grants().forget_cached();
        Self { app: app.clone(), rp, code, tokens, signed_in, visitor, login }
    }

    async fn assert_all_unavailable(&mut self) {
        let (rp, app) = (self.rp.clone(), self.app.clone());
        assert_unavailable("redeem", &rp.exchange(&self.code).await);
        assert_unavailable("refresh", &rp.refresh(self.tokens.refresh_token()).await);
        assert_unavailable("client_credentials", &app.m2m().client_credentials().await);
        assert_unavailable("userinfo", &rp.userinfo(&self.tokens.access_token).await);
        assert_unavailable("authorize, nobody", &app.browser().get(&rp.authorize_path()).await);
        assert_unavailable("authorize, signed in", &self.signed_in.get(&rp.authorize_path()).await);
        assert_unavailable("home", &self.signed_in.get("/").await);

        let query = self.login.url.query().unwrap().to_owned();
        let id = query.strip_prefix("interaction=").unwrap();
        assert_unavailable("resume", &self.visitor.get(&format!("/authorize/resume/{id}")).await);
        assert_unavailable("sign-in page", &self.visitor.get(&format!("/login?{query}")).await);
        assert_unavailable("consent page", &self.visitor.get(&format!("/consent?{query}")).await);
        for password in [PASSWORD, "wrong password"] {
            let form: Form = self.login.form_with("login-submit").fill("username", USER).fill("password", password);
            let signed_in = self.visitor.submit(&self.login, &form, "login-submit").await;
            assert_unavailable("sign-in", &signed_in.reply);
        }
        assert!(self.signed_in.has_session(), "the cookie was taken away");

        // What needs no database goes on.
        for path in ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            app.get(path).await.assert_status(200);
        }
    }
}

fn assert_unavailable(what: &str, reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {}", reply.summary());
    let seconds = reply.header("retry-after").unwrap_or_else(|| panic!("{what}: no Retry-After"));
    assert!(seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0), "{what}: Retry-After: {seconds}");
    assert!(reply.header("www-authenticate").is_none(), "{what}: a challenge says that the credentials are wrong");
    assert!(reply.header("location").is_none(), "{what}: nothing is sent to a client");
    let is_json = reply.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if is_json {
        let error = reply.json()["error"].as_str().unwrap().to_owned();
        assert!(!VERDICTS.contains(&error.as_str()), "{what}: {error}");
    }
}
