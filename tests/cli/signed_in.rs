//! A served folder in which people are signed in at an app: what sessions, consents and tokens are tested on.

use flow::authorize::{Progress, Verdict};
use flow::{Policy, SessionRecord};
use grant_store::{GrantStore, NewSession};
use platform::clock::{Clock as _, SystemClock};
use platform::secret::Secret;
use platform::sql::{DatabaseConfig, Db};
use protocol::{AuthorizationRequest, ScopeSet};
use serde_json::Value;

use super::Host;
use super::running::{self, Running};

/// Source: RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT_URI: &str = "https://shop.example/cb";
/// The host of the issuer.
pub(crate) const ISSUER_HOST: &str = "id.example.com";
/// Bound to the session.
pub(crate) const ONLINE: &str = "openid profile";
/// Outlives it.
pub(crate) const OFFLINE: &str = "openid profile offline_access";

/// A folder, its server, and the public clients `shop` and `mail` that alice and bob may sign in at.
pub(crate) struct SignedIn {
    pub(crate) host: Host,
    pub(crate) address: String,
    _server: Running,
}

/// What an app was given.
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) id: String,
    pub(crate) refresh: String,
}

impl SignedIn {
    /// Starts it; `None` where the program was not built.
    pub(crate) fn start() -> Option<Self> {
        let host = Host::empty()?;
        host.run("init --yes --issuer https://id.example.com").succeeded();
        let (server, line) = Running::start(host.command("serve --listen 127.0.0.1:0"), "listening");
        let address = line.split("http://").nth(1).unwrap().trim().to_owned();
        for client in ["shop", "mail"] {
            let line = format!("client add {client} --public --redirect {REDIRECT_URI}");
            host.run(&format!("{line} --scope openid --scope profile --scope offline_access")).succeeded();
        }
        for person in ["alice", "bob"] {
            host.run(&format!("user add {person} --no-password")).succeeded();
        }
        Some(Self { host, address, _server: server })
    }

    /// Signs somebody in, without asking for a password.
    pub(crate) async fn session(&self, login: &str) -> (SessionRecord, Secret) {
        let user_id = self.host.run(&format!("user show {login}")).succeeded().text("id");
        let new = NewSession {
            epoch: self.epoch(&user_id).await,
            user_id,
            acr: "1".to_owned(),
            amr: vec!["pwd".to_owned()],
            address: "192.0.2.7".to_owned(),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".to_owned(),
        };
        self.grants().await.open_session(new, None).await.unwrap()
    }

    /// Lets somebody who is signed in allow a client these scopes, and the client redeem its code at the server.
    pub(crate) async fn tokens(&self, session: &(SessionRecord, Secret), client: &str, scope: &str) -> Tokens {
        let code = self.code(session, client, scope).await;
        let answer = self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("client_id", client),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ]);
        let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned();
        Tokens { access: text("access_token"), id: text("id_token"), refresh: text("refresh_token") }
    }

    /// A code that waits to be redeemed.
    pub(crate) async fn code(&self, (session, cookie): &(SessionRecord, Secret), client: &str, scope: &str) -> Secret {
        let grants = self.grants().await;
        grants.grant_consent(&session.user_id, client, &ScopeSet::parse(scope).unwrap()).await.unwrap();
        let request = AuthorizationRequest {
            client_id: client.to_owned(),
            redirect_uri: Some(REDIRECT_URI.to_owned()),
            response_type: Some("code".to_owned()),
            scope: Some(scope.to_owned()),
            code_challenge: Some(CHALLENGE.to_owned()),
            code_challenge_method: Some("S256".to_owned()),
            ..AuthorizationRequest::default()
        };
        let facts = grants.facts(client, Some(cookie.expose()), Progress::default()).await.unwrap();
        match flow::authorize::verdict(&request, &facts, SystemClock.now()) {
            Verdict::Answer(approved) => grants.issue_code(*approved, None).await.unwrap().unwrap(),
            other => panic!("no code: {other:?}"),
        }
    }

    /// Asks the server for new tokens; answers its body.
    pub(crate) fn refresh(&self, client: &str, token: &str) -> Value {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client)])
    }

    /// Calls the token endpoint; answers its body.
    pub(crate) fn token(&self, form: &[(&str, &str)]) -> Value {
        body(&running::post(&self.address, "/token", ISSUER_HOST, form))
    }

    /// The status of a userinfo request with this token.
    pub(crate) fn userinfo(&self, token: &str) -> u16 {
        let request = format!(
            "GET /userinfo HTTP/1.1\r\nHost: {ISSUER_HOST}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        running::send(&self.address, &request).split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The database of the folder, beside the server.
    pub(crate) async fn db(&self) -> Db {
        let path = self.host.path("lingpai.db");
        Db::open(&DatabaseConfig::new(format!("sqlite:{}", path.display()))).await.unwrap()
    }

    async fn grants(&self) -> GrantStore {
        GrantStore::new(self.db().await, std::sync::Arc::new(SystemClock), Policy::default())
    }

    async fn epoch(&self, user_id: &str) -> i64 {
        let id = user_id.to_owned();
        let db = self.db().await;
        let standing = db.read(move |conn| {
            let id = id.clone();
            Box::pin(async move { user_store::standing_now(conn, &id, SystemClock.now()).await })
        });
        standing.await.unwrap().unwrap().epoch
    }
}

/// The JSON after the head of an answer.
pub(crate) fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {answer}"))
}
