//! Whom the rows ask: addresses, clients, somebody who is signed in.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::http::{Visitor, form};

/// Where codes are sent; nobody listens there, and nobody goes there.
pub const REDIRECT: &str = "https://app.example/cb";
pub const USERNAME: &str = "alice";
pub const PASSWORD: &str = "five green kettles sing";
/// Any will do; what is measured is the same. Source: RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Signs people in and gives ES256 ID tokens.
pub const WITH_ID_TOKEN: Person = Person { client: "web", scope: "openid profile" };
/// The same without OpenID: refreshing makes one signature.
pub const WITHOUT_ID_TOKEN: Person = Person { client: "plain", scope: "profile" };

/// A client and what it asks a person for.
#[derive(Clone, Copy)]
pub struct Person {
    pub client: &'static str,
    pub scope: &'static str,
}

/// A server that is ready to be measured.
pub struct Target {
    pub address: SocketAddr,
    pub host: String,
    pub metadata: Value,
    /// Secrets by client; a client that the server could not be given is absent.
    pub secrets: BTreeMap<String, String>,
    /// The cookies of the person's browser.
    pub cookies: String,
    /// Whether it answers for tokens that are JWTs.
    pub introspects_jwts: bool,
}

impl Target {
    /// Reads the server's own description.
    pub fn discover(address: SocketAddr, host: &str, secrets: BTreeMap<String, String>) -> Result<Self> {
        let page = Visitor::new(address, host).open(DISCOVERY)?.demand(200)?;
        let metadata = serde_json::from_str(&page.text).context("the discovery document")?;
        Ok(Self { address, host: host.to_owned(), metadata, secrets, cookies: String::new(), introspects_jwts: true })
    }

    /// The path of an endpoint, if the server has announced it.
    pub fn endpoint(&self, member: &str) -> Option<&str> {
        let url = self.metadata.get(member)?.as_str()?;
        url.strip_prefix(&format!("http://{}", self.host))
    }

    /// Whether the server signs ID tokens so; it then has a key for it.
    pub fn signs(&self, alg: &str) -> bool {
        let algs = self.metadata.get("id_token_signing_alg_values_supported").and_then(Value::as_array);
        algs.is_some_and(|algs| algs.iter().any(|one| one == alg))
    }

    /// Signs the person in and lets them consent to what both clients ask for.
    pub fn sign_in(&mut self) -> Result<()> {
        let mut visitor = Visitor::new(self.address, &self.host);
        for person in [WITH_ID_TOKEN, WITHOUT_ID_TOKEN] {
            let mut page = visitor.open(&self.authorize_path(person)?)?;
            if page.text.contains("name=\"password\"") {
                let fields = [("username", USERNAME), ("password", PASSWORD), ("login-submit", "1")];
                page = visitor.submit(&page, &fields)?;
            }
            if page.text.contains("consent-allow") {
                page = visitor.submit(&page, &[("consent-allow", "1")])?;
            }
            ensure!(page.parameter("code").is_some(), "no code: {} at {}\n{}", page.status, page.location, page.text);
        }
        self.cookies = visitor.cookies();
        Ok(())
    }

    pub fn authorize_path(&self, person: Person) -> Result<String> {
        let endpoint = self.endpoint("authorization_endpoint").context("no authorization endpoint")?;
        let mut query = form(&[
            ("client_id", person.client),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", person.scope),
            ("state", "bench"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        // A nonce is OpenID's; some servers refuse it without.
        if person.scope.contains("openid") {
            query += "&nonce=bench";
        }
        Ok(format!("{endpoint}?{query}"))
    }
}
