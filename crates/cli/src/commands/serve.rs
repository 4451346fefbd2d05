//! `lingpai serve`: the server itself.

use std::io;
use std::net::SocketAddr;

use clap::Args;
use jwks::KeySummary;
use server::config::{Look, Override};
use server::run::RunError;
use server::{App, StartError};
use unicode_width::UnicodeWidthStr as _;

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::logging;
use crate::output::Talk;
use crate::paint::{DIM, pad, paint, wants_color};
use crate::stores::{self, Target};
use crate::timing::relative;

/// `lingpai serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lingpai serve\n  lingpai serve --config /etc/lingpai/lingpai.toml --listen 127.0.0.1:9000"
)]
pub struct ServeArgs {
    /// Address to listen on, instead of the configured ones; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<SocketAddr>,
    /// How much to log, instead of what is configured
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<Level>,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Runs the server until it is told to stop.
pub async fn run(args: ServeArgs, context: &Context) -> Result<(), Failure> {
    let target = stores::target(context)?;
    if let Target::DevFolder(folder) = &target {
        return Err(development(&folder.display().to_string(), context.language()));
    }
    let Some(loaded) = stores::load(&target, flags(&args)) else { return Err(Failure::silent(Exit::Failed)) };
    if loaded.report().errors() == 0 && loaded.report().warnings() > 0 {
        let look = Look { locale: context.language().0, color: wants_color(&io::stderr()) };
        context.talk.say(loaded.report().render(look).trim_end());
    }
    let database = loaded
        .show()
        .into_iter()
        .find(|shown| shown.path == "database.url")
        .map(|shown| shown.value.as_str().map_or_else(|| shown.toml(), str::to_owned));
    let config = stores::checked(loaded, context.talk)?;
    logging::start(&config.log);
    let talk = context.talk;
    let about = About { issuer: config.server.issuer.to_string(), database: database.unwrap_or_default() };
    let listening = |app: &App, addresses: &[SocketAddr]| {
        // Key ages take a query, and the first request must not wait for it.
        let (keys, clock, addresses) = (app.keys.clone(), app.clock.clone(), addresses.to_vec());
        tokio::spawn(async move {
            let found = keys.list().await.unwrap_or_default();
            about.greet(&addresses, &found, clock.now(), talk);
        });
    };
    server::run(config, listening).await.map_err(|error| failed(&error, context))
}

/// What the command line says over the configuration.
fn flags(args: &ServeArgs) -> Vec<Override> {
    let mut flags = Vec::new();
    if !args.listen.is_empty() {
        let value = args.listen.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        flags.push(Override { path: "server.listen", flag: "--listen", value });
    }
    if let Some(level) = args.log_level {
        flags.push(Override { path: "log.level", flag: "--log-level", value: level.as_str().to_owned() });
    }
    flags
}

/// What does not change while the server runs.
struct About {
    issuer: String,
    /// As it is configured, without its password.
    database: String,
}

impl About {
    /// Says on standard error what is running.
    fn greet(self, addresses: &[SocketAddr], keys: &[KeySummary], now: protocol::Timestamp, talk: Talk) {
        let language = talk.language;
        let addresses: Vec<_> = addresses.iter().map(|address| format!("http://{address}")).collect();
        let published = keys.iter().filter(|key| key.gone_at.is_none());
        let aged =
            |key: &KeySummary| format!("{} {} ({})", key.alg, short(&key.kid), relative(key.created_at, now, language));
        let lines = [
            (tr!(language, "issuer", "签发者"), self.issuer),
            (tr!(language, "listening", "监听"), addresses.join("  ")),
            (tr!(language, "database", "数据库"), self.database),
            (tr!(language, "keys", "密钥"), published.map(aged).collect::<Vec<_>>().join("  ")),
        ];
        let width = lines.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
        let color = wants_color(&io::stderr());
        talk.say(&format!("lingpai {}", env!("CARGO_PKG_VERSION")));
        for (label, value) in lines {
            talk.say(&format!("  {}  {value}", paint(color, DIM, &pad(&label, width))));
        }
    }
}

fn short(kid: &str) -> &str {
    kid.get(..8).unwrap_or(kid)
}

fn failed(error: &RunError, context: &Context) -> Failure {
    let language = context.language();
    match error {
        RunError::Listen { address, source } => Failure::new(
            Exit::Failed,
            tr!(language, "cannot listen on {address}: {source}", "无法监听 {address}：{source}"),
        )
        .remedy(tr!(
            language,
            "choose another address: lingpai serve --listen 127.0.0.1:PORT",
            "换一个地址：lingpai serve --listen 127.0.0.1:端口"
        )),
        RunError::Serve(error) => Failure::new(Exit::Failed, error.to_string()),
        RunError::Start(error) => not_started(error, context),
    }
}

/// Why the parts of a server did not come together.
pub fn not_started(error: &StartError, context: &Context) -> Failure {
    let language = context.language();
    match error {
        StartError::DevData => development("", language),
        StartError::Keys(inner) => stores::key_failure(inner, context),
        StartError::Master(_) => Failure::new(Exit::Configuration, error.to_string()).remedy("lingpai config check"),
        StartError::Migrate(_) => Failure::new(Exit::Failed, error.to_string()).remedy("lingpai db migrate"),
        StartError::Pages(_) => Failure::new(Exit::Failed, error.to_string()),
        StartError::Store(inner) => Failure::store(inner, language),
    }
}

/// The logins of development data are printed in the manual.
fn development(folder: &str, language: Language) -> Failure {
    let place = if folder.is_empty() { String::new() } else { format!(" ({folder})") };
    let message = tr!(
        language,
        "this data belongs to lingpai dev{place}: everybody knows its passwords, so serve does not open it",
        "这些数据属于 lingpai dev{place}：其中的密码人人皆知，serve 不会打开",
    );
    Failure::new(Exit::NotAllowed, message).remedy(tr!(
        language,
        "for production: lingpai init, then lingpai serve; to develop: lingpai dev",
        "正式部署：先 lingpai init，再 lingpai serve；开发：lingpai dev",
    ))
}
