//! Builds and starts the generator in `benches/load/` with everything that it measures.
//!
//! The generator needs a cryptographic library and an event loop; as a benchmark target it is built only when it is
//! wanted, and always with the optimisations of a release.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::report::{Report, Skipped, Tally};
use crate::{cargo, npm, postgres, scratch};

/// The generator's core; the server has core 0.
const GENERATOR_CORE: &str = "1";
/// The folder in `tests/interop/` that holds the yardstick.
const REFERENCE: &str = "reference";
/// `node:sqlite` is there without a flag.
const REFERENCE_NODE: u32 = 22;

/// What was asked for.
pub struct Options {
    binary: Option<PathBuf>,
    profile: String,
    only: Vec<String>,
    /// What the generator understands itself.
    passed_on: Vec<String>,
}

impl Options {
    pub fn read(arguments: &[String]) -> Result<Self> {
        let (mut binary, mut profile) = (None, "release".to_owned());
        let (mut only, mut passed_on) = (Vec::new(), Vec::new());
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--binary" => binary = Some(std::path::absolute(value()?)?),
                "--profile" => value()?.clone_into(&mut profile),
                "--only" => only.push(value()?.clone()),
                "--rounds" => passed_on.extend([argument.clone(), value()?.clone()]),
                "--quick" => passed_on.push(argument.clone()),
                unknown => bail!("bench has no option {unknown}"),
            }
        }
        Ok(Self { binary, profile, only, passed_on })
    }

    /// Builds the server, unless one was named. Answers where it is.
    pub fn build(&self) -> Result<PathBuf> {
        if let Some(binary) = &self.binary {
            return Ok(binary.clone());
        }
        cargo::succeed(&mut cargo::command(&["build", "--package", "cli", "--profile", &self.profile]))?;
        let folder = if self.profile == "dev" { "debug" } else { &self.profile };
        Ok(scratch::target().join(folder).join("lingpai"))
    }

    /// Whether start, memory and size are wanted.
    pub fn wants_start(&self) -> bool {
        self.only.is_empty() || self.names("start")
    }

    fn names(&self, what: &str) -> bool {
        self.only.iter().any(|only| only == what)
    }

    /// Servers are names too: naming one leaves out the others.
    fn wants_server(&self, server: &str) -> bool {
        self.names(server) || !SERVERS.iter().any(|one| self.names(one))
    }

    /// The rows that were named, apart from servers and what is measured elsewhere.
    fn rows(&self) -> impl Iterator<Item = &String> {
        self.only.iter().filter(|only| !SERVERS.contains(&only.as_str()) && *only != "start")
    }
}

const SERVERS: [&str; 3] = ["sqlite", "postgres", REFERENCE];

/// Measures the endpoints of `binary`.
pub fn run(options: &Options, binary: &Path) -> Result<()> {
    if !options.only.is_empty() && options.only.iter().all(|only| only == "start") {
        return Ok(());
    }
    let build = ["bench", "--package", "xtask", "--bench", "load", "--profile", &options.profile];
    cargo::succeed(&mut cargo::command(&[&build[..], &["--no-run"]].concat()))?;

    let mut report = Report::new();
    let is_wanted = options.wants_server("postgres");
    let postgres =
        if is_wanted { report.step("start PostgreSQL", || Ok((postgres::start()?, Tally::default()))) } else { None };
    let is_wanted = options.wants_server(REFERENCE);
    let node = if is_wanted { report.step("npm packages", || npm::install_with_node(REFERENCE_NODE)) } else { None };

    let mut command = pinned(cargo::command(&build))?;
    command.arg("--").arg("--binary").arg(binary).args(&options.passed_on);
    for row in options.rows() {
        command.args(["--only", row]);
    }
    if !options.wants_server("sqlite") {
        command.arg("--no-sqlite");
    }
    if let Some((_, url)) = &postgres {
        command.env("LINGPAI_BENCH_POSTGRES", url);
    }
    if let Some(node) = node {
        command.env("LINGPAI_BENCH_REFERENCE", npm::folder().join(REFERENCE).join("provider.js"));
        command.env("LINGPAI_BENCH_NODE", node.map_or_else(|| PathBuf::from("node"), |folder| folder.join("node")));
    }
    cargo::succeed(&mut command)
}

/// The same command on the generator's core, where there are two cores and a way to choose between them.
fn pinned(command: Command) -> Result<Command> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 2 || scratch::find_program("taskset").is_none() {
        eprintln!("{}", Skipped("no core for each: server and generator share what there is".to_owned()));
        let mut command = command;
        command.env("LINGPAI_BENCH_UNPINNED", "1");
        return Ok(command);
    }
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", GENERATOR_CORE]).arg(command.get_program()).args(command.get_args());
    pinned.current_dir(command.get_current_dir().context("no folder")?);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    Ok(pinned)
}
