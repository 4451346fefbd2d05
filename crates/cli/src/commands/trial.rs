//! `lingpai try`: a local client that gets tokens and watches every check.

use clap::Args;
use dev::{TrialError, TrialOptions};

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;

/// `lingpai try`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lingpai try\n  lingpai try --issuer http://localhost:8080 --headless")]
pub struct TryArgs {
    /// Development server to try [default: the one on port 8080, else one of its own]
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Sign in without a browser
    #[arg(long)]
    headless: bool,
}

/// Tries it, one line for each step.
pub async fn run(args: TryArgs, context: &Context) -> Result<(), Failure> {
    let options = TrialOptions { issuer: args.issuer, headless: args.headless };
    let report = dev::trial::run(options).await.map_err(|error| failed(&error, context))?;
    if report.is_success() { Ok(()) } else { Err(Failure::silent(Exit::Findings)) }
}

fn failed(error: &TrialError, context: &Context) -> Failure {
    Failure::new(Exit::Unreachable, error.to_string()).remedy(tr!(
        context.language(),
        "start a server in another terminal: lingpai dev",
        "在另一个终端启动服务：lingpai dev",
    ))
}
