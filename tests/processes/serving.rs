//! `lingpai serve` on a database of its own: one process or two, killed and started again.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http::{StatusCode, header};
use platform::http::{HttpLimits, loopback_client};
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use super::program::isolate;
use super::{Browser, lingpai, run};
use crate::store::engine::{Engine, Fresh};

/// Where codes are sent; nobody goes there.
const REDIRECT: &str = "https://app.example/cb";
const PASSWORD: &str = "five green kettles sing";
/// Any will do. Source: RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// How long a start may take: two cores, an unoptimised build, and other tests beside it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A configuration for production with a client, a person and a database.
pub(crate) struct Installation {
    program: PathBuf,
    folder: TempDir,
    database: Fresh,
    secret: String,
    /// The port of the first node, which the issuer names.
    port: u16,
}

/// A node; it is killed when this value goes.
pub(crate) struct Node {
    child: Child,
    /// From `exec` to the first 200.
    pub(crate) took: Duration,
}

impl Installation {
    /// Makes one; `None` where the program or the engine is not here.
    pub(crate) async fn create(engine: Engine) -> Option<Self> {
        let program = lingpai()?;
        let database = engine.fresh().await?;
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        let mut made = Self { program, folder, database, secret: String::new(), port };
        std::fs::write(made.folder.path().join("password"), PASSWORD).unwrap();
        let issuer = made.issuer();
        made.run(&["init", "--yes", "--issuer", &issuer]);
        made.run(&["db", "migrate"]);
        made.run(&["user", "add", "alice", "--password-file", "password"]);
        let words = ["client", "add", "app", "--first-party", "--auth", "basic", "--output", "json"];
        let said = made.run(&[&words[..], &["--scope", "profile", "--redirect", REDIRECT]].concat());
        let card: Value = serde_json::from_str(&said[said.find('{').unwrap()..=said.rfind('}').unwrap()]).unwrap();
        card["secret"].as_str().unwrap().clone_into(&mut made.secret);
        Some(made)
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.authority())
    }

    fn authority(&self) -> String {
        format!("localhost:{}", self.port)
    }

    fn run(&self, words: &[&str]) -> String {
        let mut command = self.command();
        command.args(words);
        run(command)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).env("LINGPAI__DATABASE__URL", &self.database.url);
        command
    }

    /// The port that the issuer names.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts a node and waits until it answers.
    pub(crate) async fn start(&self, port: u16) -> Node {
        let started = Instant::now();
        let mut command = self.command();
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]).stdin(Stdio::null());
        isolate(&mut command);
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let mut node = Node { child, took: Duration::ZERO };
        let visitor = self.visitor(port, String::new());
        while visitor.get("/.well-known/openid-configuration").await != Some(StatusCode::OK) {
            assert!(started.elapsed() < PATIENCE, "not ready: {}", self.log());
            assert!(node.child.try_wait().unwrap().is_none(), "it ended at once: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        node.took = started.elapsed();
        node
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Signs the person in; answers the cookies of their browser.
    pub(crate) async fn sign_in(&self) -> String {
        let mut browser = Browser::new();
        let page = browser.open(&format!("{}/login", self.issuer())).await;
        browser.press(&page, "login-submit", &[("username", "alice"), ("password", PASSWORD)]).await.assert_at("/");
        browser.cookies_for("localhost").unwrap()
    }

    /// Speaks to the node at `port`, with these cookies.
    pub(crate) fn visitor(&self, port: u16, cookies: String) -> Visitor {
        let (authority, secret) = (self.authority(), self.secret.clone());
        Visitor { http: loopback_client(HttpLimits::default()).unwrap(), port, authority, secret, cookies }
    }
}

impl Node {
    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may be dead already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The client and the person's browser in one, at one node.
#[derive(Clone)]
pub(crate) struct Visitor {
    http: reqwest::Client,
    port: u16,
    authority: String,
    secret: String,
    cookies: String,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The refresh token that came.
    Acknowledged(String),
    /// Nobody knows: the connection broke, or the server was unavailable.
    Lost,
    /// `error` of the reply.
    Refused(String),
}

impl Visitor {
    async fn get(&self, path: &str) -> Option<StatusCode> {
        let request = self.http.get(self.url(path)).header(header::HOST, &self.authority);
        request.send().await.ok().map(|reply| reply.status())
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A code for the person who is signed in; none where nobody answers.
    pub(crate) async fn code(&self) -> Option<String> {
        let query = BTreeMap::from([
            ("client_id", "app"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", "profile"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let request = self.http.get(self.url("/authorize")).query(&query);
        let request = request.header(header::HOST, &self.authority).header(header::COOKIE, &self.cookies);
        let reply = request.send().await.ok().filter(|reply| reply.status() != StatusCode::SERVICE_UNAVAILABLE)?;
        let location = reply.headers()[header::LOCATION].to_str().unwrap();
        let url: Url = location.parse().unwrap_or_else(|_| panic!("sent to {location}"));
        let code = url.query_pairs().find(|(name, _)| name == "code");
        Some(code.unwrap_or_else(|| panic!("sent to {location}")).1.into_owned())
    }

    pub(crate) async fn exchange(&self, code: &str) -> Outcome {
        let terms = [("redirect_uri", REDIRECT), ("code_verifier", VERIFIER), ("code", code)];
        self.token("authorization_code", &terms).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Outcome {
        self.token("refresh_token", &[("refresh_token", token)]).await
    }

    async fn token(&self, grant_type: &str, terms: &[(&str, &str)]) -> Outcome {
        let mut form = BTreeMap::from([("grant_type", grant_type)]);
        form.extend(terms.iter().copied());
        let request = self.http.post(self.url("/token")).header(header::HOST, &self.authority);
        let Ok(reply) = request.basic_auth("app", Some(&self.secret)).form(&form).send().await else {
            return Outcome::Lost;
        };
        let status = reply.status();
        let Ok(body) = reply.json::<Value>().await else { return Outcome::Lost };
        match status {
            StatusCode::OK => Outcome::Acknowledged(body["refresh_token"].as_str().unwrap().to_owned()),
            StatusCode::BAD_REQUEST => Outcome::Refused(body["error"].as_str().unwrap().to_owned()),
            StatusCode::SERVICE_UNAVAILABLE => Outcome::Lost,
            _ => panic!("{status}: {body}"),
        }
    }
}

/// A port of 127.0.0.1 that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
