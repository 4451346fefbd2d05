//! RFC 7523: JWTs for client authentication, `private_key_jwt` and `client_secret_jwt` (OpenID Connect Core §9).

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod claims;
mod header;
mod methods;
mod once;
mod registration;

use std::sync::atomic::{AtomicU64, Ordering};

use flow::ClientAuthMethod;
use serde_json::{Value, json};
use testkit::{App, ClientKey, Database, ISSUER, M2M, Reply, TokenCall};

/// The client `m2m` as one that signs for itself, and its key.
struct Signer {
    app: App,
    key: ClientKey,
}

impl Signer {
    async fn start() -> Self {
        Self::with("ES256", App::start().await).await
    }

    async fn on(database: Database) -> Self {
        Self::with("ES256", App::on(database).await).await
    }

    async fn with(alg: &'static str, app: App) -> Self {
        let key = ClientKey::generate(alg);
        register(&app, M2M, &[key.jwk("k1")]).await;
        Self { app, key }
    }

    /// Good claims; every call another `jti`.
    fn claims(&self) -> Value {
        claims(&self.app, M2M)
    }

    fn header(&self) -> Value {
        json!({ "alg": self.key.jwk("k1")["alg"], "kid": "k1" })
    }

    /// A good assertion.
    fn assertion(&self) -> String {
        self.key.sign(&self.header(), &self.claims())
    }

    /// An assertion with other claims.
    fn claiming(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        self.key.sign(&self.header(), &claims)
    }

    /// An assertion with another header.
    fn headed(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut header = self.header();
        change(&mut header);
        self.key.sign(&header, &self.claims())
    }

    fn call(&self, assertion: &str) -> TokenCall {
        self.app.m2m().client_credentials().by_assertion(assertion)
    }

    async fn ask(&self, assertion: &str) -> Reply {
        self.call(assertion).await
    }

    /// Demands the one answer that every bad assertion gets, and that it was not spent.
    async fn assert_refused(&self, assertion: &str, why: &str) {
        let before = self.app.snapshot().await;
        let reply = self.ask(assertion).await;
        assert_eq!(reply.status.as_u16(), 401, "{why}: {}", reply.summary());
        reply.assert_error(401, "invalid_client");
        let description = reply.json()["error_description"].as_str().unwrap().to_owned();
        assert!(description.starts_with("client authentication failed"), "{why}: {description}");
        self.app.snapshot().await.assert_same_as(&before);
    }
}

/// Registers a client of `private_key_jwt` with these keys.
async fn register(app: &App, id: &str, keys: &[Value]) {
    let jwks = serde_json::from_value(json!({ "keys": keys })).unwrap();
    app.set_client(id, |change| {
        change.client.auth_method = ClientAuthMethod::PrivateKeyJwt;
        change.client.terms.jwks = jwks;
    })
    .await;
}

/// Good claims of a client; every call another `jti`.
fn claims(app: &App, id: &str) -> Value {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (now, number) = (app.now().as_secs(), NEXT.fetch_add(1, Ordering::Relaxed));
    json!({ "iss": id, "sub": id, "aud": ISSUER, "jti": format!("j{number}"), "iat": now, "exp": now + 60 })
}
