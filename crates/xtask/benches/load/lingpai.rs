//! The server under test: set up through its own command line, for production, in a folder of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::{Folder, Line, Running, free_address};
use crate::target::{DISCOVERY, PASSWORD, REDIRECT, Target, USERNAME, WITH_ID_TOKEN, WITHOUT_ID_TOKEN};

/// The clients of the rows, as they are typed. Those that this build cannot be given are rows that are not there.
const CLIENTS: [(&str, &[&str]); 6] = [
    (WITH_ID_TOKEN.client, &["--redirect", REDIRECT, "--scope", WITH_ID_TOKEN.scope, "--id-token-alg", "ES256"]),
    (WITHOUT_ID_TOKEN.client, &["--redirect", REDIRECT, "--scope", WITHOUT_ID_TOKEN.scope]),
    ("cc-es256", &["--grant", "client_credentials", "--access-token-alg", "ES256"]),
    ("cc-eddsa", &["--grant", "client_credentials", "--access-token-alg", "EdDSA"]),
    ("cc-rs256", &["--grant", "client_credentials", "--access-token-alg", "RS256"]),
    ("cc-opaque", &["--grant", "client_credentials", "--access-token-format", "opaque"]),
];

/// An installation with its data.
pub struct Installation {
    binary: PathBuf,
    folder: Folder,
    address: SocketAddr,
    environment: Vec<(String, String)>,
    secrets: BTreeMap<String, String>,
}

impl Installation {
    /// Writes a configuration, creates the database and registers clients and a person.
    pub fn create(binary: &Path, database: Option<&str>) -> Result<Self> {
        let mut environment = vec![("LINGPAI__KEYS__ALGORITHMS".to_owned(), "RS256, ES256, EdDSA".to_owned())];
        if let Some(url) = database {
            environment.push(("LINGPAI__DATABASE__URL".to_owned(), url.to_owned()));
        }
        let (binary, folder, address) = (binary.to_owned(), Folder::new("lingpai")?, free_address()?);
        let mut made = Self { binary, folder, address, environment, secrets: BTreeMap::new() };
        let issuer = format!("http://{}", made.host());
        made.run(&["init", "--yes", "--issuer", &issuer, "--listen", &address.to_string()], "")?;
        made.run(&["db", "migrate"], "")?;
        made.run(&["user", "add", USERNAME, "--password-stdin"], PASSWORD)?;
        for (id, options) in CLIENTS {
            let line = [&["client", "add", id, "--auth", "basic", "--output", "json"], options].concat();
            match made.run(&line, "") {
                Ok(said) => {
                    let card: Value = serde_json::from_str(&said).context("client add -o json")?;
                    let secret = card.get("secret").and_then(Value::as_str).context("no secret")?;
                    made.secrets.insert(id.to_owned(), secret.to_owned());
                }
                Err(error) => eprintln!("no client {id}: {}", error.to_string().lines().next().unwrap_or_default()),
            }
        }
        Ok(made)
    }

    /// Starts the server on `core`, on all cores where none is named.
    pub fn start(&self, core: Option<&str>) -> Result<(Running, Target)> {
        let running = Running::start(&self.line(&["serve"]), core, self.address, DISCOVERY)?;
        let mut target = Target::discover(self.address, &self.host(), self.secrets.clone())?;
        target.sign_in()?;
        Ok((running, target))
    }

    fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.line(arguments).run(input)
    }

    fn line(&self, arguments: &[&str]) -> Line<'_> {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Line { program: &self.binary, arguments, folder: &self.folder.0, environment: &self.environment }
    }
}
