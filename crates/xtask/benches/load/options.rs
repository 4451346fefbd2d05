//! What is measured, and how thoroughly.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::measure::Effort;

/// The arguments; the environment says what only the caller knows.
pub struct Options {
    /// The server under test.
    pub binary: PathBuf,
    /// The script of the yardstick.
    pub reference: Option<PathBuf>,
    /// The Node that runs it; the one on the search path where absent.
    pub node: Option<PathBuf>,
    pub effort: Effort,
    is_quick: bool,
    is_pinned: bool,
    has_sqlite: bool,
    only: Vec<String>,
    postgres: Option<String>,
}

impl Options {
    pub fn read() -> Result<Self> {
        let mut options = Self {
            binary: PathBuf::from("target/release/lingpai"),
            reference: std::env::var_os("LINGPAI_BENCH_REFERENCE").map(PathBuf::from),
            node: std::env::var_os("LINGPAI_BENCH_NODE").map(PathBuf::from),
            effort: Effort::FULL,
            is_quick: false,
            is_pinned: std::env::var_os("LINGPAI_BENCH_UNPINNED").is_none(),
            has_sqlite: true,
            only: Vec::new(),
            postgres: std::env::var("LINGPAI_BENCH_POSTGRES").ok(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--binary" => options.binary = std::path::absolute(value()?)?,
                "--only" => options.only.push(value()?),
                "--quick" => (options.is_quick, options.effort) = (true, Effort::QUICK),
                "--rounds" => options.effort.rounds = value()?.parse().context("--rounds")?,
                "--no-sqlite" => options.has_sqlite = false,
                // Cargo says so to every program that it starts with `cargo bench`.
                "--bench" => {}
                unknown => bail!("no option {unknown}"),
            }
        }
        Ok(options)
    }

    /// Whether this part of the run was asked for; a part of its name will do.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only.as_str()))
    }

    /// How many connections at once.
    pub fn connections(&self) -> &'static [usize] {
        if self.is_quick { &[16] } else { &[1, 16, 64] }
    }

    /// The databases with their titles; `None` is the one that a new installation has.
    pub fn databases(&self) -> Vec<(String, Option<&str>)> {
        let mut databases = Vec::new();
        if self.has_sqlite {
            databases.push(("lingpai, SQLite (WAL, synchronous=FULL)".to_owned(), None));
        }
        if let Some(url) = self.postgres.as_deref() {
            databases.push(("lingpai, PostgreSQL".to_owned(), Some(url)));
        }
        databases
    }

    /// The core to start a server on, where cores can be chosen.
    pub fn core<'c>(&self, core: &'c str) -> Option<&'c str> {
        self.is_pinned.then_some(core)
    }
}
