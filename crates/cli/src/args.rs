//! What can be typed: the nouns, and what every command understands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    client, completions, config, consent, db, dev, flow, init, key, serve, session, token, trial, user,
};
use crate::language::Language;
use crate::output::{Format, Output, Talk};

/// Lingpai, an OAuth 2.x and OpenID Connect authorization server.
#[derive(Debug, Parser)]
#[command(name = "lingpai", version, subcommand_required = true)]
#[command(after_help = "Examples:\n  lingpai dev\n  lingpai client add shop --redirect https://shop.example/cb")]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// The noun.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub struct Global {
    /// Configuration file, later ones over earlier ones [default: ./lingpai.toml, else ./.lingpai-dev]
    #[arg(
        long,
        short,
        global = true,
        help_heading = "Global options",
        value_name = "FILE",
        env = "LINGPAI_CONFIG",
        hide_env_values = true
    )]
    pub config: Vec<PathBuf>,
    /// Form of the answer [default: table on a terminal, json elsewhere]
    #[arg(
        long,
        short,
        global = true,
        help_heading = "Global options",
        value_name = "FORM",
        env = "LINGPAI_OUTPUT",
        hide_env_values = true
    )]
    pub output: Option<Format>,
    /// Say nothing but errors and warnings
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// Never ask; fail where a question would be needed
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_input: bool,
}

/// The nouns, and the few commands that are none.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a complete system to develop against, on this computer only
    Dev(dev::DevArgs),
    /// Get tokens from a server and watch every check
    Try(trial::TryArgs),
    /// Write a production configuration and a master key
    Init(init::InitArgs),
    /// Run the server
    Serve(serve::ServeArgs),
    /// Apps that let people sign in here
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// People who sign in here
    #[command(subcommand)]
    User(user::UserCommand),
    /// Who is signed in, and where
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// What people have allowed apps
    #[command(subcommand)]
    Consent(consent::ConsentCommand),
    /// Tokens: what they say, and whether they are good
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Requests that were refused, and why
    #[command(subcommand)]
    Flow(flow::FlowCommand),
    /// Keys that sign tokens
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// How this server runs
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Where the data is
    #[command(subcommand)]
    Db(db::DbCommand),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Say what this program is made of
    #[command(after_help = "Examples:\n  lingpai version\n  lingpai version -o json")]
    Version,
}

/// What a command works with beside its own arguments.
pub struct Context {
    /// What every command understands.
    pub global: Global,
    /// How to speak to the person.
    pub talk: Talk,
}

impl Context {
    /// The language of human texts.
    pub fn language(&self) -> Language {
        self.talk.language
    }

    /// The way to standard output.
    pub fn output(&self) -> Output {
        Output::new(self.global.output, self.talk)
    }
}

/// Every command that changes something can show the change instead.
#[derive(Clone, Copy, Debug, Args)]
pub struct DryRun {
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Every command that destroys something asks first.
#[derive(Clone, Copy, Debug, Args)]
pub struct Yes {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_ends_its_help_with_two_examples() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines = examples.lines().filter(|line| line.trim_start().starts_with("lingpai")).count();
            assert_eq!(lines, 2, "{path} shows {lines} examples");
            command.get_subcommands().for_each(|inner| check(inner, &path));
        }
        check(&Cli::command(), "");
    }
}
