//! A computer with a folder, in which `lingpai` is typed.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::processes;

/// A folder and the program; nothing of the developer's own environment.
pub(crate) struct Host {
    folder: TempDir,
    program: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Host {
    /// An empty folder; `None` where the program was not built.
    pub(crate) fn empty() -> Option<Self> {
        let program = processes::lingpai()?;
        Some(Self { folder: TempDir::new().unwrap(), program, environment: Vec::new() })
    }

    /// A folder with a configuration and a migrated database.
    pub(crate) fn initialised() -> Option<Self> {
        let host = Self::empty()?;
        host.run("init --yes --issuer https://id.example.com").succeeded();
        host.run("db migrate").succeeded();
        Some(host)
    }

    /// The same with a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Types a command; words are split at spaces.
    pub(crate) fn run(&self, line: &str) -> Answer {
        self.run_with(line, "")
    }

    /// Types a command and feeds it on standard input.
    pub(crate) fn run_with(&self, line: &str, input: &str) -> Answer {
        let mut child = self.command(line).stdin(Stdio::piped()).spawn().unwrap();
        // A command that does not read closes the pipe, and that is its right.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Answer::of(child.wait_with_output().unwrap())
    }

    /// A command that is to be started otherwise.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(line.split_whitespace()).current_dir(self.folder.path()).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What stands in a file of the folder.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }
}

impl Answer {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Asserts that the command did what it was asked for.
    pub(crate) fn succeeded(self) -> Self {
        self.ended(0)
    }

    /// Asserts the exit code.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Asserts that standard error says this.
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in {self:#?}");
        self
    }

    /// Asserts that standard output shows this.
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text:?} is not in {self:#?}");
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }

    /// A member of the JSON on standard output.
    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap().to_owned()
    }
}

impl Host {
    /// The number that running servers poll.
    pub(crate) fn revision(&self) -> i64 {
        let config = platform::sql::DatabaseConfig::new(format!("sqlite:{}", self.path("lingpai.db").display()));
        let read = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let db = platform::sql::Db::open(&config).await.unwrap();
                let current = platform::revision::current(&db).await.unwrap();
                db.close().await;
                current
            })
        };
        // A thread of its own: some who ask stand in a runtime already.
        std::thread::scope(|scope| scope.spawn(read).join().unwrap())
    }
}
