//! The rows of the table: what each of them asks, and what it needs before it can be asked.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::actors::{Actor, Draw, Expected, HERE, Pair, Pool, Repeat, Take, Template};
use crate::http::{BROWSER, FORM, Visitor, form};
use crate::target::{PASSWORD, Person, REDIRECT, Target, USERNAME, VERIFIER, WITH_ID_TOKEN, WITHOUT_ID_TOKEN};

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    KeySet,
    Discovery,
    /// With the client that gets such tokens.
    ClientCredentials(&'static str),
    Authorize,
    Exchange,
    AuthorizeAndExchange,
    Refresh,
    Introspect {
        client: &'static str,
        is_cached: bool,
    },
    Userinfo {
        is_cached: bool,
    },
    SignIn,
}

/// In the order of the table; signing in comes last, because its memory stays for ten seconds.
pub const ROWS: [Row; 17] = [
    Row::KeySet,
    Row::Discovery,
    Row::ClientCredentials("cc-es256"),
    Row::ClientCredentials("cc-eddsa"),
    Row::ClientCredentials("cc-rs256"),
    Row::ClientCredentials("cc-opaque"),
    Row::Authorize,
    Row::Exchange,
    Row::AuthorizeAndExchange,
    Row::Refresh,
    Row::Introspect { client: "cc-es256", is_cached: true },
    Row::Introspect { client: "cc-es256", is_cached: false },
    Row::Introspect { client: "cc-opaque", is_cached: true },
    Row::Introspect { client: "cc-opaque", is_cached: false },
    Row::Userinfo { is_cached: true },
    Row::Userinfo { is_cached: false },
    Row::SignIn,
];

/// What fills a pool before the window, and the pool.
pub struct Supply {
    pub actors: Vec<Box<dyn Actor>>,
    pub pool: Pool,
}

impl Row {
    /// A word for `--only` and for the table.
    pub fn name(self) -> String {
        let kind = |client: &str| client.trim_start_matches("cc-").to_owned();
        let cached = |is_cached| if is_cached { "cached" } else { "uncached" };
        match self {
            Self::KeySet => "jwks".to_owned(),
            Self::Discovery => "discovery".to_owned(),
            Self::ClientCredentials(client) => format!("client_credentials-{}", kind(client)),
            Self::Authorize => "authorize".to_owned(),
            Self::Exchange => "code-exchange".to_owned(),
            Self::AuthorizeAndExchange => "authorize+exchange".to_owned(),
            Self::Refresh => "refresh".to_owned(),
            Self::Introspect { client, is_cached } => {
                let form = if client == "cc-opaque" { "opaque" } else { "jwt" };
                format!("introspect-{form}-{}", cached(is_cached))
            }
            Self::Userinfo { is_cached } => format!("userinfo-{}", cached(is_cached)),
            Self::SignIn => "sign-in".to_owned(),
        }
    }

    /// Whether the server has what this row asks for.
    pub fn is_there(self, target: &Target) -> bool {
        let has_client = |client: &str| target.secrets.contains_key(client);
        match self {
            Self::ClientCredentials("cc-eddsa") => has_client("cc-eddsa") && target.signs("EdDSA"),
            Self::ClientCredentials(client) => has_client(client),
            Self::Introspect { client, .. } => {
                let answers = client == "cc-opaque" || target.introspects_jwts;
                answers && has_client(client) && target.endpoint("introspection_endpoint").is_some()
            }
            Self::SignIn => target.endpoint("authorization_endpoint").is_some_and(|path| path == "/authorize"),
            Self::Authorize
            | Self::AuthorizeAndExchange
            | Self::Discovery
            | Self::Exchange
            | Self::KeySet
            | Self::Refresh
            | Self::Userinfo { .. } => true,
        }
    }

    /// The actors, one for each connection; those that draw from the supply's pool share it.
    pub fn actors(self, target: &Target, connections: usize, pool: &Pool) -> Result<Vec<Box<dyn Actor>>> {
        (0..connections).map(|_| self.actor(target, pool)).collect()
    }

    fn actor(self, target: &Target, pool: &Pool) -> Result<Box<dyn Actor>> {
        let drawn = |template| -> Box<dyn Actor> {
            Box::new(Draw { template, source: Rc::clone(pool), expected: self.expected() })
        };
        let fixed = |template: &Template| -> Box<dyn Actor> { Box::new(Repeat::new(template, self.expected())) };
        Ok(match self {
            Self::KeySet => fixed(&target.get(target.endpoint("jwks_uri").context("no key set")?)),
            Self::Discovery => fixed(&target.get(crate::target::DISCOVERY)),
            Self::ClientCredentials(client) => fixed(&target.client_credentials(client)?),
            Self::Authorize => fixed(&target.authorize(WITH_ID_TOKEN)?),
            Self::Exchange => drawn(target.exchange(WITH_ID_TOKEN)?),
            Self::AuthorizeAndExchange => {
                let codes = Pool::default();
                let first = Repeat::new(&target.authorize(WITH_ID_TOKEN)?, Expected::code(&codes));
                let then = Draw { template: target.exchange(WITH_ID_TOKEN)?, source: codes, expected: self.expected() };
                Box::new(Pair::new(first, then))
            }
            Self::Refresh => {
                let own = Rc::new(RefCell::new(vec![target.refresh_token(WITHOUT_ID_TOKEN)?]));
                let expected = self.expected().taking(Take::RefreshToken, &own);
                Box::new(Pair::chain(Draw { template: target.refresh(WITHOUT_ID_TOKEN)?, source: own, expected }))
            }
            Self::Introspect { client, is_cached: true } => {
                fixed(&target.introspect(client)?.filled(&target.token(&target.client_credentials(client)?)?))
            }
            Self::Introspect { client, is_cached: false } => drawn(target.introspect(client)?),
            Self::Userinfo { is_cached: true } => {
                let code = target.code(WITH_ID_TOKEN)?;
                fixed(&target.userinfo()?.filled(&target.token(&target.exchange(WITH_ID_TOKEN)?.filled(&code))?))
            }
            Self::Userinfo { is_cached: false } => drawn(target.userinfo()?),
            Self::SignIn => fixed(&target.password()?),
        })
    }

