//! `lingpai dev`: a complete system to develop against.

use std::path::PathBuf;

use clap::Args;
use dev::{DevError, DevOptions};
use server::config::{LogFormat, LogLevel, LogSection, dev_folder};

use crate::args::Context;
use crate::commands::serve;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::logging;

/// `lingpai dev`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lingpai dev\n  lingpai dev --port 0 --memory --print-ready-json")]
pub struct DevArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Loopback address to listen on [default: 127.0.0.1 and ::1]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Forget everything and start over
    #[arg(long)]
    fresh: bool,
    /// Keep nothing on disk
    #[arg(long, conflicts_with = "fresh")]
    memory: bool,
    /// When ready, print one line of JSON with issuer, people, clients and APIs instead of the banner
    #[arg(long)]
    print_ready_json: bool,
    /// Folder of the data
    #[arg(long, value_name = "FOLDER", default_value = dev_folder::NAME)]
    data_dir: PathBuf,
    /// Log more: every request and decision
    #[arg(long)]
    verbose: bool,
}

/// Runs the system until it is told to stop.
pub async fn run(args: DevArgs, context: &Context) -> Result<(), Failure> {
    // The banner is the answer; a log beside it is for those who ask.
    let level = if args.verbose { LogLevel::Debug } else { LogLevel::Warn };
    logging::start(&LogSection { format: LogFormat::Text, level });
    let options = DevOptions {
        port: args.port,
        listen: args.listen,
        fresh: args.fresh,
        memory: args.memory,
        print_ready_json: args.print_ready_json,
        data_dir: args.data_dir,
    };
    dev::run(options).await.map_err(|error| failed(error, context))
}

fn failed(error: DevError, context: &Context) -> Failure {
    let language = context.language();
    match error {
        DevError::Listen(error) => listening(&error, context),
        DevError::Start(error) => serve::not_started(&error, context),
        DevError::Call(_)
        | DevError::Folder(_)
        | DevError::Issuer(_)
        | DevError::Key(_)
        | DevError::Page(_)
        | DevError::Seed(_)
        | DevError::Serve(_) => {
            Failure::new(Exit::Failed, error.to_string()).remedy(tr!(
                language,
                "begin anew with: lingpai dev --fresh",
                "重新开始：lingpai dev --fresh",
            ))
        }
    }
}

fn listening(error: &dev::listen::ListenError, context: &Context) -> Failure {
    let language = context.language();
    match error {
        dev::listen::ListenError::NotLoopback { .. } => Failure::new(
            Exit::NotAllowed,
            tr!(language, "{error}", "lingpai dev 只监听本机地址：{error}"),
        )
        .remedy(tr!(
            language,
            "leave --listen out; for other computers there is: lingpai init, then lingpai serve",
            "去掉 --listen；要供其他计算机访问，请用 lingpai init 和 lingpai serve",
        )),
        _ => Failure::new(Exit::Failed, error.to_string())
            .remedy(tr!(language, "take a free port with: lingpai dev --port 0", "使用空闲端口：lingpai dev --port 0")),
    }
}
