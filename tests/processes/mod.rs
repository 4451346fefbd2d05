//! Programs in processes of their own: `lingpai dev`, the examples, Node.
//!
//! What is missing here (a program that was not built, Node, npm packages) is said as "skipped"; under `CI=true` it is a
//! failure. `cargo xtask test` builds and installs all of it.
//!
//! Here too are the tests of whole processes: `kill -9` of a serving one, and two on one database.

mod browser;
mod kill;
mod program;
mod serving;
mod two_nodes;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

pub(crate) use browser::{Browser, Page};
pub(crate) use program::{Program, run};

/// A development server that keeps nothing, on a port of its own.
pub(crate) struct Lingpai {
    pub(crate) ready: Ready,
    /// The line that `ready` was read from.
    pub(crate) line: String,
    _program: Program,
}

/// What `lingpai dev --print-ready-json` says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ready {
    pub(crate) issuer: String,
    pub(crate) users: Vec<User>,
    pub(crate) clients: Vec<Client>,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// A registered client.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

impl Lingpai {
    /// Starts one; `None` where the program was not built.
    pub(crate) fn start() -> Option<Self> {
        let mut command = Command::new(lingpai()?);
        command.args(["dev", "--port", "0", "--memory", "--print-ready-json"]);
        let (program, line) = Program::start(command, |line| line.starts_with('{').then(|| line.to_owned()));
        let ready = serde_json::from_str(&line).unwrap();
        Some(Self { ready, line, _program: program })
    }

    /// The id and the secret of a client.
    pub(crate) fn client(&self, id: &str) -> (&str, &str) {
        let client = self.ready.clients.iter().find(|client| client.id == id).unwrap();
        (&client.id, client.secret.as_deref().unwrap_or_default())
    }
}

/// npm's `oidc-provider` with the clients and people of `lingpai dev`.
pub(crate) struct Reference {
    /// The same line of JSON.
    pub(crate) line: String,
    _program: Program,
}

impl Reference {
    /// Starts one; `None` where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let command = node("reference", "provider.js")?;
        let (program, line) = Program::start(command, |line| line.starts_with('{').then(|| line.to_owned()));
        Some(Self { line, _program: program })
    }
}

/// The program under test: the one that was built beside these tests, or `LINGPAI_BIN`; `None` where it was not built.
pub(crate) fn lingpai() -> Option<PathBuf> {
    let path = std::env::var_os("LINGPAI_BIN").map_or_else(|| built("lingpai"), PathBuf::from);
    if path.is_file() { Some(path) } else { skip("lingpai is not built: `cargo build`") }
}

/// Starts an example that was built beside these tests; answers its address, `None` where it was not built.
pub(crate) fn start_example(name: &str, settings: &[(&str, &str)]) -> Option<(Program, String)> {
    let path = built(name);
    if !path.is_file() {
        return skip(&format!("{name} is not built: `cargo build --package {name}`"));
    }
    let mut command = Command::new(path);
    command.envs(settings.iter().copied());
    Some(Program::start(command, listening))
}

/// Starts a script of an npm project in a folder of this repository; answers its address.
pub(crate) fn start_node(project: &str, script: &str, settings: &[(&str, &str)]) -> Option<(Program, String)> {
    let mut command = node(project, script)?;
    command.envs(settings.iter().copied());
    Some(Program::start(command, listening))
}

/// A command that runs a script of an npm project, where Node and the project's packages are here.
///
/// Node looks for packages from the file that imports them, so what runs is the copy under `target/npm/` that
/// `cargo xtask test` makes and installs.
pub(crate) fn node(project: &str, script: &str) -> Option<Command> {
    let folder = std::env::var_os("LINGPAI_TEST_NPM").map_or_else(|| target().join("npm"), PathBuf::from).join(project);
    if !folder.join("node_modules").is_dir() {
        return skip(&format!("the npm packages of {project} are not installed: `cargo xtask test` does it"));
    }
    if Command::new("node").arg("--version").output().is_err() {
        return skip("Node is not installed");
    }
    let mut command = Command::new("node");
    command.arg(folder.join(script));
    Some(command)
}

/// A command that runs a Python script of `tests/interop/`, where Python and the project's packages are here.
pub(crate) fn python(project: &str, script: &str) -> Option<Command> {
    let installed = std::env::var_os("LINGPAI_TEST_PYTHON").map_or_else(|| target().join("python"), PathBuf::from);
    let packages = installed.join(project);
    if !packages.is_dir() {
        return skip(&format!("the Python packages of {project} are not installed: `cargo xtask test` does it"));
    }
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(project).join(script));
    command.env("PYTHONPATH", packages);
    Some(command)
}

/// The browser, where it is installed.
pub(crate) fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("chromium")).find(|program| program.is_file());
    found.or_else(|| skip("Chromium is not installed"))
}

fn listening(line: &str) -> Option<String> {
    line.strip_prefix("listening on ").map(str::to_owned)
}

/// A program that cargo built in the profile of these tests.
fn built(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(|deps| deps.parent()).unwrap().join(name)
}

fn target() -> PathBuf {
    built("").ancestors().nth(1).unwrap().to_owned()
}

/// Says why a test cannot run.
///
/// # Panics
/// Under `CI=true`: there a skipped test is a failed one.
fn skip<T>(why: &str) -> Option<T> {
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!is_ci, "{why}");
    println!("skipped: {why}");
    None
}