    /// What must be made before the window.
    pub fn supply(self, target: &Target, connections: usize) -> Result<Option<Supply>> {
        let pool = Pool::default();
        let mut actors: Vec<Box<dyn Actor>> = Vec::new();
        for _ in 0..connections {
            match self {
                Self::Exchange => {
                    actors.push(Box::new(Repeat::new(&target.authorize(WITH_ID_TOKEN)?, Expected::code(&pool))));
                }
                Self::Introspect { client, is_cached: false } => {
                    let expected = Expected::ok("").taking(Take::AccessToken, &pool);
                    actors.push(Box::new(Repeat::new(&target.client_credentials(client)?, expected)));
                }
                Self::Userinfo { is_cached: false } => {
                    let codes = Pool::default();
                    let first = Repeat::new(&target.authorize(WITH_ID_TOKEN)?, Expected::code(&codes));
                    let expected = Expected::ok("").taking(Take::AccessToken, &pool);
                    let then = Draw { template: target.exchange(WITH_ID_TOKEN)?, source: codes, expected };
                    actors.push(Box::new(Pair::new(first, then)));
                }
                Self::Authorize
                | Self::AuthorizeAndExchange
                | Self::ClientCredentials(_)
                | Self::Discovery
                | Self::Introspect { .. }
                | Self::KeySet
                | Self::Refresh
                | Self::SignIn
                | Self::Userinfo { .. } => return Ok(None),
            }
        }
        Ok(Some(Supply { actors, pool }))
    }

    fn expected(self) -> Expected {
        match self {
            Self::KeySet => Expected::ok("\"keys\""),
            Self::Discovery => Expected::ok("\"issuer\""),
            Self::Authorize => Expected::redirect("code="),
            Self::SignIn => Expected::redirect("_session="),
            Self::Exchange | Self::AuthorizeAndExchange => Expected::ok("\"id_token\""),
            Self::ClientCredentials(_) | Self::Refresh => Expected::ok("\"access_token\""),
            Self::Introspect { .. } => Expected::ok("\"active\":true"),
            Self::Userinfo { .. } => Expected::ok("\"sub\""),
        }
    }
}

/// The requests.
impl Target {
    fn head(&self, method: &str, path: &str) -> String {
        format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host)
    }

    fn get(&self, path: &str) -> Template {
        Template { head: self.head("GET", path), body: None }
    }

    /// A form that a client sends with its secret. Source: RFC 6749 §2.3.1.
    fn post(&self, endpoint: &str, client: &str, body: String) -> Result<Template> {
        let path = self.endpoint(endpoint).with_context(|| format!("no {endpoint}"))?;
        let secret = self.secrets.get(client).with_context(|| format!("no client {client}"))?;
        // Neither ids nor secrets have characters that would have to be encoded first.
        let basic = STANDARD.encode(format!("{client}:{secret}"));
        let head = format!("{}Authorization: Basic {basic}\r\n{FORM}", self.head("POST", path));
        Ok(Template { head, body: Some(body) })
    }

    fn client_credentials(&self, client: &str) -> Result<Template> {
        self.post("token_endpoint", client, "grant_type=client_credentials".to_owned())
    }

    fn authorize(&self, person: Person) -> Result<Template> {
        let head = self.head("GET", &self.authorize_path(person)?);
        Ok(Template { head: format!("{head}Cookie: {}\r\n", self.cookies), body: None })
    }

    fn exchange(&self, person: Person) -> Result<Template> {
        let fixed = [("grant_type", "authorization_code"), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
        self.post("token_endpoint", person.client, format!("{}&code={HERE}", form(&fixed)))
    }

    fn refresh(&self, person: Person) -> Result<Template> {
        let body = format!("grant_type=refresh_token&refresh_token={HERE}");
        self.post("token_endpoint", person.client, body)
    }

    fn introspect(&self, client: &str) -> Result<Template> {
        self.post("introspection_endpoint", client, format!("token={HERE}"))
    }

    fn userinfo(&self) -> Result<Template> {
        let path = self.endpoint("userinfo_endpoint").context("no userinfo endpoint")?;
        Ok(Template { head: format!("{}Authorization: Bearer {HERE}\r\n", self.head("GET", path)), body: None })
    }

    /// The login form of a browser that is not signed in; its token is good for as long as the browser's cookie.
    fn password(&self) -> Result<Template> {
        let mut visitor = Visitor::new(self.address, &self.host);
        let (action, hidden) = visitor.open("/login")?.demand(200)?.form()?;
        let mut pairs: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.extend([("username", USERNAME), ("password", PASSWORD), ("login-submit", "1")]);
        let head = format!("{}Cookie: {}\r\n{FORM}{BROWSER}", self.head("POST", &action), visitor.cookies());
        Ok(Template { head, body: Some(form(&pairs)) })
    }
}

/// What is asked once, to have something to measure with.
impl Target {
    fn code(&self, person: Person) -> Result<String> {
        crate::once::take(self.address, &self.authorize(person)?, Take::Code)
    }

    fn token(&self, template: &Template) -> Result<String> {
        crate::once::take(self.address, template, Take::AccessToken)
    }

    fn refresh_token(&self, person: Person) -> Result<String> {
        let template = self.exchange(person)?.filled(&self.code(person)?);
        crate::once::take(self.address, &template, Take::RefreshToken)
    }
}
