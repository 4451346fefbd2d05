//! `lingpai completions`: a script that completes commands in a shell.

use std::io;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::args::{Cli, Context};
use crate::failure::Failure;
use crate::output::print;

/// `lingpai completions SHELL`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lingpai completions bash > /etc/bash_completion.d/lingpai\n  lingpai completions zsh > ~/.zfunc/_lingpai"
)]
pub struct CompletionsArgs {
    /// Shell to write the script for
    pub shell: Shell,
}

/// Writes the script to standard output.
pub fn run(args: &CompletionsArgs, _: &Context) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "lingpai", &mut script);
    print(&String::from_utf8(script).map_err(|error| Failure::system(io::Error::other(error)))?)
}
