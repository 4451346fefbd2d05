//! `lingpai dev`: a complete system to develop against.

use std::path::PathBuf;

use clap::Args;
use dev::folder::FolderError;
use dev::listen::ListenError;
use dev::{DevError, DevOptions};
use server::config::{LogFormat, LogLevel, LogSection, dev_folder};

use crate::args::Context;
use crate::commands::serve;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::logging;
use crate::paint::tame;

/// `lingpai dev`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lingpai dev\n  lingpai dev --port 0 --memory --print-ready-json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
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
    match error {
        DevError::Folder(inner) => folder(&inner, context),
        DevError::Listen(inner) => listening(&inner, context),
        DevError::Start(inner) => serve::not_started(&inner, context),
        DevError::Call(_)
        | DevError::Issuer(_)
        | DevError::Key(_)
        | DevError::Page(_)
        | DevError::Seed(_)
        | DevError::Serve(_) => Failure::new(Exit::Failed, error.to_string()).remedy("lingpai dev --fresh"),
    }
}

fn listening(error: &ListenError, context: &Context) -> Failure {
    let language = context.language();
    match error {
        ListenError::Address { text } => {
            let text = tame(text);
            Failure::new(Exit::Usage, tr!(language, "{text} is not an address to listen on", "{text} 不是可监听的地址")).remedy(tr!(
                language,
                "use 127.0.0.1, ::1 or localhost, and --port for the port",
                "请用 127.0.0.1、::1 或 localhost，端口用 --port 指定",
            ))
        }
        ListenError::NotLoopback { address } => Failure::new(
            Exit::NotAllowed,
            tr!(
                language,
                "lingpai dev listens on this computer only, and {address} is more: its logins and secrets are the same for everybody",
                "lingpai dev 只在本机监听，而 {address} 可被外部访问：它的账号和密钥人人皆知",
            ),
        )
        .remedy(tr!(
            language,
            "leave --listen out; for a server that others reach: lingpai init, then lingpai serve",
            "去掉 --listen；要让其他人访问：先 lingpai init，再 lingpai serve",
        )),
        ListenError::PortInUse { port, other, .. } => {
            Failure::new(Exit::Failed, tr!(language, "port {port} is taken", "端口 {port} 已被占用")).remedy(tr!(
                language,
                "if that is lingpai dev, it is ready: lingpai try; else take another port: lingpai dev --port {other}",
                "如果占用者就是 lingpai dev，可直接运行 lingpai try；否则换一个端口：lingpai dev --port {other}",
            ))
        }
        ListenError::Io { .. } => Failure::new(Exit::Failed, error.to_string()).remedy("lingpai dev --port 0"),
    }
}

fn folder(error: &FolderError, context: &Context) -> Failure {
    let language = context.language();
    match error {
        FolderError::InUse { path } => {
            let path = path.display();
            Failure::new(
                Exit::Conflict,
                tr!(language, "another lingpai dev is using {path}", "另一个 lingpai dev 正在使用 {path}"),
            )
            .remedy(tr!(
                language,
                "stop it, or take another folder: lingpai dev --data-dir FOLDER",
                "先停止它，或换一个文件夹：lingpai dev --data-dir 文件夹"
            ))
        }
        FolderError::Io { path, source } => {
            let path = path.display();
            Failure::new(
                Exit::Failed,
                tr!(language, "the folder {path} cannot be used: {source}", "无法使用文件夹 {path}：{source}"),
            )
            .remedy("lingpai dev --data-dir FOLDER")
        }
        FolderError::NotOurs { path } => {
            let path = path.display();
            let message = tr!(
                language,
                "{path} is not a folder of lingpai dev: it holds other things; nothing in it was touched",
                "{path} 不是 lingpai dev 的文件夹，里面有其他内容；未做任何更改",
            );
            Failure::new(Exit::NotAllowed, message).remedy(tr!(
                language,
                "take another folder: lingpai dev --data-dir FOLDER",
                "换一个文件夹：lingpai dev --data-dir 文件夹"
            ))
        }
    }
}
