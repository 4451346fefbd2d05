//! `lingpai key`: the keys that sign tokens.

use clap::{Args, Subcommand};
use jwks::{KeyState, KeySummary};
use protocol::Alg;
use serde_json::{Value, json};

use super::client::unique;
use crate::args::{Context, DryRun, Yes};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::output::{Listing, Row};
use crate::prompt::confirm;
use crate::stores::{Stores, key_failure};
use crate::timing::relative;

/// `lingpai key …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  lingpai key list\n  lingpai key rotate")]
pub enum KeyCommand {
    /// List the keys with their state
    #[command(after_help = "Examples:\n  lingpai key list\n  lingpai key list --all -o json")]
    List(ListArgs),
    /// Make new keys; they sign once every verifier has had time to learn of them
    #[command(after_help = "Examples:\n  lingpai key rotate\n  lingpai key rotate ES256 --now --yes")]
    Rotate(RotateArgs),
}

/// `lingpai key list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Show keys too that have left the key set
    #[arg(long)]
    all: bool,
}

/// `lingpai key rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Algorithms to make a key for [default: all that are configured or in use]
    #[arg(value_name = "ALG")]
    algorithms: Vec<Alg>,
    /// Sign with the new key at once: for a key that may have leaked
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Runs a command of this noun.
pub async fn run(command: KeyCommand, context: &Context) -> Result<(), Failure> {
    match command {
        KeyCommand::List(args) => list(&args, context).await,
        KeyCommand::Rotate(args) => rotate(args, context).await,
    }
}

async fn list(args: &ListArgs, context: &Context) -> Result<(), Failure> {
    let stores = Stores::open(context).await?;
    // Opened for no algorithm, the ring makes no key.
    let keys = stores.keys(Vec::new(), context).await?;
    let mut found = keys.list().await.map_err(|error| key_failure(&error, context))?;
    found.retain(|key| args.all || key.state != KeyState::Gone);
    show(&found, &stores, context)
}

async fn rotate(args: RotateArgs, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let stores = Stores::open(context).await?;
    // Opened for no algorithm, the ring makes no key.
    let in_use = stores.keys(Vec::new(), context).await?.active_algs();
    let configured = unique(stores.config.keys.algorithms.iter().copied().chain(in_use));
    if let Some(unknown) = args.algorithms.iter().find(|alg| !configured.contains(alg)) {
        let message = tr!(
            language,
            "{unknown} is not among the configured algorithms, and no client uses it",
            "{unknown} 不在已配置的算法之中，也没有客户端使用它",
        );
        return Err(Failure::new(Exit::Usage, message).remedy(tr!(
            language,
            "add it to [keys] algorithms, then run: lingpai config check; or register a client with it",
            "请加入 [keys] algorithms，然后运行：lingpai config check；或注册使用它的客户端",
        )));
    }
    let algorithms = if args.algorithms.is_empty() { configured } else { args.algorithms };
    let names = algorithms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if args.dry_run.dry_run {
        let state = if args.now { KeyState::Active } else { KeyState::Announced };
        let after = json!({ "new_keys": names, "state": state.as_str() });
        return Diff::between(&Value::Null, &after).show("signing keys", context.output(), context.talk);
    }
    if args.now {
        let question = tr!(
            language,
            "Verifiers that cached the key set refuse new tokens for up to an hour. Replace the key of {names} now?",
            "缓存了公钥集的验证方最长一小时内会拒绝新令牌。现在就更换 {names} 的密钥吗？",
        );
        confirm(context, args.yes.yes, &question)?;
    }
    let keys = stores.keys(algorithms.clone(), context).await?;
    let mut made = Vec::new();
    for alg in algorithms {
        made.push(keys.rotate(alg, args.now).await.map_err(|error| key_failure(&error, context))?);
    }
    stores.bump(context).await?;
    show(&made, &stores, context)
}

fn show(keys: &[KeySummary], stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let row = |key: &KeySummary| Row {
        id: key.kid.clone(),
        json: json(key),
        cells: vec![
            key.kid.clone(),
            key.alg.to_string(),
            state(key.state, language),
            relative(key.created_at, stores.now(), language),
            next_step(key, stores, language),
        ],
    };
    let head = vec![
        "KID".to_owned(),
        tr!(language, "ALG", "算法"),
        tr!(language, "STATE", "状态"),
        tr!(language, "CREATED", "生成"),
        tr!(language, "NEXT", "下一步"),
    ];
    let empty =
        tr!(language, "no keys yet: the first start of the server makes them", "还没有密钥：服务首次启动时会生成");
    context.output().list(&Listing { head, rows: keys.iter().map(row).collect(), empty })
}

fn state(state: KeyState, language: Language) -> String {
    match state {
        KeyState::Active => tr!(language, "active", "签名中"),
        KeyState::Announced => tr!(language, "announced", "已公布"),
        KeyState::Retired => tr!(language, "retired", "已退役"),
        KeyState::Gone => tr!(language, "gone", "已移除"),
    }
}

fn next_step(key: &KeySummary, stores: &Stores, language: Language) -> String {
    match (key.state, key.retired_at) {
        (KeyState::Announced, _) => {
            let when = relative(key.activates_at, stores.now(), language);
            tr!(language, "signs {when}", "{when}开始签名")
        }
        (KeyState::Retired, Some(at)) => {
            let when = relative(at.plus(stores.config.keys.keep_retired_for), stores.now(), language);
            tr!(language, "leaves the key set {when}", "{when}移出公钥集")
        }
        (KeyState::Active | KeyState::Gone | KeyState::Retired, _) => "–".to_owned(),
    }
}

fn json(key: &KeySummary) -> Value {
    let time = |at: Option<protocol::Timestamp>| at.map(protocol::Timestamp::to_rfc3339);
    json!({
        "kid": key.kid,
        "alg": key.alg.as_str(),
        "state": key.state.as_str(),
        "created_at": key.created_at.to_rfc3339(),
        "activates_at": key.activates_at.to_rfc3339(),
        "active_at": time(key.active_at),
        "retired_at": time(key.retired_at),
        "gone_at": time(key.gone_at),
    })
}
