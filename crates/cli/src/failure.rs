//! Why a command failed: an exit code, a sentence, and the command that repairs it.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use platform::sql::StoreError;

use crate::language::{Language, tr};
use crate::output::Talk;
use crate::paint::{RED, paint, wants_color};

/// How a command ends; scripts rely on these numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Something went wrong that has no number of its own.
    Failed = 1,
    /// The command was used wrongly.
    Usage = 2,
    /// The configuration is invalid.
    Configuration = 3,
    /// What was asked for is not there.
    NotFound = 4,
    /// It is there already, or somebody changed it meanwhile.
    Conflict = 5,
    /// Not allowed.
    NotAllowed = 6,
    /// The server or its database cannot be reached.
    Unreachable = 7,
    /// A check found something.
    Findings = 8,
    /// Interrupted from the keyboard.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command that did not do what it was asked for.
#[derive(Debug)]
pub struct Failure {
    /// The number for scripts.
    pub exit: Exit,
    /// What went wrong; empty where everything has been said.
    pub message: String,
    /// Lines that show where.
    pub detail: Vec<String>,
    /// What to do, ending in a command where there is one.
    pub remedy: Option<String>,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), detail: Vec::new(), remedy: None }
    }

    /// A failure of which everything has been said.
    pub fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// What the operating system said, where nothing better is known.
    #[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
    pub fn system(error: io::Error) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }

    /// Adds what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds a line that shows where.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.detail.push(line.into());
        self
    }

    /// A failure of the database.
    pub fn store(error: &StoreError, language: Language) -> Self {
        match error {
            StoreError::Conflict => Self::new(
                Exit::Conflict,
                tr!(language, "somebody else changed this in the meantime", "内容已被其他人同时修改"),
            )
            .remedy(tr!(language, "run the command again", "请重新运行该命令")),
            StoreError::Corrupt { .. } => Self::new(Exit::Failed, error.to_string()).remedy(tr!(
                language,
                "lingpai db status",
                "lingpai db status"
            )),
            StoreError::Unavailable { .. } => Self::new(
                Exit::Unreachable,
                tr!(language, "the database does not answer: {error}", "数据库没有响应：{error}"),
            )
            .remedy(tr!(language, "lingpai db status", "lingpai db status")),
        }
    }

    /// Writes the failure to standard error.
    pub fn print(&self, talk: Talk) {
        if self.message.is_empty() {
            return;
        }
        let mut stderr = io::stderr().lock();
        let color = wants_color(&io::stderr()) && io::stderr().is_terminal();
        let word = tr!(talk.language, "error", "错误");
        // Standard error may be closed; there is nobody left to tell.
        let _ = writeln!(stderr, "{}: {}", paint(color, RED, &word), self.message);
        for line in &self.detail {
            let _ = writeln!(stderr, "{line}");
        }
        if let Some(remedy) = &self.remedy {
            let word = tr!(talk.language, "help", "办法");
            let _ = writeln!(stderr, "  {word}: {remedy}");
        }
    }
}
