//! One file per noun, or a folder where the noun has much to say.

pub mod client;
pub mod completions;
pub mod config;
pub mod consent;
pub mod db;
pub mod dev;
pub mod flow;
pub mod init;
pub mod key;
pub mod serve;
pub mod session;
pub mod token;
pub mod trial;
pub mod user;
mod version;

use crate::args::{Command, Context};
use crate::failure::Failure;
use crate::logging;

/// Runs a command.
pub async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    // The long-running ones start their own log.
    if !matches!(command, Command::Dev(_) | Command::Serve(_)) {
        logging::start_quietly();
    }
    match command {
        Command::Client(command) => client::run(command, context).await,
        Command::Completions(args) => completions::run(&args, context),
        Command::Config(command) => config::run(&command, context),
        Command::Consent(command) => consent::run(command, context).await,
        Command::Db(command) => db::run(command, context).await,
        Command::Dev(args) => dev::run(args, context).await,
        Command::Flow(command) => flow::run(command, context).await,
        Command::Init(args) => init::run(&args, context),
        Command::Key(command) => key::run(command, context).await,
        Command::Serve(args) => serve::run(args, context).await,
        Command::Session(command) => session::run(command, context).await,
        Command::Token(command) => token::run(command, context).await,
        Command::Try(args) => trial::run(args, context).await,
        Command::User(command) => user::run(command, context).await,
        Command::Version => version::run(context),
    }
}
