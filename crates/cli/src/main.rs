//! The binary `lingpai`: noun, then verb; one file per noun under `commands/`.
//!
//! Data goes to standard output, talk to standard error. What a command does is in the stores and in `server`; here is
//! how it is asked for and how the answer looks.

mod args;
mod commands;
mod diff;
mod failure;
mod help;
mod language;
mod logging;
mod output;
mod paint;
mod prompt;
mod stores;
mod timing;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::FromArgMatches as _;
use clap::error::ErrorKind;

use args::Cli;
use failure::Failure;
use language::Language;
use output::Talk;

// Argon2 and token bursts free memory on other threads than they took it; the system allocator keeps such pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    platform::crypto::install_crypto_provider();
    jwks::install_jwt_provider();
    let language = Language::of_environment();
    let matches = match help::command(language).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return usage(&error, language),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, language),
    };
    let talk = Talk::new(language, cli.global.quiet);
    match run(cli, talk) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(talk);
            failure.exit.into()
        }
    }
}

fn run(cli: Cli, talk: Talk) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::system)?;
    let context = args::Context { global: cli.global, talk };
    let ended = runtime.block_on(commands::run(cli.command, &context));
    // A hash or a prompt may still be under way on its own thread; nobody waits for it.
    runtime.shutdown_background();
    ended
}

/// Help and version go to standard output and are no failure; everything else is a wrong use.
fn usage(error: &clap::Error, language: Language) -> ExitCode {
    // A closed pipe is nothing to report, here and below.
    if error.kind() == ErrorKind::MissingSubcommand {
        // A noun alone is a question; its help is the answer.
        let words = std::env::args_os().chain(["--help".into()]);
        if let Err(help) = help::command(language).try_get_matches_from(words) {
            let _ = write!(io::stderr(), "{help}");
        }
        return failure::Exit::Usage.into();
    }
    let _ = error.print();
    if error.use_stderr() { failure::Exit::Usage.into() } else { ExitCode::SUCCESS }
}
